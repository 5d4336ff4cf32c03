"""Whatever is mistyped is told in one line, with the nearest word that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statelint.cli import main
from statelint.errors import hint, nearest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--selct", "x"), "there is no option `--selct`; did you mean `--select`?"),
        (("--xyzzy",), "there is no option `--xyzzy`; `--help` lists them"),
        (("explain", "--confg", "x", "y"), "there is no option `--confg`; did you mean `--config`?"),
        (("chekc", "."), "there is no file or folder `chekc`; did you mean the command `check`?"),
        (("explian", "x"), "there is no file or folder `explian`; did you mean the command `explain`?"),
        (
            ("--no-cache", "explain", "module-state"),
            "if the command is meant, it comes first: `statelint explain [OPTIONS]`",
        ),
        (("--audience", "audit"), "`--audience`: there is no `audit`; did you mean `auditor`?"),
        (("--min-confidence", "hi"), "`--min-confidence`: there is no `hi`; did you mean `high`?"),
        (("--color", "x"), "`--color`: there is no `x`; there are `always`, `auto`, `never`"),
        (("--jobs", "0"), "invalid value for `--jobs`: 0 is not in the range x>=1"),
        (("--jobs",), "option `--jobs` requires an argument"),
        (("explain",), "missing argument `RULE|PATH:LINE`"),
        (("rules", "x"), "got unexpected extra argument (x)"),
        (("--select", "modul-state"), "there is no rule `modul-state`; did you mean `module-state`?"),
        (("explain", "modul-state"), "there is no rule `modul-state`; did you mean `module-state`?"),
        (("--exit-zero=1",), "option `--exit-zero` does not take a value"),
        (
            ("--selct\x1b[31m\n::error::", "x"),
            "--selct\N{SYMBOL FOR ESCAPE}[31m\N{SYMBOL FOR LINE FEED}::error::",
        ),
    ],
)
def test_a_mistake_is_one_line_that_helps(
    words: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("statelint: error: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_path_that_is_there_is_no_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chekc").mkdir()
    (tmp_path / "chekc/a.py").touch()
    assert main(["chekc"]) == 0


def test_a_path_named_like_a_command_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "explain").mkdir()
    (tmp_path / "explain/a.py").touch()
    assert main(["--no-cache", "explain"]) == 0


@pytest.mark.parametrize(("wrong", "right"), [("chrats.py", "carts.py"), ("zzz.py", "")])
def test_a_missing_path_is_told_with_its_neighbour(
    wrong: str,
    right: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/carts.py").touch()
    assert main(["--format", "concise", f"shop/{wrong}"]) == 2
    end = f"; did you mean `{right}`?" if right else ""
    assert capsys.readouterr().out == f"shop/{wrong}: problem: no such file or folder{end}\n"


def test_the_nearest_word() -> None:
    assert nearest("modul", ["class", "module"]) == "module"
    assert nearest("xyz", ["class", "module"]) == ""
    assert hint("modul", ["class", "module"]) == "; did you mean `module`?"
    assert hint("xyz", ["b", "a"]) == "; there are `a`, `b`"
