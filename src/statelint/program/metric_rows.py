"""Row D6 of the list: times and counts that only statistics read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.accesses import is_plain_read
from statelint.program.decisions import Decision, is_set_back, puts
from statelint.program.values import Bit, Era

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.found import Found
    from statelint.program.heap import Heap

_METRIC_WORDS = (
    "metric",
    "stats",
    "statistic",
    "usage",
    "timing",
    "telemetry",
    "latency",
    "monitor",
    "sampler",
    "profiler",
)
"""Words for what is only watched."""


def metrics(held: Holder) -> Decision | None:
    """D6: times and counts that only statistics read."""
    heap, name, writes, reads = held.heap, held.name, held.writes, held.reads
    if all(w.context.era == Era.OPEN and _is_about_metrics(heap, w.context, "") for w in writes):
        return Decision(row="D6", ephemeral=True, reason="by its name it keeps statistics")
    if any(w.key is not None and w.key.bits & Bit.REQUEST for w in writes):
        return None
    adds = puts(writes)
    times = [w for w in adds if not w.constant_value]  # `LAST = 0` says that it never happened
    if times and all(_is_time(w) for w in times) and not is_set_back(writes):
        return Decision(row="D6", ephemeral=True, reason="the time at which something happened last")
    counted = all(w.augmented or _is_number(w.value) for w in adds)
    # `ERRORS["all"] += 1` reads the table and the item
    sums = {(w.context, w.span[0]) for w in adds if w.augmented and w.cell[0] == "E"}
    others = [read for read in reads if is_plain_read(read) and (read.context, read.line) not in sums]
    if adds and not others and all(w.augmented and not w.method for w in adds):
        return Decision(row="D2", ephemeral=True, reason="counted, and read by nobody")
    about = [_is_about_metrics(heap, read.context, name) for read in others]
    if adds and (counted or _is_of_counts(held, adds)) and about and all(about):
        return Decision(row="D6", ephemeral=True, reason="counts that only statistics read")
    return None


def _is_of_counts(held: Holder, adds: Sequence[Write]) -> bool:
    """Whether a table that is called statistics has nothing but numbers, under names that code gives."""
    words = held.name.lower().strip("_").split("_")
    named = any(word.startswith(start) for word in words for start in _METRIC_WORDS)
    by_code = all(w.key is None or w.key.bits == Bit.CONST for w in adds)
    return named and by_code and all(w.value is None or not w.value.values for w in adds)


def _is_about_metrics(heap: Heap, context: Context, name: str) -> bool:
    """Whether module, class and function, or the cell, say so: `observability.metrics.exposition`."""
    told = f"{heap.modules.facts[context.module].module}.{heap.modules.qualified(context.uid)}.{name}".lower()
    return any(word in told for word in _METRIC_WORDS)


def _is_time(write: Write) -> bool:
    """Whether what is put there comes from the clock alone."""
    found = write.value
    return found is not None and found.bits & ~Bit.CONST == Bit.CLOCK and not write.augmented


def _is_number(found: Found | None) -> bool:
    """Whether nothing is known that would be an object, and no client sent it."""
    return found is not None and not found.values and not found.bits & Bit.REQUEST
