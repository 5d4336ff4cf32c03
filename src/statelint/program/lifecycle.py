"""Flags that say whether a thread, loop or client of this process runs, and steer nothing else (row D7).

def run(self):                                  def stop(self):
    self.running = True                             if self.running:
    while self.running:                                 self.loop.call_soon_threadsafe(self.loop.stop)
        self.step()
    self.running = False
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, CALL_GUARD, FLOW_GUARD, WRITE_GUARD, How, Op, Test
from statelint.program import guards
from statelint.program.accesses import is_plain_read
from statelint.program.decisions import Decision
from statelint.program.evaluate import evaluate
from statelint.program.reads import cells_at
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from statelint.program.accesses import Read, Write
    from statelint.program.decisions import Holder
    from statelint.program.heap import Context, Heap

_ANSWERS = int(How.WHOLE | How.GET | How.ITERATE | How.CALLED)
_BODIES = ("background", "task")
"""Kinds of entries that are the body of a thread, timer or task of the program."""
_STEERED = ("handle", "task", "lock", "logger")


class _Way(Enum):
    """What the tests of a flag in one function steer."""

    LOOP = 1
    HANDLE = 2
    ITSELF = 3


def lifecycle(held: Holder) -> Decision | None:
    """D7: says that something of this process runs; what runs says so, or start and end of it do."""
    if not held.writes or not all(_says(held, write) for write in held.writes):
        return None
    reads = [read for read in held.all_reads if is_plain_read(read)]
    ways = {_way(held, read) for read in reads}
    if not reads or None in ways or ways == {_Way.ITSELF}:
        return None
    return Decision(row="D7", ephemeral=True, reason="says whether a thread, loop or client runs, only to it")


def _says(held: Holder, write: Write) -> bool:
    """Whether what runs says yes or no itself, or what starts it, or code that no client sets off."""
    if write.cell not in held.cells or write.key is not None or not isinstance(write.constant, bool):
        return False
    return _is_by_itself(held, write.context) or (write.constant and _is_start(held, write.context))


def _is_start(held: Holder, context: Context) -> bool:
    """Whether a function starts the loop that asks for the flag."""
    return any(
        context in read.context.callers and _way(held, read) == _Way.LOOP
        for read in held.all_reads
        if is_plain_read(read)
    )


def _is_by_itself(held: Holder, context: Context) -> bool:
    """Whether a function is what runs, whoever has started it, or no client sets it off."""
    return _is_body(held.heap, context) or context not in held.asked


def _is_body(heap: Heap, context: Context) -> bool:
    entry = heap.entries.get(context.key)
    return entry is not None and entry.kind in _BODIES


def _way(held: Holder, read: Read) -> _Way | None:
    """Say what all tests of the flag in one function steer; None: something else, or it is told."""
    if read.how & _ANSWERS:
        return None
    heap, context, body = held.heap, read.context, read.context.body
    tests = [
        number
        for number, (_, _, place, second, _) in enumerate(body.guards)
        if any(one and read.cell in cells_at(heap, context, one) for one in (place, second))
    ]
    by_itself = _is_by_itself(held, context)
    if tests and by_itself and all(_is_in_loop(context, test) for test in tests):
        return _Way.LOOP
    if by_itself and any(write.context is context for write in held.writes):
        return _Way.ITSELF
    lines = {body.guards[test][-1] for test in tests}
    under = [{test for test in tests if body.guards[test][-1] == line} for line in lines]
    return _Way.HANDLE if under and all(_only_steers(heap, context, one) for one in under) else None


def _is_in_loop(context: Context, test: int) -> bool:
    """Whether a test is the condition of a loop, or stands in one that runs until it is told."""
    body = context.body
    return any(
        body.guards[one][1] == Test.ENDLESS or (body.guards[one][1] == Test.EACH and not body.guards[one][2])
        for one in guards.chain(body, test)
    )


def _only_steers(heap: Heap, context: Context, tests: Collection[int]) -> bool:
    """Whether a test decides only whether a handle, a task or a thread is told something."""
    body = context.body

    def is_under(guard: int) -> bool:
        return not set(guards.chain(body, guard)).isdisjoint(tests)

    if any(is_under(record[WRITE_GUARD]) for record in body.writes):
        return False
    if any(is_under(flow[FLOW_GUARD]) for flow in body.flows):
        return False
    called = [record[CALL_CALLEE] for record in body.calls if is_under(record[CALL_GUARD])]
    return bool(called) and all(_is_of_handle(heap, context, callee) for callee in called)


def _is_of_handle(heap: Heap, context: Context, callee: int) -> bool:
    body = context.body
    if body.ops[callee] != Op.ATTR:
        return False
    values = evaluate(heap, context, body.a[callee]).values
    return bool(values) and all(_is_steered(heap, value) for value in values)


def _is_steered(heap: Heap, value: int) -> bool:
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return False
    return any(entry.kind in _STEERED for entry in heap.knowledge.mro(heap.values.parts[value][0]))
