"""Reviewdog Diagnostic Format (`rdjson`), for reviewdog and whatever else posts it to a review."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Severity
from statelint.reporters.locations import file_name, stands_at
from statelint.reporters.machine import json_page
from statelint.reporters.text import REPLACEMENT, display_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.diagnostics import Finding, Problem, Report
    from statelint.model.places import Place
    from statelint.reporters.options import RenderOptions

    Sources = Mapping[str, Sequence[str]]

_SEVERITIES: Mapping[Severity, str] = {
    Severity.ERROR: "ERROR",
    Severity.WARNING: "WARNING",
    Severity.NOTE: "INFO",
}


def render(report: Report, options: RenderOptions) -> str:
    """Write one result whose file names count from the working folder, as reviewdog takes them."""
    options = replace(options, unicode=True)
    return json_page(
        {
            "source": {"name": "statelint"},
            "diagnostics": [
                *(_of_finding(finding, report.sources, options) for finding in report.findings),
                *(_of_problem(problem, options) for problem in report.problems),
            ],
        }
    )


def _of_finding(finding: Finding, sources: Sources, options: RenderOptions) -> dict[str, object]:
    title = display_text(finding.remedy.title, options)
    return {
        "message": f"{display_text(finding.message, options)}\ninstead: {title}",
        "location": _location(finding.place, sources, options),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": display_text(finding.rule, options)},
        "related_locations": [
            {
                "message": display_text(item.message, options) or item.role.value,
                "location": _location(item.place, sources, options),
            }
            for item in finding.evidence
            if not stands_at(item, finding)
        ],
    }


def _of_problem(problem: Problem, options: RenderOptions) -> dict[str, object]:
    location: dict[str, object] = {"path": file_name(problem.path, options) if problem.path else ""}
    if problem.line:
        location["range"] = {"start": {"line": problem.line}}
    return {
        "message": display_text(problem.message, options),
        "location": location,
        "severity": "ERROR" if problem.fatal else "INFO",
        "code": {"value": "problem"},
    }


def _location(place: Place, sources: Sources, options: RenderOptions) -> dict[str, object]:
    """Give whole lines where a column cannot be counted in bytes, because the line is not at hand."""
    lines = sources.get(place.path, ())
    start, end = {"line": place.line}, {"line": place.end_line}
    if 1 <= place.line <= place.end_line <= len(lines):
        start["column"] = _byte_column(lines[place.line - 1], place.column)
        end["column"] = _byte_column(lines[place.end_line - 1], place.end_column)
    return {"path": file_name(place.path, options), "range": {"start": start, "end": end}}


def _byte_column(line: str, column: int) -> int:
    """Count a column in bytes of UTF-8, from 1; what is no UTF-8 in the file stands as one sign a byte."""
    before = line[: column - 1].replace(REPLACEMENT, "?")
    return len(before.encode("utf-8", "surrogatepass")) + 1
