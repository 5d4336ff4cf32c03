"""What the expression at a place may be: values and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, UnitFlag
from statelint.program import names
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.heap import MOST_ELEMENTS, NOTHING, Found, union
from statelint.program.values import LOADED, Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.program.heap import Context, Heap

_STATIC, _CLASSMETHOD, _PROPERTY = int(UnitFlag.STATIC), int(UnitFlag.CLASSMETHOD), int(UnitFlag.PROPERTY)
_CONST = Found(frozenset(), Bit.CONST)
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

_STEPS = ("__next__", "__anext__")

_DEEPEST_UNKNOWN = 3
"""Attributes of attributes of an unknown object: `a.b.c.d` tells nothing more."""


def evaluate(heap: Heap, context: Context, place: int) -> Found:
    """Find what a place of a context's unit may be, for the record at work."""
    memo = context.memo
    found = memo.get(place)
    if found is None:
        memo[place] = NOTHING  # a place that needs itself gives nothing new
        found = memo[place] = _EVALUATORS[context.body.ops[place]](heap, context, place)
    return found


def constant(heap: Heap, context: Context, place: int) -> object:
    """Give the constant at a place, or `NOT_CONSTANT`; a name of a module-level constant is none."""
    body = context.body
    if body.ops[place] == Op.CONST and body.a[place] >= 0:
        return heap.modules.facts[context.module].constants[body.a[place]]
    return NOT_CONSTANT


NOT_CONSTANT = object()


class KeyName(str):
    """A name that stands for the key of an application bag: `app[STORE]`."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show it as it is written."""
        return str(self)


def key_of(heap: Heap, context: Context, place: int, owner: int) -> object:
    """Give the constant key under which something lies; in a bag, a global name does for one."""
    key = constant(heap, context, place)
    body = context.body
    if (
        key is NOT_CONSTANT
        and heap.values.kinds[owner] == Kind.EXTERNAL_OBJECT
        and body.ops[place] == Op.NAME
    ):
        name = heap.modules.string(context.module, body.a[place])
        is_own = name in heap.modules.locals[context.uid] and heap.modules.units[context.uid].parent >= 0
        if not is_own and names.owner_of_name(heap, context, name)[0] == "module":
            return KeyName(name)
    return key


def _nothing(heap: Heap, context: Context, place: int) -> Found:
    del heap, context, place
    return NOTHING


def _const(heap: Heap, context: Context, place: int) -> Found:
    del heap, context, place
    return _CONST


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


def attribute(heap: Heap, context: Context, base: Found, name: str) -> Found:
    """Find what an attribute of any of the base's values may be."""
    if not base.values:
        return Found(frozenset(), base.bits & ~Bit.CONST)
    parts = [attribute_of(heap, context, value, name) for value in sorted(base.values)]
    found = parts[0] if len(parts) == 1 else union(parts)
    carried = base.bits & (Bit.REQUEST | Bit.IO_DB | Bit.IO_HTTP | Bit.BOOT)
    return found if not carried else Found(found.values, found.bits | carried)


def attribute_of(heap: Heap, context: Context, value: int, name: str) -> Found:
    """Find what an attribute of one value may be."""
    return _ATTRIBUTES[heap.values.kinds[value]](heap, context, value, name)


def _module_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    if name == "__dict__":
        return Found(frozenset({value}), 0)
    return names.module_attribute(heap, context, heap.values.parts[value][0], name)


def _class_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    uid = heap.values.parts[value][0]
    if name == "__class__":
        return Found(frozenset({value}), 0)
    found = names.class_attribute(heap, uid, name, context)
    if found is not None:
        return _bind_methods(heap, heap.read(found[1], context), value, is_class=True)
    for meta in names.metaclasses_of(heap, uid, context):
        found = names.class_attribute(heap, meta, name, context)
        if found is not None:
            return _bind_methods(heap, heap.read(found[1], context), value, context=context)
    bases = names.external_bases(heap, uid, context)
    if bases and bases[0] != "object":
        return Found(frozenset({heap.values.make(Kind.BOUND, value, name)}), 0)
    return NOTHING


