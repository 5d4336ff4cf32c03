"""Measure what reading manifests costs beside PyYAML's events in C: `python -m benchmarks.reading`.

Both read the same files from the disk in one process, in turns, without a garbage collector; of each the
quickest run counts. The events alone are the least that a reader of YAML pays that keeps places.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from benchmarks.manifests import manifests
from statelint.engine.facts import read_file
from statelint.model.files import FileRole, Language, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST = 2.0
"""How many times the events alone the whole reading may cost."""


def main() -> int:
    """Print both costs, and fail where reading costs more than it may."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="statelint-bench-") as folder:
        files = written(Path(folder), options.files)
        size = sum(file.size for file in files)
        floor, ours = _in_turns(options.runs, lambda: take_events(files), lambda: read(files))
    print(f"{len(files):,} manifests, {size / 1e6:.1f} MB")
    print(f"events of PyYAML's C parser  {floor:.2f} s")
    print(f"statelint reads them         {ours:.2f} s, {ours / floor:.2f} times that")
    return 0 if ours <= MOST * floor else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-reading", description=__doc__)
    parser.add_argument("--files", type=int, default=5_000, help="how many (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default: %(default)s)")
    return parser.parse_args()


def written(folder: Path, number: int) -> list[SourceFile]:
    """Write so many manifests into a folder."""
    files = []
    for path, text in manifests(number):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        files.append(
            SourceFile(
                path=path,
                absolute=target,
                language=Language.YAML,
                role=FileRole.APPLICATION,
                size=target.stat().st_size,
            )
        )
    return files


def take_events(files: Sequence[SourceFile]) -> int:
    """Take every event of every file, and do nothing with it."""
    taken = 0
    for file in files:
        for _ in yaml.parse(file.absolute.read_bytes(), Loader=yaml.CSafeLoader):
            taken += 1
    return taken


def read(files: Sequence[SourceFile]) -> None:
    """Read every file as a run does."""
    for file in files:
        read_file(file)


def _in_turns(runs: int, *works: Callable[[], object]) -> list[float]:
    best = [float("inf")] * len(works)
    gc.disable()
    for _ in range(runs):
        for at, work in enumerate(works):
            gc.collect()
            start = time.process_time()
            work()
            best[at] = min(best[at], time.process_time() - start)
    return best


if __name__ == "__main__":
    sys.exit(main())
