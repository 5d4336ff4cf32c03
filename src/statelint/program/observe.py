"""What serving code does to cells: writes and reads, each with its place, guard, and origin of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import (
    CALL_ARGUMENTS,
    CALL_CALLEE,
    CALL_GUARD,
    CALL_LINE,
    WRITE_GUARD,
    CallFlag,
    How,
    Op,
    Record,
    Test,
    WriteHow,
)
from statelint.program import builtin, construction, guards, library, names
from statelint.program.calling import call_record
from statelint.program.evaluate import NOT_CONSTANT, constant, evaluate, function_identity, key_of
from statelint.program.heap import era_of
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body, CallColumns
    from statelint.program.calling import CallRecord
    from statelint.program.heap import Context, Found, Heap
    from statelint.program.values import SlotKey

Span = tuple[int, int, int, int]

_DROPPED = int(CallFlag.DROPPED)
_REMOVERS = frozenset(
    {"pop", "popitem", "popleft", "remove", "discard", "clear", "get", "get_nowait", "__delitem__"}
)
_EMPTIERS = frozenset({"clear"})


class Write(NamedTuple):
    """One write while serving to one cell.

    `key` is what is known of the key (None: a cell without a key), `value` of the value (None: nothing is
    put there). `once` and `absent` tell the guard: it runs once for the process, or only for a missing key.
    `method` is the container's method, empty for a statement. `handed`: the value is a parameter of
    the function, as it came in.
    """

    context: Context
    cell: SlotKey
    span: Span
    guard: int
    key: Found | None
    value: Found | None
    method: str
    once: bool
    absent: bool
    removes: bool
    empties: bool
    augmented: bool
    constant_value: bool
    puts_none: bool
    puts_empty: bool
    constant: object
    dropped: bool
    handed: bool

    @property
    def order(self) -> tuple[int, int, int]:
        """A stable order: by unit and line."""
        return (self.context.uid, self.span[0], self.span[1])


class Read(NamedTuple):
    """One read while serving of one cell; `how` as `facts.How`, `line` where it first stands in its unit."""

    context: Context
    cell: SlotKey
    how: int
    line: int
    method: str = ""


def writes_of(heap: Heap, context: Context) -> Iterator[Write]:
    """List the writes of one serving context, in the order of the source."""
    body = context.body
    for code in body.order:
        number, kind = code >> 2, code & 3
        if kind == Record.WRITE:
            if not _skipped(context, body.writes[number][WRITE_GUARD]):
                yield from _statement_writes(heap, context, number)
        elif kind == Record.CALL and not _skipped(context, body.calls[number][CALL_GUARD]):
            yield from _call_writes(heap, context, number)


def _skipped(context: Context, guard: int) -> bool:
    return context.split and not guards.serves(context, guard)


# -- statements -------------------------------------------------------------------------------------------


class _Change(NamedTuple):
    """What a statement or call does, whatever cells it reaches; the fields are those of `Write`."""

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


def _statement_writes(heap: Heap, context: Context, number: int) -> Iterator[Write]:
    body = context.body
    target, how, key, value, guard, augmented, line, column, end_line, end_column = body.writes[number]
    if value and body.ops[value] == Op.IMPORT:
        return  # `global json; import json`: a module that is loaded late
    cell = _shape_of_cell(body, target, how, key)
    change = _Change(
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
        yield from _name_writes(heap, name, change)
    elif how in (WriteHow.ATTR, WriteHow.DEL_ATTR):
        name = heap.modules.string(context.module, key)
        yield from _attribute_writes(heap, target, name, change)
    else:
        keyed = key if how in (WriteHow.ITEM, WriteHow.DEL_ITEM) else 0
        for receiver in sorted(evaluate(heap, context, target).values):
            if how != WriteHow.INPLACE or _changes_in_place(heap, receiver):
                yield from _item_write(heap, receiver, keyed, change, target)


def _shape_of_cell(body: Body, target: int, how: int, key: int) -> guards.Shape:
    shape = guards.shape_of(body, target)
    if how == WriteHow.ITEM:
        return (int(Op.ITEM), shape, guards.shape_of(body, key))
    return (int(Op.ATTR), shape, key) if how == WriteHow.ATTR else shape


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


def _write(
    heap: Heap, change: _Change, cell: SlotKey, key: Found | None = None, *, absent: bool = False
) -> Write:
    is_asked = key is not None and bool(key.bits & Bit.REQUEST)  # each client may ask for another one
    return Write(
        context=change.context,
        cell=cell,
        span=change.span,
        guard=change.guard,
        key=key,
        value=change.value,
        method=change.method,
        once=change.fills_itself or (not is_asked and guards.is_once(heap, change.context, change.guard)),
        absent=absent,
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


def _name_writes(heap: Heap, name: str, change: _Change) -> Iterator[Write]:
    home, owner, runs = names.owner_of_name(heap, change.context, name)
    if home == "module":
        yield _write(heap, change, ("G", owner, name))
        return
    for run in runs:
        if era_of(run) == Era.BOOT:
            yield _write(heap, change, ("L", owner, run, name))


def _attribute_writes(
    heap: Heap, target: int, name: str, change: _Change, key: Found | None = None
) -> Iterator[Write]:
    for value in sorted(evaluate(heap, change.context, target).values):
        if construction.is_own_construction(heap, change.context, target, value):
            continue
        kind, receiver = heap.values.kinds[value], value
        if kind in (Kind.FUNCTION, Kind.METHOD):
            receiver = function_identity(heap, value)
        elif kind == Kind.SUPER:
            receiver = heap.values.parts[value][1]
        elif kind == Kind.OBJECT and (_has_setter(heap, value, name) or _has_hook(heap, value)):
            continue
        elif kind == Kind.CONTAINER and "." not in heap.values.parts[value][3]:
            continue  # a list or dict has no attributes to set: the other values are meant
        for table in names.fields_elsewhere(heap, receiver):
            yield _write(heap, change, ("E", table))
        yield _write(heap, change, builtin.attribute_cell(heap, receiver, name), key)


def _has_setter(heap: Heap, receiver: int, name: str) -> bool:
    """Whether assigning an attribute of an object calls a setter of its class: that one writes."""
    return any(
        isinstance(item, int) and name in heap.modules.setters(item)
        for item in names.ancestors(heap, heap.values.parts[receiver][0])
    )


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


def _item_write(heap: Heap, receiver: int, key_place: int, change: _Change, target: int) -> Iterator[Write]:
    context = change.context
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    if construction.is_fresh(heap, context, receiver, target):
        return
    if kind == Kind.OBJECT and not library.container_type(heap, receiver):
        return  # its own `__setitem__` writes
    if kind == Kind.MODULE:
        name = constant(heap, context, key_place)
        if isinstance(name, str):
            yield _write(heap, change, ("G", parts[0], name))
    elif kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT, Kind.BOUND):
        if library.is_bag(heap, receiver):
            text = key_of(heap, context, key_place, receiver)
            yield _write(heap, change, ("I", receiver, text if isinstance(text, str) else "*"))
    elif kind in (Kind.CONTAINER, Kind.OBJECT):
        key = _variable_key(heap, context, key_place)
        absent = _is_absent_guarded(heap, context, change.guard, receiver, target)
        yield _write(heap, change, ("E", receiver), key, absent=absent)


def _variable_key(heap: Heap, context: Context, place: int) -> Found | None:
    """Give what is known of a key; None for a constant one: that is a cell of its own."""
    if not place or constant(heap, context, place) is not NOT_CONSTANT:
        return None
    return evaluate(heap, context, place)


def _is_absent_guarded(heap: Heap, context: Context, guard: int, receiver: int, target: int) -> bool:
    """Whether code under a guard runs only where a key is missing from a container."""
    body = context.body
    for one in guards.chain(body, guard):
        _, test, place, _, _ = body.guards[one]
        if test == Test.ABSENT and receiver in evaluate(heap, context, place).values:
            return True
        asks_missing = test in (Test.IS_NONE, Test.FALSY, Test.EXCEPT)
        if asks_missing and place and _comes_from(context.body, place, target):
            return True
    return False


def _comes_from(body: Body, place: int, container: int) -> bool:
    """Whether a place is an element of the container at another place: `d.get(k)`, `d[k]`."""
    op = body.ops[place]
    if op == Op.NAME:
        return any(
            value and body.ops[value] != Op.NAME and _comes_from(body, value, container)
            for name, value, *_ in body.binds
            if name == body.a[place]
        )
    if op == Op.ITEM:
        return guards.shape_of(body, body.a[place]) == guards.shape_of(body, container)
    if op == Op.CALL:
        callee = body.calls[body.a[place]][CALL_CALLEE]
        return body.ops[callee] == Op.ATTR and guards.shape_of(body, body.a[callee]) == guards.shape_of(
            body, container
        )
    return False


# -- calls ------------------------------------------------------------------------------------------------


def _call_writes(heap: Heap, context: Context, number: int) -> Iterator[Write]:
    """List the writes of mutating methods of containers, and of functions that change an argument."""
    record = call_record(context.body, number)
    change = _Change(
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
            if heap.values.kinds[parts[0]] == Kind.EXTERNAL_OBJECT:
                yield from _route_write(heap, parts[0], parts[1], change)
        elif kind == Kind.EXTERNAL:
            yield from _function_writes(heap, parts[0], record.arguments, change)


def _method_write(
    heap: Heap, record: CallRecord, receiver: int, method: str, change: _Change
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
    key = _variable_key(heap, context, argument(does.key))
    absent = method == "setdefault" or _is_absent_guarded(heap, context, change.guard, receiver, target)
    yield _write(heap, filled, ("E", receiver), key, absent=absent)


def _route_write(heap: Heap, receiver: int, method: str, change: _Change) -> Iterator[Write]:
    """Take the registration of a handler while serving for a write of the application's routes."""
    type_name = heap.values.parts[receiver][0]
    if any(entry.kind in ("app", "router") for entry in heap.knowledge.mro(type_name)):
        entry = heap.knowledge.register(f"{type_name}.{method}")
        if entry is not None and entry.runs == "serve" and entry.entry in ("request", "websocket"):
            yield _write(heap, change._replace(method=method), ("F", receiver, "routes"))


