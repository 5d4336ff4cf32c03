"""Tell state from its look-alikes: the first row that fits decides.

The letters are those of the decision list in ARCHITECTURE.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import How, Test
from statelint.program import (
    ages,
    checked,
    guards,
    last_input,
    library,
    memo_accessors,
    memo_rows,
    metric_rows,
    names,
    registry_rows,
    stamped,
)
from statelint.program.accesses import is_plain_read
from statelint.program.awaited import is_awaited
from statelint.program.brackets import is_bracketed
from statelint.program.construction import is_empty_container
from statelint.program.decisions import Decision, is_set_back, only_orders, puts
from statelint.program.declarations import is_filled_elsewhere, is_only_let_go
from statelint.program.derived import derived_from
from statelint.program.found_once import is_found_once
from statelint.program.handles import is_handle
from statelint.program.key_sources import is_of_its_object
from statelint.program.lifecycle import lifecycle
from statelint.program.log_once import is_for_logs
from statelint.program.machinery import is_machinery
from statelint.program.mistaken import is_mistaken
from statelint.program.never_read import never_read
from statelint.program.own_handles import is_inside_handle, is_made_again
from statelint.program.own_keys import own_home
from statelint.program.own_rounds import kept_for_rounds
from statelint.program.polled import polled, said_of_itself
from statelint.program.reads import cells_at
from statelint.program.reloaded import reloaded
from statelint.program.renewal import is_set_up_anew
from statelint.program.scratch import is_put_back, is_scratch
from statelint.program.screens import shown
from statelint.program.shared_work import is_shared_work
from statelint.program.shown_once import is_shown_once
from statelint.program.values import Bit, Kind
from statelint.program.watched import is_only_watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.accesses import Read, Write
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_ITS_OWN_TESTS = (Test.IS_NONE, Test.NOT_NONE, Test.TRUTHY, Test.FALSY)
_ONLY_ASKED = How.TEST | How.RECEIVER | How.LENGTH | How.NAMED
_ASKED = Bit.IO_DB | Bit.IO_HTTP


def decide(held: Holder, *, is_bag: bool) -> Decision:
    """Decide over all writes and reads of one holder; `is_bag`: a framework reads what is put there."""
    heap, writes, plain = held.heap, held.writes, _plain_reads(held)
    if all(only_orders(write) for write in writes):
        return Decision(row="D1", ephemeral=True, reason="nothing is written while serving")
    if not is_bag and not plain:
        reason = "no request reads it: write-only, or it keeps tasks alive"
        return Decision(row="D2", ephemeral=True, reason=reason)
    lets_go = is_only_let_go if is_bag else _puts_nothing_new
    if all(lets_go(heap, write) for write in writes):
        reason = "serving code only lets go what is filled again, or puts an empty container to be read"
        return Decision(row="D1", ephemeral=True, reason=reason)
    if not is_bag and all(is_only_watched(heap, read) for read in plain):
        return Decision(row="D2", ephemeral=True, reason="only logs and metrics read it")
    for row in _ROWS if not is_bag else _ROWS_OF_BAGS:
        decision = row(held)
        if decision is not None:
            return decision
    return Decision(row="D11", ephemeral=False, reason="a request writes what a later request reads")


def _puts_nothing_new(heap: Heap, write: Write) -> bool:
    """Whether a write lets go what is filled again, or asks a new container: `d.setdefault(name, [])`."""
    if write.puts_none:
        return is_filled_elsewhere(heap, write)
    return write.absent and is_empty_container(heap, write.value)


def _plain_reads(held: Holder) -> list[Read]:
    """List the reads that use the content, but for methods of a library's object that was just put there.

    task = asyncio.create_task(work())
    RUNNING.add(task)
    task.add_done_callback(RUNNING.discard)
    """
    kinds = held.heap.values.kinds
    put = {
        (write.context, value)
        for write in held.writes
        for value in (write.value.values if write.value is not None and write.cell[0] == "E" else ())
        if kinds[value] == Kind.EXTERNAL_OBJECT
    }
    return [
        read
        for read in held.reads
        if is_plain_read(read) and not (read.cell[0] == "F" and (read.context, read.cell[1]) in put)
    ]


# -- rows -------------------------------------------------------------------------------------------------


def _mistaken(held: Holder) -> Decision | None:
    """D1: what changes was only taken for what is kept there."""
    if not is_mistaken(held):
        return None
    return Decision(row="D1", ephemeral=True, reason="what changes is another value than is kept there")


def _handles(held: Holder) -> Decision | None:
    """D3: clients, pools, engines, locks, kept for reuse."""
    heap, adds = held.heap, puts(held.writes)
    own = {id(write) for write in adds if _is_own(heap, write, adds)}
    kept = [write for write in adds if id(write) not in own]
    if not kept or all(registry_rows.is_callable(heap, w.value) for w in kept):
        return None
    if all(is_handle(heap, w.value) and (w.once or w.absent or is_made_again(held, w)) for w in kept):
        return Decision(row="D3", ephemeral=True, reason="clients or pools, made when first needed")
    return None


def _machinery(held: Holder) -> Decision | None:
    """D3: what this process runs: tasks, threads, timers, and the clients that it replaces."""
    if held.direct and is_shared_work(held.heap, held.direct, held.reads):
        return Decision(row="D3", ephemeral=True, reason="work under way, for all who ask for the same")
    if not held.direct or not is_machinery(held.heap, held.direct):
        return None
    sent = any(write.context in held.asked for write in puts(held.direct))
    through = [read for read in held.reads if read.how & How.ITERATE and read.cell[0] == "E"]
    if sent and any(read.context in held.asked for read in through):
        return None  # one request starts it, and the next one looks whether it still runs
    return Decision(row="D3", ephemeral=True, reason="what this process runs: tasks, threads, clients")


def _inside_lock(held: Holder) -> Decision | None:
    """D3: what a lock of the project's own notes of the threads that hold it or wait for it."""
    for write in held.writes:
        found = [part for part in (write.key, write.value) if part is not None]
        if any(part.bits & Bit.REQUEST for part in found) or not _is_in_lock(held.heap, write.context.uid):
            return None
    return Decision(row="D3", ephemeral=True, reason="the inside of a lock, which keeps threads apart")


