"""Measure how the CPU of linking grows with a project: `python -m benchmarks.growth`, a part of `make bench`.

The files of the largest tree are taken in order of their path until there are enough lines; each size is
linked in a process of its own. Linking is what follows the calls of a whole program; reading files is not in
it. The exponent is the slope of CPU over n log n, both as logarithms, by least squares: 1 is as fast as
n log n, more is faster.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.__main__ import CACHE
from benchmarks.machine import machine
from benchmarks.trees import TreeError, chosen, read_trees, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (50_000, 100_000, 200_000, 400_000, 800_000)
TREE = "services-800k"
RESULTS = Path(__file__).with_name("growth.md")

Point = tuple[int, float, float]
"""Lines, CPU seconds of reading, CPU seconds of linking."""


def main() -> int:
    """Measure each size, and write the page."""
    parser = argparse.ArgumentParser(prog="growth", description=__doc__)
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="where trees are kept (default: %(default)s)"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="page to write (default: %(default)s)")
    parser.add_argument("--measure", nargs=2, metavar=("FOLDER", "LINES"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        folder, lines = options.measure
        print(*measure(Path(folder), int(lines)))
        return 0
    try:
        folder = unpack(chosen(read_trees(), [TREE])[0], options.cache)
    except TreeError as error:
        print(f"growth: error: {error}", file=sys.stderr)
        return 2
    text = page(machine(), [_in_a_process(folder, size) for size in SIZES])
    options.results.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _in_a_process(folder: Path, size: int) -> Point:
    command = (sys.executable, "-m", "benchmarks.growth", "--measure", str(folder), str(size))
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    lines, read, link = done.stdout.split()
    print(f"growth: {int(lines):,} lines: {float(link):.1f} s", file=sys.stderr, flush=True)
    return int(lines), float(read), float(link)


def measure(folder: Path, size: int) -> Point:
    """Read files of a folder until there are enough lines, and link them; nothing of them is run."""
    from statelint.config import load_settings
    from statelint.engine.analysis import link_facts
    from statelint.engine.collector import collector_off
    from statelint.engine.facts import read_facts
    from statelint.model.files import Language
    from statelint.sources.finding import find_files

    settings = load_settings([folder], {"jobs": 1})
    files, lines = [], 0
    for one in find_files(settings).files:
        if one.language == Language.PYTHON and lines < size:
            files.append(one)
            lines += one.absolute.read_bytes().count(b"\n")
    with collector_off():
        start = time.process_time()
        facts = read_facts(files, 1)
        read = time.process_time() - start
        start = time.process_time()
        link_facts(settings, facts)
        return lines, read, time.process_time() - start


def exponent(points: Sequence[Point]) -> float:
    """Give the slope of the CPU of linking over n log n, both as logarithms, by least squares."""
    across = [math.log(lines * math.log(lines)) for lines, _, _ in points]
    up = [math.log(link) for _, _, link in points]
    middle, height = sum(across) / len(across), sum(up) / len(up)
    over = sum((x - middle) * (y - height) for x, y in zip(across, up, strict=True))
    return over / sum((x - middle) ** 2 for x in across)


def page(about: Sequence[str], points: Sequence[Point]) -> str:
    """Write the page of results."""
    first_line, _, first = points[0]
    unit = first / (first_line * math.log(first_line))
    rows = []
    for lines, read, link in points:
        growth = link / (unit * lines * math.log(lines))
        rows.append(f"| {lines:,} | {read:.2f} | {link:.2f} | {link / read:.2f} x | {growth:.2f} x |")
    return "\n".join(
        [
            "# How linking grows",
            "",
            "Written by `make bench`: files of one tree by their path, each size in a process of its own.",
            "",
            *(f"- {line}" for line in about),
            "",
            "| lines | reading, CPU s | linking, CPU s | linking, of reading | linking, of n log n |",
            "| ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            f"Exponent over n log n: {exponent(points):.2f} (1 grows as fast as n log n).",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
