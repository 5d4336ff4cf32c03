"""What serving code writes: by statements, by methods of containers, by functions that change an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, CALL_GUARD, CallFlag, Op, Record, WriteHow
from statelint.program import construction, guards, library, names
from statelint.program.bound_last import bound_elsewhere
from statelint.program.calling import call_record
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.evaluate import evaluate
from statelint.program.values import Bit, Kind
from statelint.program.written_cells import (
    Change,
    attribute_writes,
    cell_write,
    is_absent_guarded,
    item_write,
    name_writes,
    variable_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_DROPPED = CallFlag.DROPPED
_REMOVERS = frozenset(
    {"pop", "popitem", "popleft", "remove", "discard", "clear", "get", "get_nowait", "__delitem__"}
)
_TABLE = "dict"
"""What bags behave like, whatever the library says of their types."""


def writes_of(heap: Heap, context: Context) -> Iterator[Write]:
    """List the writes of one serving context, in the order of the source."""
    body = context.body
    for position, code in enumerate(body.order):
        number, kind = code >> 2, code & 3
        if kind == Record.WRITE:
            target, _, _, _, guard, *_ = body.writes[number]
            found = _statement_writes(heap, context, number)
        elif kind == Record.CALL:
            callee, guard = body.calls[number][CALL_CALLEE], body.calls[number][CALL_GUARD]
            target = body.a[callee] if body.ops[callee] == Op.ATTR else 0
            found = _call_writes(heap, context, number)
        else:
            continue
        if not _skipped(context, guard):
            yield from _of_what_is_bound(heap, context, (position, target, guard), found)


def _of_what_is_bound(
    heap: Heap, context: Context, statement: tuple[int, int, int], found: Iterator[Write]
) -> Iterator[Write]:
    """Leave out writes to what a name was bound to in other places of the function.

    `statement`: its position in the order of the source, the place that it changes, and its guard.
    """
    writes = list(found)
    if writes:
        position, target, guard = statement
        elsewhere = bound_elsewhere(heap, context, position, target, guard)
        yield from (write for write in writes if write.cell[1] not in elsewhere)


def _skipped(context: Context, guard: int) -> bool:
    return context.split and not guards.serves(context, guard)


def _statement_writes(heap: Heap, context: Context, number: int) -> Iterator[Write]:
    body = context.body
    target, how, key, value, guard, augmented, line, column, end_line, end_column = body.writes[number]
    if value and body.ops[value] == Op.IMPORT:
        return  # `global json; import json`: a module that is loaded late
    cell = _shape_of_cell(body, target, how, key)
    change = Change(
        context=context,
        guard=guard,
        span=(line, column, end_line, end_column),
        value=evaluate(heap, context, value) if value else None,
        removes=how in (WriteHow.DEL_ITEM, WriteHow.DEL_ATTR, WriteHow.DEL_NAME),
        augmented=bool(augmented) or guards.adds_to_itself(body, cell, value),
        constant_value=_is_constant(body, value),
        handed=_is_handed(heap, context, value),
        fills_itself=guards.fills_itself(body, cell, value),
        puts_none=bool(value) and constant(heap, context, value) is None,
        puts_empty=_is_empty(body, value),
        constant=constant(heap, context, value) if value else NOT_CONSTANT,
    )
    if how in (WriteHow.NAME, WriteHow.DEL_NAME):
        name = heap.modules.string(context.module, body.a[target])
        yield from name_writes(heap, name, change)
    elif how in (WriteHow.ATTR, WriteHow.DEL_ATTR):
        name = heap.modules.string(context.module, key)
        yield from attribute_writes(heap, target, name, change)
    else:
        keyed = key if how in (WriteHow.ITEM, WriteHow.DEL_ITEM) else 0
        for receiver in sorted(evaluate(heap, context, target).values):
            if how != WriteHow.INPLACE or _changes_in_place(heap, receiver):
                yield from item_write(heap, receiver, keyed, change, target)


def _shape_of_cell(body: Body, target: int, how: int, key: int) -> guards.Shape:
    shape = guards.shape_of(body, target)
    if how == WriteHow.ITEM:
        return (Op.ITEM, shape, guards.shape_of(body, key))
    return (Op.ATTR, shape, key) if how == WriteHow.ATTR else shape


def _changes_in_place(heap: Heap, receiver: int) -> bool:
    """Whether `x += y` changes the object of `x`; a tuple is replaced by another one."""
    name = library.container_type(heap, receiver)
    return any(heap.knowledge.method(name, operator).changes for operator in ("__iadd__", "__ior__"))


def _is_constant(body: Body, place: int) -> bool:
    """Whether a value is a constant, or an empty or constant display."""
    if not place:
        return False
    if body.ops[place] == Op.CONST:
        return True
    if body.ops[place] == Op.SITE:
        return all(not part or body.ops[part] == Op.CONST for part in body.sites[body.a[place]][1])
    return False


def _is_empty(body: Body, place: int) -> bool:
    """Whether a value is an empty display: `{}`, `[]`."""
    return body.ops[place] == Op.SITE and not body.sites[body.a[place]][1]


def _is_handed(heap: Heap, context: Context, place: int) -> bool:
    """Whether a value is a parameter of the function, as it came in: nothing is computed."""
    body = context.body
    if not place or body.ops[place] != Op.NAME:
        return False
    name = heap.modules.string(context.module, body.a[place])
    params = heap.modules.units[context.uid].params
    is_bound_anew = any(bind[0] == body.a[place] for bind in body.binds)
    return not is_bound_anew and any(param.name == name for param in params)


def _call_writes(heap: Heap, context: Context, number: int) -> Iterator[Write]:
    """List the writes of mutating methods of containers, and of functions that change an argument."""
    record = call_record(context.body, number)
    change = Change(
        context=context,
        guard=record.guard,
        span=(record.line, record.column, record.end_line, record.end_column),
        value=None,
        dropped=bool(record.flags & _DROPPED),
    )
    for value in sorted(evaluate(heap, context, record.callee).values):
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.BOUND:
            yield from _method_write(heap, record, parts[0], parts[1], change)
            yield from _route_write(heap, parts[0], parts[1], change)
            yield from _bag_write(heap, record, parts[0], parts[1], change)
        elif kind == Kind.EXTERNAL:
            yield from _function_writes(heap, parts[0], record.arguments, change)


def _method_write(
    heap: Heap, record: CallRecord, receiver: int, method: str, change: Change
) -> Iterator[Write]:
    context = change.context
    type_name = library.container_type(heap, receiver)
    if not type_name:
        return
    does = heap.knowledge.method(type_name, method)
    if not does.changes:
        return
    ops = context.body.ops
    # `add = items.append` and then `add(1)`: where the receiver stands is not known here
    target = context.body.a[record.callee] if ops[record.callee] == Op.ATTR else 0
    if construction.is_fresh(heap, context, receiver, target):
        return
    strings = heap.modules.facts[context.module].strings

    def argument(position: int | str | None) -> int:
        if isinstance(position, int):
            return record.arguments[position] if position < len(record.arguments) else 0
        return next((place for name, place in record.keywords if strings[name] == position), 0)

    added = argument(does.adds) or argument(does.merges)
    filled = change._replace(
        value=evaluate(heap, context, added) if added else None,
        removes=method in _REMOVERS and not added,
        constant_value=_is_constant(context.body, added),
        handed=_is_handed(heap, context, added),
        method=method,
    )
    key = variable_key(heap, context, argument(does.key))
    absent = method == "setdefault" or is_absent_guarded(heap, context, change.guard, receiver, target)
    yield cell_write(heap, filled, ("E", receiver), key, absent=absent)


def _route_write(heap: Heap, receiver: int, method: str, change: Change) -> Iterator[Write]:
    """Take the registration of a handler while serving for a write of the application's routes."""
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    types: tuple[str, ...] = ()
    if kind == Kind.EXTERNAL_OBJECT:
        types = (parts[0],)
    elif kind == Kind.OBJECT:
        types = tuple(names.external_bases(heap, parts[0]))
    for type_name in types:
        if any(entry.kind in ("app", "router") for entry in heap.knowledge.mro(type_name)):
            entry = heap.knowledge.register(f"{type_name}.{method}")
            if entry is not None and entry.runs == "serve" and entry.entry in ("request", "websocket"):
                yield cell_write(heap, change._replace(method=method), ("F", receiver, "routes"))


