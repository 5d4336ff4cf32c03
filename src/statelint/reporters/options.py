"""How a report is to be rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """Everything a reporter needs besides the report itself.

    `project`, `base` and `root` are absolute: the report's paths are relative to the first and shown relative
    to the second, the folder the user works in; formats that a code host reads name files relative to the
    third, the root of the repository. `github_actions` says that the runner of GitHub Actions reads
    along and takes some lines for commands; `unicode` that the output can hold more than ASCII; `quiet`
    that nothing is to be written but what was found.
    """

    format_name: str
    color: bool
    project: Path
    base: Path
    root: Path
    github_actions: bool
    unicode: bool
    quiet: bool = False
