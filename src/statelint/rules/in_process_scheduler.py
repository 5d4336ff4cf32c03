"""Timers in the serving process.

## What it finds

A scheduler that is started where requests are served, a function that a timer of the serving process calls
again and again, a task or thread from start-up that wakes up, changes something outside and sleeps, a timer
that arms itself again.

## Why it matters

Every instance and every worker has the timer: three copies send the nightly mail three times. What was
planned for later, and only in memory, is lost with the process.

## Do this instead

Let something outside own the clock: a CronJob, the scheduler of the cloud, or one process of its own that
puts tasks into a queue. A lock around the timer does not keep what was planned.

## Not reported

A process that is only the scheduler, and janitors: jobs that tidy up nothing but the memory of their own
process, or remove old files of their own machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import Work, diagnose_kept, diagnose_work
from statelint.model.diagnostics import State
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="a timer runs in every serving process", since="0.1.0")

_HOW = {
    "always": "is run by a timer of the serving process",
    "periodic": "is run by a timer of the serving process",
    "rearmed": "arms its own timer again in the serving process",
    "loop": "wakes up again and again in the serving process",
}


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each scheduler, and for each function with a timer of its own."""
    for kept in program.kept("in-process-scheduler"):
        message = (
            f"`{kept.symbol}` runs {kept.entry.what} in the serving process{{because}}, once in every copy"
        )
        yield diagnose_kept(program, kept, message)
    for timer in program.timers():
        if timer.harmless:
            continue
        name = timer.function.rpartition(".")[2]
        work = Work(context=timer.context, at=timer.place, function=timer.function, act=timer.act)
        message = f"`{name}` {_HOW[timer.how]}, once in every copy"
        yield diagnose_work(program, work, message, State.SCHEDULER)
