"""Which cells a statement or a call changes: names, attributes and elements, and under which guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_CALLEE, Op, Test
from statelint.program import builtin, construction, guards, library, names
from statelint.program.accesses import Write
from statelint.program.constants import NOT_CONSTANT, constant, key_of
from statelint.program.contexts import era_of
from statelint.program.descriptors import is_put_elsewhere
from statelint.program.evaluate import evaluate
from statelint.program.first_calls import is_asked_by_callers
from statelint.program.methods import function_identity
from statelint.program.receivers import receivers
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body
    from statelint.program.accesses import Span
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

_MISSING = "__missing__"
_EMPTIERS = frozenset({"clear"})


class Change(NamedTuple):
    """What a statement or call does, whatever cells it reaches; the fields are those of `Write`.

    `is_forced`: it goes past what the class says of its objects (`object.__setattr__`).
    """

    context: Context
    guard: int
    span: Span
    value: Found | None
    removes: bool = False
    augmented: bool = False
    constant_value: bool = False
    puts_none: bool = False
    puts_empty: bool = False
    constant: object = NOT_CONSTANT
    method: str = ""
    dropped: bool = False
    handed: bool = False
    fills_itself: bool = False
    is_forced: bool = False


def cell_write(
    heap: Heap, change: Change, cell: SlotKey, key: Found | None = None, *, absent: bool = False
) -> Write:
    """Say what a change does to one cell; `absent`: only where the key is missing.

    A field that its object does not have yet is missing, too.
    """
    is_asked = key is not None and bool(key.bits & Bit.REQUEST)  # each client may ask for another one
    is_first = guards.asks_field(heap, change.context, change.guard, cell) or is_asked_by_callers(
        heap, change.context, cell
    )
    once = change.fills_itself or (not is_asked and guards.is_once(heap, change.context, change.guard))
    return Write(
        context=change.context,
        cell=cell,
        span=change.span,
        guard=change.guard,
        key=key,
        value=change.value,
        method=change.method,
        once=once or (is_first and (cell[0] != "F" or guards.is_lasting(heap, cell[1]))),
        absent=absent or is_first,
        removes=change.removes,
        empties=change.method in _EMPTIERS,
        augmented=change.augmented,
        constant_value=change.constant_value,
        puts_none=change.puts_none,
        puts_empty=change.puts_empty,
        constant=change.constant,
        dropped=change.dropped,
        handed=change.handed,
    )


def name_writes(heap: Heap, name: str, change: Change) -> Iterator[Write]:
    """List what a change does to the module-level or captured variable of a name."""
    home, owner, runs = names.owner_of_name(heap, change.context, name)
    if home == "module":
        yield cell_write(heap, change, ("G", owner, name))
        return
    for run in runs:
        if era_of(run) == Era.BOOT:
            yield cell_write(heap, change, ("L", owner, run, name))


def attribute_writes(
    heap: Heap, target: int, name: str, change: Change, key: Found | None = None
) -> Iterator[Write]:
    """List what a change does to the attribute of each value of a place; a setter writes by itself."""
    found = evaluate(heap, change.context, target).values
    for value in sorted(found) if change.is_forced else receivers(heap, found, name, change.context):
        if construction.is_own_construction(heap, change.context, target, value):
            continue
        kind, receiver = heap.values.kinds[value], value
        if kind == Kind.METHOD:
            continue  # a bound method takes no attributes: the other values are meant
        if kind == Kind.FUNCTION:
            receiver = function_identity(heap, value)
        elif kind == Kind.SUPER:
            receiver = heap.values.parts[value][1]
        elif kind == Kind.OBJECT and (
            is_put_elsewhere(heap, change.context, value, name) or _has_hook(heap, value)
        ):
            continue
        elif kind == Kind.CONTAINER and "." not in heap.values.parts[value][3]:
            continue  # a list or dict has no attributes to set: the other values are meant
        elsewhere = names.fields_elsewhere(heap, receiver)
        for table in elsewhere:
            yield cell_write(heap, change, ("E", table))
        if not elsewhere and construction.is_fresh(heap, change.context, value, target):
            continue
        yield cell_write(heap, change, builtin.attribute_cell(heap, receiver, name), key)


def _has_hook(heap: Heap, receiver: int) -> bool:
    """Whether `__setattr__` of an object's class puts what is assigned elsewhere: that one writes."""
    for item in names.ancestors(heap, heap.values.parts[receiver][0]):
        if isinstance(item, int) and "__setattr__" in heap.modules.locals[item]:
            return not any(
                heap.modules.units[child].name == "__setattr__" and _sets_itself(heap, child)
                for child in heap.modules.children.get(item, ())
            )
    return False


