"""Whole projects whose code and deployment are joined: what is reported, and what hangs on which line.

A page of `tests/topology` is about one project of `tests/fixtures`. Its block `report` is what a person is
shown. A block `removal` names a line of a deployment file, and then each finding that changes when that line
is blank: as it was, and what becomes of it. What is not named must not change.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from reports import rendered
from statelint.engine.run import run
from statelint.model.diagnostics import Role
from statelint.model.settings import Audience, Settings

if TYPE_CHECKING:
    from statelint.model.diagnostics import Finding, Report

FIXTURES = Path(__file__).parent / "fixtures"
PAGES = sorted((Path(__file__).parent / "topology").glob("*.md"))
BLOCK = re.compile(r"^```(?P<kind>report|removal)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Key(NamedTuple):
    """What a finding is about, whatever is said of it."""

    rule: str
    path: str
    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One line of a deployment file, and the changes that its removal makes, a line each."""

    project: str
    path: str
    line: str
    changes: tuple[str, ...]

    def __str__(self) -> str:
        """Name the test case."""
        return f"{self.project}/{self.path}: {self.line}"


def blocks(page: Path, kind: str) -> list[str]:
    """Give the texts of the blocks of one kind."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [each["text"] for each in found if each["kind"] == kind]


def removals() -> list[Removal]:
    """Read what all pages say of single lines."""
    found = []
    for page in PAGES:
        for text in blocks(page, "removal"):
            head, *changes = text.splitlines()
            path, _, line = head.partition(": ")
            found.append(
                Removal(
                    project=page.stem,
                    path=path,
                    line=line,
                    changes=tuple(change.strip() for change in changes),
                )
            )
    return found


REMOVALS = removals()


def report_of(project: Path) -> Report:
    """Lint a project as an auditor, and insist that everything could be read."""
    report = run(Settings(project=project, paths=(project,), audience=Audience.AUDITOR))
    assert report.problems == ()
    return report


def told(report: Report) -> dict[Key, str]:
    """Say of each finding how bad it is, in how many copies, and what the environment says of it."""
    return {Key(one.rule, one.place.path, one.symbol): _words(one) for one in report.findings}


def _words(finding: Finding) -> str:
    roles = (Role.COPIES, Role.CONFIG)
    lines = (item.message for item in finding.evidence if item.role in roles and item.place != finding.place)
    return f"{finding.severity}: {'; '.join(lines) or 'nothing is said of copies'}"


@cache
def whole(project: str) -> dict[Key, str]:
    """Say what is found in a project of which no line is missing."""
    return told(report_of(FIXTURES / project))


def changes(before: dict[Key, str], after: dict[Key, str]) -> tuple[str, ...]:
    """List what is gone, what is new, and what is said otherwise."""
    found = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key, "not reported"), after.get(key, "not reported")
        if was != now:
            found.append(f"{key.rule} {key.path} {key.symbol} | {was} | {now}")
    return tuple(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_report_of_a_project_is_as_its_page_shows(page: Path) -> None:
    project = FIXTURES / page.stem
    report = report_of(project)

    assert blocks(page, "report") == [rendered(report, project, "full")]


@pytest.mark.parametrize("case", REMOVALS, ids=str)
def test_a_line_decides_what_its_page_says_and_nothing_else(case: Removal, tmp_path: Path) -> None:
    project = tmp_path / case.project
    shutil.copytree(FIXTURES / case.project, project, ignore=shutil.ignore_patterns("__pycache__"))
    file = project / case.path
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in lines].count(case.line) == 1, f"no single line `{case.line}`"
    kept = ["" if line.strip() == case.line else line for line in lines]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")

    assert changes(whole(case.project), told(report_of(project))) == case.changes


def test_every_project_has_a_page_and_each_page_a_project() -> None:
    projects = {path.parent.name for path in FIXTURES.glob("*/statelint.toml")}
    assert {page.stem for page in PAGES} == projects
    assert {case.project for case in REMOVALS} == projects
