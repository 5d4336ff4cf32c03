"""What the expression at a place may be: values and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import class_making, names
from statelint.program.attributes import attribute
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.constants import NOT_CONSTANT, SOME_CONSTANT, constant
from statelint.program.elements import (
    copy_elements,
    copy_of,
    copy_part,
    elements_of,
    item_of_container,
    note_many,
    put_key,
)
from statelint.program.found import NOTHING, Found, union, with_bits
from statelint.program.keyed import keys_of
from statelint.program.library_objects import given_by_library
from statelint.program.methods import bind_methods, call_methods
from statelint.program.rows import displayed, note_rows
from statelint.program.slots import MOST_VALUES
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_FORMS = (
    "Annotated",
    "Optional",
    "Union",
    "ClassVar",
    "Final",
    "Type",
    "type",
    "Required",
    "NotRequired",
    "InitVar",
)
"""Special forms whose parameters are the types that matter: `Annotated[Store, Depends(get_store)]`."""

_DISPLAYS = {
    "list": "list",
    "set": "set",
    "dict": "dict",
    "tuple": "tuple",
    "generator": "tuple",
    "elements": "list",
}

_LONG = 2 * MOST_VALUES
"""Keys and values of a table that has more rows than a cell tells apart."""


def evaluate(heap: Heap, context: Context, place: int) -> Found:
    """Find what a place of a context's unit may be, for the record at work."""
    memo = context.memo
    found = memo.get(place)
    if found is None:
        memo[place] = NOTHING  # a place that needs itself gives nothing new
        found = memo[place] = _EVALUATORS[context.body.ops[place]](heap, context, place)
    return found


def _nothing(heap: Heap, context: Context, place: int) -> Found:
    del heap, context, place
    return NOTHING


def _const(heap: Heap, context: Context, place: int) -> Found:
    del heap, context, place
    return SOME_CONSTANT


def _name(heap: Heap, context: Context, place: int) -> Found:
    number = context.body.a[place]
    slot = context.name_slots.get(number)
    if slot is not None:
        return heap.read(slot, context)
    text = heap.modules.facts[context.module].strings[number]
    slot = names.lasting_slot(heap, context, text)
    if slot is not None:
        context.name_slots[number] = slot
        return heap.read(slot, context)
    return union([heap.read(slot, context) for slot in names.name_slots(heap, context, text)])


def _attr(heap: Heap, context: Context, place: int) -> Found:
    base = evaluate(heap, context, context.body.a[place])
    name = heap.modules.facts[context.module].strings[context.body.b[place]]
    return attribute(heap, context, base, name)


def _item(heap: Heap, context: Context, place: int) -> Found:
    body = context.body
    base = evaluate(heap, context, body.a[place])
    key_place = body.b[place]
    carried = base.bits & (Bit.REQUEST | Bit.IO_DB | Bit.IO_HTTP | Bit.BOOT)
    key = constant(heap, context, key_place)
    if key is NOT_CONSTANT:
        parts = []
        for value in sorted(base.values):
            known = keys_of(heap, context, key_place, value) or (NOT_CONSTANT,)
            parts += [_item_of(heap, context, value, one, key_place) for one in known]
    else:
        parts = [_item_of(heap, context, value, key, key_place) for value in sorted(base.values)]
    parts.append(Found(frozenset(), carried))
    return union(parts)


def _is_known_class(heap: Heap, value: int) -> bool:
    """Whether a name of a library is that of a class the knowledge files describe."""
    name = heap.values.parts[value][0]
    return name in heap.knowledge.types or name in heap.knowledge.bases


