"""From what is given on the command line to the settings of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from statelint.errors import UsageError
from statelint.model.diagnostics import Confidence
from statelint.model.settings import Audience

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.settings import Settings


def settings_for(
    paths: Sequence[Path], overrides: Mapping[str, object], config: Path | None, *, isolated: bool
) -> Settings:
    """Read the settings that are in force for some paths, or for the current folder."""
    from statelint.config import load_settings

    if config is not None and isolated:
        raise UsageError("`--config` and `--isolated` contradict each other: give one of them")
    return load_settings(paths or (Path(),), overrides, config, isolated=isolated)


def chosen(
    select: Sequence[tuple[str, ...]],
    ignore: Sequence[tuple[str, ...]],
    min_confidence: str | None,
    audience: str | None,
) -> dict[str, object]:
    """Give what options say of the findings to report; None where an option is not given."""
    return {
        "select": sum(select, ()) or None,
        "ignore": sum(ignore, ()) or None,
        "min_confidence": Confidence(min_confidence) if min_confidence else None,
        "audience": Audience(audience) if audience else None,
    }


def with_changes(settings: Settings, revision: str | None, files: Sequence[Path] | None) -> Settings:
    """Narrow what is reported to what concerns a change, if one is given in either way."""
    if revision is None and files is None:
        return settings
    from statelint.changes import changed_since, named_files

    if files is None:
        changed = changed_since(settings.project, revision or "")
    elif revision is None:
        changed = named_files(settings.project, files)
    else:
        raise UsageError("`--changed-since` and `--changed-files` both say what changed: give one of them")
    return replace(settings, changed=changed)


def with_baseline(settings: Settings) -> Settings:
    """Read the baseline that settings name; one that has to be there must be."""
    from statelint import config

    if settings.strict_baseline:
        from statelint.engine.adopt import require_baseline

        require_baseline(settings)
    return config.with_baseline(settings)


def absolute(file: Path | None) -> Path | None:
    """Count a file that an option names from the current folder."""
    return file.absolute() if file is not None else None
