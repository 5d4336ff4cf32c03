"""Who runs against whom, and in which state of cache and tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Contender

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
FLOOR = "ast.parse of the same files"
ONE_PROCESS = "statelint, no cache, one process"
COLD = "statelint, no cache"
FILLING = "statelint, empty cache"
WARM = "statelint, warm"
CHANGED = "statelint, warm, one file changed"
RUFF = "ruff, all rules, no cache"
RUFF_WARM = "ruff, all rules, warm"

_FINDINGS = frozenset({0, 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where things are: the programs, the tree, the list of its files, and a folder for caches.

    `edited` is the file that is changed for the run after a change; `has_cache` tells whether this statelint
    keeps one.
    """

    programs: Path
    tree: Path
    listing: Path
    scratch: Path
    edited: Path
    has_cache: bool


def contenders(bench: Bench) -> tuple[Contender, ...]:
    """List everything that is run, in the order of one turn; the last one leaves a changed file."""
    original, status = bench.edited.read_bytes(), bench.edited.stat()

    def restore() -> None:
        if bench.edited.read_bytes() != original:
            bench.edited.write_bytes(original)
            # some caches ask for the time of a file
            os.utime(bench.edited, ns=(status.st_atime_ns, status.st_mtime_ns))

    command = (sys.executable, str(FOLDER / "floor.py"), str(bench.listing))
    floor = Contender(name=FLOOR, command=command, prepare=restore)
    return (floor, *_others(bench), *_statelint(bench))


def changed_text(text: bytes, number: int) -> bytes:
    """Change a module as an edit does: one more statement at its end, another one each time."""
    gap = b"" if not text or text.endswith(b"\n") else b"\n"
    return b"%s%sCHANGED_BY_BENCHMARK = %d\n" % (text, gap, number)


def _statelint(bench: Bench) -> Iterator[Contender]:
    base = (str(bench.programs / "statelint"), "--format", "concise", "--quiet")
    uncached = ("--no-cache",) if bench.has_cache else ()
    yield Contender(name=ONE_PROCESS, command=(*base, *uncached, "--jobs", "1", "."), statuses=_FINDINGS)
    yield Contender(name=COLD, command=(*base, *uncached, "."), statuses=_FINDINGS)
    if not bench.has_cache:
        return
    cache = bench.scratch / "statelint"
    cached = (*base, "--cache-dir", str(cache), ".")
    original = bench.edited.read_bytes()
    edits = iter(range(1, sys.maxsize))

    def empty() -> None:
        shutil.rmtree(cache, ignore_errors=True)

    def edit() -> None:
        bench.edited.write_bytes(changed_text(original, next(edits)))

    yield Contender(name=FILLING, command=cached, statuses=_FINDINGS, prepare=empty)
    yield Contender(name=WARM, command=cached, statuses=_FINDINGS)
    yield Contender(name=CHANGED, command=cached, statuses=_FINDINGS, prepare=edit)


def _others(bench: Bench) -> Iterator[Contender]:
    ruff = _program(
        bench, "ruff", "check --isolated --select ALL --quiet --exit-zero --output-format concise"
    )
    ruff_cache = str(bench.scratch / "ruff")
    warm = (*ruff, "--cache-dir", ruff_cache, ".")

    def fill() -> None:
        if not Path(ruff_cache).exists():
            subprocess.run(warm, cwd=bench.tree, check=True, capture_output=True)  # noqa: S603 - our own words

    yield Contender(name=RUFF, command=(*ruff, "--no-cache", "."))
    yield Contender(name=RUFF_WARM, command=warm, prepare=fill)
    yield Contender(name="flake8", command=_program(bench, "flake8", "--isolated --exit-zero ."))
    bandit = _program(bench, "bandit", "--recursive --quiet --exit-zero --format custom .")
    yield Contender(name="bandit", command=bandit)
    semgrep = _program(bench, "semgrep", "scan --metrics=off --disable-version-check --quiet --no-git-ignore")
    rules = str(FOLDER / "semgrep.yaml")
    yield Contender(name="semgrep, nearest rules", command=(*semgrep, "--config", rules, "."))


def _program(bench: Bench, name: str, words: str) -> tuple[str, ...]:
    return (str(bench.programs / name), *words.split())
