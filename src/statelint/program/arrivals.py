"""Whether an object that outlives the request really gets to where something is written.

draft = checked(Catalog(names))     # elsewhere `checked` is given the catalog of the application, too
draft.add(name)

The solver unites what all callers give a function, and what it gives them all. Before a finding is told, its
writes are looked at once more, one way back at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS
from statelint.program.accesses import CALL_SPAN, changed_by
from statelint.program.evaluate import evaluate
from statelint.program.way_back import WayBack
from statelint.program.ways import FOLLOWED, LASTS, Stand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap


class Arrivals:
    """Answers whether writes change what was there before the request; `writes` are all while serving."""

    def __init__(self, heap: Heap, writes: Sequence[Write]) -> None:
        self._heap = heap
        self._writes = writes
        self._stored: dict[int, list[Write]] | None = None
        self._known: dict[tuple[int, Context, int], bool] = {}

    def arrives(self, write: Write) -> bool:
        """Whether what a write changes may be something that was there before the request."""
        heap, context, owner = self._heap, write.context, write.cell[1]
        if write.cell[0] not in ("F", "E") or heap.values.kinds[owner] not in FOLLOWED:
            return True
        places = [p for p in _changed(write) if owner in evaluate(heap, context, p).values]
        return not places or any(self._is_lasting(owner, context, place) for place in places)

    def _is_lasting(self, value: int, context: Context, place: int) -> bool:
        key = (value, context, place)
        if key not in self._known:
            way = WayBack(self._heap, self._stored_in)
            self._known[key] = any(origin is LASTS for origin in way.at(value, Stand(context, place, ())))
        return self._known[key]

    def _stored_in(self, owner: int) -> list[Write]:
        """List what is put into the cells of a value while serving."""
        if self._stored is None:
            self._stored = {}
            for write in self._writes:
                if write.cell[0] in ("F", "E", "I") and write.value is not None:
                    self._stored.setdefault(write.cell[1], []).append(write)
        return self._stored.get(owner, [])


def _changed(write: Write) -> Iterator[int]:
    """List the places that a statement or call may change."""
    yield from changed_by(write)
    for record in write.context.body.calls:
        if record[CALL_SPAN] == write.span:
            yield from record[CALL_ARGUMENTS]
