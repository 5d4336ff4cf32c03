"""Workers give what one process gives; what ends a worker takes nothing else with it."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from statelint.config import load_settings
from statelint.engine import facts, workers
from statelint.engine.run import run
from statelint.engine.workers import work_apart
from statelint.sources.finding import find_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from statelint.engine.cache import Facts
    from statelint.model.diagnostics import Report
    from statelint.model.files import SourceFile
    from statelint.model.progress import Tell

SERVICE = """\
from flask import Flask, request

app = Flask(__name__)
CARTS = {}


@app.post("/cart")
def add():
    CARTS[request.form["user"]] = request.form["item"]
    return CARTS
"""


def leave(_file: SourceFile) -> None:
    os._exit(3)


def touch_nothing(_file: SourceFile) -> None:
    faulthandler.disable()
    ctypes.string_at(0)  # a segmentation fault, as native code has them


def be_killed(_file: SourceFile) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def double(number: int) -> int:
    return number * 2


def process(_number: int) -> int:
    time.sleep(0.01)
    return os.getpid()


def refuse(number: int) -> int:
    raise ZeroDivisionError(number)


def size(number: int) -> int:
    return number


def test_each_item_has_its_result() -> None:
    done, deadly = work_apart(double, range(100), 2, size=size)
    assert sorted(done) == [(number, number * 2) for number in range(100)]
    assert deadly == []


@pytest.mark.parametrize("items", [[], [7]])
def test_few_items(items: list[int]) -> None:
    assert work_apart(double, items, 3, size=size) == ([(item, item * 2) for item in items], [])


def test_the_work_is_done_elsewhere() -> None:
    done, _ = work_apart(process, range(40), 2, size=size)
    processes = {result for _, result in done}
    assert os.getpid() not in processes
    assert 1 <= len(processes) <= 2


def test_a_mistake_of_ours_is_no_death() -> None:
    with pytest.raises(ZeroDivisionError):
        work_apart(refuse, range(3), 2, size=size)


@pytest.mark.parametrize("sizes", [[1] * 50, [90, *[1] * 30], list(range(60)), [0] * 9])
def test_shares_are_of_about_equal_size(sizes: list[int]) -> None:
    shares = workers._shares(range(len(sizes)), 2, lambda number: sizes[number])
    assert sorted(number for share in shares for number in share) == list(range(len(sizes)))
    assert all(shares)
    sums = sorted(sum(sizes[number] for number in share) for share in shares)
    assert sums[-1] - sums[0] <= max(sizes) + max(map(len, shares))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(SERVICE, encoding="utf-8")
    for number in range(30):
        (tmp_path / f"m{number:02}.py").write_text(f"x = {number}\n" * (number + 1), encoding="utf-8")
    return tmp_path


def lint(root: Path, jobs: int) -> Report:
    return run(load_settings([root], {"jobs": jobs}))


@pytest.mark.skipif(sys.platform != "linux", reason="only a fork inherits the reader that is made to die")
@pytest.mark.parametrize("die", [leave, touch_nothing, be_killed])
@pytest.mark.parametrize("victims", [["m07.py"], ["m00.py", "m15.py", "m29.py"]])
def test_a_file_that_ends_its_reader_is_a_problem_and_the_others_are_read(
    die: Callable[[SourceFile], None], victims: list[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_file = facts.read_file

    def read(file: SourceFile) -> Facts:
        if file.path in victims:
            die(file)
        return read_file(file)

    monkeypatch.setattr(facts, "read_file", read)
    monkeypatch.setattr(facts, "ENOUGH_FOR_WORKERS", 0)
    report = lint(project, 2)
    assert [problem.path for problem in report.problems] == victims
    assert {problem.message for problem in report.problems} == {"not read: it ends the process that reads it"}
    assert all(problem.fatal for problem in report.problems)
    assert [finding.symbol for finding in report.findings] == ["CARTS"]
    assert report.summary.files_read == 31


@pytest.mark.skipif(sys.platform != "linux", reason="only a fork inherits the reader that is made to die")
def test_a_worker_that_dies_only_once_has_read_everything(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_file, died = facts.read_file, project / "died"

    def read(file: SourceFile) -> Facts:
        if file.path == "m07.py" and not died.exists():
            died.touch()
            os._exit(3)
        return read_file(file)

    expected = lint(project, 1)
    monkeypatch.setattr(facts, "read_file", read)
    monkeypatch.setattr(facts, "ENOUGH_FOR_WORKERS", 0)
    assert lint(project, 2) == expected
    assert died.exists()


def test_a_name_that_is_no_text_is_read_all_the_same(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        (project / os.fsdecode(b"raw\xff.py")).write_text(SERVICE, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    expected = lint(project, 1)
    assert len(expected.findings) == 2
    monkeypatch.setattr(facts, "ENOUGH_FOR_WORKERS", 0)
    assert lint(project, 2) == expected


@pytest.mark.parametrize(
    ("jobs", "enough", "used"), [(1, 0, False), (2, 0, True), (2, 1_000_000, False), (8, 0, True)]
)
def test_workers_are_used_where_there_is_enough_to_do(
    jobs: int, enough: int, *, used: bool, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    read_in_workers = facts.read_in_workers

    def note(files: list[SourceFile], jobs: int, tell: Tell) -> list[facts.Reading]:
        asked.append(jobs)
        return read_in_workers(files, jobs, tell)

    monkeypatch.setattr(facts, "read_in_workers", note)
    monkeypatch.setattr(facts, "ENOUGH_FOR_WORKERS", enough)
    settings = load_settings([project], {"jobs": jobs})
    facts.read_facts(find_files(settings).files, settings.jobs)
    assert asked == ([jobs] if used else [])


INTERRUPTED_WORK = """\
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
from statelint.engine import facts

read_file = facts.read_file

def read(file):
    print(flush=True)
    time.sleep(0.2)
    return read_file(file)

facts.read_file, facts.ENOUGH_FOR_WORKERS = read, 0
from statelint.cli import main
sys.exit(main(["--jobs", "2", "."]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only a fork inherits the slow reader")
def test_ctrl_c_ends_all_without_a_word(project: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED_WORK],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout is not None
    started.stdout.readline()  # a worker has begun
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does it
    output, errors = started.communicate(timeout=60)
    assert started.returncode == 130
    assert errors.strip() == ""
    assert output.count("\n") < 25  # what no worker had begun was never begun


INTERRUPTED_START = """\
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from statelint.engine import facts

facts.ENOUGH_FOR_WORKERS = 0
from statelint.cli import main
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
sys.exit(main(["--jobs", "2", "."]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there workers are forked")
def test_ctrl_c_while_workers_are_started_is_heard(project: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED_START]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr.strip()) == (130, "")
