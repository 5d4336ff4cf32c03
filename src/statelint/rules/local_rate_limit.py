"""Limits that every process counts for itself.

## What it finds

A rate limiter that is told no storage, or one in memory: the limit holds in each process by itself.
Throttles of a framework that count in its cache are followed to where that cache is.

## Why it matters

Four workers on three machines let through twelve times what the limit says, and a restart forgets every
count: who guesses passwords only has to wait for a deployment.

## Do this instead

Give the limiter the address of Redis or Memcached, or limit in the gateway in front of all instances.

## Not reported

Limiters with a shared storage, limits in commands and tests, and what only development uses (a note).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose_kept
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="a limit is counted by each process for itself", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call or setting of this kind."""
    for kept in program.kept("local-rate-limit"):
        message = f"`{kept.symbol}` counts in {kept.entry.what}{{because}}, and each process grants it anew"
        yield diagnose_kept(program, kept, message)
