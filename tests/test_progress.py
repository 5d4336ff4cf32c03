"""How far a run is, is told to a terminal after a while, and to nobody else."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from statelint.engine.run import run
from statelint.model.progress import Stage
from statelint.model.settings import Settings
from statelint.reporters.progress import PACE, PATIENCE, Progress, wants_progress

if TYPE_CHECKING:
    from pathlib import Path

APP = "CARTS = {}\n\ndef put(user):\n    CARTS[user] = 1\n"


class Clock:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Gone(io.StringIO):
    """A terminal that was closed."""

    def write(self, text: str) -> int:
        del text
        raise OSError


@pytest.mark.parametrize(
    ("environment", "is_terminal", "quiet", "wanted"),
    [
        ({}, True, False, True),
        ({}, False, False, False),
        ({}, True, True, False),
        ({"CI": "true"}, True, False, False),
        ({"CI": ""}, True, False, True),
        ({"TERM": "dumb"}, True, False, False),
    ],
)
def test_who_is_shown_progress(
    environment: dict[str, str], *, is_terminal: bool, quiet: bool, wanted: bool
) -> None:
    assert wants_progress(environment, is_terminal=is_terminal, quiet=quiet) is wanted


def test_a_short_run_shows_nothing() -> None:
    clock, stream = Clock(), io.StringIO()
    with Progress(stream, clock=clock) as tell:
        tell(Stage.READING, 1, 9)
        clock.now += PATIENCE - 0.01
        tell(Stage.READING, 2, 9)
    assert stream.getvalue() == ""


def test_a_long_run_shows_one_line_and_takes_it_away() -> None:
    clock, stream = Clock(), io.StringIO()
    with Progress(stream, clock=clock) as tell:
        clock.now += PATIENCE
        tell(Stage.READING, 1200, 3000)
        tell(Stage.READING, 1201, 3000)  # too soon after the last
        clock.now += PACE
        tell(Stage.FOLLOWING, 5000, 0)
        clock.now += PACE
        tell(Stage.FOLLOWING, 5000, 0)  # nothing new
    first, second, end = stream.getvalue().split("\r\x1b[K")[1:]
    assert first == "statelint: reading files, 1,200 of 3,000"
    assert second == "statelint: following calls, 5,000"
    assert end == ""


def test_a_line_is_erased_when_the_run_ends_early() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock=clock)
    clock.now += PATIENCE

    def interrupted() -> None:
        with progress as tell:
            tell(Stage.JUDGING, 1, 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_narrow_terminal_is_not_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    clock, stream = Clock(), io.StringIO()
    with Progress(stream, clock=clock) as tell:
        clock.now += PATIENCE
        tell(Stage.READING, 1, 9)
        assert stream.getvalue().removeprefix("\r\x1b[K") == "statelint: reading "


def test_a_terminal_that_goes_away_is_no_error() -> None:
    clock = Clock()
    with Progress(Gone(), clock=clock) as tell:
        clock.now += PATIENCE
        tell(Stage.READING, 1, 9)
        clock.now += 1000
        tell(Stage.READING, 2, 9)


def test_each_stage_is_told_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "more.py").write_text("import app  # statelint: alow[x]\n", encoding="utf-8")
    settings = Settings(project=tmp_path, paths=(tmp_path,))
    heard: list[tuple[Stage, int, int]] = []
    told = run(settings, lambda *words: heard.append(words))
    assert told == run(settings)
    assert [one for one in heard if one[0] == Stage.READING] == [(Stage.READING, 0, 2), (Stage.READING, 1, 2)]
    assert list(dict.fromkeys(stage for stage, _, _ in heard))[:3] == [
        Stage.FINDING,
        Stage.READING,
        Stage.FOLLOWING,
    ]


SLOW = """\
import sys, time
from statelint.reporters import progress
progress.PATIENCE = 0.0
from statelint.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("words", "environment", "shown"),
    [((), {}, True), (("--quiet",), {}, False), ((), {"CI": "true"}, False)],
)
def test_a_terminal_is_shown_progress_and_left_clean(
    words: tuple[str, ...], environment: dict[str, str], *, shown: bool, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in {"CI", "TERM"}}
    done = subprocess.run(
        [sys.executable, "-c", SLOW, *words],
        cwd=tmp_path,
        env=plain | {"TERM": "xterm"} | environment,
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # what Linux says at the end of a terminal
            break
        if not more:
            break
        seen += more
    os.close(ours)
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert (b"statelint: " in seen) is shown
    assert not shown or seen.endswith(b"\r\x1b[K")
