"""Word a wrong command line as every other mistake: one line that says what to change."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from statelint.errors import UsageError, hint, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

_QUOTED = re.compile(r"'([^']*)'")


def worded(error: click.ClickException) -> str:
    """Turn what click says of a mistake into one line, with the nearest word that would have been right."""
    if isinstance(error, click.NoSuchOption):
        return f"there is no option `{error.option_name}`{_near(error.option_name, _options(error.ctx))}"
    if isinstance(error, click.BadParameter) and error.param and isinstance(error.param.type, click.Choice):
        given = _QUOTED.match(error.message)
        if given:
            name = max(error.param.opts, key=len)
            return f"`{name}`: there is no `{given[1]}`{hint(given[1], map(str, error.param.type.choices))}"
    plain = _QUOTED.sub(r"`\1`", error.format_message()).strip().removesuffix(".")
    return f"{plain[:1].lower()}{plain[1:]}"


def check_first_word(word: str, commands: Collection[str]) -> None:
    """Raise UsageError where a first word, which names no file, looks like a mistyped command."""
    close = nearest(word, commands)
    if close and not word.startswith("-"):
        raise UsageError(f"there is no file or folder `{word}`; did you mean the command `{close}`?")


def check_paths(paths: Iterable[Path], commands: Collection[str]) -> None:
    """Raise UsageError where a command stands among paths, behind options that came first."""
    for path in paths:
        word = str(path)
        if word in commands and not os.path.lexists(word):
            raise UsageError(
                f"there is no file or folder `{word}`; "
                f"if the command is meant, it comes first: `statelint {word} [OPTIONS]`"
            )


def _options(context: click.Context | None) -> list[str]:
    if context is None:
        return []
    return [name for param in context.command.get_params(context) for name in param.opts]


def _near(word: str, known: Collection[str]) -> str:
    close = nearest(word, [name for name in known if name.startswith("--")])
    return f"; did you mean `{close}`?" if close else "; `--help` lists them"
