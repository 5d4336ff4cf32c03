"""`make new-rule` writes a rule that the catalogue takes, and a spec that fails until the rule is written."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from new_rule import write_rule
from specs import ROOT, Kind, parse_page

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    for folder in ("src/statelint/rules", "tests/rules", "tools"):
        (root / folder).mkdir(parents=True)
    for file in ("src/statelint/__init__.py", "Makefile", "tools/new_rule.py"):
        shutil.copy(ROOT / file, root / file)
    return root


def make(copy: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", "new-rule", f"NAME={name}"]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=60)


def test_make_writes_both_files(copy: Path) -> None:
    done = make(copy, "local-thumbnail")
    assert done.stdout.splitlines() == [
        "src/statelint/rules/local_thumbnail.py",
        "tests/rules/local-thumbnail.md",
    ]
    first, second = parse_page(copy / "tests" / "rules" / "local-thumbnail.md")
    assert [mark.word for mark in first.marks if mark.kind is Kind.FINDS] == ["local-thumbnail"]
    assert second.marks == ()


def test_the_catalogue_takes_the_rule(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from statelint.engine.catalog import load_catalog

    write_rule("local-thumbnail", copy)
    package = copy / "src" / "statelint" / "rules"
    (package / "__init__.py").touch()
    package.rename(copy / "new_rules")
    monkeypatch.syspath_prepend(copy)
    (rule,) = load_catalog("new_rules").rules.values()
    assert rule.id == "local-thumbnail"
    assert "## Not reported" in rule.page


@pytest.mark.parametrize("name", ["", "Local", "local_upload", "../x", "a b", "-a", "a--b", "$(touch made)"])
def test_a_bad_name_is_refused(name: str, copy: Path) -> None:
    done = make(copy, name.replace("$", "$$"))
    assert done.returncode == 2
    assert "is no rule id" in done.stderr
    assert not list((copy / "src" / "statelint" / "rules").iterdir())
    assert not (copy / "made").exists()


def test_an_existing_rule_is_kept(copy: Path) -> None:
    write_rule("local-thumbnail", copy)
    done = make(copy, "local-thumbnail")
    assert done.returncode == 2
    assert "`src/statelint/rules/local_thumbnail.py` exists already" in done.stderr
