"""How settings are spelled in public files, and what only looks like them: `tests/spellings` holds both.

A case of `RULE-on.toml` must be found on the line that decides, with a remedy; one of `RULE-off.toml` must
give no more than a note.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from statelint.config import load_settings
from statelint.engine.run import run
from statelint.model.diagnostics import Severity
from statelint.model.settings import Audience

if TYPE_CHECKING:
    from statelint.model.diagnostics import Finding, Report

FOLDER = Path(__file__).with_name("spellings")
RULES = ("cron-per-instance", "local-volume", "sticky-session")
LEAST = {"cron-per-instance": 40, "local-volume": 30, "sticky-session": 120}
"""Spellings of each rule, half of them look-alikes."""

LEAST_FORMATS = 25


@cache
def cases(rule: str, kind: str) -> list[dict[str, Any]]:
    page = (FOLDER / f"{rule}-{kind}.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomli.loads(page)[kind]
    return found


def named(kind: str) -> list[Any]:
    return [
        pytest.param(rule, case, id=f"{rule} {number} {case['format']}")
        for rule in RULES
        for number, case in enumerate(cases(rule, kind))
    ]


def lint(root: Path, case: dict[str, Any]) -> Report:
    (root / "statelint.toml").write_text("")
    for file in case["file"]:
        target = root / file["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file["text"], encoding="utf-8")
    return run(load_settings([root], {"audience": Audience.AUDITOR, "jobs": 1}))


def serious(report: Report, rule: str) -> list[Finding]:
    return [one for one in report.findings if one.rule == rule and one.severity is not Severity.NOTE]


@pytest.mark.parametrize(("rule", "case"), named("on"))
def test_spelling_is_found_on_the_line_that_decides(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    report = lint(tmp_path, case)
    found = serious(report, rule)
    assert case["at"] in {f"{one.place.path}:{one.place.line}" for one in found}
    assert all(one.remedy.title and one.remedy.text for one in found)
    assert not [problem for problem in report.problems if problem.fatal]


@pytest.mark.parametrize(("rule", "case"), named("off"))
def test_look_alike_stays_quiet(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    report = lint(tmp_path, case)
    assert serious(report, rule) == []
    assert not [problem for problem in report.problems if problem.fatal]


@pytest.mark.parametrize("rule", RULES)
def test_there_are_enough_spellings_and_half_of_them_are_look_alikes(rule: str) -> None:
    texts = {
        kind: {tuple(file["text"] for file in case["file"]) for case in cases(rule, kind)}
        for kind in ("on", "off")
    }
    assert len(texts["on"]) == len(cases(rule, "on"))
    assert min(len(texts["on"]), len(texts["off"])) >= LEAST[rule] // 2
    assert len(texts["on"]) + len(texts["off"]) >= LEAST[rule]
    assert not texts["on"] & texts["off"]


def test_there_are_enough_formats() -> None:
    found = {case["format"] for rule in RULES for case in cases(rule, "on")}
    assert len(found) >= LEAST_FORMATS
