"""Functions that are only called where what they set is missing: late start-up with its guard in the caller.

@property
def key(self):
    if self._key is None:
        self._load()    # sets `self._key`
    return self._key
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Test
from statelint.program import guards
from statelint.program.callsites import call_sites
from statelint.program.reads import cells_at

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

_ASKS_WHETHER_MISSING = (Test.IS_NONE, Test.FALSY)
_WHOLE = ("G", "F", "L")
"""Names and fields: an entry of a table says nothing of the others."""


def is_asked_by_callers(heap: Heap, context: Context, cell: SlotKey) -> bool:
    """Whether each call that leads to a serving context stands under a test that a cell has nothing yet."""
    if cell[0] not in _WHOLE:
        return False
    known = heap.answers.missing_before
    if context not in known:
        known[context] = _missing_before(heap, context)
    return cell in known[context]


def _missing_before(heap: Heap, context: Context) -> frozenset[SlotKey]:
    """List the cells of which all callers of a context ask first whether they have something."""
    callers = {caller for caller in context.callers if caller.era == context.era}
    if not callers or context.key in heap.entries:
        return frozenset()
    sites = [site for site in call_sites(heap).of_unit.get(context.uid, ()) if site.context in callers]
    if {site.context for site in sites} != callers:
        return frozenset()  # something else calls it, too
    return frozenset.intersection(*(_asked_under(heap, site.context, site.record.guard) for site in sites))


def _asked_under(heap: Heap, context: Context, guard: int) -> frozenset[SlotKey]:
    """List the cells that have nothing where code under a guard runs."""
    body = context.body
    return frozenset(
        cell
        for one in guards.chain(body, guard)
        if body.guards[one][1] in _ASKS_WHETHER_MISSING and body.guards[one][2]
        for cell in cells_at(heap, context, body.guards[one][2])
        if cell[0] in _WHOLE
    )
