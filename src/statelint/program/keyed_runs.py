"""What is remembered of functions that ask a table under one of their parameters, and of their runs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class KeyedRuns:
    """The parameter of each such function (-1: none), and the unit and constant of each run.

    The parameter is known by the unit, and by how many functions may hand the key on before one uses it.
    `count` says how many runs a unit has, `by_name` lists the functions of a name.
    """

    parameters: dict[tuple[int, int], int] = field(default_factory=dict)
    runs: dict[tuple[int, str], int] = field(default_factory=dict)
    of_run: list[tuple[int, str]] = field(default_factory=list)
    count: dict[int, int] = field(default_factory=dict)
    by_name: dict[str, list[int]] | None = None
