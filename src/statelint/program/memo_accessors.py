"""Row D5 of the list, for caches of the project's own: who calls them looks up first.

class Cache:
    def set(self, key, value):              found = cache.get(name)
        self._rows[key] = value             if found is None:
                                                found = ask(name)
                                                cache.set(name, found)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_CALLEE, How, Op, Test
from statelint.program import ages, callees, guards, key_sources, memo_rows, uses
from statelint.program.decisions import Decision, puts
from statelint.program.evaluate import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_MISSING = (Test.IS_NONE, Test.FALSY, Test.EXCEPT)
_HANDS_OUT = How.GET | How.WHOLE
_DEEPEST = 3
"""Functions between the container and the code that looks up and fills, and names on the way to a call."""
_PARTS = (Op.AWAIT, Op.ITEM, Op.ELEMENT, Op.ATTR)


class _Fill(NamedTuple):
    """A call, in a function that has looked up first, which hands over a key and what is kept under it."""

    context: Context
    value: int


def memo_behind(held: Holder) -> Decision | None:
    """D5: a memo by way of methods that take a key and a value."""
    heap, adds = held.heap, puts(held.writes)
    if len(adds) != len(puts(held.direct)) or any(write.augmented for write in adds):
        return None
    getters = _getters(held) if adds else set()
    by_write = [_fills_of(heap, getters, write) for write in adds if getters]
    if not by_write or not all(by_write):
        return None
    if any(_is_dropped(write) for write in held.writes):
        return memo_rows.forgotten_here(remembers_io=False)
    if _expires(held):
        return Decision(row="D5c", ephemeral=True, reason="looked up first, and not given when it is too old")
    bits, fillers = 0, dict.fromkeys(fill.context for fills in by_write for fill in fills)
    for fill in (fill for fills in by_write for fill in fills):
        bits |= evaluate(heap, fill.context, fill.value).bits
    return memo_rows.memo_of(heap, memo_rows.computed(held, bits, fillers), list(fillers))


def _fills_of(heap: Heap, getters: set[Context], write: Write) -> list[_Fill]:
    places = key_sources.places_of(write)
    if places is None:
        return []
    return _fills(heap, getters, write.context, places, _DEEPEST)


def _getters(held: Holder) -> set[Context]:
    """Find the functions that hand out what is kept, and those that call them for others."""
    tables = {write.cell for write in held.direct}
    level = {read.context for read in held.reads if read.cell in tables and read.how & _HANDS_OUT}
    found = set(level)
    for _ in range(_DEEPEST - 1):
        level = {caller for one in level if one.key not in held.heap.entries for caller in one.callers}
        found |= level
    return found


def _fills(
    heap: Heap, getters: set[Context], context: Context, places: Sequence[int], room: int
) -> list[_Fill]:
    """List the calls that fill, if all who call a function have looked up before; empty if one has not.

    `places` are where the key stands, and what is kept under it.
    """
    own = uses.own_name(heap, context)
    told = [key_sources.handed_on(heap, context, one) for one in places]
    if any(names is None for names in told) or not room:
        return []
    keyed, *handed = ([name for name in names or () if name != own] for names in told)
    if not keyed:
        return []
    kept = {name for names in handed for name in names if name not in keyed}
    found: list[_Fill] = []
    for caller, (at, *put), guard in _calls(heap, context, keyed[-1], sorted(kept)):
        inner: list[_Fill] = []
        if not _is_missed(heap, getters, caller, guard):
            inner = _fills(heap, getters, caller, (at, *put), room - 1)
        elif all(key_sources.is_made_of(heap, caller, (at,), one) for one in put):
            inner = [_Fill(caller, one) for one in put]
        if not inner:
            return []
        found += inner
    return found


def _calls(
    heap: Heap, context: Context, key: str, kept: Sequence[str]
) -> list[tuple[Context, list[int], int]]:
    """List the calls of a function: who calls, where key and what is kept stand, and under which test."""
    keys = callees.handed(heap, context, key)
    values = [callees.handed(heap, context, name) for name in kept]
    if not keys or not values or any(one is None or len(one) != len(keys) for one in values):
        return []
    return [
        (caller, [place, *(one[number][1] for one in values if one is not None and one[number][1])], guard)
        for number, (caller, place, guard) in enumerate(keys)
    ]


def _is_missed(heap: Heap, getters: set[Context], context: Context, guard: int) -> bool:
    """Whether code under a guard runs only where a lookup has found nothing."""
    body = context.body
    return any(
        body.guards[one][1] in _MISSING
        and any(not getters.isdisjoint(found) for found in _called(heap, context, body.guards[one][2]))
        for one in guards.chain(body, guard)
    )


def _called(heap: Heap, context: Context, place: int, room: int = _DEEPEST) -> Iterator[Sequence[Context]]:
    """Yield the functions that give what stands at a place."""
    body = context.body
    op, first = body.ops[place], body.a[place]
    if op == Op.CALL:
        yield callees.targets(heap, context, body.calls[first][CALL_CALLEE])
    inside: Sequence[int] = ()
    if op in _PARTS:
        inside = (first,)
    elif op == Op.ANY:
        inside = body.joins[first]
    elif op == Op.NAME:
        inside = [value for name, value, *_ in body.binds if name == first and value]
    for one in inside if room else ():
        yield from _called(heap, context, one, room - 1)


def _expires(held: Holder) -> bool:
    """Whether who hands out an entry has compared its age with the clock."""
    writes = [write for write in held.direct if write.cell[0] == "E"]
    readers = {read.context for read in held.reads if read.cell in {write.cell for write in writes}}
    tables = {write.cell[1] for write in writes}
    return any(ages.is_asked(held.heap, reader, table) for reader in readers for table in tables)


def _is_dropped(write: Write) -> bool:
    """Whether an entry goes because a client has asked for that, not for its size or age."""
    return (write.removes or write.empties) and memo_rows.is_for_a_request(write)
