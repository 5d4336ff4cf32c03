"""Stickiness in front of a service that remembers nothing.

## What it finds

Session affinity that is switched on although the code behind it was found, all of it was read, and nothing in
it is kept between two requests. Which code that is follows from the deployment: the Service or upstream, the
workload that it selects, the command or the image of that, and the module that is started there.

## Why it matters

Clients that are bound to an instance are spread unevenly: new instances stay idle while old ones are busy,
and all clients behind one address meet on one instance. Here nothing is gained for it.

## Do this instead

Switch the affinity off; the finding says with which edit.

## Not reported

Affinity in front of code that is not known, was not wholly read, or loads modules by computed names; affinity
with state behind it, which is `sticky-session`. It is a hint and never more than a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.deployment import Attribute
from statelint.model.diagnostics import Diagnostic, Evidence, Remedy, Role, State
from statelint.model.rules import RuleMeta
from statelint.program.behind import confidence_of, covered_by, is_before_a_store
from statelint.program.topology import copies_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program
    from statelint.program.behind import Findings

META = RuleMeta(summary="clients are pinned, although nothing is remembered", since="0.1.0", joins=True)


def check(program: Program, found: Findings) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each setting that pins clients of a service without state."""
    for fact in program.deployment(Attribute.AFFINITY):
        covered = covered_by(program, fact, found)
        if covered.states or not covered.is_read or is_before_a_store(fact):
            continue
        service, spelling = fact.service.replace("`", "'"), fact.spelling.replace("`", "'")
        symbol = spelling.split()[0].rstrip(":")
        _, lines = copies_of(covered.services)
        config = Evidence(role=Role.CONFIG, place=fact.place, message=f"`{spelling}` of `{service}`")
        yield Diagnostic(
            at=fact.place,
            symbol=symbol,
            message=f"`{service}` pins clients by `{spelling}`, and nothing was found that they could miss",
            state=State.STICKY_SESSION,
            confidence=confidence_of(fact),
            holder=f"{service} {symbol}",
            site="config",
            evidence=(*lines, config),
            remedy=Remedy(
                store="none",
                title="let any instance answer",
                text=f"The code behind it keeps nothing between two requests: {fact.remedy}.",
            ),
            ephemeral=True,
        )
