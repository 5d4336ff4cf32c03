"""Row D5 of the list, for memos of one entry: the last input, compared first, and what was made of it.

if last.text == text:                       if self._text != text:
    return last.page                            self._page = render(text)
last = Last(text, render(text))                 self._text = text
return last.page                            return self._page
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, Test
from statelint.program import checked, guards, key_sources, memo_rows
from statelint.program.accesses import is_plain_read, values_of
from statelint.program.decisions import puts
from statelint.program.reads import cells_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Decision, Holder
    from statelint.program.heap import Heap

_ASKS = (Test.TRUTHY, Test.FALSY)
_DEEPEST = 4
"""Names and conditions between a test and the comparison that it is about."""


def memo_of_last(held: Holder) -> Decision | None:
    """D5: a memo of the last input; who reads it has compared that with its own."""
    heap, adds = held.heap, puts(held.writes)
    writers = {write.context for write in adds}
    own = {read.context for read in held.own_reads if is_plain_read(read)}
    if not adds or not own or not own <= writers or not _are_given_by(held, writers):
        return None
    if any(write.cell not in held.cells or write.method or write.augmented for write in held.writes):
        return None
    if not all(_is_made_of_input(heap, write) for write in adds):
        return None
    bits = 0
    for write in adds:
        bits |= write.value.bits if write.value is not None else 0
    return memo_rows.memo_of(heap, memo_rows.computed(held, bits, list(writers)), list(writers))


def _are_given_by(held: Holder, writers: set[Context]) -> bool:
    """Whether all who use what is kept are given it by those who compare: they call them, over few others."""
    near = set(writers)
    for _ in range(_DEEPEST):
        near |= {caller for one in near for caller in one.callers}
    return all(read.context in near for read in held.reads if is_plain_read(read))


def _is_made_of_input(heap: Heap, write: Write) -> bool:
    """Whether a write keeps what was compared, and what is made of that, or one of both beside the other."""
    context, body = write.context, write.context.body
    inputs = [given for given, _ in _compared(heap, context, write.guard)]
    values = values_of(write)
    if not inputs or len(values) != 1:
        return False
    parts = _parts(body, values[0])
    made = [one for one in parts if not any(checked.is_same(body, one, given) for given in inputs)]
    if not all(key_sources.is_made_of(heap, context, inputs, one) for one in made):
        return False
    if len(made) < len(parts):
        return bool(made) or _keeps_what_is_made(write, inputs)
    return any(checked.is_bound_here(body, kept) for _, kept in _compared(heap, context, write.guard))


def _compared(heap: Heap, context: Context, guard: int) -> Iterator[tuple[int, int]]:
    """Yield what code under a guard was given and what that is compared with, which was kept before."""
    body = context.body
    for one in guards.chain(body, guard):
        _, test, first, second, _ = body.guards[one]
        pairs = [(first, second)] if test == Test.OTHER and second else []
        if test in _ASKS:
            pairs += _comparisons(body, first, _DEEPEST)
        for left, right in pairs:
            for given, kept in ((left, right), (right, left)):
                is_local = body.ops[given] == Op.NAME and not _is_kept(heap, context, given)
                if is_local and _is_kept(heap, context, kept):
                    yield given, kept


def _comparisons(body: Body, place: int, room: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of which a yes or no is made: `cached = last.text == text and last.kind == kind`."""
    op, first = body.ops[place], body.a[place]
    if op == Op.MIX and len(body.joins[first]) == 2:
        yield body.joins[first][0], body.joins[first][1]
    inside: Sequence[int] = ()
    if op == Op.ANY:
        inside = body.joins[first]
    elif op == Op.NAME:
        inside = [value for name, value, *_ in body.binds if name == first and value]
    for one in inside if room else ():
        yield from _comparisons(body, one, room - 1)


def _is_kept(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place is, or lies in, a cell that is no local name."""
    return any(any(True for _ in cells_at(heap, context, one)) for one in checked.way(heap, context, place))


def _parts(body: Body, value: int) -> Sequence[int]:
    """List what is put into a record, or the value alone: `Last(text, page)`, `(text, page)`."""
    if body.ops[value] == Op.SITE:
        return [part for part in body.sites[body.a[value]][1] if part]
    if body.ops[value] == Op.CALL:
        _, arguments, keywords, *_ = body.calls[body.a[value]]
        parts = [*arguments, *(part for _, part in keywords)]
        return parts if len(parts) > 1 else [value]
    return [value]


def _keeps_what_is_made(write: Write, inputs: Sequence[int]) -> bool:
    """Whether something that is made of the input is kept beside it, where it was compared."""
    body = write.context.body
    return any(
        guard == write.guard
        and tuple(span) != write.span
        and value
        and not any(checked.is_same(body, value, given) for given in inputs)
        and any(key_sources.goes_into(body, given, value) for given in inputs)
        for _, _, _, value, guard, _, *span in body.writes
    )
