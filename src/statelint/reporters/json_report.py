"""The format for programs: stable, versioned, and described by `report.schema.json` beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import statelint
from statelint.model.diagnostics import Severity
from statelint.reporters.machine import json_page
from statelint.reporters.text import relative_path

if TYPE_CHECKING:
    from statelint.model.diagnostics import Evidence, Finding, Problem, Report, Summary
    from statelint.model.topology import TopologyReport
    from statelint.reporters.options import RenderOptions

VERSION = 1
"""Of the layout; a reader of version N can read every report that says N."""


def render(report: Report, options: RenderOptions) -> str:
    """Write the whole report as one JSON object in plain ASCII, with nothing left out or changed."""
    document = {
        "version": VERSION,
        "tool": {"name": "statelint", "version": statelint.__version__},
        "findings": [_finding(finding, options) for finding in report.findings],
        "problems": problems_of(report, options),
        "summary": summary_of(report),
    }
    return json_page(document)


def problems_of(report: Report | TopologyReport, options: RenderOptions) -> list[dict[str, object]]:
    """Give the problems as they stand in every document for programs."""
    return [_problem(problem, options) for problem in report.problems]


def summary_of(report: Report) -> dict[str, object]:
    """Give the counts as they stand in every document for programs."""
    return _summary(report.summary)


def _finding(finding: Finding, options: RenderOptions) -> dict[str, object]:
    place, remedy = finding.place, finding.remedy
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "state": finding.state.value,
        "symbol": finding.symbol,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "location": {
            "path": relative_path(place.path, options),
            "line": place.line,
            "column": place.column,
            "end_line": place.end_line,
            "end_column": place.end_column,
        },
        "evidence": [_evidence(item, options) for item in finding.evidence],
        "remedy": {
            "store": remedy.store,
            "title": remedy.title,
            "text": remedy.text,
            "sample": remedy.sample,
        },
    }


def _evidence(item: Evidence, options: RenderOptions) -> dict[str, object]:
    return {
        "role": item.role.value,
        "path": relative_path(item.place.path, options),
        "line": item.place.line,
        "message": item.message,
    }


def _problem(problem: Problem, options: RenderOptions) -> dict[str, object]:
    path = relative_path(problem.path, options) if problem.path else ""
    return {"path": path, "line": problem.line, "message": problem.message}


def _summary(summary: Summary) -> dict[str, object]:
    return {
        "files_read": summary.files_read,
        "files_skipped": summary.files_skipped,
        "problems": summary.problems,
        "entries": summary.entries,
        "by_severity": {severity.value: summary.by_severity.get(severity, 0) for severity in Severity},
        "by_rule": dict(sorted(summary.by_rule.items())),
        "suppressed": summary.suppressed,
        "in_baseline": summary.in_baseline,
        "stale": summary.stale,
        "elsewhere": summary.elsewhere,
    }
