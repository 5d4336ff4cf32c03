"""Apply what users say is meant, and report what they say in vain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.engine.catalog import SUPPRESSION_WITHOUT_REASON, UNUSED_SUPPRESSION
from statelint.errors import nearest
from statelint.model.diagnostics import Confidence, Diagnostic, Remedy, State
from statelint.model.globs import Globs
from statelint.model.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statelint.model.diagnostics import Finding
    from statelint.model.files import FileRole
    from statelint.model.settings import Allow, Settings
    from statelint.model.suppressions import Suppression

_LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMarks:
    """What the facts of a file say to the selection."""

    role: FileRole
    allows: tuple[Suppression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleIds:
    """Which ids there are, the engine's own included, and which rules ran to their end."""

    known: frozenset[str]
    ran: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Findings that stand, those that are meant, and what there is to say about the suppressions."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    own: tuple[tuple[str, Diagnostic], ...]


def suppress(
    findings: Sequence[Finding], marks: Mapping[str, FileMarks], settings: Settings, rules: RuleIds
) -> Outcome:
    """Divide the findings; `rules.ran` decides which suppressions can be called unused."""
    comments = [(path, allow) for path, mark in sorted(marks.items()) for allow in mark.allows]
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.place.path, []).append(finding)
    used: set[tuple[object, str]] = set()
    meant: set[int] = set()
    for path, comment in comments:
        for finding in by_path.get(path, ()):
            if finding.rule in comment.rules and _covers(comment, finding):
                used.add(((path, comment), finding.rule))
                meant.add(id(finding))
    for allow in settings.allow:
        globs = Globs((allow.path,))
        for finding in findings:
            if finding.rule == allow.rule and globs.matches(finding.place.path):
                used.add((allow, allow.rule))
                meant.add(id(finding))
    own = [
        told
        for path, comment in comments
        for told in _judge(
            path,
            comment,
            rules,
            used={rule for rule in comment.rules if ((path, comment), rule) in used},
            here={f.rule for f in by_path.get(path, ()) if id(f) not in meant and _covers(comment, f)},
        )
    ]
    idle = [allow for allow in settings.allow if (allow, allow.rule) not in used and allow.rule in rules.ran]
    return Outcome(
        kept=tuple(finding for finding in findings if id(finding) not in meant),
        suppressed=tuple(finding for finding in findings if id(finding) in meant),
        own=(*own, *_idle_entries(idle, settings)),
    )


def _covers(comment: Suppression, finding: Finding) -> bool:
    return comment.line <= finding.place.line <= comment.end_line


def _judge(
    path: str, comment: Suppression, rules: RuleIds, *, used: set[str], here: set[str]
) -> Iterator[tuple[str, Diagnostic]]:
    """Say what is wrong with one comment; `here` are the findings on its lines that it does not cover."""
    at = Place(path, comment.at, 1, comment.at, 2)
    if not comment.rules:
        is_long = len(comment.reason) > _LONGEST_QUOTE
        quoted = f"{comment.reason[:_LONGEST_QUOTE]}…" if is_long else comment.reason
        yield _unused(at, quoted, f"`statelint: {quoted}` is not understood", _WRITE)
        return
    unused = False
    for rule in comment.rules:
        if rule not in rules.known:
            unused = True
            close = nearest(rule, rules.known)
            meant = f"; did you mean `{close}`?" if close else ""
            yield _unused(at, rule, f"there is no rule `{rule}`{meant}", _RENAME)
        elif rule in rules.ran and rule not in used:
            unused = True
            others = " and ".join(f"`{other}`" for other in sorted(here))
            hint = f", but {others} {'is' if len(here) == 1 else 'are'}" if here else ""
            yield _unused(at, rule, f"`{rule}` is not found here{hint}", _RENAME if here else _REMOVE)
    if not comment.reason and not unused:
        ids = ", ".join(comment.rules)
        message = f"`allow[{ids}]` does not say why this is meant"
        yield SUPPRESSION_WITHOUT_REASON, _diagnostic(at, ids, message, _REASON)


def _idle_entries(idle: Iterable[Allow], settings: Settings) -> Iterator[tuple[str, Diagnostic]]:
    """Report entries of the configuration; only where the whole project was read, and by its own file."""
    config = settings.config
    if config is None or settings.scope or not config.is_relative_to(settings.project):
        return
    at = Place(config.relative_to(settings.project).as_posix(), 1, 1, 1, 2)
    for allow in idle:
        message = f"`{allow.rule}` is not found in `{allow.path}`, which an entry in `allow` names"
        yield _unused(at, f"{allow.path} {allow.rule}", message, _REMOVE)


def _unused(at: Place, symbol: str, message: str, remedy: Remedy) -> tuple[str, Diagnostic]:
    return UNUSED_SUPPRESSION, _diagnostic(at, symbol, message, remedy)


def _diagnostic(at: Place, symbol: str, message: str, remedy: Remedy) -> Diagnostic:
    return Diagnostic(
        at=at,
        symbol=symbol,
        message=message,
        state=State.OTHER,
        confidence=Confidence.HIGH,
        holder=symbol,
        site="suppression",
        evidence=(),
        remedy=remedy,
    )


_SAMPLE = "# statelint: allow[module-state] because the game runs on one instance by design"
_REMOVE = Remedy(
    store="none",
    title="remove the suppression",
    text="It hides nothing now, and would hide the next finding.",
)
_RENAME = Remedy(
    store="none", title="name the rule that is found", text="`statelint rules` lists the ids.", sample=_SAMPLE
)
_WRITE = Remedy(
    store="none", title="write it as a suppression", text="Name the rules and say why.", sample=_SAMPLE
)
_REASON = Remedy(
    store="none", title="say why", text="Write `because` and the reason behind the bracket.", sample=_SAMPLE
)