def _inside_handle(held: Holder) -> Decision | None:
    """D3: what a handle of the project's own notes of itself."""
    if not is_inside_handle(held):
        return None
    return Decision(row="D3", ephemeral=True, reason="the inside of a handle of this process")


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


def _made_late(held: Holder) -> Decision | None:
    """D4: set once for the process, not from what a client sent."""
    adds = puts(held.writes)
    if not adds or any(w.key is not None and (w.absent or w.key.bits & Bit.REQUEST) for w in adds):
        return None
    # an object counts by its class, not by what it was made of
    sent = any(
        w.value is not None
        and w.value.bits & Bit.REQUEST
        and not w.value.values
        and not (w.absent and is_of_its_object(held.heap, w))
        for w in adds
    )
    objects = all(w.value is not None and w.value.values for w in adds)
    if is_set_back(held.writes) and any(w.value is not None and w.value.bits & _ASKED for w in adds):
        return None  # what a database or a service said, to be asked for anew: a memo
    if not objects and (is_set_back(held.writes) or all(w.constant_value for w in adds)):
        return None
    if all(w.once for w in adds) and not sent:
        return Decision(row="D4", ephemeral=True, reason="made once, when it is first needed")
    return None


def _only_counted(held: Holder) -> Decision | None:
    """D2: open connections of which is only asked whether there are any, so that work goes on for them."""
    heap, tables = held.heap, {write.cell for write in held.direct}
    adds = puts(held.direct)
    put = [write.value.values if write.value is not None else frozenset() for write in adds]
    if not adds or len(held.direct) != len(held.writes):
        return None
    if not all(
        values and all(registry_rows.is_connection(heap, value) for value in values) for values in put
    ):
        return None
    asked = [read.how for read in held.reads if read.cell in tables]
    if any(how & ~_ONLY_ASKED for how in asked) or not any(how & (How.TEST | How.LENGTH) for how in asked):
        return None
    return Decision(row="D2", ephemeral=True, reason="open connections that are only counted")


def _checked(held: Holder) -> Decision | None:
    """D10: compared with what it was made of, each time before it is used; so it cannot be a stale memo."""
    heap = held.heap
    # what is thrown away with its source keeps nothing, whatever is done to it
    adds = puts(held.direct) or puts(held.writes)
    asked = checked.checked_against(heap, adds) or stamped.kept_with(heap, adds) or derived_from(held)
    asked = asked or reloaded(held)
    if not asked:
        return None
    return Decision(row="D10", ephemeral=True, reason=f"made anew where {asked} has changed")


def _own_notes(held: Holder) -> Decision | None:
    """D9: where a thread or timer of this process stands, in a field that nobody else asks or sets."""
    is_plain = all(
        write.key is None and (write.cell[0] in ("F", "G", "L") or _is_under_own_name(held.heap, write))
        for write in held.writes
    )
    if not is_plain or any(write.context not in held.by_itself for write in held.writes):
        return None
    if any(read.context not in held.by_itself for read in held.reads if is_plain_read(read)):
        return None
    return Decision(
        row="D9", ephemeral=True, reason="notes of a thread of this process, which it alone reads"
    )


def _is_under_own_name(heap: Heap, write: Write) -> bool:
    """Whether a write sets an entry whose name stands in the program: `self.notes["asked"] = time.time()`."""
    is_item = write.cell[0] in ("E", "I") and not (write.method or write.augmented or write.removes)
    return is_item and library.container_type(heap, write.cell[1]) == "dict"


