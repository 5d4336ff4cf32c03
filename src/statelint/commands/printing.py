"""Standard output and standard error: pages, warnings, and whether there is colour."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.settings import Settings
    from statelint.reporters import RenderOptions


class PipeClosedError(Exception):
    """The reader of standard output has gone; click would exit by itself on a BrokenPipeError."""


def write_page(text: str) -> None:
    """Write to standard output; raise PipeClosedError where nobody reads it any more."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise PipeClosedError from error


def say(kind: str, message: str) -> None:
    """Write one line, an error or a warning, to standard error."""
    sys.stderr.write(one_line(f"statelint: {kind}: {message}", sys.stderr.encoding))


def one_line(message: str, encoding: str | None) -> str:
    """Make one line; what it quotes (a path, a key) may hold anything, so it is escaped like a report."""
    from statelint.reporters.options import RenderOptions
    from statelint.reporters.text import display_text, guard

    options = RenderOptions(
        format_name="concise",
        color=False,
        project=Path(),
        base=Path(),
        root=Path(),
        github_actions=_on_github(),
        unicode=(encoding or "").lower().startswith("utf"),
    )
    return guard(f"{display_text(message, options)}\n", options)


def wants_color(choice: str, environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Decide on colour: the option, then FORCE_COLOR, then NO_COLOR, then what kind of output it is."""
    if choice != "auto":
        return choice == "always"
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE"):
        return True
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return is_terminal


def render_options(settings: Settings, color: str, *, quiet: bool = False) -> RenderOptions:
    """Say how to write a page: as settings and options want it, and as the terminal can show it."""
    from statelint.reporters import RenderOptions
    from statelint.reporters.repository import repository_root

    base = Path.cwd()
    return RenderOptions(
        format_name=settings.output_format,
        color=wants_color(color, os.environ, is_terminal=sys.stdout.isatty()),
        project=settings.project,
        base=base,
        root=repository_root(settings.project, base, os.environ),
        github_actions=_on_github(),
        unicode=(sys.stdout.encoding or "").lower().startswith("utf"),
        quiet=quiet,
    )


def _on_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"
