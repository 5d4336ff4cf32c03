"""The services of a project as a page shows them: plain values, independent of how they were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.diagnostics import Copies, Problem
    from statelint.model.files import FileRole
    from statelint.model.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that a deployment file says, where it says it."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """How many instances there are, or workers in each; `number` is None where it is not known."""

    what: str
    number: int | None
    copies: Copies
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """One service; `modules` is 0 where its code is not known, `findings` count what is shown by severity."""

    name: str
    unit: str
    place: Place
    role: FileRole
    copies: Copies
    worded: str
    factors: tuple[Factor, ...]
    processes: tuple[tuple[str, Said], ...]
    entries: tuple[str, ...]
    modules: int
    found_by: str
    schedulers: tuple[Said, ...]
    volumes: tuple[Said, ...]
    affinity: tuple[Said, ...]
    findings: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyReport:
    """All services in order of place, findings that belong to none of them, and what could not be read."""

    services: tuple[ServiceRow, ...]
    unplaced: Mapping[str, int]
    problems: tuple[Problem, ...]
