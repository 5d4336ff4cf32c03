"""The first configuration: where it is written, what it keeps, and when it is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import tomli

from statelint.cli import main
from statelint.commands.first_settings import SETTINGS
from statelint.config import _KEYS, load_settings

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = b'[project]\nname = "shop"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").write_text("import celery\nfrom flask import Flask\n", encoding="utf-8")
    (tmp_path / "test_app.py").write_text("import tornado\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines_of(settings: str) -> list[str]:
    return [line.removeprefix("# ") for line in settings.splitlines() if re.match(r"# [a-z-]+ = ", line)]


def test_each_key_has_a_line_that_is_right_once_it_counts(tmp_path: Path) -> None:
    lines = lines_of(SETTINGS)
    assert sorted(line.split(" = ")[0] for line in lines) == sorted(_KEYS)
    (tmp_path / "statelint.toml").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "acme.toml").write_text('name = "acme"\n', encoding="utf-8")
    settings = load_settings((tmp_path,))
    assert settings.copies == 2
    assert settings.allow[0].rule == "local-file-write"
    assert main(["--show-settings", str(tmp_path)]) == 0


def test_without_a_pyproject_a_file_is_made(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("wrote statelint.toml\nfiles: 2 python\n")
    assert "server frameworks: celery, flask\n" in told
    assert "statelint explain PATH:LINE" in told
    assert "- id: statelint" in told
    assert tomli.loads((project / "statelint.toml").read_text(encoding="utf-8")) == {}
    assert main([]) == 0


def test_the_lines_for_pre_commit_are_yaml(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import yaml

    del project
    assert main(["init"]) == 0
    told = capsys.readouterr().out
    (hook,) = yaml.safe_load(told[told.index("    - repo:") :])[0]["hooks"]
    assert (hook["id"], hook["pass_filenames"], hook["require_serial"]) == ("statelint", False, True)


def test_a_hostile_folder_and_root_stay_in_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "a\n::error::x\x1b[31m##[error]"
    (tmp_path / hostile / "deep").mkdir(parents=True)
    (tmp_path / hostile / ".git").mkdir()
    (tmp_path / hostile / "pyproject.toml").write_text(
        '[tool.setuptools.packages.find]\nwhere = ["a\\n::error::y\\u001b[31m"]\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path / hostile / "deep")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["init"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "##[" not in told
    assert not any(line.startswith("::") for line in told.splitlines())
    assert main(["init"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "\x1b" not in error


@pytest.mark.parametrize(
    ("before", "between"),
    [
        (PROJECT, b"\n"),
        (PROJECT.rstrip(), b"\n\n"),
        (b"", b""),
        (b"\xef\xbb\xbf# a b\n", b"\n"),
        (b"[tool.black]\nx = 1\n", b"\n"),
        (PROJECT.replace(b"\n", b"\r\n"), b"\r\n"),
    ],
)
def test_a_pyproject_keeps_every_byte(before: bytes, between: bytes, project: Path) -> None:
    file = project / "pyproject.toml"
    file.write_bytes(before)
    file.chmod(0o640)
    assert main(["init"]) == 0
    after = file.read_bytes()
    assert after.startswith(before + between + b"[tool.statelint]")
    assert b"\r\n" not in before or after.count(b"\n") == after.count(b"\r\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert load_settings((project,)).config == file
    assert not (project / "statelint.toml").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("statelint.toml", ""),
        ("pyproject.toml", "[tool.statelint]\n"),
        ("pyproject.toml", "[tool.statelint.stores]\nsession = 'redis'\n"),
    ],
)
def test_what_is_configured_is_left_alone(
    name: str, text: str, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / name).write_text(text, encoding="utf-8")
    (project / "deep").mkdir()
    monkeypatch.chdir(project / "deep")
    assert main(["init"]) == 2
    assert f"`{project / name}` has settings already" in capsys.readouterr().err
    assert (project / name).read_text(encoding="utf-8") == text
    assert not list((project / "deep").iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"tool = {black = {}}\n", "takes no table `[tool.statelint]`"),
        (b"tool = 3\n", "takes no table `[tool.statelint]`"),
        (b"[[tool]]\nx = 1\n", "takes no table `[tool.statelint]`"),
        (b"a = \n", "not valid TOML"),
        (b"a = '\xff'\n", "not valid TOML"),
    ],
)
def test_a_pyproject_that_takes_no_table_is_left_alone(
    text: bytes, message: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "pyproject.toml"
    file.write_bytes(text)
    assert main(["init"]) == 2
    assert message in capsys.readouterr().err
    assert file.read_bytes() == text


def test_the_nearest_pyproject_is_taken(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = project / "services/shop"
    (inner / "shop").mkdir(parents=True)
    (inner / "pyproject.toml").write_bytes(PROJECT)
    (project / "pyproject.toml").write_bytes(PROJECT)
    monkeypatch.chdir(inner / "shop")
    assert main(["init"]) == 0
    assert b"[tool.statelint]" in (inner / "pyproject.toml").read_bytes()
    assert (project / "pyproject.toml").read_bytes() == PROJECT


def test_what_cannot_be_written_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").mkdir()
    assert main(["init"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "pyproject.toml" in error
