"""Cells that each request overwrites before it reads them: scratch paper, which nobody inherits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import (
    CALL_ARGUMENTS,
    CALL_CALLEE,
    CALL_GUARD,
    CALL_KEYWORDS,
    CALL_LINE,
    Op,
    Test,
    WriteHow,
)
from statelint.program import guards, handover
from statelint.program.evaluate import evaluate
from statelint.program.reach import Reach
from statelint.program.reads import cells_at
from statelint.program.uses import calls_for, use_of
from statelint.program.values import SERVING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model.facts import CallColumns
    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.uses import Use
    from statelint.program.values import SlotKey

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
    near = set(fresh).union(*(one.callers for one in fresh))
    return (
        bool(uses)
        and all(_is_near(heap, near, context) for context in {context for context, *_ in uses})
        and all(_is_fresh(heap, fresh, use_of(heap, *use), use[2]) for use in uses)
        and not _is_signalled(heap, writes, [read.context for read in reads])
    )


def _is_near(heap: Heap, near: set[Context], context: Context) -> bool:
    """Whether a function, or what calls it over a few others, replaces the cell or calls what does."""
    level = {context}
    for _ in range(MOST_CALLS + 1):
        if not level.isdisjoint(near):
            return True
        level = {caller for one in level if one.key not in heap.entries for caller in one.callers}
    return False


def _is_fresh(heap: Heap, fresh: _Fresh, use: Use, cell: SlotKey) -> bool:
    return _given_back(heap, fresh, use, cell) or _preceded(heap, fresh, use)


def _is_signalled(heap: Heap, writes: Sequence[Write], readers: Sequence[Context]) -> bool:
    """Whether who reads it sets it back first, and what it then finds there somebody else has set meanwhile.

    self.stopped = False
    process.wait()
    if self.stopped:            # set by `stop`, for another client
        raise Stopped
    """
    leading = dict.fromkeys(readers)
    waiting = list(leading)
    for one in waiting:  # grows while it is read
        new = [caller for caller in one.callers if caller not in leading]
        leading.update(dict.fromkeys(new))
        waiting += new
    back = [write for write in writes if write.constant_value and write.context in leading]
    constants = {repr(write.constant) for write in back}
    apart = {
        write.context
        for write in writes
        if write.context not in leading
        and (not write.constant_value or repr(write.constant) not in constants)
    }
    return bool(back and apart) and not apart.issubset(Reach(heap).below({write.context for write in back}))


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
                shape = (Op.ATTR, shape, key)
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


def _given_back(heap: Heap, fresh: _Fresh, use: Use, cell: SlotKey) -> bool:
    """Whether what a statement reads is what a function that it calls has just put there and given back."""
    calls = [record for record in use.context.body.calls if record[CALL_LINE] == use.line]
    calls = [record for record in calls if not _is_handed(heap, use.context, record, cell)]
    return _is_replaced_by(heap, fresh, use, calls)


def _is_handed(heap: Heap, context: Context, record: CallColumns, cell: SlotKey) -> bool:
    """Whether what is in the cell before a call is an argument of it: `self.start(self.wanted)`."""
    given = [*record[CALL_ARGUMENTS], *(place for _, place in record[CALL_KEYWORDS])]
    return any(cell in cells_at(heap, context, place) for place in given)


def _is_replaced_by(heap: Heap, fresh: _Fresh, use: Use, calls: Sequence[CallColumns]) -> bool:
    """Whether one of some calls replaces the cell, under no test but those under which the use stands, too.

    Nothing else may be meant by the call.
    """
    targets = {
        one.uid
        for one, written in fresh.items()
        if use.context in one.callers and any(not guard for _, guard in written)
    }
    for record in calls if targets else ():
        guard = _innermost(use.context, record[CALL_GUARD])
        if not guard or guard in use.under:
            callees = evaluate(heap, use.context, record[CALL_CALLEE]).values
            units = {handover.unit_of(heap, value) for value in callees}
            if len(units) == 1 and units <= targets:
                return True
    return False


def _preceded(heap: Heap, fresh: _Fresh, use: Use, calls: int = MOST_CALLS) -> bool:
    """Whether the cell was replaced before it is used, in the same function or before each call of it."""
    context = use.context
    for written, guard in fresh.get(context, ()):
        if written < use.line and (not guard or guard in use.under):
            return True
    before = [record for record in context.body.calls if record[CALL_LINE] < use.line]
    if _is_replaced_by(heap, fresh, use, before):
        return True
    if not calls or context.key in heap.entries:
        return False
    callers = [one for one in calls_for(heap, use) if one.context.era in SERVING]
    return bool(callers) and all(_preceded(heap, fresh, one, calls - 1) for one in callers)
