"""Messages that only reach clients of the same process.

## What it finds

A server of WebSockets, server-sent events or sessions of a protocol that is given nothing to share what
happens with other processes: Socket.IO without a message queue, channel layers and broadcasts in memory,
session managers of one process.

## Why it matters

A message reaches only those clients that happen to be connected to the process that sends it. Sticky
sessions do not help: sender and receiver are different clients.

## Do this instead

Use the message queue option of the library: Redis or another broker that all instances listen to. Where
the protocol has a stateless mode, that is less still.

## Not reported

Servers with a shared manager, layer or broker, stateless modes, clients, and what only development uses
(a note).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.convict import diagnose_kept
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="messages only reach clients of the same process", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each call or setting of this kind."""
    for kept in program.kept("local-message-backend"):
        message = f"`{kept.symbol}` sends within {kept.entry.what}{{because}}, and clients elsewhere miss it"
        yield diagnose_kept(program, kept, message)
