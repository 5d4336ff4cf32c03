"""Annotations of GitHub Actions, then everything that was found as lines of the log."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Confidence, Severity
from statelint.reporters import concise
from statelint.reporters.summary import summary_line
from statelint.reporters.text import cut, display_path, display_text, guard, plural, relative_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.diagnostics import Finding, Problem, Report
    from statelint.reporters.options import RenderOptions


class Level(StrEnum):
    """The kinds of annotations, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


_LEVELS: Mapping[Severity, Level] = {
    Severity.ERROR: Level.ERROR,
    Severity.WARNING: Level.WARNING,
    Severity.NOTE: Level.NOTICE,
}

# What the runner keeps of a level in one step, and of a message: `_maxCountPerIssueType` and
# `_maxIssueMessageLength` in actions/runner. The rest it drops without a word.
_PER_LEVEL = 10
_MESSAGE_LENGTH = 4096

_SURENESS: Mapping[Confidence, int] = {confidence: index for index, confidence in enumerate(Confidence)}

_LINE_ENDS = re.compile(r"([\r\n])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Annotation:
    level: Level
    properties: tuple[tuple[str, str], ...]
    message: str


def render(report: Report, options: RenderOptions) -> str:
    """Write workflow commands for the worst ten of each level, then one line for each finding and problem."""
    # Whoever asks for this format hands it to the runner, wherever it is made.
    options = replace(options, github_actions=True)
    # Annotations name files as the repository does, the log as the folder that the user works in does.
    at_root = replace(options, base=options.root)
    commands = [_command(item, at_root) for item in _within_limits(_annotations(report, at_root))]
    log = [*concise.lines(report, options)]
    if not options.quiet:
        log.append(summary_line(report, color=options.color))
    page = guard("".join(f"{line}\n" for line in log), options)
    return "".join(f"{line}\n" for line in commands) + page


def escape_data(text: str) -> str:
    """Escape the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape the value of a property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _annotations(report: Report, options: RenderOptions) -> list[_Annotation]:
    """Make an annotation of each finding, the surest first, and of each problem."""
    surest_first = sorted(report.findings, key=lambda finding: _SURENESS[finding.confidence])
    fatal_first = sorted(report.problems, key=lambda problem: not problem.fatal)
    return [
        *(_of_finding(finding, options) for finding in surest_first),
        *(_of_problem(problem, options) for problem in fatal_first),
    ]


def _of_finding(finding: Finding, options: RenderOptions) -> _Annotation:
    place = finding.place
    file = _file(place.path, options)
    properties = [("file", file), ("line", str(place.line)), ("endLine", str(place.end_line))]
    if place.line == place.end_line:  # columns are dropped from what spans several lines
        properties += [("col", str(place.column)), ("endColumn", str(place.end_column))]
    rule = display_text(finding.rule, options)
    told = [
        display_text(finding.message, options),
        *(
            f"{item.role}: {display_path(item.place.path, options)}:{item.place.line} "
            f"{display_text(item.message, options)}".rstrip()
            for item in finding.evidence
        ),
        f"instead: {display_text(finding.remedy.title, options)}",
    ]
    return _Annotation(
        level=_LEVELS[finding.severity],
        properties=(*properties, ("title", f"statelint ({rule})")),
        message="\n".join(told),
    )


def _of_problem(problem: Problem, options: RenderOptions) -> _Annotation:
    properties = [("file", _file(problem.path, options))] if problem.path else []
    if problem.path and problem.line:
        properties.append(("line", str(problem.line)))
    return _Annotation(
        level=Level.ERROR if problem.fatal else Level.NOTICE,
        properties=(*properties, ("title", "statelint (problem)")),
        message=display_text(problem.message, options),
    )


def _file(path: str, options: RenderOptions) -> str:
    """Name a file so that GitHub finds it: line ends stay, for they can be escaped; the rest cannot."""
    pieces = _LINE_ENDS.split(relative_path(path, options))
    return "".join(piece if piece in {"\r", "\n"} else display_text(piece, options) for piece in pieces)


def _within_limits(annotations: Sequence[_Annotation]) -> list[_Annotation]:
    """Keep what the runner keeps, worst level first; the last annotation counts what is left out."""
    by_level = {level: [item for item in annotations if item.level is level] for level in Level}
    if all(len(items) <= _PER_LEVEL for items in by_level.values()):
        return [item for items in by_level.values() for item in items]
    # One place of the notices is for the count.
    limits = {Level.ERROR: _PER_LEVEL, Level.WARNING: _PER_LEVEL, Level.NOTICE: _PER_LEVEL - 1}
    counts = {level: len(items) - limits[level] for level, items in by_level.items()}
    more = " and ".join(plural(count, f"more {level}") for level, count in counts.items() if count > 0)
    rest = _Annotation(
        level=Level.NOTICE,
        properties=(("title", "statelint"),),
        message=f"{more} in the log of this step: github shows {_PER_LEVEL} annotations of each level",
    )
    return [*(item for level, items in by_level.items() for item in items[: limits[level]]), rest]


def _command(item: _Annotation, options: RenderOptions) -> str:
    properties = ",".join(f"{name}={escape_property(value)}" for name, value in item.properties)
    message = guard(item.message, options)
    if len(message) > _MESSAGE_LENGTH:
        message = cut(message, _MESSAGE_LENGTH, options)
    return f"::{item.level} {properties}::{escape_data(message)}"