def _sets_itself(heap: Heap, uid: int) -> bool:
    """Whether a `__setattr__` sets the attribute all the same: `super().__setattr__(name, value)`."""
    body, strings = heap.modules.body(uid), heap.modules.facts[heap.modules.module_of(uid)].strings
    asked = {strings[body.b[place]] for place, op in enumerate(body.ops) if op == Op.ATTR}
    return bool(asked & {"__setattr__", "__dict__"})


def item_write(heap: Heap, receiver: int, key_place: int, change: Change, target: int) -> Iterator[Write]:
    """List what a change does to an element of a container or bag that stands at a place."""
    context = change.context
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    if construction.is_fresh(heap, context, receiver, target):
        return
    if kind == Kind.OBJECT and not library.container_type(heap, receiver):
        return  # its own `__setitem__` writes
    if kind == Kind.MODULE:
        name = constant(heap, context, key_place)
        if isinstance(name, str) and parts[0] not in heap.plugins.modules:
            yield cell_write(heap, change, ("G", parts[0], name))
    elif kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT, Kind.BOUND):
        if library.is_bag(heap, receiver):
            text = key_of(heap, context, key_place, receiver)
            yield cell_write(heap, change, ("I", receiver, text if isinstance(text, str) else "*"))
    elif kind in (Kind.CONTAINER, Kind.OBJECT):
        key = variable_key(heap, context, key_place)
        absent = is_absent_guarded(heap, context, change.guard, receiver, target)
        yield cell_write(heap, change, ("E", receiver), key, absent=absent)


def variable_key(heap: Heap, context: Context, place: int) -> Found | None:
    """Give what is known of a key; None for a constant one: that is a cell of its own."""
    if not place or constant(heap, context, place) is not NOT_CONSTANT:
        return None
    return evaluate(heap, context, place)


def is_absent_guarded(heap: Heap, context: Context, guard: int, receiver: int, target: int) -> bool:
    """Whether code under a guard runs only where a key is missing from a container."""
    body = context.body
    if _is_missing(heap, context, target):
        return True
    for one in guards.chain(body, guard):
        _, test, place, _, _ = body.guards[one]
        if test == Test.ABSENT and receiver in evaluate(heap, context, place).values:
            return True
        asks_missing = test in (Test.IS_NONE, Test.FALSY, Test.EXCEPT)
        if asks_missing and place and _comes_from(context.body, place, target, set()):
            return True
    return False


def _is_missing(heap: Heap, context: Context, target: int) -> bool:
    """Whether a method is the one that a dict calls where a key is missing, and a place is the dict."""
    unit, body = heap.modules.units[context.uid], context.body
    if unit.name != _MISSING or not unit.params or body.ops[target] != Op.NAME:
        return False
    return heap.modules.string(context.module, body.a[target]) == unit.params[0].name


def _comes_from(body: Body, place: int, container: int, asked: set[int]) -> bool:
    """Whether a place is an element of the container at another place: `d.get(k)`, `d[k]`.

    `asked` are places that were asked before: `for line in lines: known = line.known or known`.
    """
    if place in asked:
        return False
    asked.add(place)
    op = body.ops[place]
    if op == Op.NAME:
        return any(
            value and body.ops[value] != Op.NAME and _comes_from(body, value, container, asked)
            for name, value, *_ in body.binds
            if name == body.a[place]
        )
    if op == Op.ITEM:
        return guards.shape_of(body, body.a[place]) == guards.shape_of(body, container)
    if op == Op.ANY:  # `CACHE.get(key) if cached else None`
        return any(_comes_from(body, one, container, asked) for one in body.joins[body.a[place]])
    if op == Op.CALL:
        callee = body.calls[body.a[place]][CALL_CALLEE]
        return body.ops[callee] == Op.ATTR and guards.shape_of(body, body.a[callee]) == guards.shape_of(
            body, container
        )
    return False
