"""Memos in more than one level: tables in a table, and objects that find out their own fields when asked.

inner = BY_USER.setdefault(user, {})        if name not in TEMPLATES:
if name not in inner:                           TEMPLATES[name] = Template(name)
    inner[name] = render(user, name)        return TEMPLATES[name].parsed()     # keeps what it has parsed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, Op
from statelint.program import key_sources
from statelint.program.accesses import changed_by, values_of
from statelint.program.construction import is_empty_container
from statelint.program.reads import cells_at
from statelint.program.uses import own_name
from statelint.program.values import Bit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.heap import Heap

_OF_THE_MOMENT = Bit.CLOCK | Bit.RANDOM | Bit.TASK | Bit.CONNECTION
_DEEPEST = 6
"""Names, entries and calls between an entry and the table that all lies in."""


def but_for_levels(heap: Heap, adds: Sequence[Write]) -> list[Write]:
    """Leave out what only makes room: `TABLE[user] = {}`; where all else is found out for another key."""
    levels: list[Write] = []
    rest: list[Write] = []
    for write in adds:
        (levels if _is_level(heap, write) else rest).append(write)
    inside = {write.cell[1] for write in rest}
    is_room = all(write.value is not None and not write.value.values.isdisjoint(inside) for write in levels)
    return rest if is_room and all(_is_found_out(heap, write) for write in rest) else list(adds)


def _is_found_out(heap: Heap, write: Write) -> bool:
    """Whether a value is no task, no time and nothing drawn, and has a key or is a field found out."""
    bits = write.value.bits if write.value is not None else 0
    return not bits & _OF_THE_MOMENT and (write.key is not None or completes(heap, write))


def _is_level(heap: Heap, write: Write) -> bool:
    """Whether a write puts an empty container where there is none, for another key to be looked up in."""
    return write.absent and write.key is not None and is_empty_container(heap, write.value)


def completes(heap: Heap, write: Write) -> bool:
    """Whether an object finds out a field of its own from its others, when it is first asked for it."""
    return (write.absent or write.once) and key_sources.is_of_its_object(heap, write)


def finds_again(heap: Heap, write: Write) -> bool:
    """Whether a method sets a field of its object from its others, and not from what was there before.

    def parse(self):
        self.words = self.text.split()      # whoever asks, and however often
    """
    if write.augmented or not key_sources.is_of_its_object(heap, write):
        return False
    return _is_of_own_method(heap, write) and not _is_of_itself(heap, write)


def _is_of_own_method(heap: Heap, write: Write) -> bool:
    """Whether a method sets a field of its own object."""
    context, own = write.context, own_name(heap, write.context)
    ops, names = context.body.ops, context.body.a
    return bool(own) and all(
        ops[place] == Op.NAME and heap.modules.string(context.module, names[place]) == own
        for place in changed_by(write)
    )


def _is_of_itself(heap: Heap, write: Write) -> bool:
    """Whether the last value of a field goes into the next one: `self.open = not self.open`."""
    context, waiting = write.context, values_of(write)
    for place in waiting:  # grows while it is read
        if write.cell in cells_at(heap, context, place):
            return True
        waiting += [one for one in key_sources.inside(context.body, place) if one and one not in waiting]
    return False


def is_of_its_keys(heap: Heap, write: Write) -> bool:
    """Whether nothing that a client sent goes into a value but what is in its keys, outer ones too."""
    places = key_sources.places_of(write)
    if write.key is None or places is None:
        return True
    keys = [places[0], *_outer_keys(write)]
    return key_sources.is_made_of(heap, write.context, keys, places[1])


def _outer_keys(write: Write) -> Iterator[int]:
    """Yield the keys under which the container lies into which a write puts something."""
    for place in changed_by(write):
        yield from _keys_to(write.context.body, place, _DEEPEST)


def _keys_to(body: Body, place: int, room: int) -> Iterator[int]:
    op, a = body.ops[place], body.a[place]
    if not room:
        return
    if op == Op.ITEM:
        yield body.b[place]
        yield from _keys_to(body, a, room - 1)
    elif op == Op.CALL and body.ops[body.calls[a][CALL_CALLEE]] == Op.ATTR:
        yield from body.calls[a][CALL_ARGUMENTS][:1]
        yield from _keys_to(body, body.a[body.calls[a][CALL_CALLEE]], room - 1)
    elif op == Op.NAME:
        for name, value, *_ in body.binds:
            if name == a and value:
                yield from _keys_to(body, value, room - 1)
