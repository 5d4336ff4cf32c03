"""From a site to a diagnostic: the microscope looks, the kind of state and the replacement follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint import remedies
from statelint.model.diagnostics import Confidence, Diagnostic, State
from statelint.model.usage import Usage
from statelint.program import openworld
from statelint.usage.look import look_closely

if TYPE_CHECKING:
    from statelint.program import Program
    from statelint.program.paths import Path
    from statelint.program.sites import Site

_WEAKER = {
    Confidence.HIGH: Confidence.MEDIUM,
    Confidence.MEDIUM: Confidence.LOW,
    Confidence.LOW: Confidence.LOW,
}


def diagnose(program: Program, site: Site, message: str) -> Diagnostic:
    """Make the diagnostic for a site; in `message`, `{entry}` stands for who writes what is kept there."""
    path = program.path_to(site.writes[0].context)
    hints = program.hints(site)
    if site.decision.ephemeral:
        # the map acquits: nobody needs the microscope to be told that nothing is wrong
        usage = Usage(state=_harmless(site), reason=site.decision.reason)
    else:
        usage = look_closely(program.statements(site), hints)
    confidence = program.confidence_of(path)
    if usage.contradicts:
        confidence = _WEAKER[confidence]
    return Diagnostic(
        at=site.place,
        symbol=site.symbol,
        message=message.replace("{entry}", f"`{program.entry_name(path)}`") + _when(path),
        state=usage.state,
        confidence=confidence,
        holder=site.holder,
        site="cell",
        evidence=program.evidence_for(site),
        remedy=remedies.suggest(usage, hints, program.stores),
        ephemeral=site.decision.ephemeral,
    )


def _when(path: Path) -> str:
    """Say on what condition a finding holds: the project may only offer what a service then uses."""
    return ", when a service uses it" if path.entry is not None and path.entry.kind == openworld.KIND else ""


def _harmless(site: Site) -> State:
    """Name the kind of what is ephemeral, by the row that acquitted it."""
    if site.decision.row in ("D3", "D4"):
        return State.POOL
    if site.decision.row.startswith("D5"):
        return State.CACHE
    if site.decision.row == "D6":
        return State.METRICS
    return State.OTHER
