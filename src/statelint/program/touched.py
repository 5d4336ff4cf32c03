"""What serving code writes and reads, and which cells it fills: others hold nothing that a request makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import WriteHow
from statelint.program.evaluate import evaluate
from statelint.program.left_out import left_out
from statelint.program.reach import only_for_metrics
from statelint.program.reads import reads_of
from statelint.program.values import SERVING, Era
from statelint.program.writes import writes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey


class Touched(NamedTuple):
    """What serving code does to cells, whether they outlive the request or not.

    `filled`: the cells that it writes, metrics included; for all elements of a container `("E", container)`.
    """

    writes: list[Write]
    reads: list[Read]
    filled: frozenset[SlotKey]


def touched_while_serving(heap: Heap) -> Touched:
    """Collect the writes and reads while serving, but for those of exporters of metrics.

    What stands under a test that no call of the service passes is left out.
    """
    for_metrics, calls = only_for_metrics(heap), left_out(heap)
    writes: list[Write] = []
    reads: list[Read] = []
    filled: set[SlotKey] = set()
    for context in heap.in_order():
        if context.era not in SERVING or not context.passes:
            continue
        found = [write for write in writes_of(heap, context) if calls.runs(context, write.guard)]
        filled.update(_whole(write.cell) for write in found)
        if context not in for_metrics:
            writes += found
            reads += reads_of(heap, context)
        context.memo = {}  # every place of it was evaluated: together they are too many to keep
    for context in _late_start(heap):
        filled.update(_whole(write.cell) for write in writes_of(heap, context))
        filled.update(_fields_set(heap, context))
        context.memo = {}
    return Touched(writes, reads, frozenset(filled))


def _late_start(heap: Heap) -> list[Context]:
    """List what start-up runs and a request may set off: what makes something where it is missing."""
    waiting = [one for one in heap.in_order() if one.era == Era.BOOT]
    found: list[Context] = []
    late: set[Context] = set()
    while True:
        new = [
            one for one in waiting if any(caller.era in SERVING or caller in late for caller in one.callers)
        ]
        if not new:
            return found
        found += new
        late.update(new)
        waiting = [one for one in waiting if one not in late]


def _fields_set(heap: Heap, context: Context) -> Iterator[SlotKey]:
    """Yield the fields that a function sets, those of what it makes included."""
    for target, how, text, *_ in context.body.writes:
        if how == WriteHow.ATTR:
            name = heap.modules.string(context.module, text)
            for value in sorted(evaluate(heap, context, target).values):
                yield ("F", value, name)


def _whole(cell: SlotKey) -> SlotKey:
    """Give the cell that stands for all elements of the container of one."""
    return ("E", cell[1]) if cell[0] in ("E", "I", "K", "U") else cell
