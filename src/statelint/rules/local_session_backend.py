"""Sessions kept where only this instance finds them.

## What it finds

A session back end of a framework or library that keeps what a user comes back for in the memory of the
process or on the local disk: a store class, a setting, or a call that is told no other place.

## Why it matters

The next request of the same user may reach another instance, which knows nothing of the log-in or the
basket. Sticky sessions hide that until an instance is replaced.

## Do this instead

Tell the library a store that all instances reach: Redis with an expiry, a table of the database, or a
signed cookie for what is small.

## Not reported

Stores of another machine, signed cookies, sessions of commands and tests, and settings that only
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

META = RuleMeta(summary="sessions are kept where only this instance finds them", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call or setting of this kind."""
    for kept in program.kept("local-session-backend"):
        message = (
            f"`{kept.symbol}` keeps sessions in {kept.entry.what}{{because}}, and each instance has its own"
        )
        yield diagnose_kept(program, kept, message)
