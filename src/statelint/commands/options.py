"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

from statelint.commands.parameter_types import Words
from statelint.model.diagnostics import Confidence
from statelint.model.settings import Audience

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read this configuration in place of the project's.",
)
select_option = click.option(
    "--select", type=Words(), multiple=True, help="Report these rules only, e.g. `a,b`."
)
ignore_option = click.option("--ignore", type=Words(), multiple=True, help="Do not report these rules.")
confidence_option = click.option(
    "--min-confidence",
    type=click.Choice([word.value for word in Confidence]),
    help="Report only what is at least this sure.",
)
audience_option = click.option(
    "--audience",
    type=click.Choice([word.value for word in Audience]),
    help="developer: what is likely and matters (default); auditor: everything, notes included.",
)
baseline_option = click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The baseline, in place of the project's `statelint-baseline.toml`.",
)
isolated_option = click.option("--isolated", is_flag=True, help="Read no configuration.")
color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the output."
)
quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Print what is found and nothing else: no summary, no progress."
)
cache_dir_option = click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    envvar="STATELINT_CACHE_DIR",
    metavar="DIR",
    help="Keep the cache there, not in the user's own folder for caches.",
)
no_cache_option = click.option("--no-cache", is_flag=True, help="Neither use nor keep a cache.")
