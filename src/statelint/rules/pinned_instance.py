"""Services that are held at one copy, because they remember something.

## What it finds

A service of which deployment files allow one copy and no more (`replicas: 1`, an autoscaler that ends at one,
one worker that a comment explains), while state was found in its code. The finding names what has to move
before a second copy can start.

## Why it matters

One copy cannot be updated without a gap, cannot grow, and takes everything that it remembers with it. The
number is rarely a choice: it is how a service with state gets by, and the next person who raises it finds
out.

## Do this instead

Move what the service remembers to a store that all copies reach, then raise the number, and roll out in
turns.

## Not reported

Services in whose code nothing was found, services of which no file says how many copies run, jobs, and what
only developers start. Each piece of state has a finding of its own; this one is a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.diagnostics import Confidence, Copies, Diagnostic, Evidence, Remedy, Role, State
from statelint.model.rules import RuleMeta
from statelint.program.behind import Covered
from statelint.program.topology import copies_of, is_for_development

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program
    from statelint.program.behind import Findings
    from statelint.program.services import Bound, Service

META = RuleMeta(summary="a service is held at one copy by what it remembers", since="0.1.0", joins=True)


def check(program: Program, found: Findings) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each service with state that runs once and no more."""
    for service in program.topology.services:
        bound = _holding(program, service)
        if bound is None or service.runs_to_end or is_for_development(service.place.path):
            continue
        states, _ = found.of([service])
        if not states:
            continue
        covered = Covered(services=(service,), states=states, is_read=False)
        name, spelling = service.name.replace("`", "'"), bound.spelling.replace("`", "'")
        yield Diagnostic(
            at=bound.place,
            symbol=spelling.split()[0].rstrip(":") if spelling else "copies",
            message=f"`{name}` runs as one copy, and {covered.named} must move before there can be a second",
            state=State.OTHER,
            confidence=Confidence.HIGH,
            holder=f"{name} copies",
            site="config",
            evidence=(*covered.evidence(), *copies_of([service])[1], *_held(service, name)),
            remedy=Remedy(
                store="redis",
                title="move what it remembers out, then let several copies run",
                text="Follow the findings of these places first. Once nothing is kept in the process, raise "
                "the number of copies and roll out in turns, with no gap.",
            ),
            ephemeral=True,
        )


def _holding(program: Program, service: Service) -> Bound | None:
    """Give the line that allows one copy and no more."""
    if service.copies is Copies.ONE:
        return service.instances
    workers = service.workers
    if workers is None or service.copies is not Copies.UNKNOWN or workers.copies is not Copies.ONE:
        return None
    # One worker is what servers start anyway: who says so beside a comment has a reason.
    return workers if service.instances is None and program.is_explained(workers.place) else None


def _held(service: Service, name: str) -> Iterator[Evidence]:
    if service.held is not None:
        said = f"`{name}` is stopped before the next version of it starts"
        yield Evidence(role=Role.CONFIG, place=service.held, message=said)
