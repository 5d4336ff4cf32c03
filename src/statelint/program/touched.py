"""What serving code writes and reads, and which cells it fills: others hold nothing that a request makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.left_out import left_out
from statelint.program.reach import only_for_metrics
from statelint.program.reads import reads_of
from statelint.program.values import SERVING
from statelint.program.writes import writes_of

if TYPE_CHECKING:
    from statelint.program.accesses import Read, Write
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
    return Touched(writes, reads, frozenset(filled))


def _whole(cell: SlotKey) -> SlotKey:
    """Give the cell that stands for all elements of the container of one."""
    return ("E", cell[1]) if cell[0] in ("E", "I", "K", "U") else cell
