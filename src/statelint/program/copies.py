"""What copying gives: containers of the same types, and with a deep copy new ones all the way down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import made_at
from statelint.program.elements import copy_elements
from statelint.program.found import Found, union
from statelint.program.library import container_type, make_container
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from statelint.program.calling import Caller
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_MOST_INSIDE = 64
"""Containers inside of what is copied that are looked at."""


def copy(heap: Heap, caller: Caller, argument: Found, *, deep: bool) -> Found:
    """Copy whatever an argument may be; something else than a container or object stays what it is."""
    values = set()
    for value in sorted(argument.values):
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.CONTAINER:
            made = next(iter(make_container(heap, caller, parts[3], 0).values))
            if made != value and deep:
                _copy_deeply(heap, caller, value, made)
            elif made != value:
                copy_elements(heap, caller.context, value, made)
            values.add(made)
        elif kind == Kind.OBJECT:
            made = heap.values.make(Kind.OBJECT, parts[0], caller.era, 0)
            if made != value and container_type(heap, value, caller.context):
                copy_elements(heap, caller.context, value, made)
            values.add(made)
        else:
            values.add(value)
    return Found(frozenset(values), argument.bits & ~Bit.CONST)


def _copy_deeply(heap: Heap, caller: Caller, source: int, target: int) -> None:
    """Put copies of all elements into a new container, those under constant keys where they were."""
    context = caller.context
    inside = _inside(heap, context, source)
    heap.elements(source, context)  # a key that is new has to be seen
    unknown = heap.read(heap.slot(("U", source)), context)
    heap.put(target, _replaced(heap, caller, unknown))
    heap.join(heap.slot(("K", target)), heap.read(heap.slot(("K", source)), context))
    for key in tuple(heap.items.get(source, ())):
        heap.put_item(target, key, _replaced(heap, caller, heap.read(heap.slot(("I", source, key)), context)))
    for one in inside:
        for made in _replaced(heap, caller, heap.single(one)).values:
            heap.put(made, _replaced(heap, caller, heap.elements(one, context)))
            heap.join(heap.slot(("K", made)), heap.read(heap.slot(("K", one)), context))


def _inside(heap: Heap, context: Context, source: int) -> list[int]:
    """List the containers that a container holds, at whatever depth."""
    found: dict[int, None] = {}
    waiting = [source]
    for container in waiting:  # grows while it is read
        for value in sorted(heap.elements(container, context).values):
            if (
                heap.values.kinds[value] == Kind.CONTAINER
                and value not in found
                and len(found) < _MOST_INSIDE
            ):
                found[value] = None
                waiting.append(value)
    return list(found)


def _replaced(heap: Heap, caller: Caller, found: Found) -> Found:
    """Give the copies that stand for containers and objects inside of what is copied."""
    others, made = set(), []
    for value in sorted(found.values):
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.CONTAINER:
            site = made_at.copied_by_call(caller.call)
            uid = caller.context.uid
            made.append(heap.values.make(Kind.CONTAINER, uid, site, caller.era, parts[3]))
        elif kind == Kind.OBJECT:
            made.append(heap.values.make(Kind.OBJECT, parts[0], caller.era, 0))
        else:
            others.add(value)
    return union([Found(frozenset(others), found.bits), Found(frozenset(made), 0)])
