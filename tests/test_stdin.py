"""What an editor holds of a file stands in for it; the rest of the project comes from disk."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from statelint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

STORE = """\
class Store:
    def __init__(self):
        self.carts = {}

    def put(self, user, item):
        self.carts[user] = item

    def content(self, user):
        return self.carts[user]
"""
APP = """\
from flask import Flask, request

from shop.store import Store

app = Flask(__name__)
store = Store()
LAST = {}


@app.post("/cart")
def add():
    user = request.cookies["session"]
    LAST[user] = request.form["item"]
    store.put(user, LAST[user])
    return store.content(user)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "statelint.toml").touch()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/store.py").write_text(STORE, encoding="utf-8")
    (tmp_path / "shop/app.py").write_text(APP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(folder: Path, file: str, text: str | bytes, *words: str) -> tuple[int, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "statelint", "--format", "json", "--stdin-filename", file, *words, "-"],
        cwd=folder,
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == b""
    return done.returncode, json.loads(done.stdout)


def symbols(report: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - a report as JSON
    return [(finding["location"]["path"], finding["symbol"]) for finding in report["findings"]]


def test_the_text_given_is_what_is_checked(project: Path) -> None:
    status, report = lint(project, "shop/app.py", APP.replace("LAST", "RECENT"))
    assert status == 1
    assert symbols(report) == [("shop/app.py", "RECENT")]
    assert lint(project, "shop/app.py", APP)[1]["summary"]["files_read"] == 3
    assert (project / "shop/app.py").read_text(encoding="utf-8") == APP


def test_evidence_comes_from_the_other_files(project: Path) -> None:
    _, report = lint(project, "shop/store.py", f"import os\n\n{STORE}")
    (finding,) = report["findings"]
    assert (finding["location"]["path"], finding["location"]["line"]) == ("shop/store.py", 5)
    entries = [item for item in finding["evidence"] if item["role"] == "entry"]
    assert [item["path"] for item in entries] == ["shop/app.py"]


def test_the_frame_shows_the_text_given(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "statelint", "--stdin-filename", "shop/app.py", "-"],
        cwd=project,
        input=APP.replace("LAST = {}", "LAST = {}  # only here"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "LAST = {}  # only here" in done.stdout


def test_a_file_that_is_not_on_the_disk_yet(project: Path) -> None:
    text = APP.replace("store = Store()\n", "").replace("    store.put(user, LAST[user])\n", "")
    status, report = lint(project, "shop/new/__init__.py", text.replace("store.content(user)", "LAST[user]"))
    assert status == 1
    assert symbols(report) == [("shop/new/__init__.py", "LAST")]
    assert not (project / "shop/new").exists()


def test_a_text_that_repairs_the_file(project: Path) -> None:
    (project / "shop/app.py").write_text("def broken(\n", encoding="utf-8")
    assert lint(project, "shop/app.py", "x = 1\n")[0] == 0
    status, report = lint(project, "shop/app.py", "def broken(\n")
    assert status == 2
    assert [problem["path"] for problem in report["problems"]] == ["shop/app.py"]


def test_suppressions_of_the_text_count(project: Path) -> None:
    allowed = APP.replace("LAST = {}", "LAST = {}  # statelint: allow[module-state] because it is meant")
    status, report = lint(project, "shop/app.py", allowed)
    assert (status, report["summary"]["suppressed"]) == (0, 1)
    idle = APP.replace("app = Flask", "# statelint: allow[module-state] because it is meant\napp = Flask")
    _, report = lint(project, "shop/app.py", idle)
    assert "unused-suppression" in [finding["rule"] for finding in report["findings"]]
    (project / "statelint.toml").write_text(
        '[[allow]]\npath = "shop/store.py"\nrule = "module-state"\nbecause = "it is idle"\n', encoding="utf-8"
    )
    assert symbols(lint(project, "shop/app.py", APP)[1]) == [("shop/app.py", "LAST")]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + APP.encode(),
        b"# coding: latin-1\n" + APP.replace("LAST", "\u00c4").encode("latin-1"),
        APP.replace("\n", "\r\n").encode(),
    ],
    ids=["byte order mark", "coding line", "carriage returns"],
)
def test_encodings_are_those_of_files(text: bytes, project: Path) -> None:
    _, given = lint(project, "shop/app.py", text)
    (project / "shop/app.py").write_bytes(text)
    done = subprocess.run(
        [sys.executable, "-m", "statelint", "--format", "json", "shop/app.py"],
        cwd=project,
        capture_output=True,
        timeout=60,
        check=False,
    )
    read = json.loads(done.stdout)
    assert given["findings"]
    assert given["findings"] == [one for one in read["findings"] if one["location"]["path"] == "shop/app.py"]
    assert given["problems"] == read["problems"]


def test_what_is_not_read_is_told_and_is_no_failure(project: Path) -> None:
    (project / "statelint.toml").write_text('exclude = ["shop/app.py"]\n', encoding="utf-8")
    status, report = lint(project, "shop/app.py", APP)
    assert (status, report["findings"]) == (0, [])
    assert "`exclude` names it" in report["problems"][0]["message"]
    status, report = lint(project, "README.md", "# Shop\n")
    assert status == 0
    assert "neither Python nor" in report["problems"][0]["message"]


def test_a_script_is_known_by_its_first_line(project: Path) -> None:
    text = f"#!/usr/bin/env python3\n{APP}"
    assert symbols(lint(project, "bin/serve", text)[1]) == [("bin/serve", "LAST")]


def test_a_link_and_its_target_are_one_file(project: Path) -> None:
    (project / "alias.py").symlink_to("shop/app.py")
    assert symbols(lint(project, "alias.py", APP)[1]) == [("shop/app.py", "LAST")]


def test_without_a_project_the_text_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "other.py").touch()
    status, report = lint(tmp_path, "new.py", "x = 1\n")
    assert (status, report["summary"]["files_read"], report["problems"]) == (0, 1, [])


def test_a_text_beyond_the_limit_is_a_problem(project: Path) -> None:
    status, report = lint(project, "shop/app.py", b"#" * 10_000_001)
    assert status == 2
    assert report["problems"][0]["message"] == "cannot be read: larger than 10 MB"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-",), "`-` needs `--stdin-filename`"),
        (("--stdin-filename", "shop/app.py"), "needs `-` as the only path"),
        (("--stdin-filename", "shop/app.py", "-", "shop"), "needs `-` as the only path"),
        (("--stdin-filename", "shop", "-"), "`shop` is a folder"),
    ],
)
def test_contradictions(
    words: tuple[str, ...], message: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del project
    assert main(list(words)) == 2
    assert message in capsys.readouterr().err
