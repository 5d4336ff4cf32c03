"""One line a finding and a problem, for editors, `grep` and logs, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.reporters.ansi import SEVERITY_STYLES, Style, paint
from statelint.reporters.text import display_path, display_text, guard

if TYPE_CHECKING:
    from statelint.model.diagnostics import Finding, Problem, Report
    from statelint.model.graph import GraphReport
    from statelint.model.topology import TopologyReport
    from statelint.reporters.options import RenderOptions


def render(report: Report, options: RenderOptions) -> str:
    """Write each finding as `path:line:column: severity[rule] message`, then each problem likewise."""
    return guard("".join(f"{line}\n" for line in lines(report, options)), options)


def lines(report: Report, options: RenderOptions) -> tuple[str, ...]:
    """Write each finding, then each problem, as one line; not yet guarded."""
    return (
        *(_finding(finding, options) for finding in report.findings),
        *problem_lines(report, options),
    )


def problem_lines(report: Report | GraphReport | TopologyReport, options: RenderOptions) -> tuple[str, ...]:
    """Write each problem as one line; not yet guarded."""
    return tuple(_problem(problem, options) for problem in report.problems)


def severity_and_rule(finding: Finding, options: RenderOptions) -> str:
    """Write `severity[rule]` in the colour of the severity."""
    rule = display_text(finding.rule, options)
    return paint(f"{finding.severity}[{rule}]", SEVERITY_STYLES[finding.severity], color=options.color)


def problem_place(problem: Problem, options: RenderOptions) -> str:
    """Write where a problem is as far as that is known: `path:line`, `path`, or nothing."""
    if not problem.path:
        return ""
    path = display_path(problem.path, options)
    return f"{path}:{problem.line}" if problem.line else path


def problem_kind(problem: Problem, options: RenderOptions) -> str:
    """Tell a problem that leaves the job undone from one that is only told."""
    if problem.fatal:
        return paint("problem", Style.RED, color=options.color)
    return paint("info", Style.BLUE, color=options.color)


def _finding(finding: Finding, options: RenderOptions) -> str:
    place = finding.place
    where = paint(display_path(place.path, options), Style.STRONG, color=options.color)
    message = display_text(finding.message, options)
    return f"{where}:{place.line}:{place.column}: {severity_and_rule(finding, options)} {message}"


def _problem(problem: Problem, options: RenderOptions) -> str:
    where = paint(problem_place(problem, options), Style.STRONG, color=options.color)
    message = display_text(problem.message, options)
    return f"{where}{': ' if where else ''}{problem_kind(problem, options)}: {message}"
