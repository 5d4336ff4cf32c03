"""Uploaded files kept on the local disk.

## What it finds

A request whose body, or a file in it, is written to the local disk: uploaded files that are saved or
copied, bytes of the request written to a file, media folders of frameworks that store uploads there by
default.

## Why it matters

The file is on the disk of the instance that took it. The next request for it may ask another one, and with
a container the disk goes too. Users meet it as pictures that are there on every third click.

## Do this instead

Stream the upload to object storage and keep its key in the database; or let the browser upload there
itself, with a signed address.

## Not reported

Temporary files that end with the call, uploads that are passed on, storage back ends of another machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose_file, diagnose_kept
from statelint.model.diagnostics import State
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="an uploaded file is kept on the local disk", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call or setting that keeps uploads here."""
    for write in program.file_writes():
        if write.is_upload:
            message = "{call} keeps what {entry} uploads on the local disk, where no other instance reads it"
            yield diagnose_file(program, write, message, State.UPLOAD)
    for kept in program.kept("local-upload"):
        message = (
            f"`{kept.symbol}` keeps uploads in {kept.entry.what}{{because}}, and each instance has its own"
        )
        yield diagnose_kept(program, kept, message)
