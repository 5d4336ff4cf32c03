"""Run the pages of `tests/graph`: a case is a small project, and an `expect` block says who calls whom in it.

    main calls: main.greet, <builtin>.print
    main misses: main.hello         a known gap: fails as soon as it is found
    main overreports: main.bye      a known mistake: fails as soon as it is gone

It is exact: each call that is found must be expected, and each that is expected must be found. A call is what
code of the caller runs: by its parentheses, or because the language or a builtin calls there and then for it
(a property, `with`, `for`, `raise`, a key of `sorted`). What a library is given to call later is no call of
whoever gives it. A class is called by the constructors that run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from specs import ROOT, VARIANTS, SpecError, pieces_of, read_project, write_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specs import Variant

    Edge = tuple[str, str]

HEADINGS = [
    *("args", "assignments", "builtins", "classes", "decorators", "dicts", "direct_calls", "dynamic"),
    *("exceptions", "external", "functions", "generators", "imports", "kwargs", "lambdas", "lists", "mro"),
    "returns",
]
"""The headings of the micro-benchmark of PyCG, under which call graphs are compared."""

WAYS = tuple(variant for variant in VARIANTS if not variant.warm)
"""The ways of reading a project; a kept report is not asked for."""

CLAIM = re.compile(r"(?P<caller>\S+) (?P<kind>calls|misses|overreports): (?P<callees>\S+(?:, \S+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCase:
    """One project and the calls in it, by kind of claim."""

    page: Path
    line: int
    title: str
    files: dict[str, str] = field(default_factory=dict)
    claims: dict[str, set[Edge]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name the case in a list of tests."""
        return f"{self.page.stem}: {self.title}"


def graph_pages(tests: Path = ROOT / "tests") -> tuple[Path, ...]:
    """Find the pages, in a fixed order."""
    return tuple(sorted((tests / "graph").glob("*.md")))


def parse_graph_page(page: Path) -> tuple[GraphCase, ...]:
    """Read the cases of one page."""
    cases: list[GraphCase] = []
    name = ""
    for number, kind, text, lines in pieces_of(page):
        if kind == "heading":
            cases.append(GraphCase(page=page, line=number, title=text))
        elif kind == "block" and text == "expect":
            _take_claims(cases[-1], lines, number)
        elif kind == "block":
            if not name or name in cases[-1].files:
                raise SpecError(f"{page}:{number}: a block needs a line with a new file name above it")
            cases[-1].files[name] = "".join(f"{line}\n" for line in lines)
        name = text if kind == "name" else ""
    for case in cases:
        if not case.files or not case.claims:
            raise SpecError(f"{page}:{case.line}: a case needs files and an `expect` block")
    return tuple(cases)


def _take_claims(case: GraphCase, lines: list[str], start: int) -> None:
    for offset, line in enumerate(lines, start + 1):
        claim = CLAIM.fullmatch(line)
        if not claim:
            raise SpecError(f"{case.page}:{offset}: not `CALLER calls: CALLEE, ...`: {line}")
        edges = {(claim["caller"], callee) for callee in claim["callees"].split(", ")}
        if any(edges & known for known in case.claims.values()):
            raise SpecError(f"{case.page}:{offset}: claimed twice: {line}")
        case.claims.setdefault(claim["kind"], set()).update(edges)


def check_graph(case: GraphCase, folder: Path) -> list[str]:
    """Hold the graph of a case against its claims, in every way of reading it; an empty list is a pass."""
    first, *others = (_graph(case, folder, variant) for variant in WAYS)
    edges = {(name, callee) for name, callees in first.items() for callee in callees}
    complaints = list(_compare(case, edges))
    complaints += [f"`{v.name}` disagrees" for v, o in zip(WAYS[1:], others, strict=True) if o != first]
    return complaints


def _graph(case: GraphCase, folder: Path, variant: Variant) -> dict[str, tuple[str, ...]]:
    from statelint.engine.graph import graph_of
    from statelint.model.graph import CallGraph

    root = write_project(case.files, folder, variant)
    told = graph_of(*read_project(root, variant), states=False)
    assert not told.problems
    assert isinstance(told.graph, CallGraph)
    return dict(told.graph.calls)


def _compare(case: GraphCase, found: set[Edge]) -> Iterator[str]:
    missed, wrong = case.claims.get("misses", set()), case.claims.get("overreports", set())
    expected = case.claims.get("calls", set())
    for what, edges in {
        "is not found": expected - found,
        "no claim expects this": found - expected - missed - wrong,
        "is found now, so write `calls`": missed & found,
        "is gone, so take the claim away": wrong - found,
    }.items():
        yield from (f"{caller} -> {callee}: {what}" for caller, callee in sorted(edges))


def counted(cases: tuple[GraphCase, ...]) -> tuple[float, float]:
    """Give the part of all calls that is found, and the part of what is found that is right."""
    total = {
        kind: sum(len(case.claims.get(kind, ())) for case in cases)
        for kind in ("calls", "misses", "overreports")
    }
    right = total["calls"]
    return right / (right + total["misses"]), right / (right + total["overreports"])
