"""Cells that each request overwrites before it reads them: scratch paper, which nobody inherits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, CALL_GUARD, CALL_LINE, Op, Test, WriteHow
from statelint.program import guards, handover, receivers
from statelint.program.evaluate import evaluate
from statelint.program.values import SERVING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.accesses import Read, Write
    from statelint.program.heap import Context, Heap

_Fresh = dict["Context", list[tuple[int, int]]]
"""Where functions replace a cell: after which line, and under which test."""

MOST_CALLS = 4
"""Calls between the function that overwrites and the one that reads; more are not looked at."""


def is_scratch(heap: Heap, writes: Sequence[Write], reads: Sequence[Read]) -> bool:
    """Whether on every way to a reader the whole cell is replaced first, in whatever calls it.

    Elements that are put in or taken out count as readers: they belong to what the cell held before.
    """
    fresh: _Fresh = {}
    for write in writes:
        if _replaces_whole(write):
            # `rows.clear()` reads the name in its own line, but nothing of what it holds
            after = write.span[0] - 1 if write.empties else write.span[0]
            guard = _innermost(write.context, write.guard)
            fresh.setdefault(write.context, []).append((after, guard))
    if not fresh:
        return False
    uses = [(read.context, read.line, read.cell) for read in reads]
    uses += [(write.context, write.span[0], write.cell) for write in writes if not _replaces_whole(write)]
    # what a statement reads may be what a function that it calls has just put there and given back
    return bool(uses) and all(
        _called(heap, fresh, context, line, line)
        or _preceded(heap, fresh, context, line, receivers.asked_by_itself(heap, context, cell), MOST_CALLS)
        for context, line, cell in uses
    )


def is_put_back(writes: Sequence[Write]) -> bool:
    """Whether each function that writes puts back in the end what it found.

    before = warnings.showwarning
    warnings.showwarning = quiet
    ...
    warnings.showwarning = before
    """
    restoring = {write.context for write in writes if _puts_back(write)}
    return all(write.context in restoring for write in writes)


def _puts_back(write: Write) -> bool:
    body = write.context.body
    for target, how, key, value, _, _, *span in body.writes:
        if tuple(span) == write.span and body.ops[value] == Op.NAME:
            bound = [one for text, one, *_ in body.binds if text == body.a[value]]
            shape = guards.shape_of(body, target)
            if how == WriteHow.ATTR:
                shape = (int(Op.ATTR), shape, key)
            return len(bound) == 1 and guards.shape_of(body, bound[0]) == shape
    return False


def _replaces_whole(write: Write) -> bool:
    """Whether nothing of what was there is left: the name is bound anew, or everything is taken out."""
    bound_anew = write.cell[0] in ("G", "F", "L") and write.key is None and not write.method
    return write.empties or (bound_anew and not write.augmented and not write.removes)


def _innermost(context: Context, guard: int) -> int:
    """Give the innermost test under which something happens, locks left out; 0: it happens for sure."""
    body = context.body
    return next((one for one in guards.chain(body, guard) if body.guards[one][1] != Test.HELD), 0)


def _called(heap: Heap, fresh: _Fresh, context: Context, until: int, line: int) -> bool:
    """Whether a function that replaces the cell for sure was called, until a line, if another one is reached."""
    return any(
        context in one.callers and _calls_surely(heap, context, one, until, line)
        for one, written in fresh.items()
        if any(not guard for _, guard in written)
    )


def _calls_surely(heap: Heap, context: Context, target: Context, until: int, line: int) -> bool:
    """Whether a function calls another one until a line, under no test but those under which that line stands.

    Nothing else may be meant by the call.
    """
    for record in context.body.calls:
        if record[CALL_LINE] > until:
            continue
        guard = _innermost(context, record[CALL_GUARD])
        if not guard or guards.stands_under(context, line, (guard,)):
            callees = evaluate(heap, context, record[CALL_CALLEE]).values
            if {handover.unit_of(heap, value) for value in callees} == {target.uid}:
                return True
    return False


def _preceded(
    heap: Heap, fresh: _Fresh, context: Context, line: int, on: frozenset[int], calls: int
) -> bool:
    """Whether the cell was replaced before a line, in its function or before each call of it.

    `on` are the objects whose field it is, where the function is a method of theirs: a call on another object
    does not ask for it.
    """
    for written, guard in fresh.get(context, ()):
        if written < line and (not guard or guards.stands_under(context, line, (guard,))):
            return True
    if _called(heap, fresh, context, line - 1, line):
        return True
    if not calls or context.key in heap.entries:
        return False
    callers = [call for call in receivers.calls_on(heap, context, on) if call.context.era in SERVING]
    return bool(callers) and all(
        _preceded(heap, fresh, call.context, call.line, call.on, calls - 1) for call in callers
    )
