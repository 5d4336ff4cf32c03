"""Remembered answers of a database or another service.

## What it finds

A result that a process keeps although what it was read from changes elsewhere: a function over a database
or an HTTP service under `lru_cache`, `cache`, `cachetools.cached`, `alru_cache` or `cached_property`, and
caches written by hand (`if key not in CACHE: CACHE[key] = fetch(key)`) of whatever home, without expiry, or
emptied by a request that only reaches its own process.

## Why it matters

Each process answers from its own copy. After a change one process shows the new value and the others the
old one, until they are restarted; `cache_clear()` in a handler clears one of them. Users see the value go
back and forth, and deleted things come to life again.

## Do this instead

Keep the copy where every process looks, with an expiry, and drop it there when the data changes. Or let it
expire after seconds and say in a suppression why an answer that is so old does no harm.

## Not reported

Memos of pure functions, of files and commands that the service does not write, and of settings that are read
once; memos that expire, or that are asked with a time; clients, engines and pools made when first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint import remedies
from statelint.convict import diagnose
from statelint.model.diagnostics import MOST_EVIDENCE, Diagnostic, Evidence, Role, State
from statelint.model.rules import RuleMeta
from statelint.model.usage import Hints, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program
    from statelint.program.memos import Memo

META = RuleMeta(summary="a process keeps its own copy of what changes elsewhere", since="0.1.0")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each cache over a database or service, by hand or by a decorator."""
    for site in program.memo_sites():
        message = f"`{site.symbol}` remembers what was read for {{entry}}, and each process has its own copy"
        yield diagnose(program, site, message)
    for memo in program.memos():
        yield _diagnose(program, memo)


def _diagnose(program: Program, memo: Memo) -> Diagnostic:
    context = min(memo.serving, key=program.paths.rank)
    path = program.path_to(context)
    entry = program.entry_name(path)
    message = f"`{memo.symbol}` remembers what it read for `{entry}`, and each process has its own copy"
    if memo.decision.ephemeral:
        message = f"`{memo.symbol}` keeps its results: {memo.decision.reason}"
    hints = Hints(name=memo.name, symbol=memo.symbol, owner="")
    usage = Usage(state=State.CACHE, reason=memo.decision.reason, key=memo.key)
    return Diagnostic(
        at=memo.at,
        symbol=memo.symbol,
        message=message,
        state=State.CACHE,
        confidence=program.confidence_of(path),
        holder=memo.holder,
        site="memo",
        evidence=_evidence(program, memo, program.request_path(path)),
        remedy=remedies.suggest(usage, hints, program.stores),
        ephemeral=memo.decision.ephemeral,
    )


def _evidence(program: Program, memo: Memo, calls: list[Evidence]) -> tuple[Evidence, ...]:
    first = Evidence(role=Role.DECLARED, place=memo.at, message=f"what `{memo.symbol}` gives is kept here")
    last = [
        Evidence(
            role=Role.WRITTEN,
            place=spot.at,
            message=f"forgotten in `{program.qualified(spot.context)}`, in this process only",
        )
        for spot in memo.forgets
    ]
    if memo.asks is not None:
        asked = f"`{memo.asks.name.rpartition('.')[2]}` is asked in `{program.qualified(memo.asks.context)}`"
        last.append(Evidence(role=Role.READ, place=memo.asks.at, message=asked))
    room = MOST_EVIDENCE - 1 - min(len(last), 3)
    if len(calls) > room:
        calls = [*calls[: room - 2], *calls[-2:]]
    return (first, *calls, *last[: MOST_EVIDENCE - 1 - len(calls)])
