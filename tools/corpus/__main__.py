"""Measure statelint on the corpus: `make corpus`, or `python -m corpus` with this folder on the path.

Exit status 0: as committed; 1: something is another; 2: it could not be measured.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.archives import CACHE, ArchiveError, unpack
from corpus.drawn import FILE, draw, read_sample
from corpus.findings import ToolError, count_lines, find
from corpus.labels import FOLDER, LabelError, chosen, read_packages
from corpus.page import COLUMNS, difference, figures, page
from corpus.scoring import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corpus.labels import Package
    from corpus.scoring import Score

RESULTS = FOLDER.parent / "results.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the chosen packages; compare the page, write it, or draw a sample."""
    options = _options(arguments)
    try:
        packages = chosen(read_packages(options.labels), options.only)
        scores = tuple(_measure(packages, options))
        if options.draw:
            print(draw(scores, options.seed, options.draw), end="")
            return 0
        if options.only:
            print("\n".join(_told(score) for score in scores))
            return 0
        now = page(scores, read_sample(options.drawn))
    except (LabelError, ArchiveError, ToolError) as error:
        print(f"corpus: error: {error}", file=sys.stderr)
        return 2
    return _compare(options.results, now, write=options.write)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="corpus", description=__doc__)
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="PACKAGE", help="measure these, print, compare nothing"
    )
    parser.add_argument("--write", action="store_true", help="write the page of results")
    parser.add_argument(
        "--draw", type=int, default=0, metavar="COUNT", help="print a sample of unlabelled findings"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample (default: %(default)s)")
    parser.add_argument("--statelint", type=Path, default=Path(sys.executable).with_name("statelint"))
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="where packages are kept (default: %(default)s)"
    )
    parser.add_argument("--labels", type=Path, default=FOLDER)
    parser.add_argument("--drawn", type=Path, default=FILE)
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args(arguments)


def _measure(packages: Sequence[Package], options: argparse.Namespace) -> Iterator[Score]:
    for package in packages:
        print(f"corpus: {package.name} {package.version}", file=sys.stderr, flush=True)
        tree = unpack(package, options.cache)
        yield judge(package, find(tree, (str(options.statelint.absolute()),)), count_lines(tree))


def _told(score: Score) -> str:
    """Say all there is about one package, unlabelled findings included."""
    wrong = [outcome for outcome in score.counted if not outcome.is_right]
    rows = [f"{score.package.name}: {COLUMNS}", figures([score])]
    for outcome in wrong:
        rules = ", ".join(sorted({finding.rule for finding in outcome.findings})) or "missed"
        rows.append(
            f"{outcome.case.name} [{outcome.case.verdict}/{outcome.case.state}] {rules}: {outcome.case.why}"
        )
    rows += [
        f"{one.at.path}:{one.at.line} unlabelled {one.rule} [{one.state}]: {one.message}"
        for one in score.unlabelled
    ]
    return "\n".join([*rows, ""])


def _compare(results: Path, now: str, *, write: bool) -> int:
    committed = results.read_text(encoding="utf-8") if results.exists() else ""
    changed = difference(committed, now)
    if write:
        results.write_text(now, encoding="utf-8")
        print(now, end="")
        return 0
    print(changed or "as committed", end="" if changed else "\n")
    return int(bool(changed))


if __name__ == "__main__":
    sys.exit(main())
