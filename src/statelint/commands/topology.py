"""The command `topology`: the services of a project and what was found in each."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from statelint.commands.options import (
    audience_option,
    cache_dir_option,
    color_option,
    confidence_option,
    config_option,
    ignore_option,
    isolated_option,
    no_cache_option,
    select_option,
)
from statelint.commands.printing import render_options, say, write_page
from statelint.commands.settings import chosen, settings_for


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@select_option
@ignore_option
@confidence_option
@audience_option
@config_option
@isolated_option
@color_option
@cache_dir_option
@no_cache_option
def topology(
    paths: tuple[Path, ...],
    output_format: str,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    min_confidence: str | None,
    audience: str | None,
    config: Path | None,
    isolated: bool,
    color: str,
    cache_dir: Path | None,
    no_cache: bool,
) -> int:
    """List the services of a project: what each runs, in how many copies, and what was found in it."""
    from statelint.commands.caches import cache_folder, cache_in
    from statelint.commands.streams import progress
    from statelint.engine.catalog import load_catalog
    from statelint.engine.choices import check_choices
    from statelint.engine.topology import read_topology
    from statelint.reporters.topology_page import render

    overrides = {
        **chosen(select, ignore, min_confidence, audience),
        "output_format": output_format,
    }
    settings = settings_for(paths, overrides, config, isolated=isolated)
    check_choices(settings, load_catalog().ids)
    folder = cache_folder(cache_dir, os.environ, no_cache=no_cache)
    with cache_in(folder, settings, partial(say, "warning")) as cache, progress() as tell:
        report = read_topology(settings, tell, cache=cache)
    write_page(render(report, render_options(settings, color)))
    return 2 if any(problem.fatal for problem in report.problems) else 0
