"""What threads and timers of each process find out again and again: each copy has it by itself (row D5c).

while True:
    RATES = requests.get(url).json()            # replaced whole
    STATE["rates"] = requests.get(url).json()   # or filed under what the other side or the code names
    time.sleep(60)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, How, Op
from statelint.program import guards, key_sources, library
from statelint.program.accesses import given_by, is_plain_read
from statelint.program.decisions import Decision, empties_all, puts
from statelint.program.evaluate import evaluate
from statelint.program.scratch import is_scratch
from statelint.program.values import SENT, Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.found import Found
    from statelint.program.heap import Heap

_KEPT_ON = How.WHOLE | How.GET | How.ITERATE
_ASKED = Bit.IO_DB | Bit.IO_HTTP
_OF_MACHINE = Bit.IO_FILE | Bit.IO_PROCESS
_SENT = SENT | Bit.TASK
_FILES = frozenset({"", "update", "setdefault", "__setitem__"})
"""How something is put under a name, where it takes the place of what the last round put there."""


def polled(held: Holder) -> Decision | None:
    """D5c: a thread of this process finds all of it out again and again; each process has such a thread.

    A request that does the same does not have to wait for the thread.
    """
    if any(write.context not in held.timed or _is_sent(held, write) for write in held.writes):
        return None
    if all(write.constant_value for write in held.direct):
        return None
    if not all(_is_of_thread(held, write) for write in held.writes):
        return None
    own = _own_reads(held)
    is_whole = not any(_is_part(held, write) or write.augmented for write in held.direct)
    if is_whole and any(read.how & _KEPT_ON for read in own) and not _is_anew(held, own):
        return None
    if not is_whole and not _is_filed_anew(held, own):
        return None
    return Decision(row="D5c", ephemeral=True, reason="found out anew by a thread of each process")


def said_of_itself(held: Holder) -> Decision | None:
    """D7: yes or no, which only threads and timers of this process say."""
    if not all(isinstance(w.constant, bool) and w.context in held.by_itself for w in held.writes):
        return None
    return Decision(row="D7", ephemeral=True, reason="what a thread of this process says of itself")


def _is_sent(held: Holder, write: Write) -> bool:
    """Whether a client sent what is put there, or an unknown one put it into a queue.

    A function that requests call, too, and give nothing, has what came with others from what it asks.
    """
    if write.value is None or not write.value.bits & _SENT:
        return False
    if write.context in held.by_itself or write.value.bits & _SENT & ~Bit.REQUEST:
        return True
    if not held.asking.bits([write.context]) & _ASKED:
        return True
    modules, body = held.heap.modules, write.context.body
    params = {param.name for param in modules.units[write.context.uid].params}
    is_given = any(
        body.ops[place] == Op.NAME
        and modules.string(write.context.module, body.a[place]) in params
        and evaluate(held.heap, write.context, place).bits & _SENT
        for place in range(1, len(body.ops))
    )
    places = given_by(write)
    return is_given or any(key_sources.is_sent_now(held.heap, write.context, place) for place in places)


def _is_of_thread(held: Holder, write: Write) -> bool:
    """Whether only the thread writes, or what a request puts there is what another service says as well."""
    if write.context in held.by_itself or write.empties:
        return True
    if write.value is None or not _bits(held.heap, write.value) & _ASKED:
        return False
    return not any(key_sources.is_sent_now(held.heap, write.context, place) for place in given_by(write))


def _is_part(held: Holder, write: Write) -> bool:
    """Whether a write leaves there what else is there."""
    if write.key is not None:
        return True
    return write.cell[0] not in ("G", "F", "L") and write.cell not in held.cells


def _own_reads(held: Holder) -> list[Read]:
    """List what threads read of what is kept. What lies in objects is first asked for by the cell itself."""
    is_shared = any(write.context not in held.by_itself for write in held.writes)
    threads = held.timed if is_shared else held.by_itself
    is_new = all(
        _replaces(held, write) or (write.value is not None and _are_objects(held.heap, write.value))
        for write in held.writes
    )
    if is_new and not any(read.context in held.timed for read in held.own_reads):
        return []  # the rest is of the new ones that they make
    return [read for read in held.reads if read.context in threads and not _is_making(held, read)]


def _replaces(held: Holder, write: Write) -> bool:
    """Whether a write leaves nothing there of what was kept."""
    return not (_is_part(held, write) or write.augmented or write.method or write.removes)


def _are_objects(heap: Heap, found: Found) -> bool:
    return bool(found.values) and all(heap.values.kinds[value] == Kind.OBJECT for value in found.values)


def _is_making(held: Holder, read: Read) -> bool:
    """Whether a function asks what it is just filling, and never sees what was kept before."""
    values = held.heap.values
    if read.cell[0] not in ("E", "I", "K") or values.kinds[read.cell[1]] != Kind.CONTAINER:
        return False
    is_own = values.parts[read.cell[1]][0] == read.context.uid
    return is_own and not any(one.context is read.context and one.cell in held.cells for one in held.reads)


def _is_anew(held: Holder, own: Iterable[Read]) -> bool:
    """Whether the thread itself finds nothing there of its last round: it replaces all before it asks."""
    return is_scratch(held.heap, held.direct, [read for read in own if is_plain_read(read)])


def _is_filed_anew(held: Holder, own: list[Read]) -> bool:
    """Whether a round puts what another service says in the place of what the last one has put there."""
    heap, adds = held.heap, puts(held.direct)
    if any(is_plain_read(read) for read in own) and not _is_anew(held, own):
        return False
    if not all(write.method in _FILES or _is_emptied_first(held, write) for write in adds):
        return False
    if any(write.augmented or write.absent or (write.removes and not write.empties) for write in held.direct):
        return False
    if not adds or any(_takes_work(held, write.context) for write in adds):
        return False
    asked = [write for write in adds if not (write.constant_value or _is_time_of_round(write))]
    return bool(asked) and all(_is_asked(heap, write) for write in asked)


def _is_emptied_first(held: Holder, write: Write) -> bool:
    """Whether everything was taken out, for sure, before something is put in: `rows.clear()`."""
    body = write.context.body
    around = set(guards.chain(body, write.guard))
    before = [one for one in held.direct if one.context is write.context and one.span < write.span]
    return any(empties_all(one) and around.issuperset(guards.chain(body, one.guard)) for one in before)


def _is_asked(heap: Heap, write: Write) -> bool:
    """Whether a service or the machine was asked for what is put there, and no time tells rounds apart."""
    if write.key is not None and write.key.bits & (Bit.CLOCK | Bit.RANDOM | _SENT):
        return False
    return write.value is not None and bool(_bits(heap, write.value) & (_ASKED | _OF_MACHINE))


def _is_time_of_round(write: Write) -> bool:
    """Whether only the time is noted, under a name of the code's own: `STATE["updated"] = time.time()`."""
    is_named = write.key is None or write.key.bits == Bit.CONST
    return is_named and not write.method and write.value is not None and write.value.bits == Bit.CLOCK


def _bits(heap: Heap, found: Found) -> int:
    """Give where a value comes from, or what lies in it."""
    bits = found.bits
    for value in found.values:
        slot = heap.slots.get(("E", value)) if heap.values.kinds[value] == Kind.CONTAINER else None
        bits |= slot.bits if slot is not None else 0
    return bits


def _takes_work(held: Holder, context: Context) -> bool:
    """Whether a function, or one that calls it, takes messages: what one has taken, no other process gets."""
    waiting = [context]
    for one in waiting:  # grows while it is read
        if _takes(held.heap, one):
            return True
        waiting += [caller for caller in one.callers if caller in held.by_itself and caller not in waiting]
    return False


def _takes(heap: Heap, context: Context) -> bool:
    body = context.body
    for record in body.calls:
        callee = record[CALL_CALLEE]
        if body.ops[callee] != Op.ATTR:
            continue
        word = heap.modules.string(context.module, body.b[callee])
        if word in heap.knowledge.take_words:
            return True
        for value in evaluate(heap, context, body.a[callee]).values:
            does = heap.knowledge.method(library.container_type(heap, value), word)
            if does.changes and does.gives:
                return True
    return False
