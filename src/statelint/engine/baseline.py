"""Find the entries of a baseline again in what a run finds, and tell those that are not found any more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from statelint.baseline import hint
from statelint.engine.catalog import SUPPRESSION_WITHOUT_REASON, UNUSED_SUPPRESSION
from statelint.engine.fingerprints import fingerprint
from statelint.model.baseline import Entry
from statelint.model.diagnostics import Confidence, Diagnostic, Remedy, State
from statelint.model.places import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from statelint.engine.suppress import RuleIds
    from statelint.model.diagnostics import Finding
    from statelint.model.settings import Settings

MOST_UNLISTED = 32
"""Equals of an entry that may have gone without having been in the baseline: its number counted them, too."""

_Identity = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Entries with the finding that each stands for, and those without one."""

    pairs: tuple[tuple[Entry, Finding], ...]
    missing: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a baseline does to a run: fingerprints that it hides, and what is to be said of its entries.

    `kept` are still needed, or were not judged, `stale` hide nothing; `told` is what a strict run reports.
    """

    known: frozenset[str]
    kept: tuple[Entry, ...]
    stale: tuple[Entry, ...]
    told: tuple[tuple[str, Diagnostic], ...]


def recognise(entries: Sequence[Entry], findings: Sequence[Finding]) -> Recognised:
    """Pair each entry with at most one finding, and each finding with at most one entry.

    Equals (one rule, holder and kind of site) differ in their fingerprints by a number that shifts when one
    of them comes or goes. So the one in the file that the entry names is taken first; an entry whose file
    holds none then takes the one with its fingerprint, and at last any that is left: the file was renamed.
    """
    names = _names(entries, findings)
    waiting: dict[_Identity, list[Finding]] = {}
    for finding in findings:
        waiting.setdefault(_identity(finding), []).append(finding)
    pairs: list[tuple[Entry, Finding]] = []
    rest = sorted(
        (entry for entry in entries if entry.fingerprint in names), key=lambda e: names[e.fingerprint]
    )
    for fits in (_fits_wholly, _fits_path, _fits_name, _fits_anyhow):
        left = []
        for entry in rest:
            identity, _ = names[entry.fingerprint]
            equals = waiting.get(identity, [])
            match = next((finding for finding in equals if fits(entry, finding)), None)
            if match is None:
                left.append(entry)
            else:
                equals.remove(match)
                pairs.append((entry, match))
        rest = left
    unknown = [entry for entry in entries if entry.fingerprint not in names]
    return Recognised(pairs=tuple(pairs), missing=(*rest, *unknown))


def entry_of(finding: Finding, because: str) -> Entry:
    """Write down a finding as an entry."""
    return Entry(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        symbol=hint(finding.symbol),
        path=hint(finding.place.path),
        message=hint(finding.message),
        because=because,
    )


def _renewed(entry: Entry, finding: Finding) -> Entry:
    """Bring up to date what an entry says of its finding; the reason stays."""
    return replace(entry_of(finding, entry.because), line=entry.line)


def judge_baseline(
    findings: Sequence[Finding],
    meant: Collection[str],
    settings: Settings,
    rules: RuleIds,
    *,
    complete: bool,
) -> Verdict:
    """Find the entries again; `meant` are the fingerprints of what a suppression hides anyway.

    Only an entry of a rule that ran, in a run that saw the whole project, can be called stale.
    """
    met = recognise(settings.baseline, findings)
    whole = complete and (not settings.scope or settings.project in settings.scope)
    kept, stale = [], []
    for entry, finding in met.pairs:
        if finding.fingerprint in meant and whole:
            stale.append((_renewed(entry, finding), "is allowed by a suppression now"))
        else:
            kept.append(_renewed(entry, finding))
    for entry in met.missing:
        if whole and (entry.rule in rules.ran or entry.rule not in rules.known):
            stale.append((entry, "is not found any more"))
        else:
            kept.append(entry)
    told: list[tuple[str, Diagnostic]] = []
    if settings.strict_baseline and settings.baseline_file is not None:
        told += _complaints(_path_of(settings.baseline_file, settings.project), stale, kept)
    return Verdict(
        known=frozenset(finding.fingerprint for _, finding in met.pairs),
        kept=tuple(kept),
        stale=tuple(entry for entry, _ in stale),
        told=tuple(told),
    )


def _path_of(file: Path, project: Path) -> str:
    return (file.relative_to(project) if file.is_relative_to(project) else file).as_posix()


def _complaints(
    path: str, stale: Iterable[tuple[Entry, str]], kept: Iterable[Entry]
) -> Iterator[tuple[str, Diagnostic]]:
    for entry, why in stale:
        yield UNUSED_SUPPRESSION, _diagnostic(path, entry, f"{_called(entry)} {why}", _PRUNE)
    for entry in kept:
        if not entry.because.strip():
            message = f"{_called(entry)} does not say why it may stay"
            yield SUPPRESSION_WITHOUT_REASON, _diagnostic(path, entry, message, _REASON)


def _identity(finding: Finding) -> _Identity:
    return finding.rule, finding.holder, finding.site


def _names(entries: Iterable[Entry], findings: Iterable[Finding]) -> dict[str, tuple[_Identity, int]]:
    """Tell from a fingerprint what it names: the findings, and equals of theirs that there may have been."""
    counts: Counter[_Identity] = Counter()
    names: dict[str, tuple[_Identity, int]] = {}
    symbols: dict[_Identity, str] = {}
    for finding in findings:
        identity = _identity(finding)
        names[finding.fingerprint] = identity, counts[identity]
        counts[identity] += 1
        symbols[identity] = hint(finding.symbol)
    gone = Counter((entry.rule, entry.symbol) for entry in entries if entry.fingerprint not in names)
    for identity, count in counts.items():
        missing = gone[identity[0], symbols[identity]]
        for ordinal in range(count, count + missing + MOST_UNLISTED if missing else count):
            names[fingerprint(*identity, ordinal)] = identity, ordinal
    return names


def _fits_wholly(entry: Entry, finding: Finding) -> bool:
    return _fits_path(entry, finding) and _fits_name(entry, finding)


def _fits_path(entry: Entry, finding: Finding) -> bool:
    return entry.path == hint(finding.place.path)


def _fits_name(entry: Entry, finding: Finding) -> bool:
    return entry.fingerprint == finding.fingerprint


def _fits_anyhow(_entry: Entry, _finding: Finding) -> bool:
    return True


def _called(entry: Entry) -> str:
    return f"`{entry.symbol or entry.fingerprint}` (`{entry.rule}`) in the baseline"


def _diagnostic(path: str, entry: Entry, message: str, remedy: Remedy) -> Diagnostic:
    line = max(entry.line, 1)
    return Diagnostic(
        at=Place(path, line, 1, line, 2),
        symbol=entry.fingerprint,
        message=message,
        state=State.OTHER,
        confidence=Confidence.HIGH,
        holder=entry.fingerprint,
        site="baseline",
        evidence=(),
        remedy=remedy,
    )


_PRUNE = Remedy(
    store="none",
    title="remove the entry",
    text="It hides nothing now, and would hide the next finding. `statelint baseline prune` removes such.",
)
_REASON = Remedy(
    store="none",
    title="say why",
    text="Write the reason between the quotes behind `because`; it is kept when the file is written anew.",
)
