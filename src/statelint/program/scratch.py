"""Cells that each request overwrites before it reads them: scratch paper, which nobody inherits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Test
from statelint.program import guards
from statelint.program.observe import is_plain_read
from statelint.program.values import SERVING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.heap import Context, Heap
    from statelint.program.observe import Read, Write

MOST_CALLS = 4
"""Calls between the function that overwrites and the one that reads; more are not looked at."""


def is_scratch(heap: Heap, writes: Sequence[Write], reads: Sequence[Read]) -> bool:
    """Whether on every way to a reader the whole cell is replaced first, in whatever calls it.

    Elements that are put in or taken out count as readers: they belong to what the cell held before.
    """
    fresh: dict[Context, list[int]] = {}
    for write in writes:
        if _replaces_whole(write) and _is_certain(write):
            # `rows.clear()` reads the name in its own line, but nothing of what it holds
            after = write.span[0] - 1 if write.empties else write.span[0]
            fresh.setdefault(write.context, []).append(after)
    if not fresh:
        return False
    uses = [(read.context, read.line) for read in reads if is_plain_read(read)]
    uses += [(write.context, write.span[0]) for write in writes if not _replaces_whole(write)]
    return bool(uses) and all(_preceded(heap, fresh, context, line, MOST_CALLS) for context, line in uses)


def _replaces_whole(write: Write) -> bool:
    """Whether nothing of what was there is left: the name is bound anew, or everything is taken out."""
    bound_anew = write.cell[0] in ("G", "F", "L") and write.key is None and not write.method
    return write.empties or (bound_anew and not write.augmented and not write.removes)


def _is_certain(write: Write) -> bool:
    """Whether a write happens whenever its function runs that far: under no test, at most under a lock."""
    body = write.context.body
    return all(body.guards[guard][1] == Test.HELD for guard in guards.chain(body, write.guard))


def _preceded(heap: Heap, fresh: dict[Context, list[int]], context: Context, line: int, calls: int) -> bool:
    """Whether the cell was replaced before a line, in its function or before each call of it."""
    if any(written < line for written in fresh.get(context, ())):
        return True
    if any(context in one.callers and one.callers[context][1] <= line for one in fresh):
        return True  # what it reads is what the function that replaced it gave back
    if not calls or context.key in heap.entries:
        return False
    callers = [(caller, edge[1]) for caller, edge in context.callers.items() if caller.era in SERVING]
    return bool(callers) and all(_preceded(heap, fresh, one, at, calls - 1) for one, at in callers)