def _object_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    uid = heap.values.parts[value][0]
    if name == "__class__":
        return Found(frozenset({heap.values.make(Kind.CLASS, uid)}), 0)
    if name == "__dict__":
        return Found(frozenset({value}), 0)
    own = heap.slot(("F", value, name))
    found = heap.read(own, context)
    if value in heap.borgs:
        tables = names.fields_elsewhere(heap, value, context)
        found = union([found, *(heap.item(table, name, context) for table in tables)])
    bound = names.class_attribute(heap, uid, name, context)
    if bound is not None:
        if not names.hides_class(heap, uid, name):
            methods = _bind_methods(heap, heap.read(bound[1], context), value, context=context)
            return union([found, methods])
        return found
    if own.found.values or own.unknown or names.is_assigned(heap, uid, name, context):
        return found
    inherited = _inherited(heap, context, value, name)
    return union([found, *inherited]) if found.values or found.bits or len(inherited) != 1 else inherited[0]


def _inherited(heap: Heap, context: Context, value: int, name: str) -> list[Found]:
    """Find what a library's base class, or else `__getattr__`, gives for an attribute that no class binds."""
    uid = heap.values.parts[value][0]
    held = names.held_by_bases(heap, uid, name, context)
    if held:
        return _held(heap, context, held, heap.values.parts[value][1])
    if held is not None:
        return [Found(frozenset({heap.values.make(Kind.BOUND, value, name)}), 0)]
    getter = None if name.startswith("__") else names.class_attribute(heap, uid, "__getattr__", context)
    if getter is None:
        return []
    callee = _bind_methods(heap, heap.read(getter[1], context), value)
    return [heap.invoke(Caller(context, context.era), callee, Arguments([_CONST], {}))]


def _bind_methods(
    heap: Heap, found: Found, receiver: int, *, is_class: bool = False, context: Context | None = None
) -> Found:
    """Bind functions found on a class to the receiver; a property is called."""
    values: set[int] = set()
    bits = found.bits
    getters = _getters(heap, found) if len(found.values) > 1 else ()
    for value in sorted(found.values):
        kind = heap.values.kinds[value]
        if kind != Kind.FUNCTION or value in getters:
            if kind == Kind.PROPERTY and context is not None and not is_class:
                result = _read_property(heap, context, heap.values.parts[value][0], receiver)
                values |= result.values
                bits |= result.bits
            elif value not in getters:
                values.add(value)
            continue
        flags = heap.modules.units[heap.values.parts[value][0]].flags
        if flags & _STATIC:
            values.add(value)
        elif flags & _CLASSMETHOD:
            owner = receiver
            if not is_class:
                owner = heap.values.make(Kind.CLASS, heap.values.parts[receiver][0])
            values.add(heap.values.make(Kind.METHOD, value, owner))
        elif is_class:
            values.add(value)
        elif flags & _PROPERTY and context is not None:
            result = _read_property(heap, context, value, receiver)
            values |= result.values
            bits |= result.bits
        else:
            values.add(heap.values.make(Kind.METHOD, value, receiver))
    return Found(frozenset(values), bits)


def _getters(heap: Heap, found: Found) -> tuple[int, ...]:
    """List the functions of which a class body made properties: `state = property(state)`."""
    kinds, parts = heap.values.kinds, heap.values.parts
    return tuple(parts[value][0] for value in found.values if kinds[value] == Kind.PROPERTY)


def _read_property(heap: Heap, context: Context, getter: int, receiver: int) -> Found:
    method = heap.values.make(Kind.METHOD, getter, receiver)
    return heap.invoke(Caller(context, context.era), Found(frozenset({method}), 0), NO_ARGUMENTS)


def _super_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    start, receiver = heap.values.parts[value]
    is_class = heap.values.kinds[receiver] == Kind.CLASS
    order = names.ancestors(heap, heap.values.parts[receiver][0], context)
    rest = order[order.index(start) + 1 :] if start in order else ()
    for item in rest:
        if item.__class__ is int and name in heap.modules.locals[item]:
            slot = names.class_slot(heap, item, name)
            return _bind_methods(heap, heap.read(slot, context), receiver, is_class=is_class, context=context)
        if item.__class__ is str and item != "object":
            return Found(frozenset({heap.values.make(Kind.BOUND, receiver, name)}), 0)
    if name in ("__new__", "__call__") and is_class:
        return Found(frozenset({heap.values.make(Kind.BOUND, receiver, name)}), 0)
    return NOTHING


