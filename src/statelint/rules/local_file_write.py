"""Files written while serving.

## What it finds

A request that writes to the local disk: `open` in a writing mode, the writing methods of paths, moving and
copying files, archives and savers of libraries, when the call can be reached from a handler.

## Why it matters

The file is on the disk of the instance that answered. Another instance cannot read it, and with a container
the disk goes too. Users meet it as uploads that are there on every third click.

## Do this instead

Stream it to object storage and keep its key in the database. Write records to a database and logs to standard
output.

## Not reported

Streams and buffers in memory, `/dev/null`, temporary files that end with the call, files that are removed
before the answer, files written at start-up, by commands or by tests. Files that are made again where they
are missing or too old, of nothing but what the program has and what their name says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose_file
from statelint.model.diagnostics import State
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="a file is written on the local disk while serving", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call that writes a file while serving."""
    for write in program.file_writes():
        state = State.RECORDS if write.is_record else State.UPLOAD
        message = "{call} writes to the local disk for {entry}, where no other instance reads it"
        yield diagnose_file(program, write, message, state)
