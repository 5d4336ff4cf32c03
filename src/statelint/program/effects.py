"""Tell state from its look-alikes: the first row that fits decides.

The letters are those of the decision list in ARCHITECTURE.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import checked, memo_rows, names
from statelint.program.decisions import Decision, puts, sets_nothing
from statelint.program.handles import is_handle
from statelint.program.observe import is_plain_read
from statelint.program.scratch import is_put_back, is_scratch
from statelint.program.values import Bit, Kind
from statelint.program.watched import is_only_watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.heap import Context, Found, Heap
    from statelint.program.observe import Read, Write

_CALLABLES = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS, Kind.PARTIAL)
_METRIC_WORDS = ("metric", "stats", "statistic", "usage", "timing", "telemetry", "latency", "monitor")
"""Words for what is only watched."""
_REGISTER_WORDS = ("add", "register", "use", "subscribe", "connect", "listen", "on")


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
    if not is_bag and all(is_only_watched(heap, read) for read in reads if is_plain_read(read)):
        return Decision(row="D2", ephemeral=True, reason="only logs and metrics read it")
    for row in _ROWS if not is_bag else (_handles, _made_late):
        decision = row(heap, name, writes, reads)
        if decision is not None:
            return decision
    return Decision(row="D11", ephemeral=False, reason="a request writes what a later request reads")


# -- rows -------------------------------------------------------------------------------------------------


def _handles(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D3: clients, pools, engines, locks, kept for reuse."""
    del name, reads
    adds = puts(writes)
    own = {id(write) for write in adds if _is_own(heap, write, adds)}
    kept = [write for write in adds if id(write) not in own]
    if not kept or all(_is_callable(heap, w.value) for w in kept):
        return None
    if all(is_handle(heap, w.value) and (w.once or w.absent) for w in kept):
        return Decision(row="D3", ephemeral=True, reason="clients or pools, made when first needed")
    return None


def _inside_lock(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D3: what a lock of the project's own notes of the threads that hold it or wait for it."""
    del name, reads
    for write in writes:
        found = [part for part in (write.key, write.value) if part is not None]
        if any(part.bits & Bit.REQUEST for part in found) or not _is_in_lock(heap, write.context.uid):
            return None
    return Decision(row="D3", ephemeral=True, reason="the inside of a lock, which keeps threads apart")


def _is_in_lock(heap: Heap, uid: int) -> bool:
    """Whether a function is a method of a class with methods that acquire and release."""
    around = heap.modules.class_around(uid)
    order = names.ancestors(heap, around) if around >= 0 else ()
    bound = {word for item in order if isinstance(item, int) for word in heap.modules.locals[item]}
    return all(any(word.startswith(start) for word in bound) for start in ("acquire", "release"))


def _is_own(heap: Heap, write: Write, adds: Sequence[Write]) -> bool:
    """Whether the class of a handle that is kept there notes something of its own, nothing of a request.

    class Camera(IOStream):
        def frame(self):
            self.asked = time.time()
    """
    found = [part for part in (write.key, write.value) if part is not None]
    if any(part.bits & Bit.REQUEST for part in found):
        return False
    modules = heap.modules
    held = {v for one in adds if one is not write and one.value is not None for v in one.value.values}
    classes = {heap.values.parts[v][0] for v in held if heap.values.kinds[v] == Kind.OBJECT}
    makers = {item for uid in classes for item in names.ancestors(heap, uid)}
    is_inside = write.cell[0] == "E" or write.cell[1] in held
    is_pool = any(write.cell == one.cell for one in adds if one.once or one.absent)
    return is_inside and not is_pool and modules.parent(write.context.uid) in makers


def _made_late(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D4: set once for the process, not from what a client sent."""
    del heap, name, reads
    adds = puts(writes)
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
    return any(w.removes or w.empties or sets_nothing(w) for w in writes)


def _own_task(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D2: a home that ends with its task or thread: keyed by it."""
    del heap, name, reads
    by_task = [w.key is not None and w.key.bits & Bit.TASK and not w.key.bits & Bit.REQUEST for w in writes]
    if writes and all(by_task):
        return Decision(row="D2", ephemeral=True, reason="keyed by the current task or thread")
    return None


def _checked(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D10: compared with what it was made of, each time before it is used; so it cannot be a stale memo."""
    del name, reads
    asked = checked.checked_against(heap, puts(writes))
    if not asked:
        return None
    return Decision(row="D10", ephemeral=True, reason=f"made anew where {asked} has changed")


def _memo(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D5: a key is filled when it is absent or expired, with a value computed from it."""
    del name, reads
    return memo_rows.memo(heap, writes)


def _metrics(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D6: times and counts that only statistics read."""
    if any(w.key is not None and w.key.bits & Bit.REQUEST for w in writes):
        return None
    adds = puts(writes)
    if adds and all(_is_time(w) for w in adds) and not _is_set_back(writes):
        return Decision(row="D6", ephemeral=True, reason="the time at which something happened last")
    counted = all(w.augmented or _is_number(w.value) for w in adds)
    places = [_function_name(heap, read.context) for read in reads if is_plain_read(read)]
    about_metrics = [any(word in f"{place}.{name}".lower() for word in _METRIC_WORDS) for place in places]
    if adds and counted and places and all(about_metrics):
        return Decision(row="D6", ephemeral=True, reason="counts that only statistics read")
    return None


def _is_time(write: Write) -> bool:
    """Whether what is put there comes from the clock alone."""
    found = write.value
    return found is not None and found.bits & ~Bit.CONST == Bit.CLOCK and not write.augmented


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
    adds = puts(writes)
    if adds and all(_is_callable(heap, w.value) and _registers(heap, w.context) for w in adds):
        return Decision(row="D8", ephemeral=True, reason="callbacks that code registers")
    return None


def _scratch(heap: Heap, name: str, writes: Sequence[Write], reads: Sequence[Read]) -> Decision | None:
    """D9: each reader is preceded, for the same request, by a write that replaces everything."""
    del name
    if is_scratch(heap, writes, reads):
        return Decision(row="D9", ephemeral=True, reason="each request overwrites it before it is read")
    if is_put_back(writes):
        return Decision(row="D9", ephemeral=True, reason="put back before the function ends")
    return None


def _is_callable(heap: Heap, found: Found | None) -> bool:
    if found is None or not found.values:
        return False
    return all(heap.values.kinds[value] in _CALLABLES for value in found.values)


def _registers(heap: Heap, context: Context) -> bool:
    name = _function_name(heap, context).lower()
    return any(word in name for word in _REGISTER_WORDS)


_ROWS = (
    _handles,
    _inside_lock,
    _made_late,
    _own_task,
    _checked,
    _memo,
    _metrics,
    _once_flag,
    _registry,
    _scratch,
)
"""The rows between those that only need the reads and the last one, in order."""
