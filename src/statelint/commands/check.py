"""The default command: report what is found."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from statelint.commands.options import (
    audience_option,
    baseline_option,
    cache_dir_option,
    color_option,
    confidence_option,
    config_option,
    ignore_option,
    isolated_option,
    no_cache_option,
    quiet_option,
    select_option,
)
from statelint.commands.parameter_types import Format, OutputFile
from statelint.commands.printing import render_options, say, write_page
from statelint.commands.settings import absolute, chosen, settings_for, with_baseline, with_changes
from statelint.errors import StatelintError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.diagnostics import Report
    from statelint.model.settings import Settings
    from statelint.reporters import RenderOptions
    from statelint.reporters.output import Output


EPILOG = """\
\b
Examples:
  statelint src
  statelint --format github --select module-state,local-file-write .
  statelint explain app/carts.py:12
  statelint --changed-since origin/main
  statelint baseline write --because "to be moved out of the process until June"

\b
Exit status:
  0  nothing was found (notes do not count)
  1  an error or a warning was found
  2  the job could not be done wholly: wrong usage or configuration,
     a file that could not be read, or nothing was checked
"""


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@select_option
@ignore_option
@click.option("--format", "output_format", type=Format(), help="How to write the report.")
@click.option(
    "--output",
    "outputs",
    type=OutputFile(),
    multiple=True,
    metavar="FORMAT=FILE",
    help="Also write a report to a file, e.g. `sarif=out.sarif`; may be given several times.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in place of 1 when something is found.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Use at most N processes.")
@confidence_option
@audience_option
@click.option(
    "--changed-since",
    metavar="REV",
    help="Report only what concerns files changed since `HEAD` branched off from this revision of git.",
)
@click.option(
    "--changed-files",
    is_flag=True,
    help="PATHS are the files of a change, in the project here: report only what concerns them.",
)
@baseline_option
@click.option("--no-baseline", is_flag=True, help="Report what the baseline has, too.")
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the text of FILE from standard input, the rest of its project from disk; PATHS is then `-`.",
)
@click.option("--statistics", is_flag=True, help="Count what is found in place of showing it.")
@click.option("--show-files", is_flag=True, help="List the files that would be read, and check nothing.")
@click.option("--show-settings", is_flag=True, help="Show each setting and its source, and check nothing.")
@config_option
@isolated_option
@color_option
@quiet_option
@cache_dir_option
@no_cache_option
def check(
    paths: tuple[Path, ...],
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    output_format: str | None,
    outputs: tuple[Output, ...],
    exit_zero: bool,
    jobs: int | None,
    min_confidence: str | None,
    audience: str | None,
    changed_since: str | None,
    changed_files: bool,
    baseline_file: Path | None,
    no_baseline: bool,
    stdin_filename: Path | None,
    statistics: bool,
    show_files: bool,
    show_settings: bool,
    config: Path | None,
    isolated: bool,
    cache_dir: Path | None,
    no_cache: bool,
    color: str,
    quiet: bool,
    *,
    strict_baseline: bool = False,
) -> int:
    """Report the hidden state in PATHS (the default command)."""
    from statelint.commands.streams import progress, read_buffer

    overrides = {
        "baseline_file": absolute(baseline_file),
        "strict_baseline": strict_baseline or None,
        **chosen(select, ignore, min_confidence, audience),
        "output_format": output_format,
        "exit_zero": exit_zero,
        "jobs": jobs,
        "buffer": read_buffer(paths, stdin_filename),
    }
    if no_baseline and (baseline_file or strict_baseline):
        raise UsageError("`--no-baseline` leaves no baseline to use: leave it out")
    paths = (stdin_filename,) if stdin_filename else paths
    named = () if changed_files else paths
    _check_named(named)
    if show_settings:
        return _show_settings(named, overrides, config, color, isolated=isolated)
    settings = settings_for(named, overrides, config, isolated=isolated)
    settings = with_changes(settings, changed_since, paths if changed_files else None)
    if not no_baseline:
        settings = with_baseline(settings)

    from statelint.commands.caches import cache_folder, cache_in
    from statelint.engine.run import run
    from statelint.engine.select import exit_status
    from statelint.reporters import format_names, unknown_format

    if settings.output_format not in format_names():
        raise unknown_format(settings.output_format)
    options = render_options(settings, color, quiet=quiet)
    if show_files:
        return _show_files(settings, options)
    if statistics:
        from statelint.reporters.statistics import check_format, render

        check_format(settings.output_format)
    else:
        from statelint.reporters import render
    folder = cache_folder(cache_dir, os.environ, no_cache=no_cache)
    with cache_in(folder, settings, partial(say, "warning")) as cache, progress(quiet=quiet) as tell:
        report = run(settings, tell, cache=cache)
    failed = _write_files(report, options, outputs)
    write_page(render(report, options))
    if failed:
        raise failed
    return exit_status(report, settings)


def _check_named(paths: Sequence[Path]) -> None:
    """Tell a user who writes `statelint --no-cache explain X` that options stand behind a command."""
    root = click.get_current_context().find_root().command
    if isinstance(root, click.Group):
        from statelint.commands.mistakes import check_paths

        check_paths(paths, root.commands)


def _show_settings(
    paths: Sequence[Path],
    overrides: Mapping[str, object],
    config: Path | None,
    color: str,
    *,
    isolated: bool,
) -> int:
    from statelint.config import load_stated
    from statelint.reporters.settings_page import render

    settings, stated = load_stated(paths or (Path(),), overrides, config, isolated=isolated)
    write_page(render(settings, stated, render_options(settings, color)))
    return 0


def _show_files(settings: Settings, options: RenderOptions) -> int:
    from statelint.reporters.files_page import render
    from statelint.sources.finding import chosen_by_paths, find_files

    sources = find_files(settings)
    write_page(render(sources, chosen_by_paths(settings), options))
    return 2 if any(problem.fatal for problem in sources.problems) else 0


def _write_files(report: Report, options: RenderOptions, outputs: Sequence[Output]) -> StatelintError | None:
    """Write the reports that go to files; a file that cannot be written keeps no other from being written."""
    from statelint.reporters import render
    from statelint.reporters.output import write_output

    failed: StatelintError | None = None
    for output in outputs:
        to_file = replace(options, format_name=output.format_name, color=False, unicode=True)
        try:
            write_output(output, render(report, to_file))
        except UsageError as error:
            failed = failed or error
    return failed
