"""Completion in bash, zsh and fish: the script that a shell loads, and the words that it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

PROGRAM = "statelint"


def script(command: click.Command, shell: str) -> str:
    """Give the script that makes bash, fish or zsh ask `command` for completions."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows these shells
    # click answers in place of running a command when this variable is set
    return kind(command, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE").source()


def rule_ids(incomplete: str) -> Iterator[CompletionItem]:
    """Offer the ids that start so, each with what the rule finds."""
    from statelint.engine.catalog import load_catalog

    for rule_id, page in load_catalog().pages().items():
        if rule_id.startswith(incomplete):
            yield CompletionItem(rule_id, help=page.meta.summary)


def listed_rule_ids(incomplete: str) -> Iterator[CompletionItem]:
    """Offer ids for the last word of a list `a,b`; what stands before it is kept and not offered again."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    for item in rule_ids(last):
        if item.value not in given:
            yield CompletionItem(f"{before}{comma}{item.value}", help=item.help)


def files(incomplete: str) -> CompletionItem[str]:
    """Ask the shell to offer files itself; bash does so where no other word fits."""
    return CompletionItem(incomplete, type="file")
