"""The command `graph`: who calls whom, and how requests reach state."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import click

from statelint.commands.options import cache_dir_option, config_option, isolated_option, no_cache_option
from statelint.commands.printing import render_options, say, write_page
from statelint.commands.settings import settings_for


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json", "dot", "mermaid"]),
    default="json",
    help="json: who calls whom (default); dot, mermaid: draw how requests reach state.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Use at most N processes.")
@config_option
@isolated_option
@cache_dir_option
@no_cache_option
def graph(
    paths: tuple[Path, ...],
    output_format: str,
    jobs: int | None,
    config: Path | None,
    isolated: bool,
    cache_dir: Path | None,
    no_cache: bool,
) -> int:
    """Print the call graph of PATHS, or draw how requests reach state."""
    from statelint.commands.caches import cache_folder, cache_in
    from statelint.commands.streams import progress
    from statelint.engine.graph import read_graph
    from statelint.reporters.graph import render_graph, render_problems

    settings = settings_for(paths, {"jobs": jobs, "output_format": output_format}, config, isolated=isolated)
    folder = cache_folder(cache_dir, os.environ, no_cache=no_cache)
    with cache_in(folder, settings, partial(say, "warning")) as cache, progress() as tell:
        told = read_graph(settings, tell, states=output_format != "json", cache=cache)
    options = render_options(settings, "never")
    sys.stderr.write(render_problems(told, options))
    write_page(render_graph(told.graph, options))
    return 2 if any(problem.fatal for problem in told.problems) else 0