def _item_of(heap: Heap, context: Context, value: int, key: object, key_place: int) -> Found:
    """Find what `value[key]` may be."""
    kind = heap.values.kinds[value]
    if kind in (Kind.CONTAINER, Kind.PAIR):
        return item_of_container(heap, context, value, key)
    if kind == Kind.OBJECT:
        return _item_of_object(heap, context, value, key, key_place)
    if kind == Kind.EXTERNAL:
        given = _item_of_name(heap, context, value, key_place)
        if given is not None:
            return given
    if kind == Kind.CLASS or heap.values.mark_behind(value) >= 0:  # `Store[int]`, or came in as a whole
        return heap.single(value)
    if kind == Kind.MODULE and isinstance(key, str):  # `globals()["name"]`
        is_loaded = heap.is_loaded(value)  # then its name stood for something else before
        return (
            NOTHING if is_loaded else names.module_attribute(heap, context, heap.values.parts[value][0], key)
        )
    is_placed = key is not NOT_CONSTANT and not (isinstance(key, int) and key < 0)
    found = heap.item(value, key, context) if is_placed else heap.elements(value, context)
    return union([found, *given_by_library(heap, value, "__getitem__")])


def _item_of_name(heap: Heap, context: Context, value: int, place: int) -> Found | None:
    """Find what `Annotated[Store, Depends(get_store)]` or `Provide[Container.service]` stand for."""
    dotted = heap.values.parts[value][0]
    if dotted.rpartition(".")[2] in _FORMS:
        return _type_parameters(heap, context, place)
    if _is_known_class(heap, value):
        return heap.single(value)
    if heap.knowledge.function(f"{dotted}.__class_getitem__") is None:
        return None
    callee = names.external(heap, f"{dotted}.__class_getitem__")
    given = Arguments([evaluate(heap, context, place)], {})
    return heap.invoke(Caller(context, context.era), callee, given)


def _item_of_object(heap: Heap, context: Context, value: int, key: object, key_place: int) -> Found:
    """Call what a class of the project has for `value[key]`, and what a `dict` calls for a missing key."""
    uid = heap.values.parts[value][0]
    method = names.class_attribute(heap, uid, "__getitem__", context)
    if method is not None:
        callee = bind_methods(heap, heap.read(method[1], context), value)
        argument = evaluate(heap, context, key_place)
        return heap.invoke(Caller(context, context.era), callee, Arguments([argument], {}))
    is_placed = key is not NOT_CONSTANT and not (isinstance(key, int) and key < 0)
    found = heap.item(value, key, context) if is_placed else heap.elements(value, context)
    if names.class_attribute(heap, uid, "__missing__", context) is None:
        return found
    given = Arguments([evaluate(heap, context, key_place)], {})
    return union([found, *call_methods(heap, context, value, ("__missing__",), given)])


def _type_parameters(heap: Heap, context: Context, place: int) -> Found:
    """Give the types and markers in `Annotated[...]`: elements of the tuple, or the only parameter."""
    found = evaluate(heap, context, place)
    parts = []
    for value in sorted(found.values):
        if heap.values.kinds[value] == Kind.CONTAINER:
            parts.append(heap.elements(value, context))
        else:
            parts.append(heap.single(value))
    return union(parts)


def _element(heap: Heap, context: Context, place: int) -> Found:
    return elements_of(heap, context, evaluate(heap, context, context.body.a[place]))


def _slice(heap: Heap, context: Context, place: int) -> Found:
    base = evaluate(heap, context, context.body.a[place])
    return copy_of(heap, context, base, place, context.body.b[place] - 1)


def _call(heap: Heap, context: Context, place: int) -> Found:
    del heap
    number = context.body.a[place]
    if context.mask:
        context.result_readers[number] |= context.mask
    return context.results[number]


