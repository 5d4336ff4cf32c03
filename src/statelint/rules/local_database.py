"""Records in a database that only this instance has.

## What it finds

A database library that is told, or not told otherwise, to keep its data in a local file or in memory:
SQLite and whatever sits on it, key-value files, document stores and vector indexes of one process.
Addresses are followed through names, settings classes, the defaults of environment variables, fallbacks and
conditions.

## Why it matters

The records are on the disk of one instance. A second instance starts with an empty database, and a
container takes its own along when it is replaced: what a user has saved is there on one visit and gone on
the next.

## Do this instead

Use a database server that all instances reach, and refuse to start without its address rather than falling
back to a file.

## Not reported

Databases opened for reading only, in commands, migrations or tests, databases in memory that end with the
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

META = RuleMeta(summary="records are kept in a database of this instance alone", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each database that is local."""
    for kept in program.kept("local-database"):
        message = f"`{kept.symbol}` keeps data in {kept.entry.what}{{because}}, and each instance has its own"
        yield diagnose_kept(program, kept, message)
