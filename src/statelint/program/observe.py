"""What serving code does to cells: writes and reads, each with its place, its guard and where its data come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.facts import CallFlag, How, Op, Test, WriteHow
from statelint.program import builtin, guards, library, names
from statelint.program.evaluate import NOT_CONSTANT, constant, evaluate, function_identity
from statelint.program.heap import era_of
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body
    from statelint.program.heap import Context, Found, Heap, SlotKey

Span = tuple[int, int, int, int]

_REMOVERS = frozenset({"pop", "popitem", "popleft", "remove", "discard", "clear", "get", "get_nowait", "__delitem__"})
_EMPTIERS = frozenset({"clear"})
_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__", "__attrs_post_init__", "__setstate__", "__set_name__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write while serving to one cell.

    `key` is what is known of the key (None: a cell without a key), `value` of the value (None: nothing is
    put there). `once` and `absent` tell the guard: it runs once for the process, or only for a missing key.
    `method` is the container's method, empty for a statement.
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
    constant: object
    dropped: bool

    @property
    def order(self) -> tuple[int, int, int]:
        """A stable order: by unit and line."""
        return (self.context.uid, self.span[0], self.span[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One read while serving of one cell; `how` as `facts.How`, `line` where it first stands in its unit."""

    context: Context
    cell: SlotKey
    how: int
    line: int
    method: str = ""


def writes_of(heap: Heap, context: Context) -> Iterator[Write]:
    """The writes of one serving context, in the order of the source."""
    body = context.body
    for code in body.order:
        number, kind = code >> 2, code & 3
        if kind == 2:  # noqa: PLR2004 - the codes of `Body.order`
            if not _skipped(context, body.writes[number][4]):
                yield from _statement_writes(heap, context, number)
        elif kind == 0 and not _skipped(context, body.calls[number][4]):
            yield from _call_writes(heap, context, number)


def _skipped(context: Context, guard: int) -> bool:
    return context.split and Test.ENDLESS not in guards.tests_in(context.body, guard)


# -- statements -------------------------------------------------------------------------------------------


def _statement_writes(heap: Heap, context: Context, number: int) -> Iterator[Write]:
    body = context.body
    target, how, key, value, guard, augmented, *span = body.writes[number]
    if value and body.ops[value] == Op.IMPORT:
        return  # `global json; import json`: a module that is loaded late
    found = evaluate(heap, context, value) if value else None
    removes = how in (WriteHow.DEL_ITEM, WriteHow.DEL_ATTR, WriteHow.DEL_NAME)
    common = _Common(
        guard=guard,
        span=tuple(span),  # type: ignore[arg-type]
        value=found,
        removes=removes,
        augmented=bool(augmented),
        constant_value=_is_constant(body, value),
        puts_none=bool(value) and constant(heap, context, value) is None,
        constant=constant(heap, context, value) if value else NOT_CONSTANT,
    )
    if how in (WriteHow.NAME, WriteHow.DEL_NAME):
        name = heap.modules.string(context.module, body.a[target])
        yield from _name_writes(heap, context, name, common)
    elif how in (WriteHow.ATTR, WriteHow.DEL_ATTR):
        name = heap.modules.string(context.module, key)
        for receiver in sorted(evaluate(heap, context, target).values):
            if not _is_own_construction(heap, context, target, receiver):
                yield from _attribute_write(heap, context, receiver, name, common)
    else:
        keyed = key if how in (WriteHow.ITEM, WriteHow.DEL_ITEM) else 0
        for receiver in sorted(evaluate(heap, context, target).values):
            yield from _item_write(heap, context, receiver, keyed, common, target)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    guard: int
    span: Span
    value: Found | None
    removes: bool = False
    augmented: bool = False
    constant_value: bool = False
    puts_none: bool = False
    constant: object = NOT_CONSTANT
    method: str = ""
    dropped: bool = False


def _is_constant(body: Body, place: int) -> bool:
    """Whether a value is a constant, or an empty or constant display."""
    if not place:
        return False
    if body.ops[place] == Op.CONST:
        return True
    if body.ops[place] == Op.SITE:
        return all(not part or body.ops[part] == Op.CONST for part in body.sites[body.a[place]][1])
    return False


def _write(heap: Heap, context: Context, cell: SlotKey, key: Found | None, common: _Common, *, absent: bool) -> Write:
    return Write(
        context=context,
        cell=cell,
        span=common.span,
        guard=common.guard,
        key=key,
        value=common.value,
        method=common.method,
        once=guards.is_once(heap, context, common.guard),
        absent=absent,
        removes=common.removes,
        empties=common.method in _EMPTIERS,
        augmented=common.augmented,
        constant_value=common.constant_value,
        puts_none=common.puts_none,
        constant=common.constant,
        dropped=common.dropped,
    )


