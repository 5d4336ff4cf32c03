"""What serving code reads: places that are used, and methods that hand something out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_LINE, CallFlag, How, Op
from statelint.program import builtin, library, names
from statelint.program.accesses import Read
from statelint.program.constants import NOT_CONSTANT, constant, key_of
from statelint.program.evaluate import evaluate
from statelint.program.methods import function_identity
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import CallColumns
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

_DROPPED = CallFlag.DROPPED
_WHOLE, _RECEIVER, _RETURNED = int(How.WHOLE), int(How.RECEIVER), int(How.RETURNED)
_READS_CONTENT = int(How.WHOLE | How.GET | How.TEST | How.ITERATE | How.LENGTH)
_PASSED_ON = int(How.NAMED | How.RETURNED)
_REACHED = (Op.NAME, Op.ATTR, Op.ITEM, Op.ELEMENT, Op.CALL, Op.AWAIT)


def reads_of(heap: Heap, context: Context) -> Iterator[Read]:
    """List the reads of one serving context: places that are used, and methods that hand something out."""
    body = context.body
    for place in range(1, len(body.ops)):
        if body.hows[place] and body.ops[place] in _REACHED:
            yield from _place_reads(heap, context, place)
    for record in body.calls:
        callee = record[CALL_CALLEE]
        if body.ops[callee] != Op.ATTR:
            if body.ops[callee] == Op.NAME and len(record[CALL_ARGUMENTS]) > 1:
                yield from _named_read(heap, context, record)
            continue
        for value in sorted(evaluate(heap, context, callee).values):
            if heap.values.kinds[value] == Kind.BOUND:
                yield from _method_read(heap, context, value, record)


def _named_read(heap: Heap, context: Context, record: CallColumns) -> Iterator[Read]:
    """List the cells that `getattr(options, "volume")` reads."""
    body = context.body
    if heap.modules.string(context.module, body.a[record[CALL_CALLEE]]) != "getattr":
        return
    receiver, key, *_ = record[CALL_ARGUMENTS]
    name = constant(heap, context, key)
    for value in sorted(evaluate(heap, context, receiver).values) if isinstance(name, str) else ():
        for cell in _attribute_cells(heap, value, str(name)):
            yield Read(context=context, cell=cell, how=int(How.WHOLE), line=record[CALL_LINE])


def _place_reads(heap: Heap, context: Context, place: int) -> Iterator[Read]:
    how, line = context.body.hows[place], context.body.line_of(place)
    found = evaluate(heap, context, place)
    if how & _PASSED_ON and not (_is_followed(heap, found) and _stays_inside(heap, context, how)):
        how |= _WHOLE
    elif not how & ~_PASSED_ON:
        return
    for cell in cells_at(heap, context, place):
        yield Read(context=context, cell=cell, how=how | _through_receiver(heap, cell, how), line=line)
    if how & _READS_CONTENT:
        made = context.uid if context.body.ops[place] in (Op.CALL, Op.AWAIT) else -1
        for value in sorted(found.values):
            kind, parts = heap.values.kinds[value], heap.values.parts[value]
            # a call that makes a container here does not read it
            if kind == Kind.OBJECT or (kind == Kind.CONTAINER and parts[0] != made):
                yield Read(context=context, cell=("E", value), how=how, line=line)


def _through_receiver(heap: Heap, cell: SlotKey, how: int) -> int:
    """Give the use that an attribute or method of a value is, unless the value's own cells tell it.

    `CURRENT.name` reads a record; `CARTS.append` does not read the list, and `store.put` is a call by itself.
    """
    if not how & _RECEIVER or how & _WHOLE:
        return 0
    slot = heap.slots.get(cell)
    known = slot is not None and any(not library.is_plain(heap, value) for value in slot.values)
    return 0 if known else _WHOLE


def _is_followed(heap: Heap, found: Found) -> bool:
    """Whether each value is one whose uses are seen under any name; a number or a text is read when named."""
    kinds = heap.values.kinds
    return bool(found.values) and all(kinds[value] == Kind.CONTAINER for value in found.values)


def _stays_inside(heap: Heap, context: Context, how: int) -> bool:
    """Whether what a function gives back goes to code of the project: an accessor reads nothing itself."""
    return not how & _RETURNED or (bool(context.callers) and context.key not in heap.entries)


def _method_read(heap: Heap, context: Context, value: int, record: CallColumns) -> Iterator[Read]:
    receiver, method = heap.values.parts[value]
    _, _, _, _, _, flags, line, *_ = record
    type_name = library.container_type(heap, receiver)
    if not type_name:
        return
    does = heap.knowledge.method(type_name, method)
    if does.changes and (flags & _DROPPED or not does.gives):
        return
    yield Read(context=context, cell=("E", receiver), how=int(How.GET), line=line, method=method)


def cells_at(heap: Heap, context: Context, place: int) -> Iterator[SlotKey]:
    """List the cells that a place reads directly."""
    body = context.body
    op = body.ops[place]
    if op == Op.NAME:
        name = heap.modules.string(context.module, body.a[place])
        if name not in heap.modules.locals[context.uid]:
            name = name.partition("@")[0]
            home, owner, runs = names.owner_of_name(heap, context, name)
            if home == "module":
                yield ("G", owner, name)
            else:
                for run in runs:
                    yield ("L", owner, run, name)
    elif op == Op.ATTR:
        name = heap.modules.string(context.module, body.b[place])
        for receiver in sorted(evaluate(heap, context, body.a[place]).values):
            yield from _attribute_cells(heap, receiver, name)
    elif op in (Op.ITEM, Op.ELEMENT):
        for receiver in sorted(evaluate(heap, context, body.a[place]).values):
            if library.is_bag(heap, receiver):
                text = key_of(heap, context, body.b[place], receiver) if op == Op.ITEM else NOT_CONSTANT
                yield ("I", receiver, text if isinstance(text, str) else "*")
            else:
                yield ("E", receiver)


def _attribute_cells(heap: Heap, receiver: int, name: str) -> Iterator[SlotKey]:
    """List the cells that `receiver.name` may read: its own, and the class attribute behind it."""
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    if kind == Kind.CONTAINER and ("F", receiver, name) not in heap.slots:
        return  # a method, whose call is looked at by itself
    if kind in (Kind.FUNCTION, Kind.METHOD):
        receiver = function_identity(heap, receiver)
    yield builtin.attribute_cell(heap, receiver, name)
    for table in names.fields_elsewhere(heap, receiver):
        yield ("E", table)
    if kind == Kind.CLASS or (kind == Kind.OBJECT and not names.hides_class(heap, parts[0], name)):
        for item in names.ancestors(heap, parts[0]):
            if isinstance(item, int) and name in heap.modules.locals[item]:
                yield ("F", heap.values.make(Kind.CLASS, item), name)
                break
