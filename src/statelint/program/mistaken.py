"""Cells that seem to hold what was never put there: another value is what changes (row D1 of the list).

client = Client(camera["host"], camera["port"])     # a dict that has lists, too: the port may be one
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op
from statelint.program import library
from statelint.program.accesses import CALL_SPAN
from statelint.program.reads import cells_at
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.accesses import Write
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_MOST_KINDS = 2
"""Natures of values that one name has by design: a list or a dict, a text or an object."""
_MOST_CONTAINERS = 1


def is_mistaken(held: Holder) -> bool:
    """Whether a cell may hold values of many natures, and no code that changes one gets it by the cell.

    It is bound at start-up, and read: where nothing tells one entry of a table from another, it seems to hold
    whatever lies there.
    """
    if any(write.cell in held.cells for write in held.writes):
        return False
    heap = held.heap
    slots = (heap.slots[cell] for cell in held.cells if cell in heap.slots)
    natures = {_nature(heap, value) for slot in slots for value in slot.values}
    containers = {nature for nature in natures if isinstance(nature, frozenset)}
    if len(natures) <= _MOST_KINDS or len(containers) <= _MOST_CONTAINERS:
        return False
    return not any(_is_reached_by(held, write) for write in held.writes)


def _nature(heap: Heap, value: int) -> frozenset[str] | int:
    """Say what a value is: the types of a container, nearest bases included, or else its kind."""
    if heap.values.kinds[value] != Kind.CONTAINER:
        return heap.values.kinds[value]
    name = library.container_type(heap, value)
    entries = heap.knowledge.mro(name)
    return frozenset({entries[-1].names[0] if entries else name})


def _is_reached_by(held: Holder, write: Write) -> bool:
    """Whether a statement changes what it reads of the cell: `self.items.append(item)`."""
    context = write.context
    return any(
        not held.cells.isdisjoint(cells_at(held.heap, context, place)) for place in _places_changed(write)
    )


def _places_changed(write: Write) -> Iterator[int]:
    """List the places that a statement or call changes, and those that they are parts of."""
    body = write.context.body
    targets = [target for target, _, _, _, _, _, *span in body.writes if tuple(span) == write.span]
    targets += [record[CALL_CALLEE] for record in body.calls if record[CALL_SPAN] == write.span]
    for place in targets:  # grows while it is read
        yield place
        if body.ops[place] in (Op.ATTR, Op.ITEM, Op.ELEMENT):
            targets.append(body.a[place])
        elif body.ops[place] == Op.NAME:
            targets += [
                value
                for name, value, *_ in body.binds
                if name == body.a[place] and value and value not in targets
            ]
