"""Values of libraries: the names they are known by, their types, the containers and objects they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import made_at, names
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.contexts import later
from statelint.program.elements import copy_elements, elements_of, put_pairs
from statelint.program.found import Found, with_bits
from statelint.program.library_objects import library_object
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_ORDERED = ("list", "tuple", "collections.deque")
"""Types whose elements have places."""


# -- names ------------------------------------------------------------------------------------------------


def dotted_names(heap: Heap, value: int, reader: Context | None = None) -> tuple[str, ...]:
    """List the dotted names under which a value may be known (`flask.Flask.route`), the likeliest first."""
    final = heap.answers.final_names
    if final is None:
        return _dotted_names(heap, value, reader)
    found = final.get(value)
    if found is None:
        found = final[value] = _dotted_names(heap, value, None)
    return found


def _dotted_names(heap: Heap, value: int, reader: Context | None) -> tuple[str, ...]:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT, Kind.REGISTRAR):
        return (parts[0],)
    if kind == Kind.CONTAINER:
        return (parts[3],)
    if kind in (Kind.OBJECT, Kind.CLASS):
        own = heap.modules.qualified(parts[0])
        return (*names.external_bases(heap, parts[0], reader), own)
    if kind == Kind.BOUND:
        return _names_of_method(heap, parts[0], parts[1], reader)
    return ("dict_view",) if kind == Kind.VIEW else ("?",)


def _names_of_method(heap: Heap, owner: int, name: str, reader: Context | None) -> tuple[str, ...]:
    owners = dotted_names(heap, owner, reader)
    if name == "__init__":
        return owners
    return tuple(f"{one}.{name}" for one in owners) or (f"?.{name}",)


def is_known_type(heap: Heap, value: int) -> bool:
    """Whether the knowledge files describe the type of a library's object."""
    return heap.knowledge.type_of(heap.values.parts[value][0]) is not None


def is_plain(heap: Heap, value: int) -> bool:
    """Whether a value is a text, a number or a date: all of its type are one value, which holds nothing."""
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return False
    return any(entry.kind == "plain" for entry in heap.knowledge.mro(heap.values.parts[value][0]))


def is_bag(heap: Heap, value: int) -> bool:
    """Whether a library's object keeps for the application what is put under a key of it."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.BOUND:
        return any(heap.knowledge.is_bag(owner, parts[1]) for owner in dotted_names(heap, parts[0]))
    return any(
        heap.knowledge.keeps_items(name) or any(entry.kind == "bag" for entry in heap.knowledge.mro(name))
        for name in dotted_names(heap, value)
    )


def container_type(heap: Heap, value: int, reader: Context | None = None) -> str:
    """Find the canonical type of a container, or of the one that a class of the project derives from."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.CONTAINER:
        return str(parts[3])
    if kind == Kind.OBJECT:
        for base in names.external_bases(heap, parts[0], reader):
            entry = heap.knowledge.type_of(base)
            if entry is not None and entry.kind == "container":
                return entry.names[0]
    if kind == Kind.EXTERNAL_OBJECT and heap.knowledge.is_keyed(parts[0]):
        return str(parts[0])
    return ""


# -- objects ----------------------------------------------------------------------------------------------


def make_object(heap: Heap, caller: Caller, type_name: str, arguments: Arguments) -> Found:
    """Make an object of a known type: containers and records by the place of the call, others by type."""
    entry = heap.knowledge.type_of(type_name)
    if entry is None or entry.kind not in ("container", "record"):
        made = library_object(heap, type_name, caller.era)
        if entry is not None and entry.fields is not None:
            _fill_fields(heap, caller, made, arguments.at(entry.fields))
        return made
    if entry.lifetime == "request":
        uid, site = caller.context.uid, made_at.by_call(caller.call)
        return Found(
            frozenset({heap.values.make(Kind.CONTAINER, uid, site, Era.SERVE, type_name)}), Bit.REQUEST
        )
    found = make_container(heap, caller, entry.names[0], 0)
    (value,) = found.values
    if entry.kind == "record":
        for name, argument in arguments.keywords.items():
            heap.join(heap.slot(("F", value, name)), argument)
    else:
        fill_container(heap, caller, value, arguments)
    return found


def _fill_fields(heap: Heap, caller: Caller, made: Found, given: Found | None) -> None:
    """Make attributes of the items of a table: `State({"carts": {}})`."""
    for table in sorted(given.values) if given is not None else ():
        for key in [one for one in heap.items.get(table, ()) if isinstance(one, str)]:
            for value in made.values:
                heap.join(heap.slot(("F", value, key)), heap.item(table, key, caller.context))


def make_container(heap: Heap, caller: Caller, type_name: str, bits: int) -> Found:
    """Make an empty container, told from others by the place of the call."""
    site = made_at.by_call(caller.call)
    value = heap.container(caller.context, site, caller.era, type_name)
    return with_bits(heap.single(value), bits)


def fill_container(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> None:
    """Put into a new container what its constructor is given."""
    name = container_type(heap, value, caller.context)
    if not name:
        return
    function = heap.knowledge.function(name)
    position = 0
    if function is not None and function.returns.startswith("elements:"):
        position = int(function.returns.removeprefix("elements:"))
    source = arguments.at(position)
    if source is not None:
        take_elements(heap, caller.context, value, source)
    for key, found in arguments.keywords.items():
        heap.put_item(value, key, found)
    factory_at = next((t.factory for t in heap.knowledge.mro(name) if t.factory is not None), None)
    factory = arguments.at(factory_at) if factory_at is not None else None
    if factory is not None:
        for one in sorted(factory.values):
            made = _from_factory(heap, caller, one)
            heap.apart.many.update(v for v in made.values if heap.values.kinds[v] == Kind.CONTAINER)
            heap.put(value, made)


def _from_factory(heap: Heap, caller: Caller, value: int) -> Found:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL and heap.knowledge.types.get(parts[0]) is not None:
        entry = heap.knowledge.types[parts[0]]
        if entry.kind != "container":  # `defaultdict(threading.Lock)`
            return library_object(heap, parts[0], caller.era)
        uid, site = caller.context.uid, made_at.by_factory(caller.call)
        made = heap.values.make(Kind.CONTAINER, uid, site, caller.era, entry.names[0])
        return heap.single(made)
    # it is called for each key that is asked for and missing: what it makes at a request is one of many
    inner = caller.in_era(later(caller.era))
    return heap.invoke(inner, heap.single(value), NO_ARGUMENTS)


def take_elements(heap: Heap, context: Context, target: int, source: Found, *, in_order: bool = True) -> None:
    """Copy the elements of whatever `source` may be into a container; not `in_order`: to any place of it."""
    takes_pairs = heap.knowledge.is_a(container_type(heap, target, context), "dict")
    left: set[int] = set()
    for value in sorted(source.values):
        name = container_type(heap, value, context)
        if takes_pairs and put_pairs(heap, context, value, target):
            continue
        if not name or heap.values.kinds[value] == Kind.EXTERNAL_OBJECT:
            left.add(value)
        elif in_order or name not in _ORDERED:
            copy_elements(heap, context, value, target)
        else:
            heap.put(target, heap.elements(value, context))
    if left or not source.values:
        heap.put(target, elements_of(heap, context, Found(frozenset(left), source.bits)))