def _site(heap: Heap, context: Context, place: int) -> Found:
    """Make the container of a display and put its elements there."""
    kind, pairs = context.body.sites[context.body.a[place]]
    value = displayed(heap, context, place, _DISPLAYS[kind])
    if len(pairs) > _LONG:
        note_rows(heap, context, pairs)
    bits = Bit.CONST
    is_placed = kind == "list"
    first_star = _first_star(context, kind, pairs)
    for index in range(0, len(pairs), 2):
        key_place, element = pairs[index], evaluate(heap, context, pairs[index + 1])
        bits = _mixed(bits, element.bits)
        key = constant(heap, context, key_place)
        is_star = not key_place and context.body.ops[pairs[index + 1]] == Op.ELEMENT
        is_placed = is_placed and not is_star
        if is_star and kind == "dict":
            _merge(heap, context, value, pairs[index + 1])
        elif is_star and index == first_star:
            _spread(heap, context, value, pairs[index + 1], index // 2)
        elif is_placed and element.values:
            heap.put_item(value, index // 2, element)
        elif key is not NOT_CONSTANT:
            heap.put_item(value, key, element)
        else:
            if key_place:
                note_many(heap, context.uid, pairs[index + 1], element)
            heap.put(value, element)
        if kind == "dict" and key_place:
            put_key(heap, value, evaluate(heap, context, key_place))
    return with_bits(heap.single(value), bits)


def _first_star(context: Context, kind: str, pairs: Sequence[int]) -> int:
    """Find the first `*others` in a display of a sequence; -1: there is none."""
    if kind not in ("list", "tuple"):
        return -1
    ops = context.body.ops
    stars = (at for at in range(0, len(pairs), 2) if not pairs[at] and ops[pairs[at + 1]] == Op.ELEMENT)
    return next(stars, -1)


def _mixed(bits: int, more: int) -> int:
    """Unite the bits of two parts of a value: it is constant only if both are."""
    return (bits & more & Bit.CONST) | ((bits | more) & ~Bit.CONST)


def _merge(heap: Heap, context: Context, table: int, place: int) -> None:
    """Put into a table what `**other` brings; the place is that of the keys of the other one."""
    for value in sorted(evaluate(heap, context, context.body.a[place]).values):
        if heap.values.kinds[value] == Kind.CONTAINER and value != table:
            copy_elements(heap, context, value, table)


def _spread(heap: Heap, context: Context, target: int, place: int, first: int) -> None:
    """Put into a sequence what `*others` brings from a position on: `args = (result, *args[1:])`."""
    found = evaluate(heap, context, context.body.a[place])
    known = {v for v in found.values if heap.values.kinds[v] == Kind.CONTAINER and v != target}
    for value in sorted(known):
        copy_part(heap, context, value, target, -first)
    if len(known) < len(found.values - {target}) or not found.values:
        heap.put(target, elements_of(heap, context, Found(found.values - known, found.bits)))


def _any(heap: Heap, context: Context, place: int) -> Found:
    return union([evaluate(heap, context, part) for part in context.body.joins[context.body.a[place]]])


def _mix(heap: Heap, context: Context, place: int) -> Found:
    """Compute from several values: containers among them give a new one with the elements of all."""
    parts = [evaluate(heap, context, part) for part in context.body.joins[context.body.a[place]]]
    bits = Bit.CONST
    for part in parts:
        bits = _mixed(bits, part.bits)
    operands = {value for part in parts for value in part.values}
    containers = Found(frozenset(v for v in operands if heap.values.kinds[v] == Kind.CONTAINER), 0)
    kept = {v for v in operands if heap.values.kinds[v] == Kind.EXTERNAL_OBJECT and _gives_its_like(heap, v)}
    return Found(copy_of(heap, context, containers, place).values | kept, bits)


def _gives_its_like(heap: Heap, value: int) -> bool:
    """Whether an operator on a library's object gives another of its kind: `folder / name` is a path."""
    return heap.knowledge.method(heap.values.parts[value][0], "__truediv__").copies


def _enter(heap: Heap, context: Context, place: int) -> Found:
    """Find what `with a as x` binds: what a generator yields, what `__enter__` returns, or the value."""
    base = evaluate(heap, context, context.body.a[place])
    parts = [Found(frozenset(), base.bits)]
    for value in sorted(base.values):
        kind = heap.values.kinds[value]
        if kind == Kind.GENERATOR:
            uid, era = heap.values.parts[value]
            parts.append(heap.read(heap.context(uid, era).yields, context))
            continue
        entered = _enter_object(heap, context, value) if kind == Kind.OBJECT else []
        parts += entered or [heap.single(value)]
    return union(parts)


def _enter_object(heap: Heap, context: Context, value: int) -> list[Found]:
    """Call what a `with` block calls on an object of the project, and give what entering it gives."""
    entered = call_methods(heap, context, value, ("__enter__", "__aenter__"), NO_ARGUMENTS)
    if entered:
        call_methods(heap, context, value, ("__exit__", "__aexit__"), Arguments([SOME_CONSTANT] * 3, {}))
    return entered


def _caught(heap: Heap, context: Context, place: int) -> Found:
    """Give an object of the classes of the project that an `except` names."""
    found = evaluate(heap, context, context.body.a[place])
    named = {v for v in found.values if heap.values.kinds[v] != Kind.CONTAINER}
    for value in sorted(found.values - named):
        named |= heap.elements(value, context).values
    classes = sorted(heap.values.parts[v][0] for v in named if heap.values.kinds[v] == Kind.CLASS)
    return Found(frozenset(heap.values.make(Kind.OBJECT, uid, context.era, 0) for uid in classes), 0)


def _func(heap: Heap, context: Context, place: int) -> Found:
    """Make a function; its defaults and annotations are evaluated here."""
    uid = heap.modules.uid(context.module, context.body.a[place])
    value = heap.values.make(Kind.FUNCTION, uid, context.run)
    for number, param in enumerate(heap.modules.units[uid].params):
        if param.default:
            heap.join(heap.slot(("D", uid, context.run, number)), evaluate(heap, context, param.default))
        if param.annotation:
            heap.join(heap.slot(("A", uid, number)), evaluate(heap, context, param.annotation))
    return heap.single(value)


def _class(heap: Heap, context: Context, place: int) -> Found:
    """Make a class; its bases are evaluated here, and its body runs now."""
    uid = heap.modules.uid(context.module, context.body.a[place])
    bases = tuple(
        tuple(sorted(evaluate(heap, context, base).values)) for base in heap.modules.units[uid].bases
    )
    names.set_bases(heap, uid, bases)
    if heap.modules.units[uid].metaclass:
        heap.metaclasses[uid] = evaluate(heap, context, heap.modules.units[uid].metaclass).values
    body = heap.context(uid, context.run)
    body.env.add(context.run)
    heap.run_first(body)
    made = heap.values.make(Kind.CLASS, uid)
    class_making.tell(heap, context, uid, bases)
    return heap.single(made)


def _import(heap: Heap, context: Context, place: int) -> Found:
    return names.imported(heap, context, context.body.a[place])


def _await(heap: Heap, context: Context, place: int) -> Found:
    return awaited(heap, context, evaluate(heap, context, context.body.a[place]))


def awaited(heap: Heap, context: Context, base: Found) -> Found:
    """Find what waiting for any of the base's values gives: a coroutine runs now, a task gives its result."""
    kinds = heap.values.kinds
    coroutines = {value for value in base.values if kinds[value] == Kind.COROUTINE}
    tasks = {v for v in base.values if kinds[v] == Kind.EXTERNAL_OBJECT and _is_task(heap, v)}
    if not coroutines and not tasks:
        return base
    rest = Found(base.values - coroutines - tasks, base.bits & ~Bit.TASK if tasks else base.bits)
    if not coroutines:
        return rest
    run = heap.invoke(Caller(context, context.era), Found(frozenset(coroutines), 0), NO_ARGUMENTS)
    return union([rest, run])


def _is_task(heap: Heap, value: int) -> bool:
    """Whether a library's object is a task or future."""
    return any(entry.kind == "task" for entry in heap.knowledge.mro(heap.values.parts[value][0]))


_EVALUATORS: dict[int, Callable[[Heap, Context, int], Found]] = {
    Op.NOTHING: _nothing,
    Op.CONST: _const,
    Op.NAME: _name,
    Op.ATTR: _attr,
    Op.ITEM: _item,
    Op.ELEMENT: _element,
    Op.CALL: _call,
    Op.SITE: _site,
    Op.ANY: _any,
    Op.MIX: _mix,
    Op.ENTER: _enter,
    Op.FUNC: _func,
    Op.CLASS: _class,
    Op.IMPORT: _import,
    Op.AWAIT: _await,
    Op.SLICE: _slice,
    Op.CAUGHT: _caught,
}
