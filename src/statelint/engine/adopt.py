"""Begin a baseline, take in what is new, remove what is gone; nothing else ever writes that file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from statelint.baseline import write_baseline
from statelint.config import with_baseline
from statelint.engine.baseline import entry_of
from statelint.engine.run import run
from statelint.errors import UsageError

if TYPE_CHECKING:
    from statelint.model.diagnostics import Report
    from statelint.model.settings import Settings


def write(settings: Settings, because: str, *, add: bool) -> str:
    """Write what these settings show to a new baseline, or with `add` to the one that is there.

    Say in one line what was done. Raise UsageError for a baseline that would grow without being asked to, and
    where not all could be read.
    """
    file = _target(settings)
    if os.path.lexists(file):
        if not add:
            raise UsageError(
                f"`{file.name}` is there already: `--add` takes in what is new, "
                "`statelint baseline prune` removes what is gone"
            )
        settings = with_baseline(settings)
    report = _run(settings)
    new = [entry_of(finding, because) for finding in report.findings]
    write_baseline(file, (*report.kept, *report.stale, *new))
    had = f", beside {_entries(len(settings.baseline))}" if settings.baseline else ""
    return f"wrote {_entries(len(new))} to `{file.name}`{had}"


def prune(settings: Settings) -> str:
    """Remove the entries that hide nothing, and bring up to date what the others say; tell it in one line."""
    require_baseline(settings)
    file = _target(settings)
    if settings.scope and settings.project not in settings.scope:
        raise UsageError("what is gone can be told of a whole project only: name its folder")
    report = _run(with_baseline(settings))
    write_baseline(file, report.kept)
    return f"removed {_entries(len(report.stale))} from `{file.name}`, kept {len(report.kept)}"


def require_baseline(settings: Settings) -> None:
    """Raise UsageError where no baseline is used, or none was ever written."""
    file = _file(settings)
    if not os.path.lexists(file):
        raise UsageError(f"there is no `{file.name}`: `statelint baseline write` makes it")


def _file(settings: Settings) -> Path:
    if settings.baseline_file is None:
        raise UsageError("no baseline is used: name one by `--baseline`")
    return settings.baseline_file


def _target(settings: Settings) -> Path:
    """Give the file to write; one that lies in the project does not leave it by a symlink above it."""
    file = _file(settings)
    really = Path(os.path.realpath(file.parent))
    if file.is_relative_to(settings.project) and not really.is_relative_to(settings.project):
        raise UsageError(f"`{file.name}`: a symlink above it leads out of the project: not written")
    return file


def _run(settings: Settings) -> Report:
    """Run, and refuse to draw conclusions from half a job."""
    report = run(settings)
    told = next((problem for problem in report.problems if problem.fatal), None)
    if told is not None:
        where = f"{told.path}:{told.line}" if told.line else told.path
        raise UsageError(f"nothing is written, because not all could be read: `{where}`: {told.message}")
    return report


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
