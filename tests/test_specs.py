"""Every case of every page holds, in every way of linting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specs import FOLDERS, ROOT, VARIANTS, WORKERS, Case, check_case, lint_project, pages, parse_page

if TYPE_CHECKING:
    from pathlib import Path

CASES = [case for page in pages() for case in parse_page(page)]
FIRST_OF_FOLDER = {case.page.parent.name: case.page for case in reversed(CASES)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_spec(case: Case, tmp_path: Path) -> None:
    workers = (WORKERS,) if case.page in FIRST_OF_FOLDER.values() else ()
    complaints = check_case(case, tmp_path, lint_project, (*VARIANTS, *workers))
    assert not complaints, "\n".join((f"{case.page.relative_to(ROOT)}:{case.line}", *complaints))


def test_each_folder_has_a_page_that_runs_with_real_workers() -> None:
    assert set(FIRST_OF_FOLDER) == set(FOLDERS)
