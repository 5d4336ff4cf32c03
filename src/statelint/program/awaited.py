"""What a call puts somewhere, waits for and takes out again: nobody inherits it (row D9).

self._arrived[key] = event = asyncio.Event()      # set by a thread or task of this process alone
try:
    await event.wait()
finally:
    del self._arrived[key]

found = UNDER_WAY.get(key)                        # whoever asks for the same meanwhile, waits for it
if found is not None:
    return found.wait()

QUEUE.append(Job(data, future))                   # taken out by a loop of this process
return await future
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CallFlag, Op
from statelint.program import callees, library
from statelint.program.accesses import changed_by, given_by, is_plain_read
from statelint.program.brackets import ending
from statelint.program.calling import call_record
from statelint.program.contexts import CLIENT_ENTRIES
from statelint.program.decisions import puts
from statelint.program.evaluate import evaluate
from statelint.program.reach import asked_by_clients, begun_by_itself
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_WAITS = frozenset({"wait", "wait_for", "result"})
"""Methods with which one waits for what another one does."""


def is_awaited(held: Holder) -> bool:
    """Whether each call waits for what it puts there until it is taken out, and no other client finds it.

    Those who find it meanwhile are threads and tasks of this process, or calls that ask for it and wait, too.
    """
    takers = {write.context for write in held.direct if write.removes}
    adds = [write for write in puts(held.direct) if write.context not in takers or _is_own(write)]
    if not adds or any(write.cell[0] != "E" for write in adds):
        return False
    ended = {context for write in held.direct if write.removes for context in ending(write)}
    if not all((write.context in ended or write.key is None) and _waits(held.heap, write) for write in adds):
        return False
    own = {write.context for write in adds}
    tables = {*held.cells, *(write.cell for write in adds)}
    others = [read.context for read in held.reads if read.cell in tables and is_plain_read(read)]
    others += [write.context for write in held.direct if not write.empties]
    others = [context for context in others if context not in own]
    if not others:
        return all(write.absent for write in adds)
    return not _reaches(held.heap, others)


def _is_own(write: Write) -> bool:
    """Whether something stands under a key: what is put back into a queue has none."""
    return write.key is not None


def _reaches(heap: Heap, contexts: Sequence[Context]) -> bool:
    """Whether clients ask a function, other than by a thread or task without end that they have started."""
    if any(context.era != Era.SERVE for context in contexts):
        return True
    return not asked_by_clients(heap, CLIENT_ENTRIES, begun_by_itself(heap)).isdisjoint(contexts)


def _waits(heap: Heap, write: Write) -> bool:
    """Whether a function waits for what it puts there."""
    context, body = write.context, write.context.body
    held = _held(heap, write)
    for place in range(1, len(body.ops)):
        op, base = body.ops[place], body.a[place]
        if op == Op.AWAIT and base in held:
            return True
        if op != Op.ATTR:
            continue
        # of an object of the program, what it keeps to wait for: `found.event.wait()`
        is_of_it = base in held or (body.ops[base] == Op.ATTR and body.a[base] in held)
        if is_of_it and _is_wait(heap, context, place):
            return True
    told = {place for number in _awaited_calls(context) for place in _told(context, number)}
    return any(_is_waited_for(heap, context, place) for place in sorted(held & told))


def _is_wait(heap: Heap, context: Context, place: int) -> bool:
    """Whether a method waits for what another one does, or takes it out of a queue."""
    word = heap.modules.string(context.module, context.body.b[place])
    if word in _WAITS:
        return True
    values = evaluate(heap, context, context.body.a[place]).values
    taken = [heap.knowledge.method(library.container_type(heap, value), word) for value in sorted(values)]
    return any(does.changes and does.gives for does in taken)


def _held(heap: Heap, write: Write) -> set[int]:
    """List the places of what is put there, of its names, and of what it is made of that one can wait for."""
    body, given = write.context.body, [*given_by(write)]
    tables = set(changed_by(write)) if write.key is not None else set()
    for place in given:  # grows while it is read
        if body.ops[place] == Op.NAME:
            given += [value for text, value, *_ in body.binds if text == body.a[place] and value not in given]
        elif body.ops[place] == Op.CALL:
            parts = _told(write.context, body.a[place])
            given += [part for part in parts - set(given) if _is_waited_for(heap, write.context, part)]
    texts = {body.a[place] for place in given if body.ops[place] == Op.NAME}
    texts |= {text for text, value, *_ in body.binds if value in given}
    return {
        place
        for place in range(1, len(body.ops))
        if place in given
        or (body.ops[place] == Op.NAME and body.a[place] in texts)
        or (body.ops[place] == Op.ITEM and body.a[place] in tables)
    }


def _is_waited_for(heap: Heap, context: Context, place: int) -> bool:
    """Whether a value is a future, an event or the like, of a library."""
    values = evaluate(heap, context, place).values
    types = [heap.values.parts[one][0] for one in values if heap.values.kinds[one] == Kind.EXTERNAL_OBJECT]
    return any(entry.kind in ("task", "lock") for one in types for entry in heap.knowledge.mro(one))


def _awaited_calls(context: Context) -> list[int]:
    """List the calls that are awaited, and those whose result such a call is given."""
    found = [number for number, record in callees.calls_of(context) if record.flags & CallFlag.AWAITED]
    body = context.body
    for number in found:  # grows while it is read
        found += [body.a[place] for place in _told(context, number) if body.ops[place] == Op.CALL]
    return found


def _told(context: Context, number: int) -> set[int]:
    record = call_record(context.body, number)
    return {*record.arguments, *(place for _, place in record.keywords)} - {0}