def _bag_write(heap: Heap, record: CallRecord, receiver: int, method: str, change: Change) -> Iterator[Write]:
    """List what a method of a table puts into a bag: `app.config.update(THEME=theme)`."""
    if heap.values.kinds[receiver] == Kind.CONTAINER or not library.is_bag(heap, receiver):
        return
    does = heap.knowledge.method(_TABLE, method)
    if not does.changes or method == "setdefault":  # that makes something once
        return
    context = change.context
    filled = change._replace(method=method, removes=method in _REMOVERS)
    if does.merges is not None:
        strings = heap.modules.facts[context.module].strings
        for name, place in record.keywords:
            value = filled._replace(value=evaluate(heap, context, place))
            yield cell_write(heap, value, ("I", receiver, strings[name]))
    place = record.arguments[0] if record.arguments else 0
    if place or does.merges is None:
        key = constant(heap, context, place) if does.key is not None and place else None
        value = filled._replace(value=evaluate(heap, context, place)) if does.merges is not None else filled
        cell = ("I", receiver, key if isinstance(key, str) else "*")
        yield cell_write(heap, value, cell)


def _function_writes(heap: Heap, name: str, arguments: Sequence[int], change: Change) -> Iterator[Write]:
    context = change.context
    if name in ("setattr", "delattr", "object.__setattr__") and len(arguments) > 1:
        text = constant(heap, context, arguments[1])
        value = evaluate(heap, context, arguments[2]) if len(arguments) > 2 else None
        is_forced = name == "object.__setattr__"
        filled = change._replace(value=value, removes=name == "delattr", dropped=False, is_forced=is_forced)
        if isinstance(text, str):
            yield from attribute_writes(heap, arguments[0], text, filled)
        else:  # `setattr(options, name, value)`
            named = evaluate(heap, context, arguments[1])
            sent = named if named.bits & Bit.REQUEST else None
            yield from attribute_writes(heap, arguments[0], "*", filled, sent)
        return
    entry = heap.knowledge.function(name)
    if entry is None:
        return
    put = next((p for p in entry.puts if isinstance(p, int) and p < len(arguments)), None)
    for changed in entry.changes:
        if not isinstance(changed, int) or changed >= len(arguments):
            continue
        filled = change._replace(
            value=evaluate(heap, context, arguments[put]) if put is not None else None,
            method=name.rpartition(".")[2],
            augmented=not entry.puts,
        )
        for receiver in sorted(evaluate(heap, context, arguments[changed]).values):
            if heap.values.kinds[receiver] in (Kind.CONTAINER, Kind.OBJECT) and not (
                entry.returns.startswith("next:") and _goes_round(heap, receiver)
            ):
                yield from item_write(heap, receiver, 0, filled, arguments[changed])


def _goes_round(heap: Heap, receiver: int) -> bool:
    """Whether asking for the next element leaves all in place: `itertools.cycle`."""
    does = heap.knowledge.method(library.container_type(heap, receiver), "__next__")
    return does.gives and not does.changes
