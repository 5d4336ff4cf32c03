"""Variables of a closure, default arguments and function attributes that requests change.

## What it finds

A variable of an app factory or decorator factory that nested handlers share, a `nonlocal` counter, a mutable
default argument, an attribute put on a function: each is made once, at start-up, and changed while serving.

## Why it matters

A closure hides its data better than a module does, but it lives just as long: once in each process. A rate
limit kept there counts per process, so two workers allow twice as many requests.

## Do this instead

Count, store and look up in a store that every process reaches. For a rate limit that is an atomic increment
with an expiry, for anything else what the finding names.

## Not reported

Variables of functions that run for one request, and what a callback made per request keeps to itself.
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

META = RuleMeta(summary="a variable of a closure is changed while serving", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each captured variable, default or function attribute that is changed."""
    for site in program.sites(Home.CLOSURE):
        where = f"`{site.symbol}` lives in `{site.owner}`"
        yield diagnose(program, site, f"{where}, {{entry}} changes it, and each process has its own")
