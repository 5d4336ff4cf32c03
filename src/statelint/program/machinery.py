"""Tasks, threads, timers, processes and clients that this process runs: each process runs its own (row D3).

self._loop_task = asyncio.create_task(self._run())      self._workers.append(Worker())      # a Process
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import key_sources, names
from statelint.program.accesses import values_of
from statelint.program.calling import call_record
from statelint.program.decisions import puts
from statelint.program.handles import is_handle_value
from statelint.program.values import SENT, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.accesses import Write
    from statelint.program.heap import Heap

_DEEPEST = 3
"""Containers inside each other that are looked into: a pool for each address is two."""


def is_machinery(heap: Heap, direct: Sequence[Write]) -> bool:
    """Whether all that is kept runs or leads elsewhere, and nothing of a client chose it or is kept with it.

    Tasks that are kept under a key are looked up by it: accepted work, not machinery.
    """
    adds = puts(direct)
    if any(_is_sent(write) or _is_chosen(heap, write) for write in adds):
        return False
    found = {value for write in adds if write.value is not None for value in write.value.values}
    if any(write.value is None or not write.value.values for write in adds):
        return False
    if not adds:  # only taken out while serving: what was put there at start-up says what it is
        tables = {write.cell for write in direct if write.cell[0] == "E"}
        slots = [heap.slots[cell] for cell in tables if cell in heap.slots]
        found = {value for slot in slots for value in slot.values}
    is_keyed = any(write.key is not None and not _is_member(write) for write in adds)
    leaves = list(_leaves(heap, found, _DEEPEST, runs=not is_keyed))
    return bool(leaves) and all(leaves)


def _is_sent(write: Write) -> bool:
    """Whether a client sent what is put there, or the key under which it is put."""
    told = [part for part in (write.value, None if _is_member(write) else write.key) if part is not None]
    return any(part.bits & SENT for part in told)


def _is_chosen(heap: Heap, write: Write) -> bool:
    """Whether a client says where something leads: `CACHE = Redis.from_url(request.form["url"])`."""
    body = write.context.body
    made = [call_record(body, body.a[place]) for place in values_of(write) if body.ops[place] == Op.CALL]
    given = [part for one in made for part in (*one.arguments, *(place for _, place in one.keywords))]
    if not any(key_sources.is_sent_now(heap, write.context, place) for place in given):
        return False
    return write.value is not None and not all(is_run(heap, value) for value in write.value.values)


def _is_member(write: Write) -> bool:
    """Whether what is put there is its own key: an element of a set."""
    return write.key is not None and write.value is not None and write.key.values == write.value.values


def _leaves(heap: Heap, values: set[int], room: int, *, runs: bool) -> Iterator[bool]:
    """Tell of each value, those in containers too, whether it leads elsewhere or, where asked for, `runs`.

    A container with entries by name is a record: that is no machinery, whatever else it holds.
    """
    for value in sorted(values):
        if heap.values.kinds[value] != Kind.CONTAINER:
            yield (runs and is_run(heap, value)) or _leads_elsewhere(heap, value)
            continue
        slot = heap.slots.get(("E", value))
        if slot is None or not slot.values or not room or slot.bits & SENT:
            yield False
        else:
            yield from _leaves(heap, set(slot.values), room - 1, runs=runs)


def _leads_elsewhere(heap: Heap, value: int) -> bool:
    """Whether a value is an object that is a handle: a function is a part of the program."""
    return heap.values.kinds[value] in (Kind.OBJECT, Kind.EXTERNAL_OBJECT) and is_handle_value(heap, value)


def is_run(heap: Heap, value: int) -> bool:
    """Whether a value is a task, thread, process or timer, of a library or of a class of the project."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    types: Sequence[str] = ()
    if kind == Kind.EXTERNAL_OBJECT:
        types = (parts[0],)
    elif kind == Kind.OBJECT:
        types = names.external_bases(heap, parts[0])
    return any(entry.kind == "task" for one in types for entry in heap.knowledge.mro(one))
