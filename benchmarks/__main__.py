"""Measure everything and write the page: `python -m benchmarks`, or `make bench`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.contenders import Bench, contenders
from benchmarks.machine import machine, versions
from benchmarks.measure import run_in_turns, run_once
from benchmarks.table import Result, page, section
from benchmarks.trees import Tree, TreeError, chosen, list_files, read_trees, unpack

RESULTS = Path(__file__).with_name("results.md")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "statelint-bench"

# No tool may ask the network for anything, or wait for it.
QUIET = {"SEMGREP_ENABLE_VERSION_CHECK": "0", "SEMGREP_SEND_METRICS": "off"}


def main() -> int:
    """Measure the chosen trees; the page is written only when all of them were."""
    options = _options()
    try:
        trees = chosen(read_trees(), options.only)
        results = [_measure(tree, options) for tree in trees]
    except TreeError as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 2
    if options.only:
        print("\n".join(section(result) for result in results))
        return 0
    text = page((*machine(), versions(options.programs)), _notes(options), results)
    options.results.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="TREE", help="measure these, print, write nothing"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default: %(default)s)")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="where trees are kept (default: %(default)s)"
    )
    parser.add_argument(
        "--programs", type=Path, default=Path(sys.executable).parent, help="folder of the tools"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="page to write (default: %(default)s)")
    return parser.parse_args()


def _measure(tree: Tree, options: argparse.Namespace) -> Result:
    statelint = str(options.programs.absolute() / "statelint")
    folder = unpack(tree, options.cache)
    listing = list_files(folder, statelint)
    _tell(f"{tree.name}: {listing.files:,} files, {listing.lines:,} lines")
    with tempfile.TemporaryDirectory(prefix="statelint-bench-") as scratch:
        paths = Path(scratch) / "files.json"
        paths.write_text(listing.text, encoding="ascii")
        bench = Bench(
            programs=options.programs.absolute(),
            tree=folder,
            listing=paths,
            scratch=Path(scratch),
            edited=folder / middle_file(folder, listing.python),
            has_cache=_has_cache(statelint),
        )
        costs = run_in_turns(
            contenders(bench),
            options.runs,
            lambda one: run_once(one, folder, os.environ | QUIET),
            lambda words: _tell(f"{tree.name} {words}"),
        )
    return Result(
        title=tree.title, packages=tree.packages, files=listing.files, lines=listing.lines, costs=costs
    )


def middle_file(folder: Path, paths: tuple[str, ...]) -> str:
    """Choose the file of middle size: an edit of it is neither the cheapest nor the dearest."""
    ordered = sorted(paths, key=lambda path: ((folder / path).stat().st_size, path))
    return ordered[len(ordered) // 2]


def _has_cache(statelint: str) -> bool:
    help_text = subprocess.run((statelint, "--help"), check=True, capture_output=True, text=True).stdout  # noqa: S603
    return "--cache-dir" in help_text and "--no-cache" in help_text


def _notes(options: argparse.Namespace) -> tuple[str, ...]:
    if _has_cache(str(options.programs.absolute() / "statelint")):
        return ()
    return ("this statelint keeps no cache: a warm run, or one after a change, costs what a cold one costs",)


def _tell(words: str) -> None:
    print(f"bench: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
