"""From a site to a diagnostic: the microscope looks, the kind of state and the replacement follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint import remedies
from statelint.model.diagnostics import MOST_EVIDENCE, Confidence, Diagnostic, Evidence, Role, State
from statelint.model.places import Place
from statelint.model.usage import Usage
from statelint.program import openworld
from statelint.program.values import SERVING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program import Program
    from statelint.program.contexts import Context
    from statelint.program.filewrites import FileWrite
    from statelint.program.outward import Act
    from statelint.program.paths import Path
    from statelint.program.places_kept import Kept
    from statelint.program.sites import Site

_WEAKER = {
    Confidence.HIGH: Confidence.MEDIUM,
    Confidence.MEDIUM: Confidence.LOW,
    Confidence.LOW: Confidence.LOW,
}


_ON_DISK = (State.LOG, State.RECORDS, State.UPLOAD)
_IN_MEMORY = ":memory:"


def diagnose(program: Program, site: Site, message: str) -> Diagnostic:
    """Make the diagnostic for a site; in `message`, `{entry}` stands for who writes what is kept there."""
    path = program.path_to(site.writes[0].context)
    hints = program.hints(site)
    if site.decision.ephemeral:
        # the map acquits: nobody needs the microscope to be told that nothing is wrong
        usage = Usage(state=_harmless(site), reason=site.decision.reason)
    else:
        usage = program.look(program.statements(site), hints)
    confidence = program.sureness_of(site).confidence
    if usage.contradicts:
        confidence = _WEAKER[confidence]
    backend = program.backend_of(site)
    return Diagnostic(
        at=site.place,
        symbol=site.symbol,
        message=message.replace("{entry}", f"`{program.entry_name(path)}`") + _when(path),
        state=usage.state,
        confidence=confidence,
        holder=site.holder,
        site="cell",
        evidence=_with(program.evidence_for(site), backend.evidence),
        remedy=remedies.suggest(usage, hints, program.stores),
        ephemeral=site.decision.ephemeral or backend.is_dead,
        spared=backend.spared,
        entry=_kind(path),
    )


def _with(story: Sequence[Evidence], more: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Put the lines of the deployment that decide behind a story, which gives way to them."""
    return (*story[: MOST_EVIDENCE - len(more)], *more)


def _kind(path: Path) -> str:
    return path.entry.kind if path.entry is not None else ""


def _when(path: Path) -> str:
    """Say on what condition a finding holds: the project may only offer what a service then uses."""
    return ", when a service uses it" if path.entry is not None and path.entry.kind == openworld.KIND else ""


def diagnose_kept(program: Program, kept: Kept, message: str) -> Diagnostic:
    """Make the diagnostic for what a library keeps here; `{because}` in `message` says what it was told."""
    entry = kept.entry
    state = State(entry.state)
    backend = program.backend_kept(kept)
    how = (
        "missing from these settings" if kept.is_absent else "set here" if kept.is_setting else "called here"
    )
    declared = Evidence(role=Role.DECLARED, place=kept.place, message=f"`{kept.symbol}` is {how}")
    story = [declared, *_way_to(program, kept.context)]
    story += [Evidence(role=Role.CALL, place=place, message="it is started here") for place in kept.started]
    story += [
        Evidence(role=Role.WRITTEN, place=place, message="it is given work here") for place in kept.jobs
    ]
    story += [Evidence(role=Role.WRITTEN, place=place, message="it is used here") for place in kept.changed]
    if kept.text is not None and kept.text.line and kept.text.path:
        place = Place(kept.text.path, kept.text.line, 1, kept.text.line, 1)
        if (place.path, place.line) != (kept.place.path, kept.place.line):
            story.append(Evidence(role=Role.CONFIG, place=place, message="this is what it is told"))
    return Diagnostic(
        at=kept.place,
        symbol=kept.symbol,
        message=message.replace("{because}", _because(kept)),
        state=state,
        confidence=_confidence(program, kept.context),
        holder=kept.holder,
        site="config" if kept.is_setting else "call",
        evidence=_with(story, backend.evidence),
        remedy=remedies.suggest_for_call(state, kept.symbol, program.stores, sample=entry.sample),
        ephemeral=bool(kept.harmless) or backend.is_dead,
        spared=backend.spared,
        on_disk=state in _ON_DISK and not (kept.text is not None and kept.text.holds(_IN_MEMORY)),
    )


