"""Entries that go with what their key names: a thread, a pipe to a child process, one connection (row D2).

SHIELDS[threading.current_thread()] = lock      RATES[id(websocket)] = deque()
PIPES[process.stdout.fileno()] = process        RATES.pop(id(websocket))

No client can name the thread or socket of another. Who walks through all entries meets theirs, too;
of threads and child processes, that only tells of the program itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, How, Op, WriteHow
from statelint.program.accesses import CALL_SPAN
from statelint.program.calling import asked_of
from statelint.program.decisions import Decision, puts, sets_nothing
from statelint.program.evaluate import evaluate
from statelint.program.key_sources import is_request
from statelint.program.machinery import is_run
from statelint.program.process_numbers import is_of_child
from statelint.program.registry_rows import is_connection
from statelint.program.values import SENT, Bit, Kind

if TYPE_CHECKING:
    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.found import Found
    from statelint.program.heap import Heap

_IDENTITY = "id"
_WALKS = int(How.ITERATE | How.WHOLE)
_WALKING = frozenset({"keys", "values", "items", "copy", "popitem"})
"""Methods that give more than the entry of one key."""


def own_home(held: Holder) -> Decision | None:
    """D2: each entry lies under what only its own thread, process or connection is."""
    heap, adds = held.heap, puts(held.direct)
    if held.direct and all(_is_of_task(heap, write) for write in held.direct):
        return Decision(row="D2", ephemeral=True, reason="keyed by the current task or thread")
    keyed = [write for write in held.direct if write.key is not None]
    if not adds or any(write.key is None or write.value is write.key for write in adds):
        return None
    if any(write.key is None and not sets_nothing(write) for write in held.direct):
        return None
    if all(_is_of_process(heap, write.key) for write in adds):
        return Decision(row="D2", ephemeral=True, reason="keyed by a thread or a pipe of this process")
    if any(_walks(held, read) for read in held.reads) or not all(_is_of_client(heap, one) for one in keyed):
        return None
    return Decision(row="D2", ephemeral=True, reason="keyed by the very connection or request")


def _is_of_task(heap: Heap, write: Write) -> bool:
    """Whether an entry belongs to the task that runs; a task in a set is one that others look up."""
    key = write.key
    if key is None or write.value is key or any(is_of_child(heap, value) for value in key.values):
        return False
    return bool(key.bits & Bit.TASK) and not key.bits & Bit.REQUEST


def _is_of_process(heap: Heap, key: Found | None) -> bool:
    """Whether a key is a thread or a task, or the descriptor of a pipe to a child process."""
    if key is None or not key.values or key.bits & SENT:
        return False
    return all(is_run(heap, value) or _is_pipe(heap, value) for value in key.values)


def _is_pipe(heap: Heap, value: int) -> bool:
    """Whether a value is what a method gives as the descriptor of a file that a child process has."""
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return False
    file, _, method = str(heap.values.parts[value][0]).removesuffix("()").rpartition(".")
    if method not in heap.knowledge.descriptor_words:
        return False
    process = file.rpartition(".")[0]
    return any(entry.kind == "task" for entry in heap.knowledge.mro(process))


def _walks(held: Holder, read: Read) -> bool:
    """Whether a read meets entries under whatever key they lie."""
    tables = {write.cell[1] for write in held.direct if write.cell[0] == "E"}
    if read.cell[0] != "E" or read.cell[1] not in tables:
        return False
    return bool(read.how & _WALKS) or read.method in _WALKING


def _is_of_client(heap: Heap, write: Write) -> bool:
    """Whether the key of a write is the object of a connection or a request, or the identity of one."""
    context, place = write.context, _key_place(write)
    if not place:
        return False
    place = _behind_name(context, place)
    asked = asked_of(heap, context, place, _IDENTITY)
    found = evaluate(heap, context, asked or place)
    if is_request(heap, found):
        return True
    kinds, parts = heap.values.kinds, heap.values.parts
    return bool(found.values) and all(
        is_connection(heap, value)
        or (
            kinds[value] == Kind.EXTERNAL_OBJECT
            and any(entry.kind == "connection" for entry in heap.knowledge.mro(parts[value][0]))
        )
        for value in found.values
    )


def _key_place(write: Write) -> int:
    """Find where the key of a write stands in its body; 0 where it stands elsewhere."""
    body = write.context.body
    for _, how, key, _, _, _, *span in body.writes:
        if how in (WriteHow.ITEM, WriteHow.DEL_ITEM) and tuple(span) == write.span:
            return key
    calls = (call for call in body.calls if call[CALL_SPAN] == write.span and write.method)
    return next((call[CALL_ARGUMENTS][0] for call in calls if call[CALL_ARGUMENTS]), 0)


def _behind_name(context: Context, place: int) -> int:
    """Go from a local name that is bound once to what it is bound to."""
    body = context.body
    if body.ops[place] != Op.NAME:
        return place
    bound = [value for name, value, *_ in body.binds if name == body.a[place]]
    return bound[0] if len(bound) == 1 and bound[0] else place
