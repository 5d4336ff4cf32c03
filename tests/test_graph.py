"""The call graph of every case of every page of `tests/graph`, and what the command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graphs import HEADINGS, GraphCase, check_graph, counted, graph_pages, parse_graph_page
from specs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CASES = tuple(case for page in graph_pages() for case in parse_graph_page(page))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_graph(case: GraphCase, tmp_path: Path) -> None:
    complaints = check_graph(case, tmp_path)
    assert not complaints, "\n".join((f"{case.page.relative_to(ROOT)}:{case.line}", *complaints))


def test_each_heading_has_at_least_six_cases() -> None:
    assert [page.stem for page in graph_pages()] == HEADINGS
    few = [page.stem for page in graph_pages() if len(parse_graph_page(page)) < 6]
    assert few == []


def test_enough_calls_are_found_and_right() -> None:
    found, right = counted(CASES)
    assert found >= 0.93
    assert right >= 0.97
