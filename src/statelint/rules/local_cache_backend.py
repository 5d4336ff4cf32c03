"""Caches that every process fills, and drops, for itself.

## What it finds

A cache library or the cache setting of a framework that caches in the memory of the process or
on the local disk: a back end class, an address, a setting, a setting that is left out although the cache is
used, or a call that is told no other place.

## Why it matters

What one process drops or refreshes stays as it was in the others, so that users see old and new by turns;
locks, counters and one-time codes that are put into such a cache do not hold at all.

## Do this instead

Name a shared back end, Redis or Memcached. Where a private copy is meant and does no harm, keep it with
an expiry and say so in a suppression.

## Not reported

Shared back ends, caches that are switched off, caches in commands and tests, caches that end with the
call, and settings that only development uses (a note).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose_kept
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="cached entries are kept by each process for itself", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call or setting of this kind."""
    for kept in program.kept("local-cache-backend"):
        message = f"`{kept.symbol}` caches in {kept.entry.what}{{because}}, and each instance has its own"
        yield diagnose_kept(program, kept, message)
