"""Tell state from its look-alikes: the first row that fits decides.

Rows D1 to D4 stand in full; of D5 to D8 the parts that writes and guards alone can tell. The letters are
those of the decision list in ARCHITECTURE.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.facts import Test
from statelint.program import guards, library, names, own_files
from statelint.program.evaluate import evaluate
from statelint.program.observe import is_plain_read
from statelint.program.scratch import is_scratch
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.heap import Context, Found, Heap
    from statelint.program.observe import Read, Write

_IO = Bit.IO_DB | Bit.IO_HTTP
_NOT_COMPUTED = _IO | Bit.CONNECTION | Bit.TASK | Bit.RANDOM
_CALLABLES = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS, Kind.PARTIAL)
_HANDLE_WORDS = (
    "client",
    "pool",
    "engine",
    "executor",
    "lock",
    "stream",
    "model",
    "session",
    "connection",
    "logger",
    "semaphore",
)
"""How libraries that nobody has described name their handles: the last word of the class."""
_METRIC_WORDS = ("metric", "stats", "statistic", "usage", "timing", "telemetry", "latency", "monitor")
"""Words for what is only watched."""
_REGISTER_WORDS = ("add", "register", "use", "subscribe", "connect", "listen", "on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the writes and reads of one holder mean; `row` is the row of the list that decided.

    `remembers_io`: it is a copy of what a database or another service said.
    """

    row: str
    ephemeral: bool
    reason: str
    remembers_io: bool = False


def decide(
    heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read], *, is_bag: bool
) -> Decision:
    """Decide over all writes and reads of one holder; `is_bag`: a framework reads what is put there."""
    adds = [write for write in writes if not write.removes and not write.empties]
    if not adds and not any(write.removes or write.empties for write in writes):
        return Decision(row="D1", ephemeral=True, reason="nothing is written while serving")
    if not is_bag and not any(is_plain_read(read) for read in reads):
        reason = "no request reads it: write-only, or it keeps tasks alive"
        return Decision(row="D2", ephemeral=True, reason=reason)
    rows = (_handles, _made_late, _own_task, _memo, _metrics, _once_flag, _registry, _scratch)
    for row in rows if not is_bag else (_handles, _made_late):
        decision = row(heap, name, writes, reads)
        if decision is not None:
            return decision
    return Decision(row="D11", ephemeral=False, reason="a request writes what a later request reads")


# -- rows -------------------------------------------------------------------------------------------------


def _adds(writes: Sequence[Write]) -> list[Write]:
    return [w for w in writes if not w.removes and not w.empties and not _sets_nothing(w)]


def _sets_nothing(write: Write) -> bool:
    """`x = None` takes something away, and so does `x = {}`."""
    return write.key is None and (write.puts_none or _empties_all(write))


def _empties_all(write: Write) -> bool:
    """Whether a write leaves nothing behind: `x.clear()`, `x = {}`."""
    return write.empties or write.puts_empty


