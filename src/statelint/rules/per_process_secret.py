"""Keys, tokens and cookie names that each process draws for itself.

## What it finds

A random value that is drawn when a process starts and then signs, encrypts, checks or names a cookie while
serving: `SECRET_KEY = os.urandom(24)`, `os.environ.get("KEY", secrets.token_hex())`, a key that a
constructor draws where none is given, `Fernet(Fernet.generate_key())`. The value is followed through
functions, fields and default arguments to the call that uses it, or to the setting that a framework reads.

## Why it matters

What one process has signed, the next one refuses. Behind two workers users are signed out on every other
click, and each restart signs out everybody and makes what was encrypted unreadable.

## Do this instead

Draw it once, keep it in the secret store of the platform, and hand it to every process through the
environment. Refuse to start without it.

## Not reported

What is drawn anew for each request (nonces, salts, request ids), random names of instances in logs, keys that
are read from a file, a database or the environment, and what only commands and tests draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint import remedies
from statelint.model.diagnostics import MOST_EVIDENCE, Confidence, Diagnostic, Evidence, Role, State
from statelint.model.rules import RuleMeta
from statelint.model.usage import Hints, Usage
from statelint.program.values import Era

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program
    from statelint.program.drawn_keys import Secret

META = RuleMeta(summary="a key, token or cookie name is drawn by each process at start", since="0.1.0")

_WORDS = {
    "signs": "signs and checks with it",
    "encrypts": "encrypts with it",
    "compares": "compares what is sent with it",
    "names cookies": "puts it into a cookie",
}


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each key that is drawn at start-up and used while serving."""
    for secret in program.secrets():
        serves = secret.user.era == Era.SERVE
        path = program.path_to(secret.user) if serves else None
        evidence = [Evidence(role=Role.DECLARED, place=secret.at, message=f"`{secret.symbol}` is drawn here")]
        evidence += program.request_path(path) if path is not None else ()
        use = _use(secret)
        evidence.append(Evidence(role=Role.READ, place=secret.used, message=use))
        hints = Hints(name=secret.name, symbol=secret.symbol, owner="")
        usage = Usage(state=State.SECRET, reason=use)
        yield Diagnostic(
            at=secret.at,
            symbol=secret.symbol,
            message=f"`{secret.symbol}` is drawn by each process at start, and {use}",
            state=State.SECRET,
            confidence=program.confidence_of(path) if path is not None else Confidence.HIGH,
            holder=secret.holder,
            site="secret",
            evidence=tuple(evidence[-MOST_EVIDENCE:]),
            remedy=remedies.suggest(usage, hints, program.stores),
        )


def _use(secret: Secret) -> str:
    if secret.call:
        return f"`{secret.call}` {_WORDS[secret.use]}"
    return "a request is compared with it" if secret.use == "compares" else "the framework signs with it"
