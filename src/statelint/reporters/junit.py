"""JUnit XML, for CI systems that show test results: a suite a file, a test case a finding."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from statelint.model.diagnostics import Severity
from statelint.reporters.locations import file_name
from statelint.reporters.summary import summary_line
from statelint.reporters.text import REPLACEMENT, display_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model.diagnostics import Finding, Problem, Report
    from statelint.reporters.options import RenderOptions

# Whatever XML 1.0 has no way to write, not even as a reference.
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_WHOLE = "statelint"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One test case; `outcome` is `failure`, `error`, or `system-out` for one that passes."""

    path: str
    line: int
    name: str
    outcome: str
    message: str
    text: str


def render(report: Report, options: RenderOptions) -> str:
    """Write a test case for each finding and problem; a single one if there is neither.

    A note passes, since it does not change the exit status. File names count from the root of the repository.
    """
    options = replace(options, base=options.root, unicode=True, color=False)
    cases = [
        *(_of_finding(finding, options) for finding in report.findings),
        *(_of_problem(problem, options) for problem in report.problems),
    ] or [_of_nothing(report)]
    cases.sort(key=lambda case: case.path)  # a stable sort: findings stay before problems
    tree = ET.Element("testsuites", {"name": _WHOLE, **_counts(cases)})
    tree.extend(_suite(path, list(own)) for path, own in groupby(cases, lambda case: case.path))
    ET.indent(tree)
    page = ET.tostring(tree, encoding="unicode")
    # It can stand within text and values only, and the runner of GitHub Actions would take it for a command.
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{page.replace("##[", "#&#35;[")}\n'


def _of_finding(finding: Finding, options: RenderOptions) -> _Case:
    place = finding.place
    path, message = file_name(place.path, options), display_text(finding.message, options)
    told = [
        f"{display_text(path, options)}:{place.line}:{place.column}: {finding.severity}: {message}",
        *(
            f"{item.role}: {display_text(file_name(item.place.path, options), options)}:{item.place.line} "
            f"{display_text(item.message, options)}".rstrip()
            for item in finding.evidence
        ),
        f"instead: {display_text(finding.remedy.title, options)}",
    ]
    return _Case(
        path=path,
        line=place.line,
        name=f"{finding.rule}: {display_text(finding.symbol, options)}",
        outcome="system-out" if finding.severity is Severity.NOTE else "failure",
        message=message,
        text="\n".join(told),
    )


def _of_problem(problem: Problem, options: RenderOptions) -> _Case:
    message = display_text(problem.message, options)
    return _Case(
        path=file_name(problem.path, options) if problem.path else _WHOLE,
        line=problem.line,
        name="problem",
        outcome="error" if problem.fatal else "system-out",
        message=message,
        text=message,
    )


def _of_nothing(report: Report) -> _Case:
    """Make the case of a report that says nothing: some CI systems take a file without any for a failure."""
    told = summary_line(report, color=False)
    outcome = "system-out" if report.is_complete else "error"
    return _Case(path=_WHOLE, line=0, name="kill test", outcome=outcome, message=told, text=told)


def _suite(path: str, cases: Sequence[_Case]) -> ET.Element:
    suite = ET.Element("testsuite", {"name": _xml(path), **_counts(cases)})
    seen: Counter[str] = Counter()
    for case in cases:
        seen[case.name] += 1
        # A name that was there before would be taken for a second run of the same test.
        name = case.name if seen[case.name] == 1 else f"{case.name} ({seen[case.name]})"
        where = {"file": _xml(path)} if path != _WHOLE else {}
        if case.line:
            where["line"] = str(case.line)
        holder = str(PurePosixPath(path).with_suffix("")) if where else _WHOLE
        names = {"name": _xml(name), "classname": _xml(holder)}
        outcome = ET.SubElement(ET.SubElement(suite, "testcase", names | where), case.outcome)
        if case.outcome != "system-out":
            outcome.attrib |= {"message": _xml(case.message), "type": _xml(case.name.partition(":")[0])}
        outcome.text = _xml(case.text)
    return suite


def _counts(cases: Sequence[_Case]) -> dict[str, str]:
    outcomes = Counter(case.outcome for case in cases)
    return {
        "tests": str(len(cases)),
        "failures": str(outcomes["failure"]),
        "errors": str(outcomes["error"]),
    }


def _xml(text: str) -> str:
    return _NO_XML.sub(REPLACEMENT, text)
