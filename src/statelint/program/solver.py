"""Solve a program: evaluate contexts until nothing grows.

A context is evaluated record by record, in the order of the source. What it read and what then grew decide
whether it is evaluated again. All maps only grow and UNKNOWN absorbs; what an overfull slot has handed on
before stays, though, so the order is fixed: imports, path, line, era, and among values which was made first.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from statelint.model.facts import (
    BIND_GUARD,
    CALL_FLAGS,
    CALL_GUARD,
    WRITE_GUARD,
    CallFlag,
    Record,
    Test,
    UnitKind,
    WriteHow,
)
from statelint.program import builtin, calls, guards, library, marked_routes, names
from statelint.program.attributes import attribute_of
from statelint.program.bound_last import bound_elsewhere
from statelint.program.calling import Arguments, Caller
from statelint.program.decorating import is_for_others
from statelint.program.descriptors import setters
from statelint.program.elements import put_key
from statelint.program.evaluate import evaluate
from statelint.program.found import Found
from statelint.program.keyed import keys_of
from statelint.program.methods import call_methods, function_identity
from statelint.program.receivers import receivers
from statelint.program.values import SERVING, Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statelint.program.contexts import Context
    from statelint.program.descriptors import Setter
    from statelint.program.heap import Heap
    from statelint.program.slots import Slot

_DECORATOR = CallFlag.DECORATOR
_CALL, _BIND, _WRITE = int(Record.CALL), int(Record.BIND), int(Record.WRITE)

MOST_EVALUATIONS = 200
"""How often a context is taken up at most; code of real services needs under forty."""

SOLVER_FRAMES = 12_000
"""Python frames that nested evaluation may use."""


def solve(heap: Heap, when_server_starts: Callable[[Heap], None]) -> None:
    """Evaluate everything that is left to evaluate; tell when a command was found to start a server."""
    heap.evaluate = lambda context: _evaluate_context(heap, context)
    order = heap.module_order
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, SOLVER_FRAMES))
    try:
        while heap.dirty:
            batch = sorted(heap.dirty, key=lambda context: (order[context.module], *context.key))
            heap.dirty.clear()
            starts = len(heap.server_starts)
            for context in batch:
                _evaluate_context(heap, context)
            if len(heap.server_starts) > starts:
                when_server_starts(heap)
    finally:
        sys.setrecursionlimit(limit)


def _evaluate_context(heap: Heap, context: Context) -> None:
    """Evaluate the records of a context that are pending, in the order of the source."""
    if context.passes >= MOST_EVALUATIONS or context.active:
        return
    context.passes += 1
    heap.tell()
    heap.dirty.discard(context)
    context.active = True
    try:
        _evaluate_pending(heap, context)
    except RecursionError:  # nested too deep: it is evaluated once more, with nothing above it
        context.pending |= context.mask
        raise
    finally:
        context.mask = 0
        context.memo = {}
        context.active = False
        if context.pending:
            heap.dirty.add(context)


def _evaluate_pending(heap: Heap, context: Context) -> None:
    module_unit = heap.modules.units[context.uid].kind == UnitKind.MODULE
    done = 0
    while True:
        bit = context.pending & ~done
        bit &= -bit
        if not bit:
            break
        done |= 2 * bit - 1  # what stands before and wakes again waits for the next pass
        context.pending ^= bit
        context.mask = bit
        context.memo = {}
        if bit == context.last_record:
            for place, slot in context.watched.items():
                heap.join(slot, evaluate(heap, context, place))
        else:
            _run_record(heap, context, context.body.order[bit.bit_length() - 1], module_unit=module_unit)


def _run_record(heap: Heap, context: Context, code: int, *, module_unit: bool) -> None:
    """Evaluate one record: a call, a bind, a write, or what is returned."""
    body, number, kind = context.body, code >> 2, code & 3
    if kind == _CALL:
        guard = body.calls[number][CALL_GUARD]
        if context.split and _skipped(context, guard):
            return
        calls.perform(heap, context, number, call_era(heap, context, guard, module_unit=module_unit))
        if body.calls[number][CALL_FLAGS] & _DECORATOR:
            marked_routes.plant_unresolved(heap, context, number)
    elif kind == _BIND:
        if not (context.split and _skipped(context, body.binds[number][BIND_GUARD])):
            _bind(heap, context, number)
    elif kind == _WRITE:
        if not (context.split and _skipped(context, body.writes[number][WRITE_GUARD])):
            _write(heap, context, number)
    else:
        flow, place, _, guard = body.flows[number]
        if is_for_others(heap, context, guard):
            return
        heap.join(context.yields if flow else context.returns, evaluate(heap, context, place))


def _skipped(context: Context, guard: int) -> bool:
    """In a thread's body the loop serves and the rest is boot."""
    in_loop = guards.serves(context, guard)
    return in_loop != (context.era == Era.SERVE)


def call_era(heap: Heap, context: Context, guard: int, *, module_unit: bool) -> int:
    """Find the era in which a call under a guard runs what it calls."""
    if guard and context.era in SERVING:
        return Era.BOOT if guards.is_once(heap, context, guard) else context.era
    if module_unit and context.era == Era.BOOT and context.uid not in heap.promoted:
        is_command = context.module in heap.programs or Test.MAIN in guards.tests_in(context.body, guard)
        return Era.CLI if is_command else Era.BOOT
    return context.era


