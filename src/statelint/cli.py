"""The command line: words in, a page and an exit status out.

This module and the package `commands` are the only ones that know click. Everything heavy is imported by the
command that needs it, so that `--help` and shell completion stay quick.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from statelint import __version__
from statelint.commands.baseline import baseline
from statelint.commands.check import EPILOG, check
from statelint.commands.explain import explain
from statelint.commands.graph import graph
from statelint.commands.printing import PipeClosedError, say
from statelint.commands.reference import knowledge, rules
from statelint.commands.setup import completion, init
from statelint.commands.topology import topology
from statelint.errors import StatelintError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

INTERRUPTED = 130  # 128 + SIGINT, as shells count
PIPE_CLOSED = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status; a mistake of the user is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(args=argv, prog_name="statelint", standalone_mode=False)
    except click.ClickException as error:
        from statelint.commands.mistakes import worded

        say("error", worded(error))
        return 2
    except StatelintError as error:
        say("error", str(error))
        return 2
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except PipeClosedError:
        # The reader has gone (`| head`); what is left must not be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    return int(status or 0)


class _CheckByDefault(click.Group):
    """A group whose first word may be left out: `statelint src` is `statelint check src`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version", *self.commands}
        if ctx.resilient_parsing and not args:
            return super().parse_args(ctx, args)  # a shell asks what the first word can be
        if not args or args[0] not in own:
            if args and not os.path.lexists(args[0]):
                from statelint.commands.mistakes import check_first_word

                check_first_word(args[0], self.commands)
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        from statelint.commands.completion import files

        items = super().shell_complete(ctx, incomplete)
        if not incomplete.startswith("-"):
            return [files(incomplete), *items]  # first: bash forgets the words before it
        with check.make_context("check", [], parent=ctx, resilient_parsing=True) as context:
            return [*check.shell_complete(context, incomplete), *items]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[check] [OPTIONS] [PATHS]...")
        formatter.write_usage(ctx.command_path, "explain RULE | PATH:LINE", prefix="       ")
        formatter.write_usage(ctx.command_path, "rules", prefix="       ")
        formatter.write_usage(ctx.command_path, "knowledge [PACKAGE]", prefix="       ")
        formatter.write_usage(ctx.command_path, "graph [--format json|dot|mermaid] PATHS", prefix="       ")
        formatter.write_usage(ctx.command_path, "topology [--format text|json] PATHS", prefix="       ")
        formatter.write_usage(ctx.command_path, "baseline write | check | prune", prefix="       ")
        formatter.write_usage(ctx.command_path, "init", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = (
            param for param in (*check.params, *self.get_params(ctx)) if isinstance(param, click.Option)
        )
        own = [option.get_help_record(ctx) for option in options]
        with formatter.section("Options"):
            formatter.write_dl([record for record in own if record is not None])
        self.format_commands(ctx, formatter)


_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=_CheckByDefault, context_settings=_CONTEXT, epilog=EPILOG)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Find hidden server-side state: what one instance of a service remembers between two requests.

    PATHS choose what is reported (default: the current folder): all that is made in them, or has a step
    of its evidence there. The project around them is read as a whole.
    """


for _command in (check, explain, rules, knowledge, topology, graph, baseline, init, completion):
    cli.add_command(_command)
