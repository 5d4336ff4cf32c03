"""Names bound at module level and changed while serving.

## What it finds

A list, dict, counter or flag that a module defines, and that a request changes: by an item, a mutating
method, a rebinding through `global`, or from another module as `module.NAME[key] = value`. The change counts,
not the definition: a table that is filled while modules are imported is left alone.

## Why it matters

Each worker process has a module of its own. What one request stores there, the next one may not find, because
another process answers it, and all of it is gone when the process ends.

## Do this instead

Keep it where every process looks: Redis for sessions, counters and short-lived results, a database for
records, a queue with a broker for work. The finding names the store that fits what the name is used for.

## Not reported

Tables that only imports fill, clients and pools made when first needed, memos of pure functions, what nobody
reads while serving, commands and tests.
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

META = RuleMeta(summary="a name of a module is changed while serving", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each name of a module that serving code changes."""
    for site in program.sites(Home.MODULE):
        message = f"`{site.symbol}` is changed by {{entry}}, and each process has its own"
        yield diagnose(program, site, message)
