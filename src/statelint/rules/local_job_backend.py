"""Work and results that only this instance knows.

## What it finds

A task queue whose broker or result store is the memory of the process or the local disk, one that is told
to run tasks at once, executors tied to an application, and data shared by a manager process.

## Why it matters

What was accepted is lost with the process, and who asks for the result at another instance is told that
there is no such job.

## Do this instead

Give the queue a broker and a result store that outlive the process: Redis, RabbitMQ, a table of the
database, or a queue of the cloud.

## Not reported

Brokers of another machine, workers and commands without anything that serves, tests, and what only
development uses (a note).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose_kept
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="accepted work or its result is known to this instance alone", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call or setting of this kind."""
    for kept in program.kept("local-job-backend"):
        message = (
            f"`{kept.symbol}` keeps work in {kept.entry.what}{{because}}, and no other instance knows of it"
        )
        yield diagnose_kept(program, kept, message)
