"""Locks of one process around what all processes share.

## What it finds

A `threading`, `asyncio` or `multiprocessing` lock, one lock a key, or a flag that is used as one, held while
serving around a change of a database, another service or a file; and a lock file in the folder for
temporary files that is held around a change of what other hosts share.

## Why it matters

The lock keeps out the other threads or tasks of its own process. A second worker or instance has another
lock, takes it at the same time, and makes the same change: a seat is sold twice, a counter loses a step.

## Do this instead

Let the store decide: a transaction with a locked row, a unique index, an atomic operation, an advisory lock
of the database. Where that does not fit, a lock in Redis with an expiry.

## Not reported

Locks that guard something in memory, a connection or another object that one thread at a time may use; limits
on how much runs at once (semaphores); locks of one request; what only start-up code holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint import remedies
from statelint.model.diagnostics import MOST_EVIDENCE, Diagnostic, Evidence, Role, State
from statelint.model.places import Place
from statelint.model.rules import RuleMeta
from statelint.model.usage import Hints, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program

META = RuleMeta(summary="a lock of one process guards what all processes share", since="0.1.0")

_REACHES = {"process": "no other process", "host": "no other host"}


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each lock that is held around a change of what all processes share."""
    for lock in program.locks():
        path = program.path_to(lock.holder)
        held = Place(program.path_of(lock.holder), lock.line, 1, lock.line, 1)
        call = lock.change.rpartition(".")[2]
        changed = f"`{call}` changes what all share, in `{program.qualified(lock.changer)}`"
        last = [
            Evidence(role=Role.READ, place=held, message=f"held in `{program.qualified(lock.holder)}`"),
            Evidence(role=Role.WRITTEN, place=lock.changed, message=changed),
        ]
        first = Evidence(role=Role.DECLARED, place=lock.at, message=f"`{lock.symbol}` is made here")
        calls = program.request_path(path)[: MOST_EVIDENCE - 3]
        message = (
            f"`{lock.symbol}` is held around `{lock.change}` for `{program.entry_name(path)}`, "
            f"and keeps out {_REACHES[lock.excludes]}"
        )
        hints = Hints(name=lock.name, symbol=lock.symbol, owner="")
        yield Diagnostic(
            at=lock.at,
            symbol=lock.symbol,
            message=message,
            state=State.LOCK,
            confidence=program.confidence_of(path),
            holder=lock.holder_name,
            site="lock",
            evidence=(first, *calls, *last),
            remedy=remedies.suggest(Usage(state=State.LOCK, reason=message), hints, program.stores),
        )
