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

Streams and buffers in memory, `/dev/null`, temporary files that end with the call, files written at start-up,
by commands or by tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint import remedies
from statelint.model.diagnostics import Diagnostic, Evidence, Role, State
from statelint.model.places import Place
from statelint.model.rules import RuleMeta
from statelint.program.program import MOST_EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program

META = RuleMeta(summary="a file is written on the local disk while serving", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call that writes a file while serving."""
    for write in program.file_writes():
        path = program.path_to(write.context)
        place = Place(program.path_of(write.context), *write.span)
        function = program.qualified(write.context)
        call = write.name.rpartition(".")[2]
        entry = program.entry_name(path)
        written = Evidence(role=Role.WRITTEN, place=place, message=f"`{call}` writes a file in `{function}`")
        state = State.UPLOAD
        yield Diagnostic(
            at=place,
            symbol=call,
            message=f"`{call}` writes to the local disk for `{entry}`, where no other instance reads it",
            state=state,
            confidence=program.confidence_of(path),
            holder=f"{function}.{call}",
            site="call",
            evidence=(*program.request_path(path), written)[-MOST_EVIDENCE:],
            remedy=remedies.suggest_for_file(write.path, state),
        )
