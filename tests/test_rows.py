"""The rows of the decision list: each has cases that it decides, and look-alikes that it leaves alone.

A case of `tests/program` whose title begins with `D5b: ` must be decided by that row, and one that begins
with `Not D5b: ` by another one.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import pytest

from specs import PLAIN, ROOT, pages, parse_page, read_project, write_project
from statelint.engine.analysis import link_facts

if TYPE_CHECKING:
    from pathlib import Path

    from specs import Case

_TITLE = re.compile(r"(?P<opposite>Not )?(?P<row>D\d+[a-f]?): ")
_CASES = {
    case.name: (case, match["row"], bool(match["opposite"]))
    for page in pages()
    if page.parent.name == "program"
    for case in parse_page(page)
    if (match := _TITLE.match(case.title)) is not None
}
_ROWS = ("D1", "D2", "D3", "D4", "D5a", "D5b", "D5c", "D5d", "D5e", "D6", "D7", "D8", "D9", "D10")
"""All but D5f, which only sends a memo whose values are changed to the rows below, and D11, the rest."""
_PAIRS = parse_page(ROOT / "tests/program/pairs.md")
_STATE = ("D5b", "D5e")
"""The rows that convict; the others are said to decide where they acquit."""
FEWEST = 6
ALIKE = 0.6
"""How much of two texts is the same, at the least, for their programs to have one shape."""


def decided(case: Case, folder: Path) -> set[str]:
    settings, _, facts = read_project(write_project(case.files, folder, PLAIN), PLAIN)
    program = link_facts(settings, facts)
    found = [site.decision for site in program.all_sites] + [memo.decision for memo in program.memos()]
    rows = {decision.row for decision in found if decision.ephemeral or decision.row in _STATE}
    return rows if found else {"D1"}


@pytest.mark.parametrize(("case", "row", "opposite"), _CASES.values(), ids=_CASES)
def test_a_case_is_decided_by_its_row(case: Case, row: str, opposite: bool, tmp_path: Path) -> None:  # noqa: FBT001
    assert (row in decided(case, tmp_path)) is not opposite


def test_each_row_has_cases_and_their_opposites() -> None:
    cases = Counter(row for _, row, opposite in _CASES.values() if not opposite)
    others = Counter(row for _, row, opposite in _CASES.values() if opposite)
    few = {row: (cases[row], others[row]) for row in _ROWS if min(cases[row], others[row]) < FEWEST}
    assert not few


@pytest.mark.parametrize("at", range(0, len(_PAIRS), 2), ids=lambda at: _PAIRS[at].title)
def test_a_pair_has_one_shape_and_opposite_verdicts(at: int) -> None:
    one, other = _PAIRS[at : at + 2]
    first, second = _TITLE.match(one.title), _TITLE.match(other.title)
    assert first is not None and second is not None  # noqa: PT018 - for the type checker
    assert (first["row"], first["opposite"], second["opposite"]) == (second["row"], None, "Not ")
    assert bool(_state(one)) is not bool(_state(other))
    assert SequenceMatcher(None, one.files["app.py"], other.files["app.py"], autojunk=False).ratio() > ALIKE


def _state(case: Case) -> list[str]:
    return [mark.word for mark in case.marks if mark.kind == "finds" and mark.word != "local-file-write"]


def test_there_are_forty_pairs() -> None:
    assert len(_PAIRS) >= 2 * 40
