"""The format for people: what is remembered, how a request gets there, and what to use instead."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Confidence, Role
from statelint.reporters.alike import gather
from statelint.reporters.ansi import SEVERITY_STYLES, Style, paint
from statelint.reporters.concise import problem_kind, problem_place, severity_and_rule
from statelint.reporters.frame import code_frame
from statelint.reporters.summary import summary_line
from statelint.reporters.text import columns, display_path, display_text, guard, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.diagnostics import Evidence, Finding, Problem, Remedy, Report
    from statelint.reporters.options import RenderOptions

_WIDTH = 100  # of running text; code and paths are never broken

_LABELS: Mapping[Role, str] = {
    Role.ENTRY: "entry",
    Role.CALL: "call",
    Role.WRITTEN: "written",
    Role.DECLARED: "held by",
    Role.READ: "read",
    Role.COPIES: "copies",
    Role.CONFIG: "config",
}
_REMEDY = "instead"
_ALIKE = "alike"
_LABEL_WIDTH = max(map(len, (*_LABELS.values(), _REMEDY)))
_INDENT = " " * (len("  | ") + _LABEL_WIDTH + 2)

# From the request to the write: drawn as one path, in the order in which it is walked.
_PATH = (Role.ENTRY, Role.CALL, Role.WRITTEN)

# A longer place does not push away the words of all the others.
_WIDEST_PLACE = 44

# Words beside the signs of a frame end here, well before a frame is cut.
_WIDEST_LABEL = 120


def render(report: Report, options: RenderOptions) -> str:
    """Write each finding with its code, path and remedy, then the problems, then one line that sums up.

    Of many fields of one object that are replaced in one way the first is told so, the others in a line each.
    """
    blocks = [
        "\n".join([*_finding(first, report.sources, options), *_alike(more, options)])
        for first, *more in gather(report.findings)
    ]
    if report.problems:
        blocks.append("\n".join(_problem(problem, options) for problem in report.problems))
    if not options.quiet:
        blocks.append(summary_line(report, color=options.color))
    return guard("\n\n".join(blocks) + "\n" if blocks else "", options)


def _finding(finding: Finding, sources: Mapping[str, Sequence[str]], options: RenderOptions) -> list[str]:
    place, style = finding.place, SEVERITY_STYLES[finding.severity]
    beside = _beside(finding)
    label = display_text(beside.message, options) if beside else ""
    frame = code_frame(sources.get(place.path, ()), place, style, options, label=label)
    told = [item for item in finding.evidence if not frame or item is not beside]
    return [
        _header(finding, options),
        *frame,
        *_evidence(told, options),
        *_remedy(finding.remedy, options),
    ]


def _alike(findings: Sequence[Finding], options: RenderOptions) -> list[str]:
    """List the fields of the same object of which there is nothing else to say than of the one above."""
    if not findings:
        return []
    owner = display_text(findings[0].symbol.rpartition(".")[0], options)
    label = paint(f"{_ALIKE:<{_LABEL_WIDTH}}", Style.CYAN, color=options.color)
    told = f"{plural(len(findings), 'more field')} of `{owner}`, with the same replacement"
    return [f"    {label}  {told}", *(_header(finding, options) for finding in findings)]


def _beside(finding: Finding) -> Evidence | None:
    """Find what is told of the very line that the frame shows, if it is short enough to stand there."""
    place = finding.place
    for item in finding.evidence:
        if item.role is Role.DECLARED and (item.place.path, item.place.line) == (place.path, place.line):
            fits = place.end_line == place.line and place.end_column + columns(item.message) <= _WIDEST_LABEL
            return item if fits else None
    return None


def _header(finding: Finding, options: RenderOptions) -> str:
    place = finding.place
    where = f"{display_path(place.path, options)}:{place.line}:{place.column}"
    message = display_text(finding.message, options)
    parts = [paint(where, Style.STRONG, color=options.color), severity_and_rule(finding, options), message]
    if finding.confidence is not Confidence.HIGH:
        parts.append(paint(f"({finding.confidence} confidence)", Style.FAINT, color=options.color))
    return " ".join(parts)


def _evidence(evidence: Sequence[Evidence], options: RenderOptions) -> list[str]:
    """List the path from the request to the write, then who holds, reads and copies what is written."""
    path = [item for item in evidence if item.role in _PATH]
    others = [item for item in evidence if item.role not in _PATH]
    places = [_where(item, options) for item in (*path, *others)]
    width = min(max(map(columns, places), default=0), _WIDEST_PLACE)
    rows: list[str] = []
    rails = _rails(len(path), len(others), options)
    for rail, item, where in zip(rails, (*path, *others), places, strict=True):
        label = paint(f"{_LABELS[item.role]:<{_LABEL_WIDTH}}", Style.CYAN, color=options.color)
        gap = " " * max(0, width - columns(where))
        message = display_text(item.message, options)
        rows.append(f"  {rail} {label}  {where}{gap}  {message}".rstrip())
    return rows


def _rails(path: int, others: int, options: RenderOptions) -> list[str]:
    """Draw the line that joins the steps of a path; a single step needs none."""
    if path > 1:
        top, side, bottom = "\u256d\u2502\u2570" if options.unicode else "/|\\"
        rails = [top, *[side] * (path - 2), bottom]
    else:
        rails = [" "] * path
    return [paint(rail, Style.CYAN, color=options.color and rail != " ") for rail in rails] + [" "] * others


def _where(item: Evidence, options: RenderOptions) -> str:
    return f"{display_path(item.place.path, options)}:{item.place.line}"


def _remedy(remedy: Remedy, options: RenderOptions) -> list[str]:
    label = paint(f"{_REMEDY:<{_LABEL_WIDTH}}", Style.GREEN, color=options.color)
    title = paint(display_text(remedy.title, options), Style.STRONG, color=options.color)
    rows = [f"    {label}  {title}"]
    for paragraph in remedy.text.split("\n"):
        words = display_text(paragraph, options)
        rows += textwrap.wrap(
            words,
            width=_WIDTH,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
    if remedy.sample.strip():
        rows.append("")
        rows += _sample(remedy.sample, options)
    return rows


def _sample(sample: str, options: RenderOptions) -> list[str]:
    lines = (line.expandtabs(4) for line in sample.strip("\n").split("\n"))
    return [f"{_INDENT}  {display_text(line, options)}".rstrip() for line in lines]


def _problem(problem: Problem, options: RenderOptions) -> str:
    where = paint(problem_place(problem, options), Style.STRONG, color=options.color)
    message = display_text(problem.message, options)
    return f"{where}{' ' if where else ''}{problem_kind(problem, options)} {message}"