def diagnose_file(program: Program, write: FileWrite, message: str, state: State) -> Diagnostic:
    """Make the diagnostic for a file that is written; `{call}` and `{entry}` in `message` name who writes."""
    path = program.path_to(write.context)
    place = Place(program.path_of(write.context), *write.span)
    function = program.qualified(write.context)
    call = write.name.rpartition(".")[2]
    written = [Evidence(role=Role.WRITTEN, place=place, message=f"`{call}` writes a file in `{function}`")]
    if write.opened is not None:
        written = [
            Evidence(role=Role.DECLARED, place=write.opened, message=f"`{call}` keeps a file open"),
            Evidence(role=Role.WRITTEN, place=place, message=f"`{function}` writes to the file"),
        ]
    told = message.replace("{call}", f"`{call}`").replace("{entry}", f"`{program.entry_name(path)}`")
    return Diagnostic(
        at=write.opened or place,
        symbol=call,
        message=told + _when(path),
        state=state,
        confidence=program.confidence_of(path),
        holder=f"{function}.{call}",
        site="call",
        evidence=(*program.request_path(path), *written)[-MOST_EVIDENCE:],
        remedy=remedies.suggest_for_file(write.path, state, program.stores),
        entry=_kind(path),
        on_disk=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A function that a call lets run by itself: later, again and again, or after the answer.

    `context` and `at` are where it is handed over, `act` is what it changes outside, if that is known.
    """

    context: Context
    at: Place
    function: str
    act: Act | None


def diagnose_work(program: Program, work: Work, message: str, state: State) -> Diagnostic:
    """Make the diagnostic for a function that runs by itself."""
    name = work.function.rpartition(".")[2]
    story = [Evidence(role=Role.DECLARED, place=work.at, message=f"`{name}` is handed over here")]
    story += _way_to(program, work.context)
    if work.act is not None:
        place = Place(program.path_of(work.act.context), work.act.line, 1, work.act.line, 1)
        told = f"`{work.act.name}` in `{program.qualified(work.act.context)}` changes something outside"
        story.append(Evidence(role=Role.WRITTEN, place=place, message=told))
    return Diagnostic(
        at=work.at,
        symbol=name,
        message=message,
        state=state,
        confidence=_confidence(program, work.context),
        holder=f"{program.qualified(work.context)}.{name}",
        site="call",
        evidence=tuple(story[:MOST_EVIDENCE]),
        remedy=remedies.suggest_for_call(state, name, program.stores),
    )


def _way_to(program: Program, context: Context) -> Sequence[Evidence]:
    """Tell the path to a context that runs while serving; what runs at start-up needs none."""
    return program.request_path(program.path_to(context)) if context.era in SERVING else ()


def _confidence(program: Program, context: Context) -> Confidence:
    if context.era in SERVING:
        return program.confidence_of(program.path_to(context))
    return Confidence.HIGH


def _because(kept: Kept) -> str:
    """Say what was told, or not told, that keeps the state here."""
    if kept.is_absent:
        return ", because it is not set"
    if kept.omitted:
        return ", because it is told no other place"
    setting = kept.text.setting if kept.text is not None else ""
    return f" unless `{setting}` says otherwise" if setting.isidentifier() else ""


def _harmless(site: Site) -> State:
    """Name the kind of what is ephemeral, by the row that acquitted it."""
    if site.decision.row in ("D3", "D4"):
        return State.POOL
    if site.decision.row.startswith("D5"):
        return State.CACHE
    if site.decision.row == "D6":
        return State.METRICS
    return State.OTHER