def _external_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    dotted = heap.values.parts[value][0]
    if dotted in heap.modules.packages:  # `import shop.state`, where `shop` has no `__init__.py`
        return names.module_value(heap, f"{dotted}.{name}")
    entry = heap.knowledge.objects.get(dotted)
    if entry is not None:
        return _known_attr(heap, context, value, name, entry.names[0])
    written = heap.slots.get(("F", value, name))
    parts = [names.external(heap, f"{dotted}.{name}")]
    if written is not None:
        parts.append(heap.read(written, context))
    return union(parts)


def _library_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    if heap.values.parts[value][0] == LOADED:
        return names.of_any_module(heap, context, name)
    return _known_attr(heap, context, value, name, heap.values.parts[value][0])


def _known_attr(heap: Heap, context: Context, value: int, name: str, type_name: str) -> Found:
    """Read a library's object: what was put there, or what the knowledge says, or a method."""
    bits = type_bits(heap, type_name)
    parts = [heap.read(heap.slot(("F", value, name)), context)]
    held = heap.knowledge.attribute(type_name, name)
    if held:
        era = heap.values.parts[value][1] if heap.values.kinds[value] == Kind.EXTERNAL_OBJECT else context.era
        parts += _held(heap, context, held, era)
    if not held and not parts[0].values:
        parts.append(Found(frozenset({heap.values.make(Kind.BOUND, value, name)}), 0))
    found = union(parts)
    return Found(found.values, found.bits | bits)


def _held(heap: Heap, context: Context, type_name: str, era: int) -> list[Found]:
    """Give what an attribute of a known type holds: where that is the application, the project's own too."""
    entry = heap.knowledge.type_of(type_name)
    type_name = entry.names[0] if entry is not None else type_name
    own = heap.slots.get(("T", type_name))
    found = library_object(heap, type_name, era)
    if own is None and heap.knowledge.is_app(type_name):
        own = heap.slot(("T", type_name))
    return [found] if own is None else [found, heap.read(own, context)]


def type_bits(heap: Heap, type_name: str) -> int:
    """Give the bits that an object of a library's type carries."""
    kinds = {entry.kind for entry in heap.knowledge.mro(type_name)}
    bits = 0
    if "request" in kinds:
        bits |= Bit.REQUEST
    if "connection" in kinds:
        bits |= Bit.CONNECTION
    if "task" in kinds:
        bits |= Bit.TASK
    if kinds & {"handle", "lock", "logger", "metrics"}:
        bits |= Bit.HANDLE
    return bits


def library_object(heap: Heap, type_name: str, era: int) -> Found:
    """Give an object of a library's type; one that lives for a request does so wherever it was made."""
    entry = heap.knowledge.type_of(type_name)
    if entry is not None:
        type_name = entry.names[0]
        if entry.lifetime == "process":
            era = Era.BOOT
        elif entry.lifetime:
            era = Era.SERVE
        elif entry.kind in ("app", "router", "bag"):
            era = Era.BOOT
    value = heap.values.make(Kind.EXTERNAL_OBJECT, type_name, era)
    return Found(frozenset({value}), type_bits(heap, type_name))


def _container_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    written = heap.slots.get(("F", value, name))
    entry = heap.knowledge.type_of(heap.values.parts[value][3])
    if entry is not None and entry.kind in ("record", "bag"):
        return heap.read(heap.slot(("F", value, name)), context)
    found = Found(frozenset({heap.values.make(Kind.BOUND, value, name)}), 0)
    return union([found, heap.read(written, context)]) if written is not None else found


