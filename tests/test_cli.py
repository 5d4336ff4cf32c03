"""The command line as a person and as a build log meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import statelint
from statelint.cli import INTERRUPTED, PIPE_CLOSED, main
from statelint.commands.printing import wants_color

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 60
CLEAN = "x = 1\n"
# A warning that needs no rule: what the engine says of a suppression that is none.
WARNED = "x = 1  # statelint: alow[module-state] because of a typing error\n"


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "statelint", *words],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "statelint.toml").touch()
    (tmp_path / "clean.py").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "warned.py").write_text(WARNED, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 1),
        (("check",), 1),
        (("clean.py",), 0),
        (("check", "clean.py"), 0),
        (("warned.py",), 1),
        (("--exit-zero", "warned.py"), 0),
        (("--exit-zero", "warned.py", "missing.py"), 2),
        (("clean.py", "missing.py"), 2),
        (("--ignore", "unused-suppression"), 0),
        (("--select", "suppression-without-reason"), 0),
        (("--select", "suppression-without-reason,unused-suppression"), 1),
        (("--select", "suppression-without-reason", "--select", "unused-suppression"), 1),
        (("--audience", "auditor", "--min-confidence", "high", "--jobs", "1", "clean.py"), 0),
    ],
)
def test_exit_status(project: Path, words: tuple[str, ...], status: int) -> None:
    del project
    assert main(list(words)) == status


def test_the_module_and_the_command_are_one(project: Path) -> None:
    done = run(project, "--format", "json", "warned.py")
    assert done.returncode == 1
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["unused-suppression"]
    assert done.stderr == ""


def test_paths_are_shown_from_the_working_folder(project: Path) -> None:
    (project / "deep").mkdir()
    assert "../warned.py:1" in run(project / "deep", "--format", "concise", "..").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--select", "modul-state"), "there is no rule `modul-state`"),
        (("--select", "unused-supression"), "did you mean `unused-suppression`?"),
        (("explain", "unused-supression"), "did you mean `unused-suppression`?"),
        (("explain", "clean.py"), "say which line, as in `clean.py:12`"),
        (("explain", "none.py:3"), "there is no file `none.py`"),
        (("--config", "none.toml"), "`none.toml`: cannot be read: no such file"),
        (("--config", "statelint.toml", "--isolated"), "contradict each other"),
    ],
)
def test_a_mistake_is_one_line(
    project: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del project
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("statelint: error: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--format", "xml"), "there is no format `xml`; choose one of `full`"),
        (("--jobs", "0"), "--jobs"),
        (("--audience", "manager"), "there are `auditor`, `developer`"),
        (("--selct", "x"), "--select"),
        (("explain",), "RULE|PATH:LINE"),
    ],
)
def test_wrong_options(
    project: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del project
    assert main(list(words)) == 2
    assert message in capsys.readouterr().err


def test_mistakes_in_the_configuration(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "statelint.toml").write_text("selct = []\n", encoding="utf-8")
    assert main([]) == 2
    assert capsys.readouterr().err == (
        "statelint: error: `statelint.toml`: `selct` is no setting; did you mean `select`?\n"
    )
    assert main(["--isolated"]) == 1
    (project / "statelint.toml").write_text('format = "xml"\n', encoding="utf-8")
    assert main([]) == 2
    assert "there is no format `xml`" in capsys.readouterr().err
    assert main(["--format", "json", "clean.py"]) == 0


def test_a_mistake_in_the_tree_writes_no_command(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    key = r'"a\n::error::forged\u001b[31m##[error]x" = 1'
    (project / "statelint.toml").write_text(f"{key}\n", encoding="utf-8")
    done = run(project)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr
    assert "##[" not in done.stderr


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"statelint {statelint.__version__}\n"


def test_help_tells_what_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for word in ("[check] [OPTIONS] [PATHS]", "explain RULE | PATH:LINE", "Examples:", "Exit status:"):
        assert word in text
    for option in ("select", "ignore", "format", "output", "exit-zero", "jobs", "min-confidence", "audience"):
        assert f"--{option}" in text
    for option in ("config", "isolated", "color", "version", "help"):
        assert f"--{option}" in text
    assert "[full|concise|json|github|gitlab|junit|markdown|rdjson|sarif]" in text.replace("\n", "").replace(
        " ", ""
    )
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("[PATHS]") == 1
    for command in ("check", "explain", "rules"):
        assert main([command, "--help"]) == 0
        assert f"statelint {command}" in capsys.readouterr().out


def test_a_folder_called_like_a_command_is_reached_by_its_path(project: Path) -> None:
    (project / "rules").mkdir()
    (project / "rules/a.py").write_text(CLEAN, encoding="utf-8")
    assert main(["./rules"]) == 0
    assert main(["check", "rules"]) == 0


def test_rules_and_their_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    ids = [line.split()[0] for line in lines]
    assert ids == sorted(ids)
    assert "unused-suppression" in ids
    for rule in ids:
        assert main(["explain", rule]) == 0
        page = capsys.readouterr().out
        assert page.startswith(f"# {rule}\n\n")
        assert "## Do this instead" in page


LOADED = """\
import sys
from statelint.cli import main
assert main({words}) == 0
print(*sorted(sys.modules))
"""


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(words=words)], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "statelint.cli" in loaded
    heavy = {"libcst", "yaml", "msgspec", "tomli", "multiprocessing", "subprocess"}
    assert loaded.isdisjoint(heavy)
    ours = {name.split(".")[1] for name in loaded if name.startswith("statelint.")}
    assert ours <= {"cli", "commands", "errors", "model", "reporters"}


def test_what_an_ascii_terminal_cannot_show_is_escaped(project: Path) -> None:
    (project / "größe.py").write_text(WARNED, encoding="utf-8")
    done = run(project, "größe.py", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C.UTF-8")
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["warned.py"], ["rules"], ["explain", "unused-suppression"]])
def test_a_reader_that_goes_away_is_no_error(project: Path, words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "statelint", *words],
        cwd=project,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=SECONDS,
        check=False,
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == PIPE_CLOSED


def test_ctrl_c_is_quiet(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del project

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("statelint.config.load_settings", interrupted)
    assert main([]) == INTERRUPTED == 130
    assert capsys.readouterr().err.strip() == ""


@pytest.mark.parametrize(
    ("choice", "environment", "is_terminal", "colored"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour(choice: str, environment: dict[str, str], *, is_terminal: bool, colored: bool) -> None:
    assert wants_color(choice, environment, is_terminal=is_terminal) is colored


def test_colour_reaches_the_report(project: Path) -> None:
    assert "\x1b[" not in run(project, "warned.py").stdout
    assert "\x1b[" in run(project, "--color", "always", "warned.py").stdout
