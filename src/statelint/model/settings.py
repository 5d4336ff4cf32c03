"""What the user asked for, from the command line and the configuration file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from statelint.model.baseline import Entry


class Audience(StrEnum):
    """Who reads: a developer sees errors and warnings that are likely, an auditor sees everything."""

    DEVELOPER = "developer"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """A suppression from the configuration: findings of `rule` in files that match `path` are meant."""

    path: str
    rule: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKnowledge:
    """What the project itself tells of a framework or library, in the form of a knowledge file, as JSON.

    `source` is how messages name it; `file` is its path below the project, empty for a table of the
    configuration.
    """

    source: str
    file: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffer:
    """What an editor holds of a file: read in place of it; `file` is absolute, and need not exist."""

    file: Path
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A key of the configuration with the value in force (None: not set), and where that comes from.

    The value is made of what TOML can hold: text, numbers, lists, tables.
    """

    key: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that steers one run; complete from the start, nothing is filled in later.

    `project` is the absolute project root, `paths` are absolute and choose what is reported, `config`
    is the file that was read, if any. `scope` is what is read where nothing marks a project (empty: all of
    `project`). `copies` is the number of copies that the user states (0: unknown). `jobs` is the most
    processes that may be used. Where `changed` is given, it has paths below the project, and only what
    concerns one of them is reported. `baseline_file` is where the baseline is or would be, if one is used;
    `baseline` are its entries, and `strict_baseline` says that they are judged, too. With a `buffer`, its
    file is the only one in `paths`. `knowledge` is what the project adds to what the package knows.
    """

    project: Path
    paths: tuple[Path, ...]
    changed: tuple[str, ...] | None = None
    scope: tuple[Path, ...] = ()
    config: Path | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    audience: Audience = Audience.DEVELOPER
    min_confidence: Confidence = Confidence.LOW
    exit_zero: bool = False
    jobs: int = 1
    output_format: str = "full"
    copies: int = 0
    roots: tuple[str, ...] = ()
    entry_points: tuple[str, ...] = ()
    external_stores: tuple[str, ...] = ()
    per_request: tuple[str, ...] = ()
    library: bool = False
    stores: Mapping[str, str] = field(default_factory=dict)
    allow: tuple[Allow, ...] = ()
    knowledge: tuple[OwnKnowledge, ...] = ()
    buffer: Buffer | None = None
    baseline_file: Path | None = None
    baseline: tuple[Entry, ...] = ()
    strict_baseline: bool = False
