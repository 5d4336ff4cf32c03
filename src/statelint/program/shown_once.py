"""What was said to those who run the service, so as not to say it again: each process says it once (row D7).

if message not in WARNED:                   if message in WARNED:
    WARNED.add(message)                         return
    log.warning(message)                    WARNED.add(message)
                                            log.warning(message)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import (
    CALL_CALLEE,
    CALL_FLAGS,
    CALL_GUARD,
    FLOW_GUARD,
    WRITE_GUARD,
    CallFlag,
    How,
    Test,
)
from statelint.program import callees, guards
from statelint.program.accesses import CALL_SPAN, is_plain_read
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.watched import shows

if TYPE_CHECKING:
    from statelint.program.accesses import Write
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_ONLY_ASKED = How.TEST | How.RECEIVER | How.LENGTH | How.NAMED


def is_shown_once(held: Holder) -> bool:
    """Whether all that is done where something is not there yet is to put it there and to log it."""
    writers = {write.context for write in held.writes}
    if any(write.removes or write.empties or not _only_shows(held.heap, write) for write in held.writes):
        return False
    return bool(writers) and all(
        read.context in writers and not read.how & ~_ONLY_ASKED for read in held.reads if is_plain_read(read)
    )


def _only_shows(heap: Heap, write: Write) -> bool:
    """Whether code under the test that asks for a member does nothing but add it, and log."""
    context, body = write.context, write.context.body
    asked = [one for one in guards.chain(body, write.guard) if _asks(heap, write, one)]
    if not write.absent or not asked:
        return False
    inside = asked[-1]  # the outermost
    shown = False
    for record in body.calls:
        if not guards.is_under(body, record[CALL_GUARD], (inside,)) or record[CALL_SPAN] == write.span:
            continue
        if shows(heap, context, record[CALL_CALLEE]):
            shown = True
        elif record[CALL_FLAGS] & CallFlag.DROPPED or any(
            run.body.calls or run.body.writes for run in callees.targets(heap, context, record[CALL_CALLEE])
        ):
            return False
    puts = [
        one
        for one in body.writes
        if guards.is_under(body, one[WRITE_GUARD], (inside,)) and one[CALL_SPAN] != write.span
    ]
    ends = [flow for flow in body.flows if guards.is_under(body, flow[FLOW_GUARD], (inside,))]
    return shown and not puts and all(constant(heap, context, flow[1]) is None for flow in ends if flow[1])


def _asks(heap: Heap, write: Write, guard: int) -> bool:
    """Whether a guard asks whether something is missing from the container into which a write puts it."""
    _, test, place, _, _ = write.context.body.guards[guard]
    return test == Test.ABSENT and write.cell[1] in evaluate(heap, write.context, place).values
