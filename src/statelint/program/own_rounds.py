"""Open connections that only a timer or a thread of this process goes through, of its own accord (row D2).

def connect(self, socket):              def keep_alive(self):               # each minute
    self.clients.add(socket)                for client in list(self.clients):
                                                client.ping()

Each process has a timer of its own, which reaches its own connections. What one client sends to others goes
another way: then the connections of other processes are missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_KEYWORDS, How, Op
from statelint.program import names
from statelint.program.accesses import is_plain_read
from statelint.program.decisions import Decision, puts
from statelint.program.evaluate import evaluate
from statelint.program.registry_rows import is_connection
from statelint.program.values import SENT, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_COUNTED = int(How.TEST | How.LENGTH | How.RECEIVER | How.NAMED)


def kept_for_rounds(held: Holder) -> Decision | None:
    """D2: connections come and go, and code that no client sets off is all that asks for them."""
    heap, adds = held.heap, puts(held.direct)
    values = {value for write in adds if write.value is not None for value in write.value.values}
    if not adds or not values or not all(_is_connected(heap, value) for value in values):
        return None
    if any(write.cell[0] == "F" and write.cell[1] in values for write in held.writes):
        return None  # one that notes something says more than that it is open: when its work ended
    cells = held.cells | {write.cell for write in held.direct}
    asked = [read for read in held.reads if read.cell in cells and is_plain_read(read)]
    walkers = {read.context for read in asked if read.how & ~_COUNTED}
    if not walkers or any(one in held.asked or one not in held.timed for one in walkers):
        return None
    if any(_tells(heap, one, values) for one in walkers):
        return None
    reason = "open connections that only a timer or thread of this process goes through"
    return Decision(row="D2", ephemeral=True, reason=reason)


def _is_connected(heap: Heap, value: int) -> bool:
    """Whether a value is a client's connection, or an object with one in a field."""
    if is_connection(heap, value) or _is_of_library(heap, value):
        return True
    if heap.values.kinds[value] != Kind.OBJECT:
        return False
    return any(is_connection(heap, one) or _is_of_library(heap, one) for one in _held(heap, value))


def _is_of_library(heap: Heap, value: int) -> bool:
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return False
    return any(entry.kind == "connection" for entry in heap.knowledge.mro(heap.values.parts[value][0]))


def _held(heap: Heap, value: int) -> Iterator[int]:
    """Yield what the fields of an object hold."""
    for item in names.ancestors(heap, heap.values.parts[value][0]):
        for name in sorted(heap.modules.assigned(item)) if isinstance(item, int) else ():
            slot = heap.slots.get(("F", value, name))
            yield from slot.values if slot is not None else ()


def _tells(heap: Heap, context: Context, values: Collection[int]) -> bool:
    """Whether a function hands to one of the connections what some client sent."""
    body = context.body
    for record in body.calls:
        callee = record[CALL_CALLEE]
        base = body.a[callee] if body.ops[callee] == Op.ATTR else 0
        given = [*record[CALL_ARGUMENTS], *(place for _, place in record[CALL_KEYWORDS])]
        is_of_one = base and not evaluate(heap, context, base).values.isdisjoint(values)
        if is_of_one or any(not evaluate(heap, context, one).values.isdisjoint(values) for one in given):
            told = (evaluate(heap, context, one) for one in given)
            if any(found.bits & SENT and found.values.isdisjoint(values) for found in told):
                return True
    return False
