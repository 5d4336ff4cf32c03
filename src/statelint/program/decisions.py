"""What is decided about a holder, and what the rows of the list ask of its writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.accesses import Read, Write
    from statelint.program.asking import Asking
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey


class Holder(NamedTuple):
    """What is asked about: a holder's own name and cells, and what serving code does to it.

    `direct` are the writes to the cell itself, or to the container that it holds; the others change what lies
    in there. `own_reads` are those of the cell itself. `by_itself` are the contexts that run in threads and
    timers of the program alone, `timed` all that those reach, `asked` those that clients reach.
    """

    heap: Heap
    name: str
    cells: frozenset[SlotKey]
    writes: Sequence[Write]
    reads: Sequence[Read]
    direct: Sequence[Write]
    own_reads: Sequence[Read]
    asking: Asking
    by_itself: frozenset[Context]
    timed: frozenset[Context]
    asked: frozenset[Context]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the writes and reads of one holder mean; `row` is the row of the list that decided.

    `remembers_io`: it is a copy of what a database or another service said. `is_scratch`: each
    request binds it anew, and finds nothing there of what an earlier one has put there.
    """

    row: str
    ephemeral: bool
    reason: str
    remembers_io: bool = False
    is_scratch: bool = False


_REORDERS = frozenset({"move_to_end", "sort"})
"""Methods that only bring what is there into the order that it has everywhere, or of its last use."""


def puts(writes: Sequence[Write]) -> list[Write]:
    """List the writes that put something there."""
    return [w for w in writes if not (w.removes or w.empties or sets_nothing(w) or only_orders(w))]


def only_orders(write: Write) -> bool:
    """Tell a write that leaves there what is there: `rows.sort()`."""
    return write.value is None and write.method in _REORDERS


def sets_nothing(write: Write) -> bool:
    """Tell a write that takes something away: `x = None`, `x = {}`."""
    return write.key is None and (write.puts_none or empties_all(write))


def empties_all(write: Write) -> bool:
    """Tell a write that leaves nothing behind: `x.clear()`, `x = {}`."""
    return write.empties or write.puts_empty


def is_set_back(writes: Sequence[Write]) -> bool:
    """Whether something takes away what was set: the next request then sets it anew, in this process."""
    return any(w.removes or w.empties or sets_nothing(w) for w in writes)
