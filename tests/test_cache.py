"""With a cache, a run says what it says without one, and does less."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from caching import KINDS, kept, lint, python, settings_of, told, write_service
from specs import ROOT
from statelint.engine import analysis, facts
from statelint.engine import cache as cache_module
from statelint.engine.baseline import entry_of
from statelint.engine.cache import NO_CACHE, open_cache
from statelint.engine.run import explain_place, run
from statelint.model.diagnostics import Role
from statelint.model.files import FileRole, Language
from statelint.model.settings import Buffer
from statelint.model.usage import Hints, Statement
from statelint.sources.finding import find_files
from statelint.usage.look import look_closely

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMATS = ("full", "concise", "json", "github")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_service(tmp_path / "project")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_same_bytes_cold_warm_and_without(output_format: str, tmp_path: Path, folder: Path) -> None:
    project = shutil.copytree(ROOT / "examples" / "shopfront", tmp_path / "shopfront")
    words = ("--format", output_format, "--audience", "auditor", "--exit-zero", ".")
    without = told(project, *words, "--no-cache")
    assert not folder.exists()
    cold = told(project, *words, "--cache-dir", folder)
    assert {path.suffix for path in folder.iterdir()} >= {f".{kind}" for kind in KINDS}
    warm = told(project, *words, "--cache-dir", folder)
    kept(folder, "report").unlink()
    from_facts = told(project, *words, "--cache-dir", folder)
    assert without == cold == warm == from_facts
    assert without[0] == 0
    assert without[2] == ""


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_same_report_after_each_edit(jobs: int, project: Path, folder: Path) -> None:
    carts = project / "store.py"
    original = carts.read_text(encoding="utf-8")
    for text in (original, f"# moved down\n{original}", "x = 1\n", "def broken(:\n", original, original):
        carts.write_text(text, encoding="utf-8")
        assert lint(project, folder, jobs=jobs) == (run(settings_of(project)), "")


def test_each_setting_has_a_report_of_its_own(project: Path, folder: Path) -> None:
    choices: Sequence[dict[str, object]] = (
        {},
        {"select": ("module-state",)},
        {"ignore": ("module-state",)},
        {"copies": 1},
        {"stores": {"session": "memcached"}},
        {"entry_points": ("store.CartStore.put",)},
        {"changed": ("store.py",)},
        {"baseline": tuple(entry_of(finding, "") for finding in run(settings_of(project)).findings)},
    )
    for _ in range(2):
        for choice in choices:
            assert lint(project, folder, **choice)[0] == run(settings_of(project, **choice))
    assert len(list(folder.glob("*.report"))) == len(choices)
    assert len(list(folder.glob("*.facts"))) == 1


def test_how_it_is_shown_makes_no_other_report(project: Path, folder: Path) -> None:
    for choice in ({}, {"jobs": 2}, {"exit_zero": True}, {"output_format": "json"}):
        lint(project, folder, **choice)
    kept(folder, "report")


def test_a_time_stamp_says_nothing(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = project / "store.py"
    text = file.read_bytes()
    then = file.stat()
    expected, _ = lint(project, folder)
    file.write_bytes(text.replace(b"_carts", b"_cards"))
    os.utime(file, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert file.stat().st_size == then.st_size
    assert lint(project, folder)[0] == run(settings_of(project)) != expected
    file.write_bytes(text)
    lint(project, folder)
    os.utime(file, (1, 1))
    monkeypatch.setattr(analysis, "analyse", lambda *_, **__: pytest.fail("the report was made anew"))
    assert lint(project, folder)[0] == expected


LOADED = """\
import sys
from statelint.cli import main
main(["--format", "json", "."])
asked = {"libcst", "yaml", "statelint.python", "statelint.program", "statelint.rules"}
print(*sorted(asked & {*sys.modules}), file=sys.stderr)
"""


def test_a_run_loads_what_it_needs(project: Path, folder: Path) -> None:
    environment = {"STATELINT_CACHE_DIR": str(folder)}
    engine = ["statelint.program", "statelint.python", "statelint.rules"]
    cold = python(project, LOADED, **environment)
    assert cold[2].split() == ["libcst", *engine, "yaml"]
    warm = python(project, LOADED, **environment)
    assert warm[2].split() == []
    assert warm[1] == cold[1]
    # what is new has no state, so nothing is shown to the microscope that it has not seen
    (project / "more.py").write_text("MORE = 1\n", encoding="utf-8")
    assert python(project, LOADED, **environment)[2].split() == engine


def test_explain_says_the_same(project: Path, folder: Path) -> None:
    settings = settings_of(project)
    path = "store.py"
    pages = [
        explain_place(settings, path, 6, cache=cache)
        for cache in (NO_CACHE, open_cache(folder, settings), open_cache(folder, settings))
    ]
    assert pages[0] == pages[1] == pages[2]
    assert kept(folder, "facts")
    command = ("explain", f"{path}:6", "--cache-dir", folder)
    assert told(project, *command) == (0, pages[0].encode(), "")


def test_what_workers_have_read_is_kept(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "ENOUGH_FOR_WORKERS", 0)
    expected = run(settings_of(project))
    assert lint(project, folder, jobs=2) == (expected, "")
    kept(folder, "report").unlink()
    monkeypatch.setattr(facts, "read_in_workers", lambda *_: pytest.fail("the facts were made anew"))
    monkeypatch.setattr(facts, "read_file", lambda *_: pytest.fail("the facts were made anew"))
    assert lint(project, folder, jobs=1) == (expected, "")


def test_what_is_left_out_is_a_part_of_the_report(project: Path, folder: Path) -> None:
    assert lint(project, folder)[0].summary.files_skipped == 0
    (project / "gone.py").symlink_to("nowhere")
    assert lint(project, folder)[0].summary.files_skipped == 1
    (project / "pipe.py").symlink_to("pipe.py")
    assert lint(project, folder)[0] == run(settings_of(project))


@pytest.mark.parametrize(
    "change",
    [
        {"path": "other.py"},
        {"module": "other"},
        {"role": FileRole.TEST},
        {"language": Language.YAML},
    ],
)
def test_facts_are_of_a_content_under_a_name(change: dict[str, Any], project: Path) -> None:
    file = find_files(settings_of(project)).files[0]
    assert cache_module._key(replace(file, **change), "digest") != cache_module._key(file, "digest")
    assert cache_module._key(replace(file, size=0), "digest") == cache_module._key(file, "digest")
    assert cache_module._key(file, "other digest") != cache_module._key(file, "digest")


def test_an_answer_is_for_all_that_was_shown(project: Path, folder: Path) -> None:
    settings = settings_of(project)
    shown = Statement(path="a.py", line=1, text="DATA = {}", focus=1, role=Role.DECLARED, function="")
    plain = Hints(name="DATA", symbol="DATA", owner="a")
    questions: list[tuple[tuple[Statement, ...], Hints]] = [
        ((), plain),
        ((shown,), plain),
        ((shown,), replace(plain, name="sessions", symbol="sessions")),
        ((replace(shown, text="DATA = {1: 2}"),), plain),
        ((shown,), replace(plain, container="queue", methods=frozenset({"put", "get", "task_done", "join"}))),
    ]
    expected = [look_closely(*question) for question in questions]
    assert len(set(expected)) > 2
    cache = open_cache(folder, settings)
    for _ in range(2):
        assert [cache.look(*question) for question in questions] == expected


def test_what_an_editor_holds_is_what_is_read(project: Path, folder: Path) -> None:
    file = project / "store.py"
    texts = (file.read_bytes(), b"x = 1\n", file.read_bytes().replace(b"_carts", b"_cards"))
    for data in (*texts, *texts):
        held = replace(settings_of(project), buffer=Buffer(file=file, data=data))
        assert run(held, cache=open_cache(folder, held)) == run(held)
        assert lint(project, folder)[0] == run(settings_of(project))
