"""Application objects used as a store.

## What it finds

An attribute or key that a request puts on the application: on its state or configuration, on its extensions,
or on the object itself.

## Why it matters

The application object exists once in each process. A setting that one request changes there is in force for
the requests that the same process happens to answer, and for no others.

## Do this instead

Set on the application what is the same in every process and never changes: clients, pools, configuration read
at start-up. Keep what requests change in a store that every process reaches.

## Not reported

What start-up code puts there, and objects that a framework makes for one request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose
from statelint.model.rules import RuleMeta
from statelint.program.cell_names import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="an application object is changed while serving", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each attribute or key that serving code puts on an application."""
    for site in program.sites(Home.APP):
        message = f"`{site.symbol}` is set by {{entry}}, and each process has its own application object"
        yield diagnose(program, site, message)
