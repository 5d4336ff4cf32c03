"""Statistics, the files that are read, the settings in force, and the pages of rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from statelint.cli import main
from statelint.config import _KEYS

if TYPE_CHECKING:
    from pathlib import Path

# Two kinds of state of one rule, and one of another.
SERVICE = """\
from flask import Flask, request

app = Flask(__name__)
CARTS = {}
HITS = {}


class Seen:
    nonces = set()


@app.post("/cart")
def add():
    user = request.cookies["session"]
    CARTS[user] = request.form["item"]
    HITS[request.path] = HITS.get(request.path, 0) + 1
    if request.form["nonce"] in Seen.nonces:
        return "twice"
    Seen.nonces.add(request.form["nonce"])
    return CARTS[user] + str(HITS)
"""
HOSTILE = "a\n::error::x\x1b[31m##[error].py"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "statelint.toml").touch()
    (tmp_path / "app.py").write_text(SERVICE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def out(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert main(list(words)) == status
    return capsys.readouterr().out


def out_json(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:  # noqa: ANN401 - JSON
    return json.loads(out(capsys, *words, status=status))


def test_statistics_count_by_rule_severity_and_state(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del project
    lines = out(capsys, "--statistics", status=1).splitlines()
    assert [line.split(maxsplit=3)[:3] for line in lines[:2]] == [
        ["2", "warning", "module-state"],
        ["1", "warning", "class-state"],
    ]
    assert sorted(lines[0].split("  ")[-1].split(", ")) == ["counter 1", "session 1"]
    assert lines[2:] == ["", "3 warnings in 1 file (1 entry point)"]


def test_statistics_agree_with_the_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project
    counted = out_json(capsys, "--statistics", "--format", "json", status=1)
    report = out_json(capsys, "--format", "json", status=1)
    assert {row["rule"]: row["count"] for row in counted["statistics"]} == report["summary"]["by_rule"]
    assert sum(sum(row["states"].values()) for row in counted["statistics"]) == len(report["findings"])
    assert counted["summary"] == report["summary"]
    assert "findings" not in counted


def test_statistics_tell_problems_and_keep_the_exit_status(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "broken.py").write_text("def\n", encoding="utf-8")
    text = out(capsys, "--statistics", "--format", "concise", status=2)
    assert "broken.py:1: problem: " in text
    assert "entry point" not in text


def test_statistics_of_nothing_are_the_summary(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "app.py").write_text("x = 1\n", encoding="utf-8")
    text = out(capsys, "--statistics")
    assert text.startswith("no hidden state found in 1 file")
    assert out(capsys, "--statistics", "--quiet") == ""


def test_statistics_are_refused_before_anything_is_read(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del project
    monkeypatch.setattr("statelint.engine.run.find_files", lambda _: pytest.fail("files were looked for"))
    assert main(["--statistics", "--format", "github"]) == 2
    assert "`--statistics` cannot be had as `github`; choose one of `full`" in capsys.readouterr().err


def test_files_are_shown_with_what_they_are_taken_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("tests/test_app.py", "docs/conf.py", "k8s/web.yaml", "old/x.py", "build/lib/y.py"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("", encoding="utf-8")
    (project / "statelint.toml").write_text('exclude = ["old", "*conf.py"]\n', encoding="utf-8")
    (project / "gone.py").symlink_to("nowhere.py")
    assert out(capsys, "--show-files", "app.py").splitlines() == [
        "reported  python  application  app.py",
        "read      yaml    application  k8s/web.yaml",
        "read      python  test         tests/test_app.py",
        "left out  build/: the output of a build",
        "left out  docs/conf.py: `exclude` names it",
        "left out  gone.py: a symlink that leads nowhere",
        "left out  old/: `exclude` names it",
        "3 files, 4 left out",
    ]
    shown = out_json(capsys, "--show-files", "--format", "json")
    assert [(one["path"], one["module"], one["reported"]) for one in shown["files"]] == [
        ("app.py", "app", True),
        ("k8s/web.yaml", "", True),
        ("tests/test_app.py", "tests.test_app", True),
    ]
    assert {one["path"] for one in shown["left_out"]} == {"build", "docs/conf.py", "gone.py", "old"}


def test_the_files_shown_are_the_files_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "more.py").touch()
    shown = out_json(capsys, "--show-files", "--format", "json")
    report = out_json(capsys, "--format", "json", status=1)
    assert len(shown["files"]) == report["summary"]["files_read"] == 2


def test_a_hostile_name_stays_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / HOSTILE).touch()
    (project / f"old-{HOSTILE}").touch()
    (project / "statelint.toml").write_text('exclude = ["old-*"]\n', encoding="utf-8")
    text = out(capsys, "--show-files")
    assert len(text.splitlines()) == 4
    assert "\x1b" not in text
    assert not any(line.startswith("::") for line in text.splitlines())
    raw = out(capsys, "--show-files", "--format", "json")
    assert raw.isascii()
    assert "##[" not in raw
    assert HOSTILE in [one["path"] for one in json.loads(raw)["files"]]


def test_nothing_to_show_is_no_success(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "app.py").unlink()
    assert "nothing to check" in out(capsys, "--show-files", status=2)


def test_settings_are_shown_with_their_source(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "statelint.toml").unlink()
    (project / "pyproject.toml").write_text(
        '[tool.statelint]\nselect = ["module-state"]\ncopies = 2\njobs = 7\n'
        '[tool.statelint.stores]\nsession = "memcached"\n'
        '[tool.setuptools.packages.find]\nwhere = ["lib"]\n',
        encoding="utf-8",
    )
    shown = out_json(capsys, "--show-settings", "--format", "json", "--jobs", "3")
    assert shown["configuration"] == "pyproject.toml"
    assert shown["settings"]["select"] == {
        "value": ["module-state"],
        "from": "pyproject.toml: tool.statelint.select",
    }
    assert shown["settings"]["jobs"] == {"value": 3, "from": "command line"}
    assert shown["settings"]["copies"]["value"] == 2
    assert shown["settings"]["stores"]["value"] == {"session": "memcached"}
    assert shown["settings"]["roots"] == {
        "value": ["lib"],
        "from": "pyproject.toml: what the build backend is told",
    }
    assert shown["settings"]["audience"] == {"value": "developer", "from": "default"}
    assert set(shown["settings"]) == set(_KEYS)
    isolated = out_json(capsys, "--show-settings", "--isolated", "--format", "json")
    assert isolated["configuration"] is None
    assert {one["from"] for key, one in isolated["settings"].items() if key not in {"roots", "format"}} == {
        "default"
    }


def test_the_settings_shown_can_be_read_back(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = (
        'exclude = ["docs/**", "a\\"b"]\nstores = { session = "memcached" }\n'
        'allow = [{ path = "t/**", rule = "module-state", because = "::error::\\u001b[31m é" }]\n'
    )
    (project / "statelint.toml").write_text(own, encoding="utf-8")
    text = out(capsys, "--show-settings")
    assert "\x1b" not in text
    read_back = tomli.loads(text)
    assert {key: read_back[key] for key in ("exclude", "stores", "allow")} == tomli.loads(own)
    (project / "statelint.toml").write_text(text, encoding="utf-8")
    again = out_json(capsys, "--show-settings", "--format", "json")
    assert {key: one["value"] for key, one in again["settings"].items() if one["value"] is not None} == (
        read_back | {"format": "json"}
    )


def test_rules_as_json_are_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    listed = [line.split()[0] for line in out(capsys, "rules").splitlines()]
    told = out_json(capsys, "rules", "--format", "json")
    assert [one["id"] for one in told] == listed
    assert all(one["summary"] and one["since"] and "## What it finds" in one["page"] for one in told)


def test_a_page_in_colour_has_no_signs_of_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    plain = out(capsys, "explain", "module-state")
    painted = out(capsys, "explain", "--color", "always", "module-state")
    assert "\x1b[" not in plain
    assert "\x1b[1mWhat it finds\x1b[0m" in painted
    assert "## " not in painted
    assert "`" not in painted.partition("\x1b[1mDo this instead")[0]


def test_quiet_says_what_was_found_and_no_more(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loud, quiet = out(capsys, status=1), out(capsys, "--quiet", status=1)
    assert loud == f"{quiet}\n3 warnings in 1 file (1 entry point)\n"
    assert "3 warnings in 1 file" in out(capsys, "--format", "github", status=1)
    assert "3 warnings in 1 file" not in out(capsys, "--format", "github", "--quiet", status=1)
    (project / "app.py").write_text("x = 1\n", encoding="utf-8")
    assert out(capsys, "-q") == out(capsys, "-q", "--format", "github") == ""
