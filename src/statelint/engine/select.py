"""From what the rules say to what the user sees: one finding a site, suppressed, filtered, sorted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.engine.baseline import judge_baseline
from statelint.engine.catalog import ENGINE_PAGES, unknown_rule
from statelint.engine.fingerprints import fingerprint
from statelint.engine.severity import severity_of, stated_copies
from statelint.engine.suppress import RuleIds, suppress
from statelint.errors import ConfigError
from statelint.model.diagnostics import Confidence, Finding, Severity, Summary
from statelint.model.files import FileRole
from statelint.model.settings import Audience
from statelint.sources.finding import chosen_by_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from statelint.engine.suppress import FileMarks
    from statelint.model.baseline import Entry
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
    """The findings to show, in their order, and how many more there are that are not shown, and why.

    `kept` and `stale` are the entries of the baseline that are needed, and that are not.
    """

    findings: tuple[Finding, ...]
    suppressed: int
    in_baseline: int = 0
    elsewhere: int = 0
    kept: tuple[Entry, ...] = ()
    stale: tuple[Entry, ...] = ()


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
    *,
    complete: bool = True,
) -> Selection:
    """Turn diagnostics, each with the id of its rule, into the findings that these settings show.

    `complete` says that nothing kept the run from its whole job; else no entry of a baseline is called stale.
    """
    chosen = chosen_rules(settings, rules.known)
    copies = stated_copies(settings)

    def severity(diagnostic: Diagnostic) -> Severity:
        mark = marks.get(diagnostic.at.path)
        return severity_of(diagnostic, mark.role if mark else FileRole.APPLICATION, copies)

    found = _findings(_one_per_site(diagnostics), severity)
    judged = RuleIds(known=rules.known, ran=rules.ran & chosen)
    outcome = suppress(found, marks, settings, judged)
    own = _findings(outcome.own, lambda _: Severity.WARNING)
    meant = frozenset(finding.fingerprint for finding in outcome.suppressed)
    whole = RuleIds(known=rules.known, ran=(rules.ran | ENGINE_PAGES.keys()) & chosen)
    verdict = judge_baseline([*found, *own], meant, settings, whole, complete=complete)
    strict = _findings(verdict.told, lambda _: Severity.WARNING)
    matters, concerns = _filter(settings, chosen), _place_filter(settings)
    new = [
        finding
        for finding in (*outcome.kept, *own, *strict)
        if finding.fingerprint not in verdict.known and matters(finding)
    ]
    hidden = [finding for finding in (*outcome.kept, *own) if finding.fingerprint in verdict.known]
    findings = sorted(filter(concerns, new), key=_report_order)
    return Selection(
        findings=tuple(findings),
        suppressed=sum(matters(each) and concerns(each) for each in outcome.suppressed),
        in_baseline=sum(map(matters, hidden)),
        elsewhere=len(new) - len(findings),
        kept=verdict.kept,
        stale=verdict.stale,
    )


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
        in_baseline=selection.in_baseline,
        elsewhere=selection.elsewhere,
        stale=len(selection.stale),
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
                holder=diagnostic.holder,
                site=diagnostic.site,
            )
        )
        equals[identity] += 1
    return findings


def _filter(settings: Settings, chosen: Collection[str]) -> Callable[[Finding], bool]:
    least = _SURENESS.index(settings.min_confidence)
    if settings.audience is Audience.DEVELOPER:
        least = min(least, _SURENESS.index(Confidence.MEDIUM))

    def matters(finding: Finding) -> bool:
        if settings.audience is Audience.DEVELOPER and finding.severity is Severity.NOTE:
            return False
        return _SURENESS.index(finding.confidence) <= least and finding.rule in chosen

    return matters


def _place_filter(settings: Settings) -> Callable[[Finding], bool]:
    """Make the one test for PATHS and changed files: the place or a step of the evidence is in one.

    A handler that newly writes to a dict of another module is seen in either file.
    """
    is_named = chosen_by_paths(settings)
    changed = None if settings.changed is None else frozenset(settings.changed)
    if settings.buffer is not None:
        return lambda finding: is_named(finding.place.path)  # an editor shows one file

    def concerns(finding: Finding) -> bool:
        files = {finding.place.path, *(item.place.path for item in finding.evidence)}
        return any(map(is_named, files)) and (changed is None or not changed.isdisjoint(files))

    return concerns


def _report_order(finding: Finding) -> tuple[object, ...]:
    return finding.place.path, finding.place.line, finding.place.column, finding.rule, finding.fingerprint
