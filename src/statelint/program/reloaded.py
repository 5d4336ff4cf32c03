"""What a loop of each process empties and fills anew as soon as a stamp has changed (row D10).

stamp = ask("select max(changed), count(*) from rules")
if stamp == STAMP:
    return
RULES.clear()
load_rules()                    # which others may call, too, for a single rule
STAMP = stamp
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import callees, checked, guards, key_sources
from statelint.program.accesses import given_by, is_plain_read
from statelint.program.decisions import empties_all, puts
from statelint.program.reach import Reach
from statelint.program.reads import cells_at
from statelint.program.values import SENT

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap


def reloaded(held: Holder) -> str:
    """Name the stamp that a loop compares before it loads all anew; empty where clients change the cell, too.

    The stamp itself is asked by nobody else.
    """
    for context, named in (*_loaders(held), *_stamping(held)):
        own = frozenset(Reach(held.heap).below([context]))
        if not any(write.context in own for write in puts(held.writes)):
            continue
        if all(_is_kept_up(held, write, own) for write in held.writes):
            return named
    return ""


def _is_kept_up(held: Holder, write: Write, own: Container[Context]) -> bool:
    """Whether the loop, or another task of the program, writes what no client has sent and nobody counts."""
    if write.context not in own and (write.context in held.asked or write.augmented):
        return False
    return not _is_sent(held.heap, write)


def _stamping(held: Holder) -> Iterator[tuple[Context, str]]:
    """Yield the function that alone asks the cell, compares it with what is read anew and puts that there."""
    readers = {read.context for read in held.reads if is_plain_read(read)}
    for write in held.direct:
        context = write.context
        if readers != {context} or not checked.checked_against(held.heap, [write]):
            continue
        for kept, named in _stamps(held, context, write.guard):
            if not held.cells.isdisjoint(cells_at(held.heap, context, kept)):
                yield context, named


def _loaders(held: Holder) -> Iterator[tuple[Context, str]]:
    """Yield the functions that a loop calls and that empty the whole cell where a stamp has changed."""
    heap = held.heap
    for write in held.direct:
        if not empties_all(write):
            continue
        around = [(write.context, write.guard)]
        for caller in write.context.callers:
            around += [
                (caller, record.guard) for record, _ in callees.calls_to(heap, caller, write.context.uid)
            ]
        for context, guard in around:
            yield from ((context, named) for _, named in _stamps(held, context, guard))


def _stamps(held: Holder, context: Context, guard: int) -> Iterator[tuple[int, str]]:
    """Yield the stamps that a loop compares with what it reads anew, and replaces by that, with its name."""
    body = context.body
    for one, fresh, named in checked.comparisons(held.heap, context, guard):
        kept = sum(body.guards[one][2:4]) - fresh
        if context in held.timed and any(
            value and checked.is_same(body, value, fresh) and _is_target(body, target, key, kept)
            for target, _, key, value, *_ in body.writes
        ):
            yield kept, named


def _is_target(body: Body, target: int, key: int, kept: int) -> bool:
    """Whether a statement binds the name or the attribute that stands at a place."""
    if body.ops[kept] == Op.ATTR:
        return key == body.b[kept] and guards.shape_of(body, target) == guards.shape_of(body, body.a[kept])
    return body.ops[kept] == Op.NAME == body.ops[target] and body.a[target] == body.a[kept]


def _is_sent(heap: Heap, write: Write) -> bool:
    """Whether a client sent what is put there."""
    if write.value is None or not write.value.bits & SENT:
        return False
    return any(key_sources.is_sent_now(heap, write.context, place) for place in given_by(write))