def _bind(heap: Heap, context: Context, number: int) -> None:
    text, value, *_ = context.body.binds[number]
    name = heap.modules.string(context.module, text)
    found = evaluate(heap, context, value)
    heap.join(_own_slot(heap, context, name), found)


def _own_slot(heap: Heap, context: Context, name: str) -> Slot:
    kind = heap.modules.units[context.uid].kind
    if kind == UnitKind.MODULE:
        if name == "*":
            return heap.slot(("*", context.module))
        return heap.slot(("G", context.module, name))
    if kind == UnitKind.CLASS:
        return names.class_slot(heap, context.uid, name)
    return names.local_slot(heap, context, name)


def _write(heap: Heap, context: Context, number: int) -> None:
    """Put a value into the cells that a write may reach."""
    target, how, key, value, guard, _, line, *_ = context.body.writes[number]
    found = evaluate(heap, context, value)
    order, code = context.body.order, number << 2 | _WRITE
    if how == WriteHow.NAME:
        name = heap.modules.string(context.module, context.body.a[target])
        for slot in names.captured_slots(heap, context, name):
            heap.join(slot, found)
        return
    base = evaluate(heap, context, target)
    if how == WriteHow.ATTR:
        name = heap.modules.string(context.module, key)
        caller = Caller(context, context.era, line=line)
        for receiver in receivers(heap, base.values, name, context):
            put = setters(heap, context, receiver, name) if heap.values.kinds[receiver] == Kind.OBJECT else ()
            if not put:
                _write_attribute(heap, context, receiver, name, found)
            elif receiver not in bound_elsewhere(heap, context, order.index(code), target, guard):
                _call_setters(heap, caller, receiver, put, found)
    elif how in (WriteHow.ITEM, WriteHow.INPLACE):
        for receiver in sorted(base.values):
            _write_item(heap, context, receiver, key if how == WriteHow.ITEM else 0, found)
    elif how == WriteHow.DEL_ITEM:
        _delete_item(heap, context, base, evaluate(heap, context, key))


def _delete_item(heap: Heap, context: Context, base: Found, key: Found) -> None:
    for receiver in sorted(base.values):
        if heap.values.kinds[receiver] == Kind.OBJECT:
            call_methods(heap, context, receiver, ("__delitem__",), Arguments([key], {}))
        elif heap.values.kinds[receiver] == Kind.CONTAINER:
            heap.lose_order(receiver, context)


def _call_setters(heap: Heap, caller: Caller, receiver: int, put: Sequence[Setter], found: Found) -> None:
    """Call what an assignment calls, with what is assigned."""
    for setter in put:
        given = [heap.single(receiver), found] if setter.is_of_descriptor else [found]
        heap.invoke(caller, heap.single(setter.method), Arguments(given, {}))


def _write_attribute(heap: Heap, context: Context, receiver: int, name: str, found: Found) -> None:
    kind = heap.values.kinds[receiver]
    if kind == Kind.OBJECT:
        _write_elsewhere(heap, context, receiver, name, found)
    elif kind == Kind.CLASS:
        if name not in heap.modules.locals[heap.values.parts[receiver][0]]:
            heap.classes.attributes.clear()  # an attribute that the class body does not show
    elif kind == Kind.METHOD:
        return  # a bound method takes no attributes: the other values are meant
    elif kind == Kind.FUNCTION:
        receiver = function_identity(heap, receiver)
    elif kind == Kind.SUPER:
        receiver = heap.values.parts[receiver][1]
    elif kind == Kind.EXTERNAL_OBJECT and not library.is_known_type(heap, receiver):
        return
    heap.join(heap.slot(builtin.written_cell(heap, context, receiver, name)), found)


def _write_elsewhere(heap: Heap, context: Context, receiver: int, name: str, found: Found) -> None:
    """Call `__setattr__` of a class, and put the value where `self.__dict__ = table` has the fields."""
    hook = names.class_attribute(heap, heap.values.parts[receiver][0], "__setattr__", context)
    if hook is not None:
        callee = attribute_of(heap, context, receiver, "__setattr__")
        arguments = Arguments([Found(frozenset(), Bit.CONST), found], {})
        heap.invoke(Caller(context, context.era), callee, arguments)
    if name == "__dict__":
        heap.borgs.add(receiver)
    for table in names.fields_elsewhere(heap, receiver, context):
        heap.put_item(table, name, found)


def _write_item(heap: Heap, context: Context, receiver: int, key_place: int, found: Found) -> None:
    kind = heap.values.kinds[receiver]
    if kind == Kind.OBJECT and key_place:
        method = names.class_attribute(heap, heap.values.parts[receiver][0], "__setitem__", context)
        if method is not None:
            callee = attribute_of(heap, context, receiver, "__setitem__")
            arguments = Arguments([evaluate(heap, context, key_place), found], {})
            heap.invoke(Caller(context, context.era), callee, arguments)
            return
    keys = keys_of(heap, context, key_place, receiver)
    if kind == Kind.MODULE:  # `globals()["NAME"] = value`
        for key in keys:
            if isinstance(key, str) and not heap.is_loaded(receiver):
                heap.join(heap.slot(("G", heap.values.parts[receiver][0], key)), found)
        return
    if not (
        kind == Kind.CONTAINER or library.container_type(heap, receiver) or library.is_bag(heap, receiver)
    ):
        return  # an object of a library stands for all of its type: what one holds tells nothing of another
    if not keys:
        heap.put(receiver, found)
    for key in keys:
        heap.put_item(receiver, key, found)
    if key_place:
        put_key(heap, receiver, evaluate(heap, context, key_place))
