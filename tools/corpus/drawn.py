"""A sample of the findings that no label speaks of, drawn by a seed and judged by reading."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.labels import LabelError, Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corpus.findings import Finding
    from corpus.scoring import Score

FILE = Path(__file__).parents[2] / "tests/corpus/drawn.toml"
_KEYS = frozenset({"package", "path", "line", "rule", "symbol", "verdict", "why"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finding that was drawn, and what reading the code said of it.

    `lacks` names the mechanism whose absence made a wrong one; a right one has none.
    """

    package: str
    at: Spot
    rule: str
    symbol: str
    is_true: bool
    why: str
    lacks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """All that was drawn, with what it takes to draw it again."""

    seed: int
    population: int
    findings: tuple[Drawn, ...]


def read_sample(file: Path = FILE) -> Sample:
    """Read a sample; raise LabelError for an entry that is not judged, or a wrong one without its reason."""
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    findings = []
    for number, entry in enumerate(content["finding"], 1):
        is_true = entry.get("verdict") == "true"
        expected = _KEYS if is_true else _KEYS | {"lacks"}
        if set(entry) != expected or entry["verdict"] not in {"true", "wrong"} or not entry["why"]:
            raise LabelError(f"{file.name}, finding {number}: needs {', '.join(sorted(expected))}")
        findings.append(
            Drawn(
                package=entry["package"],
                at=Spot(entry["path"], entry["line"]),
                rule=entry["rule"],
                symbol=entry["symbol"],
                is_true=is_true,
                why=entry["why"],
                lacks=entry.get("lacks", ""),
            )
        )
    return Sample(seed=content["seed"], population=content["population"], findings=tuple(findings))


def draw(scores: Sequence[Score], seed: int, count: int) -> str:
    """Draw from the unlabelled findings of `dev` packages and write them down, to be judged.

    Each finding has a number by its place, its rule and the seed, and the lowest are drawn: a finding that
    comes or goes changes one of the sample, not all of it.
    """
    population = [
        (score.package.name, finding)
        for score in scores
        if score.package.part == "dev"
        for finding in score.unlabelled
    ]
    taken = sorted(population, key=lambda one: _number(one, seed))[:count]
    head = f"seed = {seed}\npopulation = {len(population)}\n"
    return "\n".join([head, *(_entry(*one) for one in sorted(taken, key=_order))])


def still_reported(drawn: Drawn, findings: Iterable[Finding]) -> bool:
    """Tell whether a finding that was drawn once is there now, under whatever rule."""
    return any(finding.at == drawn.at for finding in findings)


def _number(one: tuple[str, Finding], seed: int) -> bytes:
    package, finding = one
    words = f"{seed} {package} {finding.at.path}:{finding.at.line} {finding.rule} {finding.symbol}"
    return hashlib.sha256(words.encode()).digest()


def _order(one: tuple[str, Finding]) -> tuple[str, Spot, str, str]:
    package, finding = one
    return package.lower(), finding.at, finding.rule, finding.symbol


def _entry(package: str, finding: Finding) -> str:
    words = {
        "package": package,
        "path": finding.at.path,
        "line": finding.at.line,
        "rule": finding.rule,
        "symbol": finding.symbol,
    }
    # JSON writes text as TOML does, as long as all of it is ASCII
    rows = [f"{key:<7} = {json.dumps(value)}" for key, value in words.items()]
    return "\n".join(
        [f"# {json.dumps(finding.message)}", "[[finding]]", *rows, 'verdict = ""', 'why     = ""', ""]
    )