def _bound_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    written = heap.slots.get(("F", value, name))
    found = Found(frozenset({heap.values.make(Kind.BOUND, value, name)}), 0)
    depth, current = 0, value
    while heap.values.kinds[current] == Kind.BOUND:
        current = heap.values.parts[current][0]
        depth += 1
    if depth > _DEEPEST_UNKNOWN:
        return NOTHING
    return union([found, heap.read(written, context)]) if written is not None else found


def _function_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    return heap.read(heap.slot(("F", function_identity(heap, value), name)), context)


def function_identity(heap: Heap, value: int) -> int:
    """Give a function whatever era it was made in: function attributes belong to all of them."""
    if heap.values.kinds[value] == Kind.METHOD:
        value = heap.values.parts[value][0]
    return heap.values.make(Kind.FUNCTION, heap.values.parts[value][0], Era.BOOT)


def _no_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    del heap, context, value, name
    return NOTHING


def _view_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    del context
    return Found(frozenset({heap.values.make(Kind.BOUND, value, name)}), 0)


_ATTRIBUTES: dict[int, Callable[[Heap, Context, int, str], Found]] = {
    **dict.fromkeys(Kind, _no_attr),
    Kind.MODULE: _module_attr,
    Kind.CLASS: _class_attr,
    Kind.OBJECT: _object_attr,
    Kind.SUPER: _super_attr,
    Kind.EXTERNAL: _external_attr,
    Kind.EXTERNAL_OBJECT: _library_attr,
    Kind.CONTAINER: _container_attr,
    Kind.FUNCTION: _function_attr,
    Kind.METHOD: _function_attr,
    Kind.BOUND: _bound_attr,
    Kind.VIEW: _view_attr,
}


# -- items and elements -----------------------------------------------------------------------------------


def _item(heap: Heap, context: Context, place: int) -> Found:
    body = context.body
    base = evaluate(heap, context, body.a[place])
    key = constant(heap, context, body.b[place])
    carried = base.bits & (Bit.REQUEST | Bit.IO_DB | Bit.IO_HTTP | Bit.BOOT)
    key_place = body.b[place]
    if key is NOT_CONSTANT:
        keys = ((value, key_of(heap, context, key_place, value)) for value in sorted(base.values))
        parts = [item_of(heap, context, value, name, key_place) for value, name in keys]
    else:
        parts = [item_of(heap, context, value, key, key_place) for value in sorted(base.values)]
    parts.append(Found(frozenset(), carried))
    return union(parts)


def _is_known_class(heap: Heap, value: int) -> bool:
    """Whether a name of a library is that of a class the knowledge files describe."""
    name = heap.values.parts[value][0]
    return name in heap.knowledge.types or name in heap.knowledge.bases


def item_of(heap: Heap, context: Context, value: int, key: object, key_place: int) -> Found:
    """Find what `value[key]` may be."""
    kind = heap.values.kinds[value]
    if kind in (Kind.CONTAINER, Kind.PAIR):
        return _item_of_container(heap, context, value, key)
    if kind == Kind.OBJECT:
        return _item_of_object(heap, context, value, key, key_place)
    if kind == Kind.EXTERNAL:
        given = _item_of_name(heap, context, value, key_place)
        if given is not None:
            return given
    if kind == Kind.CLASS or heap.values.mark_behind(value) >= 0:  # `Store[int]`, or came in as a whole
        return Found(frozenset({value}), 0)
    if kind == Kind.MODULE and isinstance(key, str):  # `globals()["name"]`
        return names.module_attribute(heap, context, heap.values.parts[value][0], key)
    is_placed = key is not NOT_CONSTANT and not (isinstance(key, int) and key < 0)
    found = heap.item(value, key, context) if is_placed else heap.elements(value, context)
    return union([found, *_held_by_library(heap, value, "__getitem__")])


