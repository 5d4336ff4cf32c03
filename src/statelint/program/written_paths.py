"""Paths as expressions: the folders with which one begins, and whether two of a function are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op
from statelint.program import callees, file_memos
from statelint.program.calling import call_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_DEEPEST = 8
"""Joins, calls and names inside a path that are looked at."""


class WrittenPath(NamedTuple):
    """A path where it is written, or where it is given to what writes it.

    `number` is the call that does so. `in_folder`: what is written lies in the folder at that path.
    """

    context: Context
    number: int
    place: int
    in_folder: bool


def lies_in(heap: Heap, path: WrittenPath) -> Iterator[tuple[int, bool]]:
    """Yield a path and the folders with which it begins, by whatever names; and whether it is a folder."""
    body = path.context.body
    waiting, seen = [(file_memos.bare(heap, path.context, path.place), path.in_folder)], set[int]()
    for place, in_folder in waiting:  # grows while it is read
        if place in seen or not place or len(seen) > _DEEPEST:
            continue
        seen.add(place)
        yield place, in_folder
        op, a = body.ops[place], body.a[place]
        if op == Op.NAME:
            bound = {value for text, value, *_ in body.binds if text == a and value}
            if len(bound) == 1:
                waiting.append((file_memos.bare(heap, path.context, bound.pop()), in_folder))
        elif op == Op.MIX:
            waiting.append((body.joins[a][0], True))
        elif op == Op.CALL and call_record(body, a).arguments:
            record = call_record(body, a)
            is_method = callees.receiver(path.context, record) and not callees.names_called(
                heap, path.context, record.callee
            )
            first = callees.receiver(path.context, record) if is_method else record.arguments[0]
            waiting.append((first, True))


def is_alike(body: Body, one: int, other: int, room: int = _DEEPEST) -> bool:
    """Whether two places are one path: the same name, or made in the same way of the same names."""
    op, a = body.ops[one], body.a[one]
    if one == other or op != body.ops[other] or not room:
        return one == other
    if op in (Op.NAME, Op.CONST):
        return a == body.a[other] and a >= 0
    if op == Op.ATTR:
        return body.b[one] == body.b[other] and is_alike(body, a, body.a[other], room - 1)
    parts, others = _parts(body, one), _parts(body, other)
    return len(parts) == len(others) > 0 and all(
        is_alike(body, left, right, room - 1) for left, right in zip(parts, others, strict=True)
    )


def _parts(body: Body, place: int) -> Sequence[int]:
    """List what a path is made of; nothing for what may be another one each time: `uuid4()`."""
    op, a = body.ops[place], body.a[place]
    if op == Op.MIX:
        return body.joins[a]
    if op != Op.CALL:
        return ()
    record = call_record(body, a)
    return (record.callee, *record.arguments) if record.arguments else ()


def speaks_of(body: Body, place: int, path: int, room: int = _DEEPEST) -> bool:
    """Whether an expression has a path in it: `os.path.exists(path)`."""
    if not place or not room:
        return False
    if is_alike(body, place, path):
        return True
    op, a = body.ops[place], body.a[place]
    inside: Sequence[int] = ()
    if op == Op.CALL:
        callee, arguments, keywords, *_ = body.calls[a]
        inside = (callee, *arguments, *(one for _, one in keywords))
    elif op in (Op.ATTR, Op.AWAIT, Op.ITEM, Op.ENTER, Op.ELEMENT):
        inside = (a,)
    elif op in (Op.ANY, Op.MIX):
        inside = body.joins[a]
    elif op == Op.SITE:
        inside = body.sites[a][1]
    return any(speaks_of(body, one, path, room - 1) for one in inside)
