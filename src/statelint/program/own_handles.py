"""Handles that the project itself writes: classes that derive from one of a library, or that only wrap some.

class Camera(IOStream):                         class WorkerPool:
    def frame(self):                                def __init__(self):
        self._asked = time.time()                       self._workers = [Worker() for _ in range(4)]

                                                    def close(self):
                                                        ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import How
from statelint.program import key_sources, names
from statelint.program.accesses import is_plain_read
from statelint.program.values import SENT, Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_SENT = SENT | Bit.TASK


def is_inside_handle(held: Holder) -> bool:
    """Whether methods of a handle alone keep something there and ask for it, nothing of a client, no count.

    Which file descriptors an event loop waits for, when a stream was last used: of this very handle.
    """
    heap, known = held.heap, dict[int, bool]()

    def is_inside(context: Context) -> bool:
        around = heap.modules.class_around(context.uid)
        if around not in known:
            known[around] = around >= 0 and _derives_from_handle(heap, around)
        return known[around]

    if not all(write.cell[0] in ("F", "E") and is_inside(write.context) for write in held.writes):
        return False
    if any(write.augmented or _is_sent(write) for write in held.writes):
        return False
    written = {write.cell for write in held.writes}
    tables = {cell[1] for cell in written if cell[0] == "E"}
    return all(
        is_inside(read.context)
        for read in held.reads
        if is_plain_read(read) and (read.cell in written or _holds(heap, read, tables))
    )


def _holds(heap: Heap, read: Read, tables: Collection[int]) -> bool:
    """Whether what is read may be one of some containers."""
    slot = heap.slots.get(read.cell)
    return slot is not None and not slot.values.isdisjoint(tables)


def is_made_again(held: Holder, write: Write) -> bool:
    """Whether a handle that was looked up first takes the place of one that leads to the same, by its key.

    connection = OPEN.get(host)
    if connection is not None and connection.works():
        return connection
    OPEN[host] = connect(host)
    """
    if write.key is None or write.method or write.value is None or _holds_lock(held.heap, write.value.values):
        return False  # a lock that is replaced keeps nobody out
    if not key_sources.is_of_its_key(held.heap, write):
        return False
    return any(
        read.context is write.context
        and read.cell[1:2] == write.cell[1:2]
        and read.how & (How.GET | How.TEST)
        and read.line < write.span[0]
        for read in held.reads
    )


def _holds_lock(heap: Heap, values: Collection[int]) -> bool:
    """Whether one of some values is a lock, or a container with one."""
    slots = [heap.slots.get(("E", value)) for value in values if heap.values.kinds[value] == Kind.CONTAINER]
    inner = {one for slot in slots if slot is not None for one in slot.values}
    types = [
        heap.values.parts[one][0]
        for one in {*values, *inner}
        if heap.values.kinds[one] == Kind.EXTERNAL_OBJECT
    ]
    return any(entry.kind == "lock" for dotted in types for entry in heap.knowledge.mro(dotted))


def _is_sent(write: Write) -> bool:
    told = [part for part in (write.key, write.value) if part is not None]
    return any(part.bits & _SENT for part in told)


def _derives_from_handle(heap: Heap, uid: int) -> bool:
    """Whether a class is a handle by itself, or by what it derives from, in the project or in a library."""
    order = names.ancestors(heap, uid)
    dotted = [heap.modules.qualified(one) if isinstance(one, int) else one for one in order]
    return any(entry.kind == "handle" for one in dotted for entry in heap.knowledge.mro(one))
