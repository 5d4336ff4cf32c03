"""From what the rules say to what the user sees: one finding a site, suppressed, filtered, sorted."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.engine.catalog import unknown_rule
from statelint.engine.severity import severity_of, stated_copies
from statelint.engine.suppress import RuleIds, suppress
from statelint.errors import ConfigError
from statelint.model.diagnostics import Confidence, Finding, Severity, Summary
from statelint.model.files import FileRole
from statelint.model.settings import Audience
from statelint.sources import chosen_by_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from statelint.engine.suppress import FileMarks
    from statelint.model.diagnostics import Diagnostic, Report
    from statelint.model.settings import Settings

# Several rules may convict one site; it is reported under the first of these. Rules not named come last.
PRECEDENCE = (
    "local-session-backend",
    "local-cache-backend",
    "local-rate-limit",
    "local-message-backend",
    "local-job-backend",
    "local-conversation-store",
    "local-upload",
    "local-database",
    "local-log-file",
    "local-file-write",
    "per-process-secret",
    "in-process-scheduler",
    "in-process-worker",
    "process-lock",
    "memoized-io",
    "process-environment",
    "app-state",
    "closure-state",
    "class-state",
    "instance-state",
    "module-state",
)
_RANK = {rule: rank for rank, rule in enumerate(PRECEDENCE)}
_SURENESS = tuple(Confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The findings to show, in their order, and how many more a suppression hides."""

    findings: tuple[Finding, ...]
    suppressed: int


def chosen_rules(settings: Settings, known: Collection[str]) -> frozenset[str]:
    """Name the rules that the user wants to see; raise UsageError for a word that is none."""
    for word in (*settings.select, *settings.ignore):
        if word not in known:
            raise unknown_rule(word, known)
    for allow in settings.allow:
        if allow.rule not in known:
            file = settings.config.name if settings.config else "configuration"
            raise ConfigError(f"`{file}`: `allow`: {unknown_rule(allow.rule, known)}")
    return frozenset(settings.select or known) - frozenset(settings.ignore)


def select_findings(
    diagnostics: Iterable[tuple[str, Diagnostic]],
    marks: Mapping[str, FileMarks],
    settings: Settings,
    rules: RuleIds,
) -> Selection:
    """Turn diagnostics, each with the id of its rule, into the findings that these settings show."""
    chosen = chosen_rules(settings, rules.known)
    copies = stated_copies(settings)

    def severity(diagnostic: Diagnostic) -> Severity:
        mark = marks.get(diagnostic.at.path)
        return severity_of(diagnostic, mark.role if mark else FileRole.APPLICATION, copies)

    found = _findings(_one_per_site(diagnostics), severity)
    judged = RuleIds(known=rules.known, ran=rules.ran & chosen)
    outcome = suppress(found, marks, settings, judged)
    own = _findings(outcome.own, lambda _: Severity.WARNING)
    is_shown = _filter(settings, chosen)
    return Selection(
        findings=tuple(sorted(filter(is_shown, (*outcome.kept, *own)), key=_report_order)),
        suppressed=sum(map(is_shown, outcome.suppressed)),
    )


def fingerprint(rule: str, holder: str, site: str, ordinal: int) -> str:
    """Name a finding so that it keeps its name when lines or files move."""
    identity = "\0".join((rule, holder, site, str(ordinal)))
    return hashlib.sha256(identity.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def summarise(
    selection: Selection, *, files_read: int, files_skipped: int, problems: int, entries: int
) -> Summary:
    """Count what is shown; every severity has a number, also where it is 0."""
    by_severity = Counter(finding.severity.value for finding in selection.findings)
    by_rule = Counter(finding.rule for finding in selection.findings)
    return Summary(
        files_read=files_read,
        files_skipped=files_skipped,
        problems=problems,
        entries=entries,
        by_severity={severity.value: by_severity[severity.value] for severity in Severity},
        by_rule=dict(sorted(by_rule.items())),
        suppressed=selection.suppressed,
    )


def exit_status(report: Report, settings: Settings) -> int:
    """Give the exit status: 2 where the job was not done wholly, 1 for an error or a warning, else 0."""
    if not report.is_complete:
        return 2
    is_bad = any(finding.severity is not Severity.NOTE for finding in report.findings)
    return int(is_bad and not settings.exit_zero)


def _one_per_site(diagnostics: Iterable[tuple[str, Diagnostic]]) -> list[tuple[str, Diagnostic]]:
    """Keep for each place and symbol the rule that goes first, whatever the order in which they came."""
    ordered = sorted(diagnostics, key=_site_order)
    first: dict[object, tuple[str, Diagnostic]] = {}
    for rule, diagnostic in ordered:
        first.setdefault((diagnostic.at, diagnostic.symbol), (rule, diagnostic))
    return list(first.values())


def _site_order(item: tuple[str, Diagnostic]) -> tuple[object, ...]:
    rule, diagnostic = item
    return (
        diagnostic.at,
        diagnostic.symbol,
        _RANK.get(rule, len(_RANK)),
        rule,
        diagnostic.ephemeral,
        _SURENESS.index(diagnostic.confidence),
        diagnostic.holder,
        diagnostic.message,
    )


def _findings(
    diagnostics: Iterable[tuple[str, Diagnostic]], severity: Callable[[Diagnostic], Severity]
) -> list[Finding]:
    equals: Counter[tuple[str, str, str]] = Counter()
    findings = []
    for rule, diagnostic in diagnostics:
        identity = (rule, diagnostic.holder, diagnostic.site)
        findings.append(
            Finding(
                rule=rule,
                severity=severity(diagnostic),
                confidence=diagnostic.confidence,
                state=diagnostic.state,
                symbol=diagnostic.symbol,
                message=diagnostic.message,
                fingerprint=fingerprint(*identity, equals[identity]),
                place=diagnostic.at,
                evidence=diagnostic.evidence,
                remedy=diagnostic.remedy,
            )
        )
        equals[identity] += 1
    return findings


def _filter(settings: Settings, chosen: Collection[str]) -> Callable[[Finding], bool]:
    is_chosen_path = chosen_by_paths(settings)
    least = _SURENESS.index(settings.min_confidence)
    if settings.audience is Audience.DEVELOPER:
        least = min(least, _SURENESS.index(Confidence.MEDIUM))

    def is_shown(finding: Finding) -> bool:
        if settings.audience is Audience.DEVELOPER and finding.severity is Severity.NOTE:
            return False
        is_sure = _SURENESS.index(finding.confidence) <= least
        return is_sure and finding.rule in chosen and is_chosen_path(finding.place.path)

    return is_shown


def _report_order(finding: Finding) -> tuple[object, ...]:
    return finding.place.path, finding.place.line, finding.place.column, finding.rule, finding.fingerprint
