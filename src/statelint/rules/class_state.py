"""Class attributes used as a store that all objects share.

## What it finds

A list, dict, set or flag in a class body that serving code changes through `self`, `cls`, `type(self)` or the
class name, also where a base class declares it or a subclass does. All objects of the class share it, so it
outlives the request, however short the life of the objects.

## Why it matters

What looks like a field of one object is one store for the whole process, and only for this process: another
worker has another one, and a restart empties it.

## Do this instead

Give each object its own attribute in `__init__` if sharing was never meant. If it was, keep the data in a
store that all processes reach, and let the class read and write there.

## Not reported

Registries filled by decorators, metaclasses or `__init_subclass__` while modules are imported, a lazily made
singleton that holds no data, constants.
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

META = RuleMeta(summary="a class attribute is changed while serving", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each class attribute that serving code changes."""
    for site in program.sites(Home.CLASS):
        message = f"all objects share `{site.symbol}`, {{entry}} changes it, and each process has its own"
        yield diagnose(program, site, message)
