"""Whether what only a user of the project would call has the shape of a store.

What came in by a parameter of one exported method leaves by another one: `save(task)` and `get(task_id)`.
The parameters of exported methods carry marks that tell where they came in (`openworld`), so it is enough to
find a mark both in the cell and in what another method gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import openworld
from statelint.program.contexts import decorated_by
from statelint.program.values import Era, Kind, came_in_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from statelint.program.accesses import Write
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

_DEEPEST = 4
"""Containers in containers, and fields of what they hold, that are looked into."""


_SETS_UP = ("use", "register", "connect", "bind", "mount", "include", "install", "configure", "setup", "init")
"""First words of methods that put a service together: what they note are its parts."""


class StoreShapes:
    """Answers whether a cell takes in what another exported method gives out."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self._inside = _cells_by_owner(heap)
        self._elements = _elements(heap)
        self._given = self._marks_given()

    def is_offered(self, cell: SlotKey) -> bool:
        """Whether a cell is an attribute of what only users of the project make, or of a class."""
        if cell[0] != "F":
            return False
        heap, owner = self._heap, cell[1]
        if heap.closed_values <= owner < heap.opened_values or heap.values.kinds[owner] == Kind.CLASS:
            return True
        is_own = heap.values.kinds[owner] == Kind.OBJECT
        return is_own and heap.values.parts[owner][0] in heap.in_memory | heap.only_made

    def is_store(self, cells: Collection[SlotKey], writes: Sequence[Write]) -> bool:
        """Whether a mark that is put into a container leaves by another method than the one it came in by.

        A field that is only set anew is no store: objects that describe something have many of them. One of
        an object that lies in a container is: `self.records[key].data = data`.
        """
        entered = [write for write in writes if self._is_put(write, cells) and not self._sets_up(write)]
        put = [found for write in entered for found in (write.key, write.value)]
        kept = self._marks({value for found in put if found is not None for value in found.values})
        return any(uid != came_in for mark, came_in in kept.items() for uid in self._given.get(mark, ()))

    def _is_put(self, write: Write, cells: Collection[SlotKey]) -> bool:
        """Whether a write puts something into a container, or into what lies in one that the cells hold."""
        kind, owner = write.cell[0], write.cell[1]
        if kind != "F":
            return bool(kind == "E")
        return owner in self._elements and any(owner in self._contents(cell) for cell in cells)

    def _contents(self, cell: SlotKey) -> set[int]:
        """Find what lies in the containers that a cell holds."""
        slot = self._heap.slots.get(cell) if self._heap.values.kinds[cell[1]] == Kind.OBJECT else None
        held = set(slot.values) if slot is not None else set()
        containers = [value for value in held if self._heap.values.kinds[value] == Kind.CONTAINER]
        return {inner for value in containers for inner in self._inside.get(value, ())}

    def _sets_up(self, write: Write) -> bool:
        """Whether the name of a method says that it is called while a service is put together."""
        name = self._heap.modules.units[write.context.uid].name
        return name.partition("_")[0] in _SETS_UP

    def _marks_given(self) -> dict[int, set[int]]:
        """For each mark the exported methods that give it, or something that holds it."""
        given: dict[int, set[int]] = {}
        for (uid, run), entry in self._heap.entries.items():
            context = self._heap.contexts.get((uid, run))
            if entry.kind != openworld.KIND or context is None:
                continue
            method = decorated_by(run) if decorated_by(run) >= 0 else uid  # what stands behind a wrapper
            for mark in self._marks(context.returns.values | context.yields.values):
                given.setdefault(mark, set()).add(method)
        return given

    def _marks(self, values: Iterable[int]) -> dict[int, int]:
        """Find the marks among values and in what these hold, with the method by which each came in."""
        found: dict[int, int] = {}
        seen = set(values)
        layer = seen
        for _ in range(_DEEPEST):
            inner: set[int] = set()
            for value in layer:
                kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
                mark = self._heap.values.mark_behind(value)
                if mark >= 0:
                    found[mark] = came_in_by(self._heap.values.parts[mark][0])
                elif kind in (Kind.VIEW, Kind.PAIR):
                    inner.add(parts[0])
                inner |= self._inside.get(value, set())
            layer = inner - seen
            seen |= layer
        return found


def _elements(heap: Heap) -> frozenset[int]:
    """List the objects that lie in containers."""
    slots = (slot for key, slot in heap.slots.items() if key[0] == "E")
    values = {value for slot in slots for value in slot.values}
    return frozenset(value for value in values if heap.values.kinds[value] == Kind.OBJECT)


def _cells_by_owner(heap: Heap) -> dict[int, set[int]]:
    """For each container or object what it holds: elements, keys, fields."""
    found: dict[int, set[int]] = {}
    for key, slot in heap.slots.items():
        if key[0] in ("E", "K", "I", "F") and slot.values:
            found.setdefault(key[1], set()).update(slot.values)
    for (uid, run), context in heap.contexts.items():
        if context.yields.values and run & 3 == Era.OPEN:
            generator = heap.values.make(Kind.GENERATOR, uid, run)
            found.setdefault(generator, set()).update(context.yields.values)
    return found