def _item_of_name(heap: Heap, context: Context, value: int, place: int) -> Found | None:
    """Find what `Annotated[Store, Depends(get_store)]` or `Provide[Container.service]` stand for."""
    dotted = heap.values.parts[value][0]
    if dotted.rpartition(".")[2] in _FORMS:
        return _type_parameters(heap, context, place)
    if _is_known_class(heap, value):
        return Found(frozenset({value}), 0)
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
        callee = _bind_methods(heap, heap.read(method[1], context), value)
        argument = evaluate(heap, context, key_place)
        return heap.invoke(Caller(context, context.era), callee, Arguments([argument], {}))
    is_placed = key is not NOT_CONSTANT and not (isinstance(key, int) and key < 0)
    found = heap.item(value, key, context) if is_placed else heap.elements(value, context)
    if names.class_attribute(heap, uid, "__missing__", context) is None:
        return found
    given = Arguments([evaluate(heap, context, key_place)], {})
    return union([found, *call_methods(heap, context, value, ("__missing__",), given)])


def _item_of_container(heap: Heap, context: Context, value: int, key: object) -> Found:
    if heap.values.kinds[value] == Kind.PAIR:
        value = heap.values.parts[value][0]
        return heap.read(heap.slot(("K", value)), context) if key == 0 else heap.elements(value, context)
    if isinstance(key, int) and key < 0:
        key = _from_start(heap, value, key)
    return heap.elements(value, context) if key is NOT_CONSTANT else heap.item(value, key, context)


def _held_by_library(heap: Heap, value: int, method: str) -> list[Found]:
    """Give what a library's object hands out under a key, or when it is iterated over."""
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return []
    type_name, era = heap.values.parts[value]
    held = heap.knowledge.result(type_name, method)
    return [library_object(heap, held, era)] if held else []