def _function_writes(heap: Heap, name: str, arguments: list[int], change: _Change) -> Iterator[Write]:
    context = change.context
    if name in ("setattr", "delattr", "object.__setattr__") and len(arguments) > 1:
        text = constant(heap, context, arguments[1])
        value = evaluate(heap, context, arguments[2]) if len(arguments) > 2 else None
        filled = change._replace(value=value, removes=name == "delattr", dropped=False)
        if isinstance(text, str):
            yield from _attribute_writes(heap, arguments[0], text, filled)
        else:  # `setattr(options, name, value)`
            named = evaluate(heap, context, arguments[1])
            sent = named if named.bits & Bit.REQUEST else None
            yield from _attribute_writes(heap, arguments[0], "*", filled, sent)
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
                yield from _item_write(heap, receiver, 0, filled, arguments[changed])


def _goes_round(heap: Heap, receiver: int) -> bool:
    """Whether asking for the next element leaves all in place: `itertools.cycle`."""
    does = heap.knowledge.method(library.container_type(heap, receiver), "__next__")
    return does.gives and not does.changes


# -- reads ------------------------------------------------------------------------------------------------

_WHOLE, _RECEIVER, _RETURNED = int(How.WHOLE), int(How.RECEIVER), int(How.RETURNED)
_READS = int(How.WHOLE | How.GET | How.TEST | How.ITERATE | How.CALLED)
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
    how, line = context.body.hows[place], context.body.lines[place]
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
    known = slot is not None and slot.values
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


def is_plain_read(read: Read) -> bool:
    """Whether a read uses the content: asking only for the length, or passing through, does not."""
    return bool(read.how & _READS)