def _let_go(held: Holder) -> Decision | None:
    """D7: a field that start-up sets and requests only delete: `del self.arguments`."""
    if all(write.removes and write.cell[0] == "F" for write in held.writes):
        return Decision(row="D7", ephemeral=True, reason="only let go of, never set by a request")
    return None


def _once_flag(held: Holder) -> Decision | None:
    """D7: a flag that is set once and never back."""
    writes = held.writes
    if all(_is_of_construction(held.heap, w) for w in writes):
        return Decision(row="D7", ephemeral=True, reason="each new object puts the same there")
    if is_found_once(held.heap, writes):
        return Decision(row="D7", ephemeral=True, reason="found out once, the same for all clients")
    one_value = len({repr(w.constant) for w in writes}) == 1
    constant = all(w.constant_value and w.key is None and not w.removes for w in writes)
    if not (one_value and constant):
        return None
    if all(w.once or _asks_itself(held.heap, w) for w in writes):
        return Decision(row="D7", ephemeral=True, reason="a flag that is set once")
    is_set = not any(w.method or w.augmented for w in writes)  # what is added to says how often, too
    if is_set and all(any(_is_asked_first(r, w) for w in writes) for r in held.reads if is_plain_read(r)):
        return Decision(
            row="D7", ephemeral=True, reason="a flag that only those read who set it, before they do"
        )
    return None


def _is_of_construction(heap: Heap, write: Write) -> bool:
    """Whether a constructor puts a constant somewhere, or only brings what is there in order."""
    if heap.modules.units[write.context.uid].name != "__init__" or write.removes or write.empties:
        return False
    return write.constant_value if write.value is not None else bool(write.method)


def _said_once(held: Holder) -> Decision | None:
    """D7: what was done for each of the program's own words, or only logged, so that it is not done again."""
    if is_shown_once(held) or is_for_logs(held):
        return Decision(row="D7", ephemeral=True, reason="said once to those who run the service")
    done = {write.context for write in held.writes}
    for write in held.writes:
        if write.key is None or write.key.bits != Bit.CONST or not write.absent or write.removes:
            return None
    if any(is_plain_read(read) and read.how & ~_ONLY_ASKED for read in held.reads):
        return None
    if not all(read.context in done for read in held.reads):
        return None
    return Decision(row="D7", ephemeral=True, reason="done once for each of the program's own words")


def _is_asked_first(read: Read, write: Write) -> bool:
    """Whether a read comes just before a write: `cold, COLD = COLD, False`."""
    return read.context is write.context and read.line <= write.span[0]


def _asks_itself(heap: Heap, write: Write) -> bool:
    """Whether a write stands under a test of the very cell: `if WANTED and refused(): WANTED = False`."""
    body = write.context.body
    places = [body.guards[one][1:3] for one in guards.chain(body, write.guard)]
    return any(
        test in _ITS_OWN_TESTS and write.cell in cells_at(heap, write.context, place)
        for test, place in places
    )


def _scratch(held: Holder) -> Decision | None:
    """D9: each reader is preceded, for the same request, by a write that replaces everything."""
    plain = [read for read in held.reads if is_plain_read(read)]
    own = [write for write in held.writes if write.cell in held.cells]
    is_rebound = is_scratch(held.heap, own, held.own_reads)  # what comes through it, too
    if is_rebound or is_scratch(held.heap, held.writes, plain):
        reason = "each request overwrites it before it is read"
        return Decision(row="D9", ephemeral=True, reason=reason, is_scratch=is_rebound)
    if is_set_up_anew(held):
        return Decision(row="D9", ephemeral=True, reason="set up anew with an object that is made anew")
    if is_put_back(held.writes):
        return Decision(row="D9", ephemeral=True, reason="put back before the function ends")
    if is_bracketed(held.heap, held.writes, held.reads):
        return Decision(row="D9", ephemeral=True, reason="taken back in the end by the request that put it")
    if is_awaited(held):
        return Decision(row="D9", ephemeral=True, reason="awaited and taken out by the call that put it")
    return None


_ROWS = (
    _mistaken,
    _handles,
    _machinery,
    _inside_lock,
    _inside_handle,
    shown,
    _made_late,
    own_home,
    _only_counted,
    kept_for_rounds,
    _checked,
    polled,
    _own_notes,
    memo_rows.memo,
    memo_accessors.memo_behind,
    last_input.memo_of_last,
    metric_rows.metrics,
    said_of_itself,
    lifecycle,
    _let_go,
    _once_flag,
    _said_once,
    registry_rows.registry,
    _scratch,
    never_read,
)
"""The rows between those that only need the reads and the last one, in order."""

_ROWS_OF_BAGS = (_handles, _made_late, polled, ages.renewed, said_of_itself)
"""The rows of what hangs on an application, where a framework may read it."""
