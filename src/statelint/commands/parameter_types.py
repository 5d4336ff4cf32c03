"""Kinds of words on the command line: lists, formats, files for reports, what can be explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from statelint.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from statelint.reporters.output import Output


class Words(click.ParamType[tuple[str, ...]]):
    """Words between commas, as in `--select a,b`."""

    name = "rules"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split at the commas."""
        del param, ctx
        if isinstance(value, tuple):
            return value
        return tuple(word.strip() for word in str(value).split(",") if word.strip())

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Offer the ids of rules."""
        del ctx, param
        from statelint.commands.completion import listed_rule_ids

        return list(listed_rule_ids(incomplete))


class Format(click.ParamType[str]):
    """The name of a reporter; asks the reporters which there are."""

    name = "format"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Show them all in help."""
        del param, ctx
        from statelint.reporters import format_names

        return f"[{'|'.join(format_names())}]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a format that there is."""
        from statelint.reporters import format_names, unknown_format

        if value not in format_names():
            self.fail(str(unknown_format(str(value))), param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Offer the formats."""
        del ctx, param
        from click.shell_completion import CompletionItem

        from statelint.reporters import format_names

        return [CompletionItem(name) for name in format_names() if name.startswith(incomplete)]


class Subject(click.ParamType[str]):
    """What can be explained: a rule, or a line of a file."""

    name = "subject"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Offer files and the ids of rules."""
        del ctx, param
        from statelint.commands.completion import files, rule_ids

        return [files(incomplete), *rule_ids(incomplete)]


class OutputFile(click.ParamType["Output"]):
    """A format and a file, as in `--output sarif=out.sarif`."""

    name = "output"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        """Split at the first `=`; fail where either part is missing or wrong."""
        from statelint.reporters.output import parse_output

        try:
            return parse_output(str(value))
        except UsageError as error:
            self.fail(str(error), param, ctx)