def _name_writes(heap: Heap, context: Context, name: str, common: _Common) -> Iterator[Write]:
    home, owner, runs = names.owner_of_name(heap, context, name)
    if home == "module":
        yield _write(heap, context, ("G", owner, name), None, common, absent=False)
        return
    for run in runs:
        if era_of(run) == Era.BOOT:
            yield _write(heap, context, ("L", owner, run, name), None, common, absent=False)


def _attribute_write(heap: Heap, context: Context, receiver: int, name: str, common: _Common) -> Iterator[Write]:
    kind = heap.values.kinds[receiver]
    if kind in (Kind.FUNCTION, Kind.METHOD):
        receiver = function_identity(heap, receiver)
    if kind == Kind.SUPER:
        receiver = heap.values.parts[receiver][1]
    if kind == Kind.OBJECT and has_setter(heap, receiver, name):
        return
    yield _write(heap, context, builtin.attribute_cell(heap, receiver, name), None, common, absent=False)  # type: ignore[arg-type]


def has_setter(heap: Heap, receiver: int, name: str) -> bool:
    """Whether assigning an attribute of an object calls a setter of its class: that one writes."""
    for item in names.ancestors(heap, heap.values.parts[receiver][0]):
        for child in heap.modules.children.get(item, ()) if isinstance(item, int) else ():
            unit = heap.modules.units[child]
            if unit.name == name and unit.flags & 32:
                return True
    return False


def _item_write(
    heap: Heap, context: Context, receiver: int, key_place: int, common: _Common, target: int
) -> Iterator[Write]:
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    if _is_fresh(context, receiver_parts=parts, kind=kind, target=target):
        return
    if kind == Kind.OBJECT and not library.container_type(heap, receiver):
        return  # its own `__setitem__` writes
    if kind == Kind.MODULE:
        name = constant(heap, context, key_place)
        if isinstance(name, str):
            yield _write(heap, context, ("G", parts[0], name), None, common, absent=False)
        return
    if kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT, Kind.BOUND):
        if library.is_bag(heap, receiver):
            text = constant(heap, context, key_place)
            cell = ("I", receiver, text if isinstance(text, str) else "*")
            yield _write(heap, context, cell, None, common, absent=False)
        return
    if kind in (Kind.CONTAINER, Kind.OBJECT):
        key = evaluate(heap, context, key_place) if key_place else None
        if key is not None and constant(heap, context, key_place) is not NOT_CONSTANT:
            key = None  # a constant key is a cell of its own
        absent = is_absent_guarded(heap, context, common.guard, receiver, target)
        yield _write(heap, context, ("E", receiver), key, common, absent=absent)


def _is_fresh(context: Context, *, receiver_parts: tuple, kind: int, target: int) -> bool:  # type: ignore[type-arg]
    """Whether a container is filled right where it is made: nobody else can have seen it yet."""
    if kind != Kind.CONTAINER or (receiver_parts[0], receiver_parts[2]) != (context.uid, context.era):
        return False
    body, site = context.body, receiver_parts[1]
    waiting, seen = [target], {target}
    for place in waiting:  # grows while it is read
        if body.ops[place] == Op.NAME:
            values = {value for name, value, *_ in body.binds if name == body.a[place]}
            if not values or 0 in values:
                return False
            waiting += sorted(values - seen)
            seen |= values
        elif not (place == site or (body.ops[place] == Op.CALL and -10 - body.a[place] == site)):
            return False
    return True


def _is_own_construction(heap: Heap, context: Context, target: int, receiver: int) -> bool:
    """`self.x = ...` in a constructor, or in a method that only constructors call, makes the object."""
    body = context.body
    params = heap.modules.units[context.uid].params
    if not params or body.ops[target] != Op.NAME or heap.values.kinds[receiver] != Kind.OBJECT:
        return False
    if heap.modules.string(context.module, body.a[target]) != params[0].name:
        return False
    return only_constructs(heap, context)


def only_constructs(heap: Heap, context: Context, seen: frozenset[tuple[int, int]] = frozenset()) -> bool:
    """Whether a context is a constructor or is called from constructors only."""
    if heap.modules.units[context.uid].name in _CONSTRUCTORS:
        return True
    if not context.callers or context.key in seen or context.key in heap.entries:
        return False
    around = heap.modules.class_around(context.uid)
    return around >= 0 and all(
        heap.modules.class_around(caller.uid) >= 0 and only_constructs(heap, caller, seen | {context.key})
        for caller in context.callers
    )


