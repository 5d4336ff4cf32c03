"""Logs in files of the service.

## What it finds

A service that logs to a file: file handlers and rotating ones, `basicConfig(filename=...)`, tables of
handlers, sinks that are paths, logging settings of frameworks.

## Why it matters

The file goes with its instance, fills its disk until it does, and with three instances nobody reads all
three. Two processes that rotate one file lose lines.

## Do this instead

Write to standard output, and let the platform collect, keep and search what all instances say.

## Not reported

Standard streams and their files below `/dev` and `/proc`, handlers of commands and tests, settings that
only development uses (a note).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose_kept
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="the service logs to a file on the local disk", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each log file."""
    for kept in program.kept("local-log-file"):
        message = f"`{kept.symbol}` writes {kept.entry.what}{{because}}, and each instance has its own"
        yield diagnose_kept(program, kept, message)
