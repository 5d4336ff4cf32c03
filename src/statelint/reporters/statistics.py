"""How much of what is found: a table of counts in place of the findings, as `--statistics` asks for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import statelint
from statelint.errors import UsageError
from statelint.model.diagnostics import Severity
from statelint.reporters import concise
from statelint.reporters.ansi import SEVERITY_STYLES, paint
from statelint.reporters.json_report import VERSION, problems_of, summary_of
from statelint.reporters.machine import json_page
from statelint.reporters.summary import summary_line
from statelint.reporters.text import display_text, guard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.diagnostics import Report
    from statelint.reporters.options import RenderOptions

FORMATS = ("full", "concise", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The findings of one rule that have one severity, counted, and by what the state is for."""

    count: int
    severity: Severity
    rule: str
    states: Mapping[str, int]


def check_format(name: str) -> None:
    """Raise UsageError for a format that has no room for counts."""
    if name not in FORMATS:
        known = ", ".join(f"`{one}`" for one in FORMATS)
        raise UsageError(f"`--statistics` cannot be had as `{name}`; choose one of {known}")


def render(report: Report, options: RenderOptions) -> str:
    """Write the counts, most frequent first, as one of FORMATS."""
    rows = rows_of(report)
    if options.format_name == "json":
        return _json(rows, report, options)
    lines = _table(rows, options) + list(concise.problem_lines(report, options))
    if options.format_name == "full" and not options.quiet:
        lines += [*([""] if lines else []), summary_line(report, color=options.color)]
    return guard("".join(f"{line}\n" for line in lines), options)


def rows_of(report: Report) -> tuple[Row, ...]:
    """Count the findings by rule and severity: the most frequent first, then the worst, then by rule."""
    states: dict[tuple[Severity, str], Counter[str]] = {}
    for finding in report.findings:
        states.setdefault((finding.severity, finding.rule), Counter())[finding.state.value] += 1
    worst_first = tuple(Severity)
    rows = (
        Row(
            count=count.total(),
            severity=severity,
            rule=rule,
            states=dict(sorted(count.items(), key=lambda one: (-one[1], one[0]))),
        )
        for (severity, rule), count in states.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.count, worst_first.index(row.severity), row.rule)))


def _table(rows: Sequence[Row], options: RenderOptions) -> list[str]:
    number = max((len(str(row.count)) for row in rows), default=0)
    severity = max((len(row.severity) for row in rows), default=0)
    rule = max((len(row.rule) for row in rows), default=0)
    lines = []
    for row in rows:
        states = ", ".join(f"{state} {count}" for state, count in row.states.items())
        painted = paint(f"{row.severity:<{severity}}", SEVERITY_STYLES[row.severity], color=options.color)
        shown = display_text(f"{row.rule:<{rule}}", options)
        lines.append(f"{row.count:>{number}}  {painted}  {shown}  {states}")
    return lines


def _json(rows: Sequence[Row], report: Report, options: RenderOptions) -> str:
    return json_page(
        {
            "version": VERSION,
            "tool": {"name": "statelint", "version": statelint.__version__},
            "statistics": [
                {"rule": row.rule, "severity": row.severity.value, "count": row.count, "states": row.states}
                for row in rows
            ],
            "problems": problems_of(report, options),
            "summary": summary_of(report),
        }
    )