def is_absent_guarded(heap: Heap, context: Context, guard: int, receiver: int, target: int) -> bool:
    """Whether code under a guard runs only where a key is missing from a container."""
    body = context.body
    for one in guards.chain(body, guard):
        _, test, place, _, _ = body.guards[one]
        if test == Test.ABSENT and receiver in evaluate(heap, context, place).values:
            return True
        if test in (Test.IS_NONE, Test.FALSY, Test.EXCEPT) and place and _comes_from(heap, context, place, target):
            return True
    return False


def _comes_from(heap: Heap, context: Context, place: int, container: int) -> bool:
    """Whether a place is an element of the container at another place: `d.get(k)`, `d[k]`."""
    body = context.body
    op = body.ops[place]
    if op == Op.NAME:
        return any(
            value and body.ops[value] != Op.NAME and _comes_from(heap, context, value, container)
            for name, value, *_ in body.binds
            if name == body.a[place]
        )
    if op == Op.ITEM:
        return body.a[place] == container
    if op == Op.CALL:
        callee = body.calls[body.a[place]][0]
        return body.ops[callee] == Op.ATTR and body.a[callee] == container  # type: ignore[index, call-overload, no-any-return]
    return False


# -- calls ------------------------------------------------------------------------------------------------


def _call_writes(heap: Heap, context: Context, number: int) -> Iterator[Write]:
    """Mutating methods of containers, and functions that change an argument."""
    record = context.body.calls[number]
    callee_place, arguments, _, _, guard, flags, *span = record
    for value in sorted(evaluate(heap, context, callee_place).values):
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.BOUND:
            yield from _method_write(heap, context, number, parts[0], parts[1])
        elif kind == Kind.EXTERNAL:
            common = _Common(guard=guard, span=tuple(span), value=None, dropped=bool(flags & CallFlag.DROPPED))
            yield from _function_write(heap, context, parts[0], arguments, common)


def _method_write(heap: Heap, context: Context, number: int, receiver: int, method: str) -> Iterator[Write]:
    record = context.body.calls[number]
    callee_place, arguments, keywords, _, guard, flags, *span = record
    type_name = library.container_type(heap, receiver)
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    if not type_name or not heap.knowledge.is_mutator(type_name, method):
        return
    if _is_fresh(context, receiver_parts=parts, kind=kind, target=context.body.a[callee_place]):
        return
    strings = heap.modules.facts[context.module].strings

    def argument(position: int | str | None) -> int:
        if isinstance(position, int):
            return arguments[position] if position < len(arguments) else 0
        return next((place for name, place in keywords if strings[name] == position), 0)

    added = argument(heap.knowledge.added(type_name, method)) or argument(heap.knowledge.merged(type_name, method))
    key_place = argument(heap.knowledge.key_of(type_name, method))
    common = _Common(
        guard=guard,
        span=tuple(span),
        value=evaluate(heap, context, added) if added else None,
        removes=method in _REMOVERS and not added,
        constant_value=_is_constant(context.body, added),
        method=method,
        dropped=bool(flags & CallFlag.DROPPED),
    )
    key = evaluate(heap, context, key_place) if key_place else None
    if key is not None and constant(heap, context, key_place) is not NOT_CONSTANT:
        key = None
    target = context.body.a[callee_place]
    absent = method == "setdefault" or is_absent_guarded(heap, context, guard, receiver, target)
    yield _write(heap, context, ("E", receiver), key, common, absent=absent)


def _function_write(
    heap: Heap, context: Context, name: str, arguments: list[int], common: _Common
) -> Iterator[Write]:
    if name in ("setattr", "delattr") and len(arguments) > 1:
        text = constant(heap, context, arguments[1])
        value = evaluate(heap, context, arguments[2]) if len(arguments) > 2 else None  # noqa: PLR2004
        filled = _Common(guard=common.guard, span=common.span, value=value, removes=name == "delattr")
        for receiver in sorted(evaluate(heap, context, arguments[0]).values):
            if not _is_own_construction(heap, context, arguments[0], receiver):
                yield from _attribute_write(heap, context, receiver, text if isinstance(text, str) else "*", filled)
        return
    entry = heap.knowledge.function(name)
    if entry is None:
        return
    for changed in entry.changes:
        if not isinstance(changed, int) or changed >= len(arguments):
            continue
        put = next((p for p in entry.puts if isinstance(p, int) and p < len(arguments)), None)
        value = evaluate(heap, context, arguments[put]) if put is not None else None
        filled = _Common(
            guard=common.guard, span=common.span, value=value, method=name.rpartition(".")[2], dropped=common.dropped,
            augmented=put is None and not entry.puts,
        )
        for receiver in sorted(evaluate(heap, context, arguments[changed]).values):
            if heap.values.kinds[receiver] in (Kind.CONTAINER, Kind.OBJECT):
                yield from _item_write(heap, context, receiver, 0, filled, arguments[changed])


