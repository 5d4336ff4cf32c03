"""Entries that are kept beside the stamp of what they are made of, which is asked anew before they are used.

stamp = os.stat(path).st_mtime
if path in CACHE:
    made, lines = CACHE[path]
    if made == stamp:
        return lines
CACHE[path] = stamp, read(path)             # here, or in a function that is given the stamp
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, Test, WriteHow
from statelint.program import callees, key_sources
from statelint.program.callsites import call_sites
from statelint.program.checked import is_same, last_name, way
from statelint.program.evaluate import evaluate
from statelint.program.origins import Origins
from statelint.program.values import Bit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_OUTSIDE = Bit.IO_DB | Bit.IO_HTTP | Bit.IO_FILE | Bit.IO_PROCESS
_COMPARES = (Test.OTHER, Test.COMPARE)
_PUTS = (WriteHow.ITEM, WriteHow.ATTR)
_DEEPEST = 4
"""Names, tuples and conditions between a stamp and the call that gives it."""


def kept_with(heap: Heap, adds: Sequence[Write]) -> str:
    """Name the stamp that each write keeps beside its value, once it was compared; empty if one does not."""
    named = ""
    for write in adds:
        here = _stamp(heap, write)
        if not here:
            return ""
        named = named or here
    return named


def _stamp(heap: Heap, write: Write) -> str:
    """Name what one write keeps beside its value, if it was asked outside and compared with what is there."""
    context, (key, value) = write.context, _key_and_value(write)
    parts = list(_beside(context.body, value)) if value else []
    for part in parts:
        given = _handed(heap, context, part) or [(context, part)]
        is_stamp = all(_is_compared(heap, *one, write) for one in given)
        if is_stamp and not any(_is_sent(heap, context, key, one) for one in parts if one != part):
            return f"`{last_name(heap, context, part)}`"
    return ""


def _key_and_value(write: Write) -> tuple[int, int]:
    """Find the key and the value of `CACHE[path] = value` in its body; 0 and 0 for another kind of write."""
    places = (
        (key, value)
        for _, how, key, value, _, _, *span in write.context.body.writes
        if how == WriteHow.ITEM and tuple(span) == write.span
    )
    return next(places, (0, 0))


def _is_sent(heap: Heap, context: Context, key: int, part: int) -> bool:
    """Whether a part of what is kept is what a client sent, but for what the key says."""
    if not Origins(heap, call_sites(heap)).is_sent(context, part):
        return False
    return not key_sources.is_told_by(heap, context, key, part)


def _beside(body: Body, value: int) -> Iterator[int]:
    """Yield what a value consists of, and what was put on it by the name that it has: `page.made = stamp`."""
    bound = [value]
    if body.ops[value] == Op.NAME:
        bound = [place for name, place, *_ in body.binds if name == body.a[value] and place]
        for target, how, _, put, *_ in body.writes:
            if how in _PUTS and put and (body.ops[target], body.a[target]) == (Op.NAME, body.a[value]):
                yield put
    for place in bound:
        if body.ops[place] == Op.SITE:
            yield from (part for part in body.sites[body.a[place]][1] if part)
        elif body.ops[place] == Op.CALL:
            _, arguments, keywords, *_ = body.calls[body.a[place]]
            yield from (*arguments, *(part for _, part in keywords))


def _is_compared(heap: Heap, context: Context, stamp: int, write: Write) -> bool:
    """Whether a function asks outside for a stamp, and compares it with what it takes out of a container."""
    body = context.body
    for _, test, first, second, _ in body.guards:
        if test not in _COMPARES or not second:
            continue
        for fresh, kept in ((first, second), (second, first)):
            is_fresh = _is_one(body, fresh, stamp) and _is_asked(heap, context, fresh)
            if is_fresh and _is_taken_out(heap, context, kept, write):
                return True
    return False


def _is_taken_out(heap: Heap, context: Context, place: int, write: Write) -> bool:
    """Whether what stands at a place was taken out of the container into which a write puts something."""
    return any(write.cell[1] in evaluate(heap, context, one).values for one in way(heap, context, place))


def _is_one(body: Body, one: int, other: int, room: int = _DEEPEST) -> bool:
    """Whether two places stand for the same, by the name or the call that gives it."""
    if is_same(body, one, other):
        return True
    for place, against in ((one, other), (other, one)):
        if body.ops[place] == Op.NAME and room:
            bound = [value for name, value, *_ in body.binds if name == body.a[place] and value]
            if any(_is_one(body, value, against, room - 1) for value in bound if body.ops[value] == Op.CALL):
                return True
    return False


def _is_asked(heap: Heap, context: Context, place: int, room: int = _DEEPEST) -> bool:
    """Whether a place is what a call in this function gets from outside, or a part of it."""
    body = context.body
    op, first = body.ops[place], body.a[place]
    if op == Op.CALL:
        return bool(evaluate(heap, context, place).bits & _OUTSIDE)
    inside: Sequence[int] = ()
    if op in (Op.ATTR, Op.ITEM, Op.ELEMENT, Op.AWAIT):
        inside = (first,)
    elif op in (Op.ANY, Op.MIX):
        inside = body.joins[first]
    elif op == Op.NAME:
        inside = [value for name, value, *_ in body.binds if name == first and value]
    return any(_is_asked(heap, context, one, room - 1) for one in inside if room)


def _handed(heap: Heap, context: Context, part: int) -> list[tuple[Context, int]]:
    """List what the serving callers of a function hand over for a parameter of it."""
    if context.body.ops[part] != Op.NAME:
        return []
    found = callees.handed(heap, context, heap.modules.string(context.module, context.body.a[part]))
    return [(caller, place) for caller, place, _ in found or ()]
