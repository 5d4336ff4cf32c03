"""Run the specs in `tests/cache`: a project is linted, edited, and linted again, with one cache all the way.

A page holds cases as every spec does (see `specs.py`). A `###` heading opens a step of the case above it:
files that are named there replace those of before or are new, and all others stay, with their marks. Two
lines mean something in a step:

    `app.py` is removed.
    Read anew: `app.py`, `carts.py`.

The second one is needed in each step, and says which files are parsed in it; it may be `Read anew: nothing.`

Each step must say what its marks claim, the same as a run without a cache, and the same when it is run twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from unittest.mock import patch

from specs import ROOT, Case, add_block, broken, check_marks, compare, pieces_of
from statelint.config import load_settings
from statelint.engine import facts
from statelint.engine.cache import NO_CACHE, open_cache
from statelint.engine.run import run
from statelint.model.settings import Audience

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.engine.cache import Cache, Facts
    from statelint.model.diagnostics import Report
    from statelint.model.files import SourceFile

STEP = re.compile(r"### +(?P<title>.+)")
REMOVED = re.compile(r"`(?P<name>[^`]+)` is removed\.")
READ_ANEW = re.compile(r"Read anew: (?P<names>nothing|`[^`]+`(?:, `[^`]+`)*)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The project at one moment, and the files that are parsed for it; None in the first step: all."""

    case: Case
    anew: frozenset[str] | None = None


def pages(tests: Path = ROOT / "tests") -> tuple[Path, ...]:
    """Find the pages, in a fixed order."""
    return tuple(sorted((tests / "cache").glob("*.md")))


def parse_steps(page: Path) -> tuple[tuple[Step, ...], ...]:
    """Read the cases of one page, each the steps that follow on each other."""
    chains: list[list[Step]] = []
    name = ""
    for number, kind, text, lines in pieces_of(page):
        if kind == "heading":
            case = Case(page=page, line=number, title=text, files={}, marks=())
            chains.append([Step(case=case)])
        elif not chains and kind == "block":
            raise broken(page, number, "a block before the first `##` heading")
        elif step := STEP.fullmatch(text):
            before = chains[-1][-1].case
            title = f"{chains[-1][0].case.title} / {step['title']}"
            chains[-1].append(Step(case=replace(before, title=title, line=number)))
        elif chains:
            chains[-1][-1] = _edit(chains[-1], kind, name, text, lines, number)
        name = text if kind == "name" else ""
    for chain in chains:
        for step in chain:
            check_marks(step.case)
            if (step.anew is None) is not (step is chain[0]):
                raise broken(page, step.case.line, "each step but the first says what is read anew")
    return tuple(map(tuple, chains))


def _edit(chain: list[Step], kind: str, name: str, text: str, lines: list[str], number: int) -> Step:
    step = chain[-1]
    if kind == "block":
        kept = _without(step.case, name) if len(chain) > 1 else step.case
        return replace(step, case=add_block(kept, name, text, lines, number))
    if removed := REMOVED.fullmatch(text):
        if removed["name"] not in step.case.files:
            raise broken(step.case.page, number, f"there is no `{removed['name']}` to remove")
        return replace(step, case=_without(step.case, removed["name"]))
    if anew := READ_ANEW.fullmatch(text):
        return replace(step, anew=frozenset(re.findall(r"`([^`]+)`", anew["names"])))
    return step


def _without(case: Case, name: str) -> Case:
    files = {path: text for path, text in case.files.items() if path != name}
    return replace(case, files=files, marks=tuple(mark for mark in case.marks if mark.path != name))


def check_steps(steps: tuple[Step, ...], folder: Path) -> list[str]:
    """Go through the steps in one folder with one cache, and list what is wrong."""
    root, cache = folder / "project", folder / "cache"
    complaints = []
    for step in steps:
        _write(step.case, root)
        report, read = _lint(root, cache)
        wrong = compare(step.case, report)
        if step.anew is not None and read != step.anew:
            wrong.append(f"read anew: {sorted(read)}, not {sorted(step.anew)}")
        if report != _lint(root, None)[0]:
            wrong.append("a run without a cache says something else")
        if _lint(root, cache) != (report, frozenset()):
            wrong.append("run twice, it reads something anew or says something else")
        complaints += [f"{step.case.title}: {complaint}" for complaint in wrong]
    return complaints


def _write(case: Case, root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.relative_to(root).as_posix() not in case.files:
            path.unlink()
    for name, text in case.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _lint(root: Path, folder: Path | None) -> tuple[Report, frozenset[str]]:
    """Lint for an auditor; name the files that were parsed."""
    settings = load_settings([root], {"audience": Audience.AUDITOR, "jobs": 1})
    cache: Cache = open_cache(folder, settings) if folder is not None else NO_CACHE
    read: set[str] = set()
    read_file = facts.read_file

    def note(file: SourceFile) -> Facts:
        read.add(file.path)
        return read_file(file)

    with patch.object(facts, "read_file", note):
        report = run(settings, cache=cache)
    return report, frozenset(read)
