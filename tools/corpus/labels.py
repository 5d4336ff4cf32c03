"""What the labels say: which packages there are, and which of their lines keep state."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from statelint.model.diagnostics import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = Path(__file__).parents[2] / "tests/corpus/labels"

# Labels name the back end, findings what it is for: each of these stands for several kinds.
BACK_ENDS = {
    "local-file": frozenset({State.UPLOAD, State.RECORDS, State.LOG, State.OTHER}),
    "sqlite": frozenset({State.RECORDS}),
}

_KEYS = frozenset({"file", "line", "symbol", "writes", "reads", "entry", "state", "verdict", "why"})
_MORE_KEYS = frozenset({"contested", "evidence"})
_PACKAGE_KEYS = frozenset({"name", "version", "sha256", "set"})
SETS = ("dev", "further", "later", "latest", "fresh", "newest")


class LabelError(Exception):
    """A file of labels that does not say what it must; the message names the file and the entry."""


class Verdict(StrEnum):
    """What a label asks for.

    `stateful` must be an error or warning, `ephemeral` may be a note, `benign` must stay quiet.
    """

    STATEFUL = "stateful"
    EPHEMERAL = "ephemeral"
    BENIGN = "benign"


class Spot(NamedTuple):
    """A line of a file; the path counts from the folder that the archive was unpacked to."""

    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One labelled spot.

    A contested one counts neither way: two engineers could differ.
    """

    at: Spot
    symbol: str
    writes: tuple[Spot, ...]
    state: str
    verdict: Verdict
    why: str
    contested: bool

    @property
    def name(self) -> str:
        """Name the case in one line."""
        return f"{self.at.path}:{self.at.line} {self.symbol}"

    def accepts(self, state: str) -> bool:
        """Tell whether a finding names the right kind of state; a label that says `other` takes any."""
        return self.state in {state, "other"} or state in BACK_ENDS.get(self.state, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A published archive and its labels; the hash says which archive of the release it is.

    `dev` packages are those that statelint is developed on; those of the other sets were labelled before it
    was run on them once.
    """

    name: str
    version: str
    sha256: str
    part: str
    cases: tuple[Case, ...]


def read_packages(folder: Path = FOLDER) -> tuple[Package, ...]:
    """Read all labels of a folder, one file a package, in order of the names; raise LabelError."""
    return tuple(_read(file) for file in sorted(folder.glob("*.toml")))


def chosen(packages: Sequence[Package], names: Sequence[str]) -> tuple[Package, ...]:
    """Take the packages that are named, or all; raise LabelError for a name that is none."""
    known = {package.name for package in packages}
    for name in names:
        if name not in known:
            raise LabelError(f"there is no package `{name}`; there are {', '.join(sorted(known))}")
    return tuple(package for package in packages if not names or package.name in names)


def spot(text: str) -> Spot:
    """Read `path/to/file.py:12 name`; raise ValueError where there is no line."""
    path, _, line = text.partition(" ")[0].rpartition(":")
    return Spot(path, int(line))


def _read(file: Path) -> Package:
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    package = content.get("package", {})
    if set(package) != _PACKAGE_KEYS:
        raise LabelError(f"{file.name}: [package] needs {', '.join(sorted(_PACKAGE_KEYS))}")
    if package["set"] not in SETS:
        raise LabelError(f"{file.name}: there is no set `{package['set']}`; there are {', '.join(SETS)}")
    return Package(
        name=package["name"],
        version=package["version"],
        sha256=package["sha256"],
        part=package["set"],
        cases=tuple(_case(entry, f"{file.name}, case {n}") for n, entry in enumerate(content["case"], 1)),
    )


def _case(entry: Mapping[str, Any], where: str) -> Case:
    if not _KEYS <= set(entry) <= _KEYS | _MORE_KEYS:
        wrong = sorted(set(entry) ^ _KEYS - _MORE_KEYS)
        raise LabelError(f"{where}: missing or unknown {', '.join(f'`{key}`' for key in wrong)}")
    if entry["state"] not in {*State, *BACK_ENDS} or not entry["why"] or "\n" in entry["why"]:
        raise LabelError(f"{where}: `state` must be a known kind, and `why` one line")
    try:
        return Case(
            at=Spot(entry["file"], entry["line"]),
            symbol=entry["symbol"],
            writes=tuple(map(spot, entry["writes"])),
            state=entry["state"],
            verdict=Verdict(entry["verdict"]),
            why=entry["why"],
            contested=entry.get("contested", False),
        )
    except ValueError as error:
        raise LabelError(f"{where}: {error}") from None