def _from_start(heap: Heap, value: int, key: int) -> object:
    """Count a negative index from the start, where the source shows how long the sequence is."""
    if heap.values.parts[value][1] <= 0:
        return NOT_CONSTANT
    uid, place, *_ = heap.values.parts[value]
    body = heap.modules.body(uid)
    if body.ops[place] != Op.SITE:
        return NOT_CONSTANT
    kind, pairs = body.sites[body.a[place]]
    is_whole = kind in _SEQUENCES and not any(body.ops[one] == Op.ELEMENT for one in pairs[1::2])
    return max(len(pairs) // 2 + key, 0) if is_whole else NOT_CONSTANT


def _type_parameters(heap: Heap, context: Context, place: int) -> Found:
    """Give the types and markers in `Annotated[...]`: elements of the tuple, or the only parameter."""
    found = evaluate(heap, context, place)
    parts = []
    for value in sorted(found.values):
        if heap.values.kinds[value] == Kind.CONTAINER:
            parts.append(heap.elements(value, context))
        else:
            parts.append(Found(frozenset({value}), 0))
    return union(parts)


def _element(heap: Heap, context: Context, place: int) -> Found:
    return elements_of(heap, context, evaluate(heap, context, context.body.a[place]))


def elements_of(heap: Heap, context: Context, base: Found) -> Found:
    """Find what iterating over any of the base's values gives; the rows of a cursor are no handles."""
    parts = [Found(frozenset(), base.bits & ~(Bit.CONST | Bit.HANDLE))]
    for value in sorted(base.values):
        kind = heap.values.kinds[value]
        if kind == Kind.CONTAINER and is_mapping(heap, value):
            parts.append(heap.read(heap.slot(("K", value)), context))
        elif kind == Kind.CONTAINER:
            parts.append(heap.elements(value, context))
        elif kind == Kind.VIEW:
            parts.append(_view_elements(heap, context, value))
        elif kind == Kind.GENERATOR:
            uid, era = heap.values.parts[value]
            parts.append(heap.read(heap.context(uid, era).yields, context))
        elif kind == Kind.OBJECT:
            parts.append(_object_elements(heap, context, value))
        elif heap.values.mark_behind(value) >= 0:  # what is inside of it came in by the same parameter
            parts.append(Found(frozenset({value}), 0))
        else:
            parts += _held_by_library(heap, value, "__iter__")
    return union(parts)


def is_mapping(heap: Heap, value: int) -> bool:
    """Whether iterating over a container gives its keys."""
    return heap.knowledge.is_a(heap.values.parts[value][3], "dict")


def _view_elements(heap: Heap, context: Context, view: int) -> Found:
    container, what = heap.values.parts[view]
    if what == "keys":
        return heap.read(heap.slot(("K", container)), context)
    if what == "values":
        return heap.elements(container, context)
    bits = heap.read(heap.slot(("K", container)), context).bits | heap.elements(container, context).bits
    return Found(frozenset({heap.values.make(Kind.PAIR, container)}), bits)


def _object_elements(heap: Heap, context: Context, value: int) -> Found:
    iterators = call_methods(heap, context, value, ("__iter__", "__aiter__"), NO_ARGUMENTS)
    if iterators:
        return next_of(heap, context, union(iterators))
    items = call_methods(heap, context, value, ("__getitem__",), Arguments([_CONST], {}))
    return union([heap.elements(value, context), *items])


def next_of(heap: Heap, context: Context, base: Found) -> Found:
    """Find what taking the next one from any of the base's values, which are iterators, gives."""
    parts = [Found(frozenset(), base.bits & ~Bit.CONST)]
    others = set()
    for value in sorted(base.values):
        is_own = heap.values.kinds[value] == Kind.OBJECT
        given = call_methods(heap, context, value, _STEPS, NO_ARGUMENTS) if is_own else []
        parts += given
        if not given:
            others.add(value)
    return union([*parts, elements_of(heap, context, Found(frozenset(others), base.bits))])


def _slice(heap: Heap, context: Context, place: int) -> Found:
    base = evaluate(heap, context, context.body.a[place])
    return copy_of(heap, context, base, place, context.body.b[place] - 1)


def copy_of(heap: Heap, context: Context, base: Found, place: int, first: int = -1) -> Found:
    """Make a container with the elements of any of the base's values, from the `first` on (-1: not known)."""
    values = set()
    for value in sorted(base.values):
        if heap.values.kinds[value] == Kind.CONTAINER:
            type_name = heap.values.parts[value][3]
            copy = heap.values.make(Kind.CONTAINER, context.uid, place, context.era, type_name)
            if copy != value and is_mapping(heap, value):
                copy_elements(heap, context, value, copy)
            elif copy != value and first >= 0:
                _copy_part(heap, context, value, copy, first)
            elif copy != value:  # a sum: elements have other places there
                heap.put(copy, heap.elements(value, context))
            values.add(copy)
    return Found(frozenset(values), base.bits & ~Bit.CONST)


def _copy_part(heap: Heap, context: Context, source: int, target: int, first: int) -> None:
    """Copy a sequence from an element on; those whose place is not known may be at any place."""
    heap.elements(source, context)  # a place that is new has to be seen
    heap.put(target, heap.read(heap.slot(("U", source), MOST_ELEMENTS), context))
    for key in tuple(heap.items.get(source, ())):
        if isinstance(key, int) and key >= first:
            heap.put_item(target, key - first, heap.read(heap.slot(("I", source, key)), context))


def copy_elements(heap: Heap, context: Context, source: int, target: int) -> None:
    """Put everything that one container holds into another, constant keys kept."""
    version = heap.versions.get(source, 0)
    if heap.copied.get((source, target)) == version:
        heap.elements(source, context)
        heap.join(heap.slot(("K", target)), heap.read(heap.slot(("K", source)), context))
        return
    heap.copied[source, target] = version
    heap.elements(source, context)
    heap.put(target, heap.read(heap.slot(("U", source), MOST_ELEMENTS), context))
    heap.join(heap.slot(("K", target)), heap.read(heap.slot(("K", source)), context))
    for key in tuple(heap.items.get(source, ())):
        heap.put_item(target, key, heap.read(heap.slot(("I", source, key)), context))


# -- the other places -------------------------------------------------------------------------------------


def _call(heap: Heap, context: Context, place: int) -> Found:
    del heap
    number = context.body.a[place]
    readers = context.result_readers
    readers[number] = readers.get(number, 0) | context.mask
    return context.results[number]


_DISPLAYS = {
    "list": "list",
    "set": "set",
    "dict": "dict",
    "tuple": "tuple",
    "generator": "tuple",
    "elements": "list",
}
_SEQUENCES = ("list", "tuple")


def _site(heap: Heap, context: Context, place: int) -> Found:
    """Make the container of a display and put its elements there."""
    kind, pairs = context.body.sites[context.body.a[place]]
    value = heap.values.make(Kind.CONTAINER, context.uid, place, context.era, _DISPLAYS[kind])
    bits = Bit.CONST
    is_placed = kind == "list"
    for index in range(0, len(pairs), 2):
        key_place, element = pairs[index], evaluate(heap, context, pairs[index + 1])
        bits = _mixed(bits, element.bits)
        key = constant(heap, context, key_place)
        is_star = not key_place and context.body.ops[pairs[index + 1]] == Op.ELEMENT
        is_placed = is_placed and not is_star
        if is_star and kind == "dict":
            _merge(heap, context, value, pairs[index + 1])
        elif is_placed and element.values:
            heap.put_item(value, index // 2, element)
        elif key is not NOT_CONSTANT:
            heap.put_item(value, key, element)
        else:
            heap.put(value, element)
        if kind == "dict" and key_place:
            heap.join(heap.slot(("K", value)), evaluate(heap, context, key_place))
    return Found(frozenset({value}), bits)


def _mixed(bits: int, more: int) -> int:
    """Unite the bits of two parts of a value: it is constant only if both are."""
    return (bits & more & Bit.CONST) | ((bits | more) & ~Bit.CONST)


def _merge(heap: Heap, context: Context, table: int, place: int) -> None:
    """Put into a table what `**other` brings; the place is that of the keys of the other one."""
    for value in sorted(evaluate(heap, context, context.body.a[place]).values):
        if heap.values.kinds[value] == Kind.CONTAINER and value != table:
            copy_elements(heap, context, value, table)


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
        parts += entered or [Found(frozenset({value}), 0)]
    return union(parts)


def _enter_object(heap: Heap, context: Context, value: int) -> list[Found]:
    """Call what a `with` block calls on an object of the project, and give what entering it gives."""
    entered = call_methods(heap, context, value, ("__enter__", "__aenter__"), NO_ARGUMENTS)
    if entered:
        call_methods(heap, context, value, ("__exit__", "__aexit__"), Arguments([_CONST] * 3, {}))
    return entered


def call_methods(
    heap: Heap, context: Context, value: int, wanted: tuple[str, ...], arguments: Arguments
) -> list[Found]:
    """Call those of the named methods that an object of the project has."""
    given = []
    for name in wanted:
        method = names.class_attribute(heap, heap.values.parts[value][0], name, context)
        if method is not None:
            callee = _bind_methods(heap, heap.read(method[1], context), value)
            given.append(heap.invoke(Caller(context, context.era), callee, arguments))
    return given


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
    return Found(frozenset({value}), 0)


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
    if bases:
        _tell_bases(heap, context, uid, made)
    return Found(frozenset({made}), 0)


def _tell_bases(heap: Heap, context: Context, uid: int, made: int) -> None:
    """Call the nearest `__init_subclass__` of the classes that a new class derives from."""
    hook = "__init_subclass__"
    for item in names.ancestors(heap, uid, context)[1:]:
        if isinstance(item, int) and hook in heap.modules.locals[item]:
            found = heap.read(names.class_slot(heap, item, hook), context)
            callee = _bind_methods(heap, found, made, is_class=True)
            heap.invoke(Caller(context, context.era), callee, NO_ARGUMENTS)
            return


def _import(heap: Heap, context: Context, place: int) -> Found:
    return names.imported(heap, context, context.body.a[place])


def _await(heap: Heap, context: Context, place: int) -> Found:
    return awaited(heap, context, evaluate(heap, context, context.body.a[place]))


def awaited(heap: Heap, context: Context, base: Found) -> Found:
    """Find what waiting for any of the base's values gives: a coroutine runs now."""
    coroutines = {value for value in base.values if heap.values.kinds[value] == Kind.COROUTINE}
    if not coroutines:
        return base
    result = heap.invoke(Caller(context, context.era), Found(frozenset(coroutines), 0), NO_ARGUMENTS)
    return union([Found(base.values - coroutines, base.bits), result])


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
