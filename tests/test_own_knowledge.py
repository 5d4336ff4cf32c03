"""What a project tells of its frameworks and libraries: how it is read, and what is said of mistakes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import tomli

from specs import ROOT
from statelint.cli import main
from statelint.config import load_settings
from statelint.reporters import format_names

if TYPE_CHECKING:
    from pathlib import Path

HANDLER = """
import acme

app = acme.App()
SEEN = {}


@app.on
def handle(event):
    SEEN[event.id] = event.text
    return SEEN.get(event.id)
"""
KNOWN = """
name = "acme"
packages = ["acme"]

[[type]]
names = ["acme.App"]
kind = "app"

[[register]]
names = ["acme.App.on"]
runs = "serve"
"""
PLACE = "`statelint.toml: knowledge[0]`"
TYPE = '[[knowledge]]\nname = "a"\n\n[[knowledge.type]]\nnames = ["a.B"]\nkind = "plain"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app.py").write_text(HANDLER, encoding="utf-8")
    (tmp_path / "acme.toml").write_text(KNOWN, encoding="utf-8")
    (tmp_path / "statelint.toml").write_text('knowledge = ["acme.toml"]\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def error(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(["--no-cache", *argv]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("statelint: error: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "knowledge = 3",
            "`statelint.toml`: `knowledge` must be a list of files or an array of tables, not 3",
        ),
        (
            "knowledge = [3]",
            "`statelint.toml`: `knowledge` must be a list of files or an array of tables, not a list with",
        ),
        (
            'knowledge = ["../acme.toml"]',
            "`statelint.toml`: `knowledge` must stay inside the project, with `/` between folders",
        ),
        ('knowledge = ["gone.toml"]', "`gone.toml`: cannot be read: no such file"),
        ("[[knowledge]]\nx = inf", f"{PLACE}: no knowledge file: out of range float"),
        (
            '[[knowledge]]\nname = "a"\n[[knowledge]]\nname = "b"\nserver = "yes"',
            "`statelint.toml: knowledge[1]`: `server`: expected `bool`, got `str`",
        ),
        (
            TYPE.replace("plain", "client"),
            f"{PLACE}, entry `a.B`: `kind` cannot be `client`",
        ),
        (
            f'{TYPE}bases = ["flask.Flsk"]',
            f"{PLACE}, entry `a.B`: unknown type `flask.Flsk`, did you mean `flask.Flask`",
        ),
        (
            '[[knowledge]]\nname = "a"\n[[knowledge.function]]\nnames = ["a.b"]\nreturns = "elemnt:0"',
            f"{PLACE}, entry `a.b`: `returns` cannot be `elemnt:0`, did you mean `element`",
        ),
        (
            TYPE + TYPE.partition("\n\n")[2],
            f"{PLACE}: `a.B` has two entries of one kind, keep one of them",
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_place_key_and_word(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    (project / "statelint.toml").write_text(text, encoding="utf-8")
    assert error(capsys, ".").startswith(message)


@pytest.mark.parametrize("argv", [["."], ["explain", "app.py:5"], ["graph", "."]])
def test_a_mistake_in_a_file_is_told_by_each_command(
    project: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    (project / "acme.toml").write_text(KNOWN.replace("runs", "run"), encoding="utf-8")
    assert main(argv) == 2
    told = "`acme.toml`, entry `acme.App.on`: unknown key `run`, did you mean `runs`"
    assert told in capsys.readouterr().err


def test_a_file_that_is_no_toml_is_named_with_its_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "acme.toml").write_text("x = = 1", encoding="utf-8")
    told = error(capsys, ".")
    assert told.startswith("`acme.toml`: not valid TOML:")
    assert "line 1" in told


def test_isolated_knows_nothing_of_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--no-cache", "--format", "concise", "."]) == 1
    assert "app.py:5" in capsys.readouterr().out
    assert main(["--no-cache", "--isolated", "."]) == 0
    del project


def test_the_settings_shown_say_it_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "statelint.toml").write_text(
        'knowledge = ["acme.toml", { name = "more", type = [{ names = ["acme.B"], kind = "handle" }] }]\n',
        encoding="utf-8",
    )
    before = load_settings([project]).knowledge
    assert [one.file for one in before] == ["acme.toml", ""]
    assert main(["--show-settings"]) == 0
    shown = capsys.readouterr().out
    assert "# statelint.toml: knowledge" in shown
    assert tomli.loads(shown)["knowledge"] == [
        "acme.toml",
        {"name": "more", "type": [{"names": ["acme.B"], "kind": "handle"}]},
    ]
    (project / "statelint.toml").write_text(shown, encoding="utf-8")
    assert load_settings([project]).knowledge == before


def test_it_holds_where_workers_read_the_files(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("statelint.engine.facts.ENOUGH_FOR_WORKERS", 0)
    told = []
    for jobs in ("1", "2"):
        assert main(["--no-cache", "--jobs", jobs, "--format", "json", "."]) == 1
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    assert [finding["rule"] for finding in told[0]["findings"]] == ["module-state"]
    del project


def test_what_it_says_is_escaped_in_every_format(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "statelint.toml").write_text(
        '[[knowledge]]\nname = "a"\n[[knowledge.keeper]]\nnames = ["acme.App"]\nrule = "local-database"\n'
        'state = "records"\nwhat = "\\u001b[31m\\n::error::x"\nsample = "\\u001b[31m\\n::error::x"\n',
        encoding="utf-8",
    )
    (project / "app.py").write_text(
        f"from flask import Flask\nweb = Flask(__name__)\n@web.get('/')\ndef index(): return 1\n{HANDLER}",
        encoding="utf-8",
    )
    for name in format_names():
        assert main(["--no-cache", "--format", name, "."]) == 1
        told = capsys.readouterr().out
        assert "local-database" in told
        assert "\x1b" not in told
        assert not any(line.lstrip().startswith("::error::x") for line in told.splitlines())


def test_the_example_of_the_readme_does_what_is_said_of_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = (ROOT / "README.md").read_text(encoding="utf-8").split("```toml\n")
    (example,) = (text for block in blocks if (text := block.partition("```")[0]).startswith("name = "))
    (project / "acme.toml").write_text(example, encoding="utf-8")
    (project / "app.py").write_text(
        "from acme_bus import Bus\nfrom acme_grid import Grid\nfrom acme_limits import Limiter\n"
        "bus = Bus()\nGRIDS = {}\nSEEN = []\nhere, there = Limiter(), Limiter(store='redis://limits')\n"
        "@bus.subscribe\ndef paid(event):\n    SEEN.append(event)\n    if event.grid not in GRIDS:\n"
        "        GRIDS[event.grid] = Grid(event.grid)\n    return GRIDS[event.grid], SEEN[0]\n",
        encoding="utf-8",
    )
    assert main(["--no-cache", "--format", "json", "."]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["rule"], one["symbol"]) for one in found] == [
        ("module-state", "SEEN"),
        ("local-rate-limit", "Limiter"),
    ]
