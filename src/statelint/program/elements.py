"""What lies in containers: under a key, one after the other, and copied into another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import made_at
from statelint.program.calling import NO_ARGUMENTS, Arguments
from statelint.program.constants import NOT_CONSTANT, SOME_CONSTANT
from statelint.program.found import Found, union
from statelint.program.library_objects import given_by_library
from statelint.program.methods import call_methods
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_STEPS = ("__next__", "__anext__")
_OF_PAIRS = (Kind.CONTAINER, Kind.GENERATOR, Kind.VIEW)
"""What pairs of keys and values may come from."""

MOST_PLACED = 16
"""Elements of a sequence whose places are kept when it becomes a part of another, or they move up in it.

A function that calls itself with `(self, *args)` would move them up without an end.
"""

_SEQUENCES = ("list", "tuple")
_NOT_HASHABLE = ("list", "dict", "set")
"""What Python takes neither for a key nor into a set."""


def item_of_container(heap: Heap, context: Context, value: int, key: object) -> Found:
    """Give what a container, or a pair of a key and its value, may hold under a key."""
    if heap.values.kinds[value] == Kind.PAIR:
        value = heap.values.parts[value][0]
        return heap.read(heap.slot(("K", value)), context) if key == 0 else heap.elements(value, context)
    if isinstance(key, int) and key < 0:
        key = _from_start(heap, value, key)
    return heap.elements(value, context) if key is NOT_CONSTANT else heap.item(value, key, context)


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
            parts.append(heap.single(value))
        else:
            parts += given_by_library(heap, value, "__iter__")
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
    items = call_methods(heap, context, value, ("__getitem__",), Arguments([SOME_CONSTANT], {}))
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


def put_key(heap: Heap, container: int, found: Found) -> None:
    """Add to the keys of a container: what cannot be hashed is none, whatever a name may stand for.

    for intent in intents:
        if not isinstance(intent, dict):
            intent = {intent: {}}
    """
    heap.join(heap.slot(("K", container)), hashable(heap, found))


def hashable(heap: Heap, found: Found) -> Found:
    """Leave out the containers that are no key and lie in no set."""
    kinds, parts = heap.values.kinds, heap.values.parts
    others = [
        value for value in found.values if kinds[value] == Kind.CONTAINER and parts[value][3] in _NOT_HASHABLE
    ]
    return Found(found.values.difference(others), found.bits) if others else found


def copy_of(heap: Heap, context: Context, base: Found, place: int, first: int = -1) -> Found:
    """Make a container with the elements of any of the base's values, from the `first` on (-1: not known)."""
    values = set()
    for value in sorted(base.values):
        if heap.values.kinds[value] == Kind.CONTAINER:
            type_name = heap.values.parts[value][3]
            copy = heap.container(context, place, context.era, type_name)
            if copy != value and is_mapping(heap, value):
                copy_elements(heap, context, value, copy)
            elif copy != value and first >= 0:
                copy_part(heap, context, value, copy, first)
            elif copy != value:  # a sum: elements have other places there
                heap.put(copy, heap.elements(value, context))
            values.add(copy)
    return Found(frozenset(values), base.bits & ~Bit.CONST)


def copy_part(heap: Heap, context: Context, source: int, target: int, first: int) -> None:
    """Copy a sequence from an element on; those whose place is not known may be at any place.

    A negative `first` leaves room for as many elements.
    """
    heap.elements(source, context)  # a place that is new has to be seen
    heap.put(target, heap.read(heap.slot(("U", source)), context))
    for key in tuple(heap.items.get(source, ())):
        if isinstance(key, int) and key >= first:
            found = heap.read(heap.slot(("I", source, key)), context)
            if key - first < MOST_PLACED:
                heap.put_item(target, key - first, found)
            else:
                heap.put(target, found)


def copy_elements(heap: Heap, context: Context, source: int, target: int) -> None:
    """Put everything that one container holds into another, constant keys kept."""
    version = heap.versions.get(source, 0)
    if heap.copied.get((source, target, 0)) == version:
        heap.elements(source, context)
        heap.join(heap.slot(("K", target)), heap.read(heap.slot(("K", source)), context))
        return
    heap.copied[source, target, 0] = version
    heap.elements(source, context)
    heap.put(target, heap.read(heap.slot(("U", source)), context))
    heap.join(heap.slot(("K", target)), heap.read(heap.slot(("K", source)), context))
    for key in tuple(heap.items.get(source, ())):
        heap.put_item(target, key, heap.read(heap.slot(("I", source, key)), context))


def note_many(heap: Heap, uid: int, place: int, found: Found) -> None:
    """Remember the containers that a place makes, and which are put under a key: another one for each key."""
    for value in found.values:
        if is_made_at(heap, uid, place, value):
            heap.apart.many.add(value)


def told_by_key(heap: Heap, context: Context, place: int, key: object, found: Found) -> Found:
    """Give, for the containers that a place makes, those that it makes for a key that callers give."""
    made = {value for value in found.values if is_made_at(heap, context.uid, place, value)}
    if not made:
        return found
    told = {heap.part(value, (key,)) for value in made}
    return Found((found.values - made) | told, found.bits)


def is_made_at(heap: Heap, uid: int, place: int, value: int) -> bool:
    """Whether a value is a container that a place of a unit makes: by a display, or by a call."""
    if heap.values.kinds[value] != Kind.CONTAINER or heap.values.parts[value][0] != uid:
        return False
    body, site = heap.modules.body(uid), heap.values.parts[value][1]
    return site == place or (body.ops[place] == Op.CALL and made_at.is_made_by_call(site, body.a[place]))


def put_pairs(heap: Heap, context: Context, source: int, target: int) -> bool:
    """Put pairs of keys and values into a mapping, if a sequence holds nothing else.

    PLUGINS = dict((plugin.name, plugin) for plugin in found())
    """
    kind = heap.values.kinds[source]
    if kind not in _OF_PAIRS or (kind == Kind.CONTAINER and is_mapping(heap, source)):
        return False
    found = elements_of(heap, context, heap.single(source))
    if not found.values or not all(_is_pair(heap, value) for value in found.values):
        return False
    for pair in sorted(found.values):
        heap.join(heap.slot(("K", target)), item_of_container(heap, context, pair, 0))
        element = item_of_container(heap, context, pair, 1)
        place = _second_place(heap, pair)
        if place:
            note_many(heap, heap.values.parts[pair][0], place, element)
        heap.put(target, element)
    return True


def _second_place(heap: Heap, pair: int) -> int:
    """Find where a tuple that stands in the code gets its second element; 0: it is no such tuple."""
    if heap.values.kinds[pair] != Kind.CONTAINER or heap.values.parts[pair][1] <= 0:
        return 0
    body, place = heap.modules.body(heap.values.parts[pair][0]), heap.values.parts[pair][1]
    return body.sites[body.a[place]][1][3] if body.ops[place] == Op.SITE else 0


def _is_pair(heap: Heap, value: int) -> bool:
    """Whether a value is a key and what lies there, or a tuple that shows its two elements."""
    if heap.values.kinds[value] == Kind.PAIR:
        return True
    if heap.values.kinds[value] != Kind.CONTAINER or heap.values.parts[value][3] != "tuple":
        return False
    return set(heap.items.get(value, ())) == {0, 1}
