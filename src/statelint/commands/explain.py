"""The command `explain`: the page of a rule, or what is believed about a line."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import click

from statelint.commands.options import (
    cache_dir_option,
    color_option,
    config_option,
    isolated_option,
    no_cache_option,
)
from statelint.commands.parameter_types import Subject
from statelint.commands.printing import say, wants_color, write_page
from statelint.commands.settings import settings_for
from statelint.errors import UsageError


@click.command()
@click.argument("what", metavar="RULE|PATH:LINE", type=Subject())
@config_option
@isolated_option
@color_option
@cache_dir_option
@no_cache_option
def explain(
    what: str, config: Path | None, isolated: bool, color: str, cache_dir: Path | None, no_cache: bool
) -> int:
    r"""Explain a rule, or what is believed about a line of code.

    \b
    Examples:
      statelint explain module-state
      statelint explain app/carts.py:12
    """
    path, colon, line = what.rpartition(":")
    if colon and path and line.isascii() and line.isdigit():
        from statelint.commands.caches import cache_folder

        folder = cache_folder(cache_dir, os.environ, no_cache=no_cache)
        page = _explain_line(Path(path), int(line), config, folder, isolated=isolated)
    elif Path(what).exists():
        raise UsageError(f"`{what}` is a path: say which line, as in `{what}:12`")
    else:
        page = _explain_rule(what, color)
    write_page(page if page.endswith("\n") else f"{page}\n")
    return 0


def _explain_line(path: Path, line: int, config: Path | None, folder: Path | None, *, isolated: bool) -> str:
    from statelint.commands.caches import cache_in
    from statelint.commands.streams import progress
    from statelint.engine.run import explain_place

    if not path.is_file():
        raise UsageError(f"there is no file `{path}`")
    from statelint.config import is_in_project

    settings = settings_for((path,), {}, config, isolated=isolated)
    file = settings.paths[0]
    if not is_in_project(file) and file.is_relative_to(Path.cwd().resolve()):
        # the project is what stands around: a file alone tells nothing of its callers
        settings = settings_for((Path(),), {}, config, isolated=isolated)
    inner = file.relative_to(settings.project).as_posix()
    with cache_in(folder, settings, partial(say, "warning")) as cache, progress() as tell:
        return explain_place(settings, inner, line, tell, cache=cache)


def _explain_rule(word: str, color: str) -> str:
    from statelint.engine.catalog import load_catalog
    from statelint.reporters.rules_page import render_page

    page = load_catalog().page(word)
    return render_page(word, page, color=wants_color(color, os.environ, is_terminal=sys.stdout.isatty()))
