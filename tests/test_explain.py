"""`statelint explain PATH:LINE`: what is believed about a line, reported or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from statelint.cli import main

ROOT = Path(__file__).parent.parent
SHOPFRONT = ROOT / "examples" / "shopfront"

FAR = """\
from flask import Flask, request

app = Flask(__name__)
last = None


def note(text):
    global last
    last = text


def fifth(text):
    return note(text)


def fourth(text):
    return fifth(text)


def third(text):
    return fourth(text)


def second(text):
    return third(text)


@app.post("/notes")
def first():
    return second(request.form["text"])


@app.get("/notes")
def show():
    return str(last)
"""

STORE = """\
from starlette.requests import Request


class Tasks:
    def __init__(self):
        self.tasks = {}

    def save(self, task):
        self.tasks[task.id] = task

    def load(self, task_id):
        return self.tasks.get(task_id)
"""


def explained(place: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["explain", "--no-cache", "--isolated", place]) == 0
    return capsys.readouterr().out


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    monkeypatch.chdir(SHOPFRONT)
    main(["--no-cache", "--format", "json", "--exit-zero", "."])
    return list(json.loads(capsys.readouterr().out)["findings"])


def test_each_cell_of_the_example_is_explained_where_it_is_made(
    findings: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [one for one in findings if str(one["rule"]).endswith("-state")]
    assert len(cells) >= 5
    for one in cells:
        location = one["location"]
        assert isinstance(location, dict)
        page = explained(f"{location['path']}:{location['line']}", capsys)
        assert f"`{one['symbol']}`" in page
        assert "D11" in page or "D5" in page


def test_why_a_finding_is_not_surer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "far.py").write_text(FAR, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "confidence: low, because its path has 6 functions" in explained("far.py:4", capsys)
    (tmp_path / "far.py").write_text(FAR.replace("return fifth", "return note"), encoding="utf-8")
    assert "confidence: medium, because its path has 5 functions" in explained("far.py:4", capsys)


def test_what_only_a_service_would_call_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "store.py").write_text(STORE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    page = explained("store.py:9", capsys)
    assert "era: serve, when a service uses it" in page
    assert "what `Tasks.save` is given" in page


def test_a_file_without_a_project_is_explained_with_what_stands_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "carts.py").write_text(
        "CARTS = {}\n\n\ndef put(user, item):\n    CARTS[user] = item\n", encoding="utf-8"
    )
    (tmp_path / "app.py").write_text(
        "from flask import Flask, request\nfrom carts import CARTS, put\n\napp = Flask(__name__)\n\n\n"
        "@app.post('/cart')\ndef add():\n    put(request.form['user'], 1)\n    return str(CARTS)\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    assert "`add` -> `put`" in explained("carts.py:5", capsys)
