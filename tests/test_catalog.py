"""Rules are found by looking into a package, and one that is wrong is named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from statelint.engine.catalog import ENGINE_PAGES, load_catalog, unknown_rule
from statelint.errors import StatelintError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULE = '''\
"""What it is about.

## What it finds
"""
from statelint.model.rules import RuleMeta

META = RuleMeta(summary="a summary", since="0.1.0")


def check(program):
    yield program
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "made_up_rules"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Rules."""\n', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("made_up_rules")]:
        del sys.modules[name]


def test_each_module_is_a_rule(package: Path) -> None:
    for name in ("some_state", "other", "_shared"):
        (package / f"{name}.py").write_text(RULE, encoding="utf-8")
    catalog = load_catalog("made_up_rules")
    assert list(catalog.rules) == ["other", "some-state"]
    rule = catalog.rules["some-state"]
    assert rule.id == "some-state"
    assert rule.meta.summary == "a summary"
    assert rule.page == "What it is about.\n\n## What it finds"
    assert list(rule.check("program")) == ["program"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("META = ", "OTHER = ", "META"),
        ("META = RuleMeta", "META = dict", "META"),
        ("def check", "def chekc", "check"),
        ('"""What it is about.\n\n## What it finds\n"""', "", "docstring"),
    ],
)
def test_a_rule_that_is_wrong_is_named(package: Path, old: str, new: str, missing: str) -> None:
    assert old in RULE
    (package / "broken.py").write_text(RULE.replace(old, new), encoding="utf-8")
    with pytest.raises(StatelintError, match=rf"made_up_rules\.broken.*{missing}"):
        load_catalog("made_up_rules")


def test_pages_include_what_the_engine_reports(package: Path) -> None:
    (package / "volatile.py").write_text(RULE, encoding="utf-8")
    catalog = load_catalog("made_up_rules")
    assert list(catalog.pages()) == ["suppression-without-reason", "unused-suppression", "volatile"]
    assert catalog.ids == {"suppression-without-reason", "unused-suppression", "volatile"}
    assert catalog.page("volatile").meta.since == "0.1.0"
    with pytest.raises(UsageError, match="did you mean `volatile`"):
        catalog.page("volatil")


def test_the_pages_of_the_engine_have_the_headings_of_a_rule() -> None:
    headings = ["What it finds", "Why it matters", "Do this instead", "Not reported"]
    for page in ENGINE_PAGES.values():
        assert [line[3:] for line in page.text.splitlines() if line.startswith("## ")] == headings


def test_an_id_that_is_like_none_is_sent_to_the_list() -> None:
    assert (
        str(unknown_rule("zzz", ["module-state"])) == "there is no rule `zzz`; `statelint rules` lists them"
    )