def _handles(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D3: clients, pools, engines, locks, kept for reuse."""
    del name, reads
    adds = _adds(writes)
    if adds and all(is_handle(heap, w.value) and (w.once or w.absent) for w in adds):
        return Decision(row="D3", ephemeral=True, reason="clients or pools, made when first needed")
    return None


def is_handle(heap: Heap, found: Found | None) -> bool:
    """Whether a value is a client, pool, engine or lock, kept for reuse."""
    if found is None or found.bits & (Bit.TASK | Bit.CONNECTION):
        return False
    if found.bits & Bit.HANDLE and not found.values:
        return True
    return bool(found.values) and all(_value_is_handle(heap, value) for value in found.values)


def _value_is_handle(heap: Heap, value: int) -> bool:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL_OBJECT:
        entries = heap.knowledge.mro(parts[0])
        if entries:
            return any(entry.kind in ("handle", "lock", "logger", "metrics") for entry in entries)
        return _handle_name(parts[0])
    if kind == Kind.CONTAINER:
        return parts[3] == "tuple" and _holds_handles(heap, value)
    if kind == Kind.OBJECT and heap.modules.qualified(parts[0]) in heap.declared.external_stores:
        return True
    if kind == Kind.OBJECT:
        known = (heap.knowledge.mro(base) for base in names.external_bases(heap, parts[0]))
        return any(entry.kind in ("handle", "lock", "logger") for entries in known for entry in entries)
    return kind in (Kind.FUNCTION, Kind.CLASS, Kind.MODULE)


def _holds_handles(heap: Heap, container: int) -> bool:
    """Whether all elements are handles: `return session, client`; a tuple may hold itself, which is none."""
    held = heap.slots.get(("E", container))
    values = held.values if held is not None else frozenset()
    nested = any(heap.values.kinds[value] == Kind.CONTAINER for value in values)
    return bool(values) and not nested and all(_value_is_handle(heap, value) for value in values)


def _handle_name(dotted: str) -> bool:
    last = dotted.rstrip("()").rpartition(".")[2].lower()
    return any(last.endswith(word) for word in _HANDLE_WORDS)


def _made_late(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D4: set once for the process, not from what a client sent."""
    del heap, name, reads
    adds = _adds(writes)
    if not adds or any(write.key is not None for write in adds):
        return None
    # an object counts by its class, not by what it was made of
    sent = any(w.value is not None and w.value.bits & Bit.REQUEST and not w.value.values for w in adds)
    objects = all(w.value is not None and w.value.values for w in adds)
    if not objects and (_is_set_back(writes) or all(w.constant_value for w in adds)):
        return None
    if all(w.once for w in adds) and not sent:
        return Decision(row="D4", ephemeral=True, reason="made once, when it is first needed")
    return None


def _is_set_back(writes: Sequence[Write]) -> bool:
    """Whether something takes away what was set: the next request then sets it anew, in this process."""
    return any(w.removes or w.empties or _sets_nothing(w) for w in writes)


def _own_task(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D2: a home that ends with its task or thread: keyed by it."""
    del heap, name, reads
    by_task = [w.key is not None and w.key.bits & Bit.TASK and not w.key.bits & Bit.REQUEST for w in writes]
    if writes and all(by_task):
        return Decision(row="D2", ephemeral=True, reason="keyed by the current task or thread")
    return None


def _memo(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D5: a key is filled when it is absent or expired, with a value computed from it."""
    del name, reads
    adds = _adds(writes)
    if not adds:
        return None
    expiry = _expiry(heap, writes, adds)
    if expiry:
        return Decision(row="D5c", ephemeral=True, reason=expiry)
    filled = [w for w in adds if not w.puts_none]  # `None` remembers that there is nothing
    fills = all((w.absent or w.once) and not w.constant_value and not _adds_itself(w) for w in filled)
    if not filled or not fills or _changed_later(heap, adds, writes):
        return None
    bits = 0
    for write in adds:
        bits |= write.value.bits if write.value is not None else 0
    taken = [w for w in writes if w.removes or w.empties or _sets_nothing(w)]
    is_pure = not bits & (_NOT_COMPUTED | Bit.IO_FILE | Bit.IO_PROCESS)
    # what is only ever emptied as a whole is computed anew, to the same values
    if any(_for_a_request(w) for w in taken) and not (is_pure and all(_empties_all(w) for w in taken)):
        return forgotten_here(remembers_io=bool(bits & _IO))
    return memo_of(heap, bits, [write.context for write in adds])


def _emptied_by_clock(heap: Heap, writes: Sequence[Write]) -> bool:
    """Whether what is computed is looked up before it is put there, and all of it goes when it is too old."""
    adds = [w for w in _adds(writes) if w.cell[0] in ("E", "I")]
    emptied = [w for w in writes if _empties_all(w)]
    if not adds or not emptied or not all(_guarded_by_age(heap, w) for w in emptied):
        return False
    if any(_for_a_request(w) for w in writes if w.removes and not _empties_all(w)):
        return False
    return all(_is_computed(w) and _looks_up_first(heap, w) for w in adds)


def _is_computed(write: Write) -> bool:
    """Whether a value was found out, not sent by a client, counted, or drawn."""
    if write.value is None or write.augmented or write.constant_value or _adds_itself(write):
        return False
    return not write.value.bits & (_NOT_COMPUTED & ~_IO)


def _looks_up_first(heap: Heap, write: Write) -> bool:
    """Whether the function that puts something there asks whether it is there."""
    body = write.context.body
    for _, test, place, _, _ in body.guards:
        if (
            test in (Test.ABSENT, Test.PRESENT)
            and write.cell[1] in evaluate(heap, write.context, place).values
        ):
            return True
    return write.absent


def _expiry(heap: Heap, writes: Sequence[Write], adds: Sequence[Write]) -> str:
    """Say how what is too old goes; empty where nothing says so."""
    if all(_guarded_by_age(heap, w) for w in adds) and not any(w.augmented for w in adds):
        return "refilled when it is too old"
    if all(_drops_by_itself(heap, w) and _is_computed(w) for w in adds):
        return "its container drops what is too old"
    return "looked up first, and emptied when it is too old" if _emptied_by_clock(heap, writes) else ""


def _drops_by_itself(heap: Heap, write: Write) -> bool:
    """Whether a write goes into a container that expires its elements, where one is missing."""
    if write.cell[0] not in ("E", "I") or not (write.absent or write.once):
        return False
    return heap.knowledge.expires(library.container_type(heap, write.cell[1]))


def forgotten_here(*, remembers_io: bool) -> Decision:
    """Decide on a memo out of which a request drops an entry."""
    reason = "a request drops or replaces an entry, in this process only"
    return Decision(row="D5b", ephemeral=False, reason=reason, remembers_io=remembers_io)


def _adds_itself(write: Write) -> bool:
    """Whether nothing is computed from a key: a member of a set, a parameter, a field from a client."""
    if write.key is None:
        return write.value is not None and bool(write.value.bits & Bit.REQUEST)
    return write.value is write.key or write.handed


def memo_of(heap: Heap, bits: int, fillers: Sequence[Context]) -> Decision | None:
    """Decide on a memo by where what it remembers comes from; `fillers` compute that."""
    if bits & _IO:
        reason = "remembers what a database or another service said, without expiry"
        return Decision(row="D5e", ephemeral=False, reason=reason, remembers_io=True)
    if bits & _NOT_COMPUTED:
        return None
    if bits & Bit.IO_FILE and own_files.reads_what_it_writes(heap, fillers):
        reason = "remembers a file that requests write"
        return Decision(row="D5d", ephemeral=False, reason=reason, remembers_io=True)
    if bits & (Bit.IO_FILE | Bit.IO_PROCESS):
        reason = "remembers a file or command that the service does not change"
        return Decision(row="D5d", ephemeral=True, reason=reason)
    return Decision(row="D5a", ephemeral=True, reason="a memo of a pure function")


def _guarded_by_age(heap: Heap, write: Write) -> bool:
    body = write.context.body
    for one in guards.chain(body, write.guard):
        _, test, place, second, _ = body.guards[one]
        if test == Test.COMPARE:
            bits = evaluate(heap, write.context, place).bits | evaluate(heap, write.context, second).bits
            if bits & Bit.CLOCK:
                return True
    return False


def _changed_later(heap: Heap, adds: Sequence[Write], writes: Sequence[Write]) -> bool:
    """Whether a value that was put there is itself written to while serving."""
    put = {value for write in adds if write.value is not None for value in write.value.values}
    held = {v for v in put if heap.values.kinds[v] in (Kind.CONTAINER, Kind.OBJECT)}
    return any(write.cell[0] in ("E", "F", "I") and write.cell[1] in held for write in writes)


def _for_a_request(write: Write) -> bool:
    """Whether an entry goes because a client asked, not for its size or age."""
    body = write.context.body
    tests = {body.guards[one][1] for one in guards.chain(body, write.guard)}
    if Test.COMPARE in tests or Test.EACH in tests:
        return False
    return write.key is None or bool(write.key.bits & Bit.REQUEST)


def _metrics(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D6: times and counts that only statistics read."""
    if any(w.key is not None and w.key.bits & Bit.REQUEST for w in writes):
        return None
    adds = _adds(writes)
    counted = all(w.augmented or _is_number(w.value) for w in adds)
    places = [_function_name(heap, read.context) for read in reads if is_plain_read(read)]
    about_metrics = [any(word in f"{place}.{name}".lower() for word in _METRIC_WORDS) for place in places]
    if adds and counted and places and all(about_metrics):
        return Decision(row="D6", ephemeral=True, reason="counts that only statistics read")
    return None


def _is_number(found: Found | None) -> bool:
    """Whether nothing is known that would be an object, and no client sent it."""
    return found is not None and not found.values and not found.bits & Bit.REQUEST


def _function_name(heap: Heap, context: Context) -> str:
    """Name module and function: `observability.metrics.exposition` says that it is about metrics."""
    return heap.modules.qualified(context.uid)


def _once_flag(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D7: a flag that is set once and never back."""
    del heap, name, reads
    one_value = len({repr(w.constant) for w in writes}) == 1
    if one_value and all(w.constant_value and w.key is None and w.once and not w.removes for w in writes):
        return Decision(row="D7", ephemeral=True, reason="a flag that is set once")
    return None


def _registry(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D8: callbacks that code registers."""
    del name, reads
    adds = _adds(writes)
    if adds and all(_is_callable(heap, w.value) and _registers(heap, w.context) for w in adds):
        return Decision(row="D8", ephemeral=True, reason="callbacks that code registers")
    return None


def _scratch(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D9: each reader is preceded, for the same request, by a write that replaces everything."""
    del name
    if is_scratch(heap, writes, reads):
        return Decision(row="D9", ephemeral=True, reason="each request overwrites it before it is read")
    return None


def _is_callable(heap: Heap, found: Found | None) -> bool:
    if found is None or not found.values:
        return False
    return all(heap.values.kinds[value] in _CALLABLES for value in found.values)


def _registers(heap: Heap, context: Context) -> bool:
    name = _function_name(heap, context).lower()
    return any(word in name for word in _REGISTER_WORDS)
