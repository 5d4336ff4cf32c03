"""Ways back to what lies in an object or container: what it was made with, and what was put there later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op, WriteHow
from statelint.program import callees, made_at, names
from statelint.program.accesses import given_by
from statelint.program.attributes import attribute_of
from statelint.program.calling import call_record
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.evaluate import evaluate
from statelint.program.values import SERVING, Kind
from statelint.program.ways import (
    FOLLOWED,
    LASTS,
    MOST_FRAMES,
    Frame,
    Stand,
    callee_at,
    is_deep_copy,
    is_made_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.ways import Origin, Way

_MOST_METHODS = 24
"""Methods that a constructor calls on its object, directly or not, that are looked at."""
_VIEWS = ("items", "values", "keys")


# -- elements ---------------------------------------------------------------------------------------------


def element(way: Way, value: int, base: Stand, key: object = NOT_CONSTANT) -> Iterator[Origin]:
    """Go to what is in a container, by way of each container that may be meant."""
    heap = way.heap
    viewed = _viewed(heap, base)
    if viewed != base:
        base, key = viewed, NOT_CONSTANT
    is_known = False
    for owner in sorted(evaluate(heap, base.context, base.place).values):
        if _has_element(heap, owner, key, value):
            is_known = True
            for made in way.at(owner, base):
                if made is LASTS:
                    yield LASTS
                else:
                    yield from _put(way, value, owner, made, key)
    if not is_known:
        yield LASTS


def _has_element(heap: Heap, owner: int, key: object, value: int) -> bool:
    if heap.values.kinds[owner] not in (Kind.CONTAINER, Kind.OBJECT):
        return False
    cells = [("E", owner)] if key is NOT_CONSTANT else [("I", owner, key), ("U", owner)]
    slots = (heap.slots.get(cell) for cell in cells)
    return any(slot is not None and value in slot.values for slot in slots)


def _viewed(heap: Heap, base: Stand) -> Stand:
    """Give the container behind its items: `for name, one in table.items()`."""
    context, kinds = base.context, heap.values.kinds
    body = context.body
    while any(kinds[v] in (Kind.VIEW, Kind.PAIR) for v in evaluate(heap, context, base.place).values):
        callee = callee_at(base)
        if body.ops[base.place] == Op.ELEMENT:
            base = base.move(body.a[base.place])
        elif body.ops[callee] == Op.ATTR and heap.modules.string(context.module, body.b[callee]) in _VIEWS:
            base = base.move(body.a[callee])
        else:
            break
    return base


def _put(way: Way, value: int, owner: int, made: Stand, key: object) -> Iterator[Origin]:
    """Go to what a new container is made with, or is given later."""
    context, body = made.context, made.context.body
    if is_deep_copy(way.heap, made):
        return
    yield from _stored(way, value, owner)
    if body.ops[made.place] == Op.SITE:
        _, pairs = body.sites[body.a[made.place]]
        for index in range(0, len(pairs), 2):
            its = constant(way.heap, context, pairs[index])
            if key is NOT_CONSTANT or its is NOT_CONSTANT or its == key:
                yield from way.at(value, made.move(pairs[index + 1]))
    elif callee_at(made):
        yield from _copied(way, value, made)
    else:
        yield LASTS


def _copied(way: Way, value: int, made: Stand) -> Iterator[Origin]:
    """Go to what a call of a library puts into a new container: elements of what it is given."""
    heap, context, met = way.heap, made.context, way.met
    number = context.body.a[made.place]
    record = call_record(context.body, number)
    if not callees.names_called(heap, context, record.callee) or record.star or record.keywords:
        yield LASTS
        return
    if _is_row(heap, value, context, number):
        yield made
        return
    receiver = callees.receiver(context, record)
    for place in (*record.arguments, *([receiver] if receiver else [])):
        if _holds(heap, value, made.move(place)):
            yield from element(way, value, made.move(place))
    if way.met == met:
        yield LASTS


def _is_row(heap: Heap, value: int, context: Context, number: int) -> bool:
    """Whether a value is a tuple that a call makes of each element: `enumerate(carts)`."""
    if heap.values.kinds[value] != Kind.CONTAINER or not is_made_in(heap, context, value):
        return False
    uid, site, *_ = heap.values.parts[value]
    return bool(uid == context.uid and site == made_at.row_by_call(number))


def _holds(heap: Heap, value: int, stand: Stand) -> bool:
    """Whether a value lies in a container that a place may be."""
    base = _viewed(heap, stand)
    return any(
        _has_element(heap, one, NOT_CONSTANT, value)
        for one in evaluate(heap, base.context, base.place).values
    )


def _stored(way: Way, value: int, owner: int) -> Iterator[Origin]:
    """Go to what statements put into an object or container after it was made."""
    for write in way.stored_in(owner):
        if write.value is None or value not in write.value.values:
            continue
        met = way.met
        for place in given_by(write):
            yield from way.at(value, Stand(write.context, place, ()))
        if way.met == met:
            yield LASTS


# -- fields -----------------------------------------------------------------------------------------------


def attribute(way: Way, value: int, stand: Stand) -> Iterator[Origin]:
    """Go to the field of each object that may be meant."""
    heap, context = way.heap, stand.context
    base = stand.move(context.body.a[stand.place])
    name = heap.modules.string(context.module, context.body.b[stand.place])
    for owner in sorted(evaluate(heap, context, base.place).values):
        if value not in attribute_of(heap, context, owner, name).values:
            continue
        if heap.values.kinds[owner] not in FOLLOWED:
            yield LASTS
            continue
        for made in way.at(owner, base):
            if made is LASTS:
                yield LASTS
            else:
                yield from _field(way, value, owner, made, name)


def _field(way: Way, value: int, owner: int, made: Stand, name: str) -> Iterator[Origin]:
    """Go to what the constructor of a new object gives a field, and what it is given later."""
    if is_deep_copy(way.heap, made):
        return
    yield from _stored(way, value, owner)
    met = way.met
    if not _is_of_class(way.heap, value, owner, made.context, name):
        for given in _put_by_constructor(way.heap, owner, made, name):
            yield from way.at(value, given)
    if way.met == met:
        yield LASTS


def _is_of_class(heap: Heap, value: int, owner: int, context: Context, name: str) -> bool:
    """Whether an object has a value by its class, or by what the class derives from."""
    if heap.values.kinds[owner] != Kind.OBJECT:
        return True
    own = names.class_attribute(heap, heap.values.parts[owner][0], name, context)
    return own is not None and value in own[1].values


def _put_by_constructor(heap: Heap, owner: int, made: Stand, name: str) -> Iterator[Stand]:
    """List what a constructor, and what it calls on its object, puts into a field: `self.name = value`."""
    if not callee_at(made):
        return
    waiting = _entered(heap, owner, made, made.context.body.a[made.place], makes=True)
    seen = {stand.context for stand in waiting}
    for stand in waiting[:]:
        yield from _assigned(heap, stand, name)
    for stand in waiting:  # grows while it is read
        for number in range(len(stand.context.body.calls)) if len(stand.frames) < MOST_FRAMES else ():
            for inner in _entered(heap, owner, stand, number, makes=False):
                if inner.context not in seen and len(seen) < _MOST_METHODS:
                    seen.add(inner.context)
                    waiting.append(inner)
                    yield from _assigned(heap, inner, name)


def _assigned(heap: Heap, stand: Stand, name: str) -> Iterator[Stand]:
    """List what a method assigns to a field of its own object."""
    context = stand.context
    params, body = heap.modules.units[context.uid].params, context.body
    strings = heap.modules.facts[context.module].strings
    for target, how, key, given, *_ in body.writes:
        is_named = how == WriteHow.ATTR and body.ops[target] == Op.NAME and strings[key] == name
        if is_named and params and strings[body.a[target]] == params[0].name:
            yield stand.move(given)


def _entered(heap: Heap, owner: int, stand: Stand, number: int, *, makes: bool) -> list[Stand]:
    """List the methods of an object that a call runs: a constructor, or one of `self` or `super()`."""
    caller, parts = stand.context, heap.values.parts
    uids = set()
    for one in evaluate(heap, caller, caller.body.calls[number][CALL_CALLEE]).values:
        kind = heap.values.kinds[one]
        if makes and kind == Kind.CLASS:
            uids |= {uid for uid, _ in callees.units_called(heap, caller, one)}
        elif not makes and kind == Kind.METHOD and parts[one][1] == owner:
            uids.add(parts[parts[one][0]][0])
    frames = (*stand.frames, Frame(caller, number, 1, makes))
    runs = [run for uid in sorted(uids) for run in heap.contexts_of(uid) if caller in run.callers]
    return [Stand(run, 0, frames) for run in runs if run.era in SERVING]
