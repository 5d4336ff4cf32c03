"""Settings of the whole process that are changed while serving.

## What it finds

A request that changes what holds for all that follow in the same process: `os.environ`, the working folder,
the umask, the locale, the settings object of a framework, a constant of a library, or the level of a logger
that a client sends.

## Why it matters

Every request that this process answers from then on works with the new value, those in other processes never
see it, and after a restart it is gone. Which answer a user gets depends on who answers.

## Do this instead

Hand the value over as an argument, or keep it in a context variable for the time of the request. What
operators change while the service runs belongs where every process reads it.

## Not reported

What start-up code or a command sets, what is always set to the same constant, what is set back in `finally`
before the request ends, copies of the environment that are handed to a child process, what is set for a
program that takes the place of this process in the same function (`os.execv`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint import remedies
from statelint.model.diagnostics import MOST_EVIDENCE, Diagnostic, Evidence, Role, State
from statelint.model.rules import RuleMeta
from statelint.model.usage import Hints, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program

META = RuleMeta(summary="a setting of the whole process is changed while serving", since="0.1.0")

_MOST_CHANGES = 3


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each setting of the process that serving code changes."""
    for setting in program.process_settings():
        first = setting.changes[0]
        path = program.path_to(first.context)
        changes = [
            Evidence(
                role=Role.WRITTEN, place=one.at, message=f"changed in `{program.qualified(one.context)}`"
            )
            for one in setting.changes[:_MOST_CHANGES]
        ]
        calls = program.request_path(path)[: MOST_EVIDENCE - len(changes)]
        state = State(setting.state)
        message = (
            f"`{setting.symbol}` holds for the whole process, and `{program.entry_name(path)}` changes it"
        )
        if setting.harmless:
            message = f"`{setting.symbol}` is {setting.harmless}"
        hints = Hints(name=setting.name, symbol=setting.symbol, owner="")
        yield Diagnostic(
            at=first.at,
            symbol=setting.symbol,
            message=message,
            state=state,
            confidence=program.confidence_of(path),
            holder=setting.symbol,
            site="setting",
            evidence=(*calls, *changes),
            remedy=remedies.suggest(Usage(state=state, reason=message), hints, program.stores),
            ephemeral=bool(setting.harmless),
        )
