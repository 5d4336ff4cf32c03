"""Conversations that only this instance remembers.

## What it finds

Memory of assistants and bots in the process or on the local disk: chat histories, checkpoints of graphs,
session services, storages of steps of a dialogue, made at start-up or kept in a file.

## Why it matters

The next message of the same conversation may reach another instance: the assistant has forgotten what was
said, and the bot asks the first question again. A deployment ends every dialogue.

## Do this instead

Use the store for Redis or a database that these libraries offer, under the id of the conversation.

## Not reported

Histories that are made for one request, stores of another machine, commands and tests, and what only
development uses (a note).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose_kept
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="conversations are remembered by this instance alone", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call or setting of this kind."""
    for kept in program.kept("local-conversation-store"):
        message = (
            f"`{kept.symbol}` keeps dialogues in {kept.entry.what}{{because}}, and each instance has its own"
        )
        yield diagnose_kept(program, kept, message)
