"""The command `baseline`: begin one, prune it, and check against it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from statelint.commands.check import EPILOG, check
from statelint.commands.options import (
    audience_option,
    baseline_option,
    confidence_option,
    config_option,
    ignore_option,
    select_option,
)
from statelint.commands.printing import one_line, write_page
from statelint.commands.settings import absolute, chosen, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable


@click.group(short_help="Begin, check or prune a baseline.")
def baseline() -> None:
    """Keep what was there before out of the report, each with a reason why it may stay."""


@baseline.command("write", short_help="Begin a baseline, or add to it.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--add", is_flag=True, help="Take in what is new, if there is a baseline already.")
@click.option("--because", default="", metavar="REASON", help="Why what is written now may stay.")
@select_option
@ignore_option
@confidence_option
@audience_option
@baseline_option
@config_option
def baseline_write(
    paths: tuple[Path, ...],
    add: bool,
    because: str,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    min_confidence: str | None,
    audience: str | None,
    baseline_file: Path | None,
    config: Path | None,
) -> int:
    """Write to the baseline what is reported in PATHS; one that is there grows only with `--add`."""
    overrides = {
        **chosen(select, ignore, min_confidence, audience),
        "baseline_file": absolute(baseline_file),
    }
    settings = settings_for(paths, overrides, config, isolated=False)

    from statelint.engine.adopt import write

    write_page(one_line(write(settings, because, add=add), sys.stdout.encoding))
    return 0


@baseline.command("prune", short_help="Remove what is gone.")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@baseline_option
@config_option
def baseline_prune(path: Path, baseline_file: Path | None, config: Path | None) -> int:
    """Remove from the baseline of the project at PATH what is not found any more; reasons are kept."""
    settings = settings_for((path,), {"baseline_file": absolute(baseline_file)}, config, isolated=False)

    from statelint.engine.adopt import prune

    write_page(one_line(prune(settings), sys.stdout.encoding))
    return 0


baseline.add_command(
    click.Command(
        "check",
        params=check.params,
        callback=partial(cast("Callable[..., int]", check.callback), strict_baseline=True),
        short_help="Report what is new, and what is gone.",
        help="Report what is new, and what is wrong with the baseline: entries that are not found any more, "
        "or do not say why they may stay.",
        epilog=EPILOG,
    )
)
