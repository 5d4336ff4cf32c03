"""The commands `rules` and `knowledge`: what is looked for, and what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from statelint.commands.options import config_option, isolated_option
from statelint.commands.printing import render_options, write_page
from statelint.commands.settings import settings_for
from statelint.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def rules(output_format: str) -> int:
    """List the rules, one a line, or with their pages as JSON."""
    from statelint.engine.catalog import load_catalog
    from statelint.reporters.rules_page import render_list

    write_page(render_list(load_catalog().pages(), as_json=output_format == "json"))
    return 0


@click.command()
@click.argument("package", required=False)
@click.option("--all", "everything", is_flag=True, help="Show all of it, as one page of Markdown.")
@click.option("--form", is_flag=True, help="Show the form of knowledge files, for your own.")
@config_option
@isolated_option
def knowledge(package: str | None, everything: bool, form: bool, config: Path | None, isolated: bool) -> int:
    r"""List the frameworks and libraries that are known, or show what is known of one.

    What the project here adds is part of it.

    \b
    Examples:
      statelint knowledge flask
      statelint knowledge --all > knowledge.md
    """
    from statelint.knowledge import known_files
    from statelint.reporters import knowledge_page

    if bool(package) + everything + form > 1:
        raise UsageError("a package, `--all` and `--form` are three things to show: give one of them")
    if form:
        write_page(knowledge_page.render_form())
        return 0
    settings = settings_for((), {}, config, isolated=isolated)
    files, options = known_files(settings.knowledge), render_options(settings, "never")
    if package:
        write_page(knowledge_page.render_subject(files, package, options))
    elif everything:
        write_page(knowledge_page.render_all(files, options))
    else:
        write_page(knowledge_page.render_list(files, options))
    return 0
