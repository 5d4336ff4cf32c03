"""Code Quality of GitLab: the part of the Code Climate format that it reads."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Severity
from statelint.reporters.locations import file_name
from statelint.reporters.machine import json_page
from statelint.reporters.text import display_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.model.diagnostics import Finding, Problem, Report
    from statelint.reporters.options import RenderOptions

_SEVERITIES: Mapping[Severity, str] = {
    Severity.ERROR: "major",
    Severity.WARNING: "minor",
    Severity.NOTE: "info",
}


def render(report: Report, options: RenderOptions) -> str:
    """Write an array of issues whose file names count from the root of the repository."""
    options = replace(options, base=options.root, unicode=True)
    issues = [
        *(_of_finding(finding, options) for finding in report.findings),
        *(_of_problem(problem, options) for problem in report.problems),
    ]
    return json_page(list(_told_apart(issues)))


def _of_finding(finding: Finding, options: RenderOptions) -> dict[str, object]:
    rule = display_text(finding.rule, options)
    return {
        # The name of the check is not shown to anybody, so it stands in the description as well.
        "description": f"{rule}: {display_text(finding.message, options)}",
        "check_name": rule,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": file_name(finding.place.path, options),
            "lines": {"begin": finding.place.line},
        },
    }


def _of_problem(problem: Problem, options: RenderOptions) -> dict[str, object]:
    # An issue needs a path; what no file is to blame for is a matter of the whole repository.
    path = file_name(problem.path, options) if problem.path else "."
    message = display_text(problem.message, options)
    return {
        "description": f"problem: {message}",
        "check_name": "problem",
        "fingerprint": _digest(path, message),
        "severity": "major" if problem.fatal else "info",
        "location": {"path": path, "lines": {"begin": problem.line or 1}},
    }


def _told_apart(issues: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Salt a fingerprint that was there before: of equal ones, GitLab shows the first only."""
    seen: Counter[object] = Counter()
    for issue in issues:
        own = issue["fingerprint"]
        yield {**issue, "fingerprint": _digest(str(own), str(seen[own]))} if seen[own] else issue
        seen[own] += 1


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "backslashreplace")).hexdigest()[:16]
