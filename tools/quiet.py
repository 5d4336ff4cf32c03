"""Hold statelint against packages in which nothing serves: `make quiet`.

Prints what is found in each of `quiet.toml`. Exit status 0: at most `MOST` errors and warnings in 1,000 lines
over all of them; 1: more; 2: it could not be measured.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.archives import CACHE, ArchiveError, unpack
from corpus.findings import Finding, ToolError, count_lines, find
from corpus.labels import Package

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIST = Path(__file__).with_name("quiet.toml")
MOST = 0.1
"""Errors and warnings in 1,000 lines of Python: one in the size of a middling library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is said of one package."""

    package: Package
    lines: int
    findings: tuple[Finding, ...]


def read_list(file: Path = LIST) -> tuple[Package, ...]:
    """Read which packages there are, in the order of the file."""
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Package(name=name, version=one["version"], sha256=one["sha256"], part="quiet", cases=())
        for name, one in content.items()
    )


def listen(packages: Sequence[Package], statelint: Sequence[str], cache: Path) -> Iterator[Heard]:
    """Run statelint on each package; raise ArchiveError or ToolError."""
    for package in packages:
        tree = unpack(package, cache)
        yield Heard(package=package, lines=count_lines(tree), findings=find(tree, statelint))


def page(heard: Sequence[Heard]) -> str:
    """Word the findings, then a line a package and one for all."""
    rows = [
        f"{one.package.name}: {finding.at.path}:{finding.at.line} {finding.rule} `{finding.symbol}`"
        for one in heard
        for finding in one.findings
    ]
    rows += [_row(f"{one.package.name} {one.package.version}", len(one.findings), one.lines) for one in heard]
    rows.append(_row("all", _loud(heard), _size(heard)))
    return "\n".join(rows)


def noise(heard: Sequence[Heard]) -> float:
    """Give the errors and warnings in 1,000 lines, over all packages."""
    return 1000 * _loud(heard) / max(_size(heard), 1)


def _row(name: str, loud: int, lines: int) -> str:
    return f"{name:24} {loud:4} in {lines:7} lines, {1000 * loud / max(lines, 1):.2f} in 1,000"


def _loud(heard: Sequence[Heard]) -> int:
    return sum(len(one.findings) for one in heard)


def _size(heard: Sequence[Heard]) -> int:
    return sum(one.lines for one in heard)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all packages and print the page."""
    parser = argparse.ArgumentParser(
        prog="quiet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--statelint", type=Path, default=Path(sys.executable).with_name("statelint"))
    parser.add_argument("--cache", type=Path, default=CACHE, help="where packages are kept")
    parser.add_argument("--list", type=Path, default=LIST, help="which packages there are")
    options = parser.parse_args(arguments)
    try:
        packages = read_list(options.list)
        heard = tuple(listen(packages, (str(options.statelint.absolute()),), options.cache))
    except (ArchiveError, ToolError) as error:
        print(f"quiet: error: {error}", file=sys.stderr)
        return 2
    print(page(heard))
    return int(noise(heard) > MOST)


if __name__ == "__main__":
    sys.exit(main())
