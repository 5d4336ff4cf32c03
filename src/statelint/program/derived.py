"""What is made of another cell, and made anew where that is another one: no memory of its own (row D10).

if self._page_of is not self.rows:          if self._size != len(self.rows):
    self._page = render(self.rows)              self._index = index_of(self.rows)
    self._page_of = self.rows                   self._size = len(self.rows)
return self._page                           return self._index
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import WRITE_GUARD, WRITE_VALUE, Op, Test, WriteHow
from statelint.program import guards, key_sources
from statelint.program.accesses import is_plain_read, values_of
from statelint.program.checked import last_name
from statelint.program.decisions import puts
from statelint.program.evaluate import evaluate
from statelint.program.reads import cells_at
from statelint.program.values import Bit
from statelint.program.written_paths import is_alike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_COMPARES = (Test.OTHER, Test.COMPARE)
_DEEPEST = 8
_OF_THIS_PROCESS = Bit.RANDOM | Bit.TASK | Bit.CONNECTION | Bit.REQUEST


def derived_from(held: Holder) -> str:
    """Name what all that is kept is made of and compared with before it is used; empty if it is not."""
    adds, named = puts(held.writes), ""
    if any(write.cell not in held.cells or write.method or write.augmented for write in adds):
        return ""
    makers = {write.context for write in adds}
    if any(read.context not in makers for read in held.own_reads if is_plain_read(read)):
        return ""
    for write in adds:
        here = next(_sources(held.heap, write), "")
        if not here:
            return ""
        named = named or here
    return named


def _sources(heap: Heap, write: Write) -> Iterator[str]:
    """Name what a write puts there, beside what is made of it, or what it is made of, beside that."""
    context, body = write.context, write.context.body
    for fresh, others in _compared(heap, context, write.guard):
        for value in values_of(write):
            if is_alike(body, value, fresh):
                made = [one for one in others if not is_alike(body, one, fresh)]
            else:
                made = [value]
            if made and all(_is_made_of(heap, context, fresh, one) for one in made):
                yield f"`{last_name(heap, context, fresh)}`"


def _compared(heap: Heap, context: Context, guard: int) -> Iterator[tuple[int, list[int]]]:
    """Yield what is compared with a copy of it that is kept anew then, and all that is kept there."""
    body = context.body
    for one in guards.chain(body, guard):
        _, test, first, second, _ = body.guards[one]
        if test not in _COMPARES or not second:
            continue
        kept = [
            (_shape(body, *write[:3]), write[WRITE_VALUE])
            for write in body.writes
            if write[WRITE_VALUE] and guards.is_under(body, write[WRITE_GUARD], (one,))
        ]
        for fresh, copy in ((first, second), (second, first)):
            is_cell = any(True for _ in cells_at(heap, context, copy))
            shape = guards.shape_of(body, copy)
            if is_cell and any(shape == target and is_alike(body, put, fresh) for target, put in kept):
                yield fresh, [put for _, put in kept]


def _shape(body: Body, target: int, how: int, key: int) -> guards.Shape:
    """Give the shape of what a statement sets."""
    shape = guards.shape_of(body, target)
    if how == WriteHow.ATTR:
        return (Op.ATTR, shape, key)
    return (Op.ITEM, shape, guards.shape_of(body, key)) if how == WriteHow.ITEM else shape


def _is_made_of(heap: Heap, context: Context, fresh: int, value: int) -> bool:
    """Whether a value is made of the cell that was compared, and nothing of a client goes in.

    Where it is the day that was compared, whatever is found out is found out anew on the next.
    """
    if key_sources.is_sent_now(heap, context, value):
        return False
    if evaluate(heap, context, fresh).bits == Bit.CLOCK:
        return not evaluate(heap, context, value).bits & _OF_THIS_PROCESS
    cells = [one for one in _inside(context.body, fresh) if any(True for _ in cells_at(heap, context, one))]
    parts = list(_inside(context.body, value))
    return any(is_alike(context.body, cell, part) for cell in cells for part in parts)


def _inside(body: Body, place: int, room: int = _DEEPEST) -> Iterator[int]:
    """Yield an expression and those of which it is made, but for what names are bound to."""
    yield place
    if body.ops[place] != Op.NAME and room:
        for one in key_sources.inside(body, place):
            if one:
                yield from _inside(body, one, room - 1)
