"""Every format on a tree whose file names and strings fight back, read back by independent readers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import pytest

from readers import read_gitlab, read_junit, read_markdown, read_rdjson, read_sarif
from runner import runner
from statelint.reporters import format_names

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    b"plain.py",
    b"with space.py",
    b"colon:1:2.py",
    b"hash#tag?.py",
    b"50%25 %0A.py",
    b"comma,line=9,title=FORGED.py",
    b"new\nline.py",
    b"a\n::error file=README.md,line=1::FORGED.py",
    b"return\r::warning::FORGED.py",
    b"::error::FORGED.py",
    b"##[error]FORGED.py",
    b"]]><failure>.py",
    b"[x](1) `@me` <img src=x>.py",
    b"esc\x1b[2J\x1b]0;FORGED\x07.py",
    "größe 名 😀.py".encode(),
    "bidi\u202egnp.py".encode(),
    b"raw\xff\x80.py",
    b"-rf --output=x.py",
    b"$(touch made) ;touch made.py",
)

# What a route says ends up in messages; what stands before a name moves its column in some units.
SERVICE = """\
from flask import Flask, request

app = Flask(__name__)
"😀é"; カート = {}


@app.post("/\\n::error::FORGED\\r##[add-mask]x\\x1b[31m]]></failure>[x](1)`@me`{0}\\u202e|<img src=x>\\ud800")
def add():
    カート[request.form["user"]] = request.form["item"]
    return "ok"


@app.get("/cart")
def show():
    return カート[request.args["user"]]
"""

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run wrote in all formats, and what it found by the account of the plainest of them."""

    root: Path
    pages: dict[str, str]
    findings: list[dict[str, Any]]

    @property
    def names(self) -> set[bytes]:
        return {os.fsencode(finding["location"]["path"]) for finding in self.findings}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    root = tmp_path_factory.mktemp("tree")
    (root / "statelint.toml").touch()
    (root / "out").mkdir()
    for name in NAMES:
        (root / os.fsdecode(name)).write_text(SERVICE, encoding="utf-8")
    words = [word for name in format_names() for word in ("--output", f"{name}=out/{name}")]
    done = subprocess.run(
        [sys.executable, "-m", "statelint", "--format", "github", *words, "."],
        cwd=root,
        env=os.environ | {"GITHUB_ACTIONS": "true"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr == b""
    pages = {name: (root / "out" / name).read_bytes().decode() for name in format_names()}
    assert pages["github"].encode() == done.stdout
    assert not (root / "made").exists()
    return Outcome(root=root, pages=pages, findings=json.loads(pages["json"])["findings"])


def test_each_file_is_found_by_its_own_name(outcome: Outcome) -> None:
    assert outcome.names == set(NAMES)
    assert {finding["symbol"] for finding in outcome.findings} == {"カート"}


def test_text_holds_no_control_characters_and_no_commands(outcome: Outcome) -> None:
    for name in ("full", "concise", "markdown"):
        assert CONTROL.search(outcome.pages[name]) is None
    for name in set(format_names()) - {"github"}:
        assert runner(outcome.pages[name]) == []


def test_github_sees_ten_annotations_and_one_that_counts_the_rest(outcome: Outcome) -> None:
    commands = runner(outcome.pages["github"])
    assert [command.name for command in commands] == ["warning"] * 10 + ["notice"]
    assert commands[-1].data.startswith(f"{len(NAMES) - 10} more warnings in the log")
    clean = {os.fsdecode(name) for name in NAMES if not CONTROL.search(os.fsdecode(name).replace("\r", ""))}
    annotated = {command.properties["file"] for command in commands[:-1]}
    assert len(annotated & clean) >= 7
    for command in commands[:-1]:
        assert command.properties["title"] == "statelint (module-state)"
        assert (command.properties["line"], command.properties["col"]) == ("4", "7")
    log = outcome.pages["github"].split("\n")[len(commands) : -2]
    assert log == outcome.pages["concise"].splitlines()
    assert len(log) == len(NAMES)


def test_sarif_names_the_very_files(outcome: Outcome) -> None:
    results = read_sarif(outcome.pages["sarif"])["results"]
    assert len(results) == len(NAMES)
    for result in results:
        place = result["locations"][0]["physicalLocation"]
        file = outcome.root / os.fsdecode(unquote_to_bytes(place["artifactLocation"]["uri"]))
        region = place["region"]
        line = file.read_text(encoding="utf-8").split("\n")[region["startLine"] - 1]
        assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "カート"
        assert result["codeFlows"][0]["threadFlows"][0]["locations"]


def test_gitlab_gets_each_file(outcome: Outcome) -> None:
    issues = read_gitlab(outcome.pages["gitlab"])
    paths = {issue["location"]["path"] for issue in issues}
    assert paths == {name.decode("utf-8", "backslashreplace") for name in NAMES}
    assert all(CONTROL.search(issue["description"]) is None for issue in issues)


def test_junit_gets_each_file(outcome: Outcome) -> None:
    cases = read_junit(outcome.pages["junit"])
    assert len(cases) == len(NAMES)
    for case in cases:
        (failure,) = case.result
        assert failure.type == "module-state"
        assert CONTROL.search(failure.message) is None
        assert CONTROL.search(failure.text) is None


def test_rdjson_gets_each_file_with_columns_in_bytes(outcome: Outcome) -> None:
    diagnostics = read_rdjson(outcome.pages["rdjson"])
    paths = {item["location"]["path"] for item in diagnostics}
    assert paths == {name.decode("utf-8", "backslashreplace") for name in NAMES}
    line = SERVICE.split("\n")[3].encode()
    for item in diagnostics:
        span = item["location"]["range"]
        assert line[span["start"]["column"] - 1 : span["end"]["column"] - 1].decode() == "カート"
        assert item["message"].count("\n") == 1


def test_markdown_is_a_list_and_nothing_else(outcome: Outcome) -> None:
    assert read_markdown(outcome.pages["markdown"]) == len(NAMES)
