"""The commands `init` and `completion`: what is done once, before statelint is at work."""

from __future__ import annotations

from pathlib import Path

import click

from statelint.commands.printing import render_options, write_page


@click.command()
def init() -> int:
    """Write a first configuration for the project around the current folder."""
    from statelint.commands.first_settings import start_page, write_first_settings
    from statelint.commands.streams import progress

    with progress() as tell:
        start = write_first_settings(Path.cwd(), tell)
    write_page(start_page(start, render_options(start.settings, "auto")))
    return 0


@click.command()
@click.argument("shell", type=click.Choice(["bash", "fish", "zsh"]))
def completion(shell: str) -> int:
    r"""Print the script that completes words of statelint in a shell.

    \b
    bash, in ~/.bashrc:                   eval "$(statelint completion bash)"
    zsh, in ~/.zshrc:                     eval "$(statelint completion zsh)"
    fish, in ~/.config/fish/config.fish:  statelint completion fish | source
    """
    from statelint.commands.completion import script

    write_page(script(click.get_current_context().find_root().command, shell))
    return 0
