"""Run a whole process and tell what it cost; run several in turns and take the medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

_BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024  # getrusage(2) counts in different units


class FailedError(Exception):
    """A process ended in a way that makes its figures worthless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One command line in one state of the tree; `prepare` brings that state about, outside of the measure.

    `statuses` are the exit statuses of a run that did its work.
    """

    name: str
    command: tuple[str, ...]
    statuses: frozenset[int] = frozenset({0})
    prepare: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one process cost.

    `cpu` is user and system time of it and of the processes that it waited for, in seconds; `peak` is the
    largest resident size of any one of these, in bytes.
    """

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Medians over several samples, and the lowest and highest wall time."""

    wall: float
    cpu: float
    peak: int
    quickest: float
    slowest: float
    runs: int


def run_once(contender: Contender, folder: Path, environment: Mapping[str, str]) -> Sample:
    """Run one process in a folder, its output thrown away; raise FailedError for another exit status."""
    if contender.prepare is not None:
        contender.prepare()
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - commands of our own
        contender.command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in contender.statuses:
        raise FailedError(
            f"{contender.name}: exit status {process.returncode}: {' '.join(contender.command)}"
        )
    return Sample(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss * _BYTES_OF_MAXRSS)


def run_in_turns(
    contenders: Sequence[Contender],
    runs: int,
    run: Callable[[Contender], Sample],
    tell: Callable[[str], None],
) -> dict[str, Cost]:
    """Run all contenders once, then all once more, so that a busy machine is busy for each of them.

    One that fails is left out from then on, and told.
    """
    samples: dict[str, list[Sample]] = {one.name: [] for one in contenders}
    failed: set[str] = set()
    for turn in range(1, runs + 1):
        for one in contenders:
            if one.name in failed:
                continue
            try:
                sample = run(one)
            except (FailedError, OSError) as error:
                failed.add(one.name)
                tell(f"left out: {error}")
                continue
            samples[one.name].append(sample)
            tell(f"{turn}/{runs} {one.name}: {sample.wall:.2f} s wall, {sample.cpu:.2f} s CPU")
    return {name: cost_of(found) for name, found in samples.items() if found and name not in failed}


def cost_of(samples: Iterable[Sample]) -> Cost:
    """Take the median of each figure by itself."""
    found = list(samples)
    walls = [one.wall for one in found]
    return Cost(
        wall=statistics.median(walls),
        cpu=statistics.median(one.cpu for one in found),
        peak=int(statistics.median(one.peak for one in found)),
        quickest=min(walls),
        slowest=max(walls),
        runs=len(found),
    )
