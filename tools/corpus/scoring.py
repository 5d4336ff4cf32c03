"""Which findings speak of which labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus.labels import Case, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.findings import Finding
    from corpus.labels import Package, Spot

_MOST_SERVED = 2
"""Stateful labels that one finding may answer: a cache and the dict of ages beside it, no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A label and the findings that speak of it."""

    case: Case
    findings: tuple[Finding, ...]

    @property
    def is_right(self) -> bool:
        """Tell whether what must be found was found, and what must be quiet was quiet."""
        return bool(self.findings) == (self.case.verdict is Verdict.STATEFUL)

    @property
    def names_the_kind(self) -> bool:
        """Tell whether a finding has the kind of state that the label has."""
        return any(self.case.accepts(finding.state) for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One package: what became of its labels, and which findings no label speaks of."""

    package: Package
    outcomes: tuple[Outcome, ...]
    unlabelled: tuple[Finding, ...]
    lines: int

    @property
    def counted(self) -> tuple[Outcome, ...]:
        """Give the outcomes of labels that are not contested."""
        return tuple(outcome for outcome in self.outcomes if not outcome.case.contested)


def judge(package: Package, findings: Sequence[Finding], lines: int) -> Score:
    """Give each label its findings: by place, by what was declared and written, and by symbol.

    A finding that stands on the line of a label belongs to it and to no look-alike elsewhere.
    """
    served: Counter[int] = Counter()
    owned = [_owners(finding, package.cases) for finding in findings]
    outcomes = []
    for case in package.cases:
        stateful = case.verdict is Verdict.STATEFUL
        hits = [
            n
            for n, finding in enumerate(findings)
            if _speaks_of(finding, case)
            and (not owned[n] or case in owned[n] or (stateful and not _stands_on(finding, case)))
            and not (stateful and served[n] >= _MOST_SERVED)
        ]
        if stateful:
            served.update(hits)
        outcomes.append(Outcome(case=case, findings=tuple(findings[n] for n in hits)))
    spoken = {id(finding) for outcome in outcomes for finding in outcome.findings}
    return Score(
        package=package,
        outcomes=tuple(outcomes),
        unlabelled=tuple(finding for finding in findings if id(finding) not in spoken),
        lines=lines,
    )


def _near(one: Spot, other: Spot) -> bool:
    """Tell whether two spots are the same line or neighbours: a decorator stands above its function."""
    return one.path == other.path and abs(one.line - other.line) <= 1


def _stands_on(finding: Finding, case: Case) -> bool:
    """Tell whether a finding is about the line of a label: on it, or beside it under the same name."""
    return finding.at == case.at or (_near(finding.at, case.at) and _namesake(finding, case))


def _bare(symbol: str) -> str:
    """Reduce `self.x['k']` and `Class.x` to `x`."""
    return symbol.replace("()", "").partition("[")[0].strip().rpartition(".")[2]


def _owners(finding: Finding, cases: Sequence[Case]) -> list[Case]:
    standing = [case for case in cases if _stands_on(finding, case)]
    return [case for case in standing if case.at == finding.at] or standing


def _namesake(finding: Finding, case: Case) -> bool:
    return bool(finding.symbol) and _bare(finding.symbol) == _bare(case.symbol)


def _speaks_of(finding: Finding, case: Case) -> bool:
    if finding.at == case.at or (finding.at.path == case.at.path and _namesake(finding, case)):
        return True
    if case.verdict is not Verdict.STATEFUL:
        return False
    return any(_near(one, other) for one in (finding.at, *finding.spots) for other in (case.at, *case.writes))