# -- reads ------------------------------------------------------------------------------------------------

_READS = int(How.WHOLE | How.GET | How.TEST | How.ITERATE | How.CALLED)


def reads_of(heap: Heap, context: Context) -> Iterator[Read]:
    """The reads of one serving context: every place that is used, and every method that hands something out."""
    body = context.body
    for place in range(1, len(body.ops)):
        how = body.hows[place]
        op = body.ops[place]
        if not how or op not in (Op.NAME, Op.ATTR, Op.ITEM, Op.ELEMENT):
            continue
        for cell in cells_at(heap, context, place):
            yield Read(context=context, cell=cell, how=how, line=body.lines[place])
        if how & (How.GET | How.TEST | How.ITERATE | How.WHOLE | How.LENGTH):
            for value in sorted(evaluate(heap, context, place).values):
                if heap.values.kinds[value] in (Kind.CONTAINER, Kind.OBJECT):
                    yield Read(context=context, cell=("E", value), how=how, line=body.lines[place])
    for record in body.calls:
        callee = record[0]
        if body.ops[callee] != Op.ATTR:  # type: ignore[index, call-overload]
            continue
        for value in sorted(evaluate(heap, context, callee).values):  # type: ignore[arg-type]
            if heap.values.kinds[value] == Kind.BOUND:
                yield from _method_read(heap, context, value, record)  # type: ignore[arg-type]


def _method_read(heap: Heap, context: Context, value: int, record: list[int]) -> Iterator[Read]:
    receiver, method = heap.values.parts[value]
    type_name = library.container_type(heap, receiver)
    if not type_name:
        return
    changes = heap.knowledge.is_mutator(type_name, method)
    if changes and (record[5] & CallFlag.DROPPED or not heap.knowledge.is_getter(type_name, method)):
        return
    yield Read(context=context, cell=("E", receiver), how=int(How.GET), line=record[6], method=method)


def cells_at(heap: Heap, context: Context, place: int) -> Iterator[SlotKey]:
    """The cells that a place reads directly."""
    body = context.body
    op = body.ops[place]
    if op == Op.NAME:
        name = heap.modules.string(context.module, body.a[place])
        if name not in heap.modules.locals[context.uid]:
            home, owner, runs = names.owner_of_name(heap, context, name)
            if home == "module":
                yield ("G", owner, name)
            else:
                for run in runs:
                    yield ("L", owner, run, name)
    elif op == Op.ATTR:
        name = heap.modules.string(context.module, body.b[place])
        for receiver in sorted(evaluate(heap, context, body.a[place]).values):
            yield from attribute_cells(heap, receiver, name)
    elif op in (Op.ITEM, Op.ELEMENT):
        for receiver in sorted(evaluate(heap, context, body.a[place]).values):
            if library.is_bag(heap, receiver):
                text = constant(heap, context, body.b[place]) if op == Op.ITEM else NOT_CONSTANT
                yield ("I", receiver, text if isinstance(text, str) else "*")
            else:
                yield ("E", receiver)


def attribute_cells(heap: Heap, receiver: int, name: str) -> Iterator[SlotKey]:
    """The cells that `receiver.name` may read: its own, and the class attribute behind it."""
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    if kind == Kind.CONTAINER and ("F", receiver, name) not in heap.slots:
        return  # a method, whose call is looked at by itself
    if kind in (Kind.FUNCTION, Kind.METHOD):
        receiver = function_identity(heap, receiver)
    yield builtin.attribute_cell(heap, receiver, name)  # type: ignore[misc]
    if kind == Kind.CLASS or (kind == Kind.OBJECT and not names.hides_class(heap, parts[0], name)):
        for item in names.ancestors(heap, parts[0]):
            if isinstance(item, int) and name in heap.modules.locals[item]:
                yield ("F", heap.values.make(Kind.CLASS, item), name)
                break


def is_plain_read(read: Read) -> bool:
    """Whether a read uses the content: asking only for the length, or passing through, does not."""
    return bool(read.how & _READS)

