"""Attributes of an object that outlives the request.

## What it finds

A field of a store, manager or hub that serving code changes, where the object itself lives as long as the
process: a module-level object, one that a memoised factory or dependency injection hands to every request,
middleware, a servicer, an object whose bound methods are registered as routes or callbacks.

## Why it matters

The object exists once in each process. Users of two processes see two different stores, and a restart empties
both. In two of three services the class stands in another file than the handler, so nobody sees it.

## Do this instead

Keep the class and its methods, and let them read and write a store that every process reaches. The handlers
need no change.

## Not reported

Objects made for one request, what a constructor sets, clients and pools made when first needed, fields that
nobody reads while serving.
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

META = RuleMeta(
    summary="a field of an object that outlives the request is changed while serving", since="0.1.0"
)


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each field that serving code changes on an object that lives on."""
    for site in program.sites(Home.INSTANCE):
        message = f"`{site.symbol}` outlives the request, {{entry}} changes it, and each process has its own"
        yield diagnose(program, site, message)
