"""Accepted work that only the memory of one process holds.

## What it finds

A request that is answered while its work still waits in this process: a queue in memory that a thread or
task empties, a buffer that is flushed later, a task, thread or background job that nobody waits for and
that changes something outside.

## Why it matters

The client was told that all is well. If the process ends before the work is done - a deploy is enough - the
mail is never sent and the row never written, and no trace is left.

## Do this instead

Write the work down before answering: put it into a queue with a broker, or a row that a worker takes up,
and make it safe to run twice.

## Not reported

Tasks that the request waits for, work that changes nothing outside, tasks that serve an open connection,
executors that finish before the function does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statelint import remedies
from statelint.convict import Work, diagnose, diagnose_work
from statelint.model.diagnostics import State
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="accepted work waits in the memory of one process", since="0.1.0")

_PLANNED = (State.SCHEDULER,)
"""Kinds of waiting work that have a replacement of their own."""


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each queue in memory, and for each call that hands work over."""
    for site in program.sites_everywhere():
        both = program.handed_over(site) if not site.decision.ephemeral else None
        if both is not None:
            put, taken = both
            entry, worker = program.entry_name(program.path_to(put.context)), program.qualified(taken.context)
            message = f"`{site.name}` holds what `{entry}` hands to `{worker}`, in the memory of one process"
            found = diagnose(program, site, message)
            remedy = remedies.suggest_for_call(State.QUEUE, site.symbol, program.stores)
            yield found if found.state in _PLANNED else replace(found, state=State.QUEUE, remedy=remedy)
    for accepted in program.accepted_work():
        name = accepted.function.rpartition(".")[2]
        work = Work(context=accepted.context, at=accepted.place, function=accepted.function, act=accepted.act)
        entry = program.entry_name(program.path_to(accepted.context))
        message = f"`{name}` goes on after `{entry}` has answered, and is lost with this process"
        yield diagnose_work(program, work, message, State.QUEUE)
