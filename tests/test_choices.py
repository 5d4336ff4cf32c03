"""Unknown rules and stores are told before any file is read, and a rule that fails is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statelint.engine.catalog import Rule, load_catalog
from statelint.engine.choices import check_choices
from statelint.engine.rules import check_rules
from statelint.engine.run import run
from statelint.errors import ConfigError, UsageError
from statelint.model.diagnostics import State
from statelint.model.rules import RuleMeta
from statelint.model.settings import Settings
from statelint.remedies import OFFERED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program


@pytest.mark.parametrize("state", list(State))
def test_whatever_is_offered_can_be_preferred(state: State, tmp_path: Path) -> None:
    for store in OFFERED[state]:
        check_choices(Settings(project=tmp_path, paths=(tmp_path,), stores={state.value: store}), ())


@pytest.mark.parametrize(
    ("stores", "message"),
    [
        (
            {"session": "memcache"},
            "`stores.session`: `memcache` is not offered for it; did you mean `memcached`?",
        ),
        ({"session": "xyz"}, "`stores.session`: `xyz` is not offered for it; there are `"),
    ],
)
def test_a_store_that_is_not_offered_is_told(stores: dict[str, str], message: str, tmp_path: Path) -> None:
    settings = Settings(
        project=tmp_path, paths=(tmp_path,), config=tmp_path / "statelint.toml", stores=stores
    )
    with pytest.raises(ConfigError) as told:
        check_choices(settings, ())
    assert str(told.value).startswith(f"`statelint.toml`: {message}")


def test_a_rule_that_is_none_is_told_before_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_settings: Settings) -> None:
        pytest.fail("files were looked for")

    monkeypatch.setattr("statelint.engine.run.find_files", read)
    with pytest.raises(UsageError, match="did you mean `module-state`"):
        run(Settings(project=tmp_path, paths=(tmp_path,), select=("modul-state",)))


def test_a_rule_that_fails_has_not_finished_and_stops_no_other() -> None:
    def fail(_program: Program) -> Iterator[Diagnostic]:
        yield "found before"  # type: ignore[misc] # stands for a diagnostic: nobody looks inside
        raise ZeroDivisionError("oops")

    def find(_program: Program) -> Iterator[Diagnostic]:
        yield "found"  # type: ignore[misc]

    meta = RuleMeta(summary="a test", since="0.1.0")
    rules = {
        name: Rule(id=name, meta=meta, page="", check=check) for name, check in (("a", fail), ("b", find))
    }
    checked = check_rules(rules, None)  # type: ignore[arg-type] # the rules ask nothing
    assert checked.diagnostics == [("a", "found before"), ("b", "found")]
    assert checked.finished == {"b"}
    (problem,) = checked.problems
    assert "the rule `a` failed (ZeroDivisionError: oops; fail, line" in problem.message
    assert problem.fatal


def test_a_suppression_of_a_rule_that_failed_is_not_called_unused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_program: Program) -> Iterator[Diagnostic]:
        raise ZeroDivisionError("oops")

    (tmp_path / "app.py").write_text(
        "A = {}  # statelint: allow[module-state] because of a test\n", encoding="utf-8"
    )
    settings = Settings(project=tmp_path, paths=(tmp_path,))
    assert [finding.rule for finding in run(settings).findings] == ["unused-suppression"]
    load_catalog()
    monkeypatch.setattr("statelint.rules.module_state.check", fail)
    assert run(settings).findings == ()
