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

from statelint.model.facts import CALL_CALLEE, CALL_GUARD, FLOW_GUARD, WRITE_GUARD, WRITE_VALUE, How, Op, Test
from statelint.program.accesses import is_plain_read
from statelint.program.contexts import CLIENT_ENTRIES
from statelint.program.decisions import Decision
from statelint.program.evaluate import evaluate
from statelint.program.guards import chain, is_under
from statelint.program.reads import cells_at
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_ANSWERS = int(How.WHOLE | How.GET | How.ITERATE | How.CALLED)
_BODIES = ("background", "task")
"""Kinds of entries that are the body of a thread, timer or task of the program."""
_YIELD = 1
"""The kind of a flow that hands something to whoever asks for more."""
_STEERED = ("handle", "task", "lock", "logger")


class _Way(Enum):
    """What the tests of a flag in one function steer."""

    LOOP = 1
    HANDLE = 2
    ITSELF = 3


def lifecycle(held: Holder) -> Decision | None:
    """D7: says that something of this process runs; what runs says so, or start and end of it do."""
    if not all(_is_flag(held, write) for write in held.writes):
        return None
    reads = [read for read in held.reads if is_plain_read(read)]
    if not reads or any(read.how & _ANSWERS for read in reads):
        return None
    said = {write.constant for write in held.writes}
    if len(said) == 1 and all(_ends(held.heap, read, *said) for read in reads):
        return Decision(row="D7", ephemeral=True, reason="tells a loop of this process to end, for good")
    ways = set()
    for read in reads:
        way = _way(held, read)
        if way is None:
            return None  # there may be hundreds of others
        ways.add(way)
    if ways == {_Way.ITSELF} or not all(_says(held, write) for write in held.writes):
        return None
    return Decision(row="D7", ephemeral=True, reason="says whether a thread, loop or client runs, only to it")


def _is_flag(held: Holder, write: Write) -> bool:
    """Whether a write says yes or no."""
    return write.cell in held.cells and write.key is None and isinstance(write.constant, bool)


def _says(held: Holder, write: Write) -> bool:
    """Whether what runs says yes or no itself, or what starts it, or code that no client sets off."""
    return _is_by_itself(held, write.context) or (write.constant is True and _is_start(held, write.context))


def _is_start(held: Holder, context: Context) -> bool:
    """Whether a function starts the loop that asks for the flag, itself or by a helper."""
    loops = [one.context for one in held.reads if is_plain_read(one) and _way(held, one) == _Way.LOOP]
    helpers = [caller for one in loops for caller in one.callers]
    return any(context is one or context in one.callers for one in helpers)


def _is_by_itself(held: Holder, context: Context) -> bool:
    """Whether a function is what runs, whoever has started it, or no client sets it off."""
    return _is_body(held.heap, context) or context not in held.asked


def _is_body(heap: Heap, context: Context) -> bool:
    entry = heap.entries.get(context.key)
    return entry is not None and entry.kind in _BODIES


def _ends(heap: Heap, read: Read, said: object) -> bool:
    """Whether what is said only ends a loop that answers nobody.

    while not self.closed:                          while True:
        self.step()                                     if self.closed:
                                                            break
    """
    context, body, tests = read.context, read.context.body, _tests(heap, read)
    entry = heap.entries.get(context.key)
    if any(kind == _YIELD for kind, *_ in body.flows) or (entry is not None and entry.kind in CLIENT_ENTRIES):
        return False
    if not tests or not all(_is_in_loop(context, test) for test in tests):
        return False
    holds = {test for test in tests if body.guards[test][1] == (Test.TRUTHY if said else Test.FALSY)}
    if {body.guards[test][1] for test in tests} - {Test.TRUTHY, Test.FALSY}:
        return False
    written = [record[WRITE_VALUE] for record in body.writes if is_under(body, record[WRITE_GUARD], holds)]
    called = [record for record in body.calls if is_under(body, record[CALL_GUARD], holds)]
    return not called and all(body.ops[value] == Op.CONST for value in written)


def _tests(heap: Heap, read: Read) -> list[int]:
    """List the guards of a function that ask for what is read."""
    return [
        number
        for number, (_, _, place, second, _) in enumerate(read.context.body.guards)
        if any(one and read.cell in cells_at(heap, read.context, one) for one in (place, second))
    ]


def _way(held: Holder, read: Read) -> _Way | None:
    """Say what all tests of the flag in one function steer; None: something else."""
    heap, context, body = held.heap, read.context, read.context.body
    tests = _tests(heap, read)
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
        for one in chain(body, test)
    )


def _only_steers(heap: Heap, context: Context, tests: Collection[int]) -> bool:
    """Whether a test decides only whether a handle, a task or a thread is told something."""
    body = context.body
    if any(is_under(body, record[WRITE_GUARD], tests) for record in body.writes):
        return False
    if any(is_under(body, flow[FLOW_GUARD], tests) for flow in body.flows):
        return False
    called = [record[CALL_CALLEE] for record in body.calls if is_under(body, record[CALL_GUARD], tests)]
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
