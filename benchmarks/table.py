"""The page of results: what was measured, on what, and how it compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import FLOOR, RUFF

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.measure import Cost

HEAD = """\
# Benchmarks

Written by `make bench`. Each row is a whole process, started anew for each run; the rows of a table were
run in turns (each once, then each once more), so that a busy machine is busy for all of them. Figures
are medians; wall time also has the quickest and the slowest run. CPU is user and system time of the
process and of those that it started; the peak is the largest resident size of any one process. Output
goes nowhere. The floor reads exactly the Python files that statelint reads and gives each to
`ast.parse`, with the garbage collector off. ruff has all rules, flake8 and bandit those that they start
with, semgrep the five of `benchmarks/semgrep.yaml`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One tree and what everything cost on it."""

    title: str
    packages: Sequence[str]
    files: int
    lines: int
    costs: Mapping[str, Cost]


def page(machine: Iterable[str], notes: Iterable[str], results: Iterable[Result]) -> str:
    """Write the page in Markdown."""
    parts = [HEAD, "".join(f"- {line}\n" for line in (*machine, *notes))]
    parts += [section(result) for result in results]
    return "\n".join(parts)


def section(result: Result) -> str:
    """Write one table: absolute figures, CPU against the floor, wall time against ruff."""
    floor = result.costs[FLOOR].cpu if FLOOR in result.costs else 0
    ruff = result.costs[RUFF].wall if RUFF in result.costs else 0
    packages = ", ".join(f"`{package}`" for package in result.packages)
    rows = [
        f"## {result.title[:1].upper()}{result.title[1:]}",
        "",
        f"{packages}: {result.files:,} files, {result.lines:,} lines of Python.",
        "",
        "| | wall s | range | CPU s | CPU, of the floor | wall, of ruff | peak MB | runs |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, cost in result.costs.items():
        rows.append(
            f"| {name} | {cost.wall:.2f} | {cost.quickest:.2f}-{cost.slowest:.2f} | {cost.cpu:.2f} "
            f"| {_ratio(cost.cpu, floor)} | {_ratio(cost.wall, ruff)} "
            f"| {cost.peak / 1e6:.0f} | {cost.runs} |"
        )
    return "".join(f"{row}\n" for row in rows)


def _ratio(value: float, base: float) -> str:
    return f"{value / base:.1f} x" if base else ""
