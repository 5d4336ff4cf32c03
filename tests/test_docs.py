"""Every command that README.md and CONTRIBUTING.md show runs, and prints what they show.

Commands stand in fenced blocks `console` (after `$ `, followed by what they print) or `sh` (one a line). A
line `...` in the output stands for any number of lines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = ("README.md", "CONTRIBUTING.md")
BLOCK = re.compile(r"(?ms)^(?P<fence>`{3,})(?P<language>[a-z]*)\n(?P<text>.*?)^(?P=fence)`*$")

# Commands that cannot run here, each with its reason. One that no page shows any more fails a test.
NOT_RUN = {
    "make test": "these tests run inside it",
    "pip install statelint-py": "installs a release over what is tested",
}

# What the work tree holds beside the project: environments, caches, builds.
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis", "build", "dist")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a page, and the output shown below it, if any."""

    page: str
    text: str
    output: tuple[str, ...]


def commands_of(page: str, text: str) -> Iterator[Command]:
    for block in BLOCK.finditer(text):
        if block["language"] == "console":
            for shown in re.split(r"(?m)^\$ ", block["text"])[1:]:
                command, *output = shown.rstrip().splitlines()
                yield Command(page=page, text=command, output=tuple(output))
        elif block["language"] in {"sh", "bash", "shell"}:
            for line in block["text"].splitlines():
                if line.strip() and not line.startswith("#"):
                    yield Command(page=page, text=line.strip(), output=())


COMMANDS = [
    command for page in PAGES for command in commands_of(page, (ROOT / page).read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project, as a newcomer would have it, to a folder that commands may change."""
    copy = tmp_path_factory.mktemp("clone") / "statelint"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["commit", "--quiet", "--message", "as it is"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
    ):
        subprocess.run(["git", "-C", copy, *who, *words], check=True, timeout=30)
    return copy


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command.page}: {command.text}")
def test_command_runs(command: Command, clone: Path) -> None:
    if command.text in NOT_RUN:
        assert command.output == ()
        return
    # What is installed already is used and stays as it is: `--old-file` keeps make from installing the copy.
    environment = Path(sys.executable).parent.parent
    keep = "".join(f" --old-file={environment}/{stamp}" for stamp in (".statelint", ".statelint-dev"))
    done = subprocess.run(
        ["bash", "-c", re.sub(r"^make\b", f"make VENV={environment}{keep}", command.text)],
        cwd=clone,
        env=os.environ | {"PATH": f"{environment}/bin{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    finds = command.text.startswith("statelint ") and done.returncode == 1
    assert done.returncode == 0 or finds, done.stdout
    assert missing_lines(command.output, done.stdout.splitlines()) == []


def missing_lines(shown: tuple[str, ...], printed: list[str]) -> list[str]:
    """List the lines of a page that a command does not print in this order; without `...`, in one piece."""
    position = 0
    anywhere = True
    missing = []
    for line in shown:
        if line.strip() == "...":
            anywhere = True
            continue
        rest = [text.rstrip() for text in printed[position : None if anywhere else position + 1]]
        if line.rstrip() in rest:
            position += rest.index(line.rstrip()) + 1
            anywhere = False
        else:
            missing.append(line)
    return missing


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        ((), []),
        (("b", "c"), []),
        (("a", "..."), []),
        (("a", "...", "d"), []),
        (("a", "c"), ["c"]),
        (("b", "a"), ["a"]),
        (("x",), ["x"]),
    ],
)
def test_output_is_held_against_what_is_shown(shown: tuple[str, ...], missing: list[str]) -> None:
    assert missing_lines(shown, ["a", "b", "c", "d"]) == missing


def test_commands_are_found() -> None:
    text = "```console\n$ one\nout\n$ two\n```\n```sh\n# a remark\nthree\n```\n```python\nfour\n```\n"
    assert [(command.text, command.output) for command in commands_of("x", text)] == [
        ("one", ("out",)),
        ("two", ()),
        ("three", ()),
    ]


def test_each_page_shows_commands_and_each_exception_is_one() -> None:
    assert {command.page for command in COMMANDS} == set(PAGES)
    assert set(NOT_RUN) <= {command.text for command in COMMANDS}
