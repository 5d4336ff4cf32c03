"""Markdown for a job summary: `statelint --format markdown >> "$GITHUB_STEP_SUMMARY"`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Severity
from statelint.reporters.summary import summary_line
from statelint.reporters.text import display_path, display_text, guard, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.diagnostics import Finding, Problem, Report
    from statelint.reporters.options import RenderOptions

# GitHub takes 1 MiB of a step's summary and shows nothing of a larger one.
_MOST_BYTES = 1_000_000

_RANK: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(Severity)}

# Code between two backticks, as our own messages have it around names, or a sign with a meaning in Markdown,
# those included that make a link of a bare address.
_MARKUP = re.compile(r"`([^`]+)`|([!#$&*<>@\[-`{-~]|:(?=/)|(?<=www)\.)", re.IGNORECASE)


def render(report: Report, options: RenderOptions) -> str:
    """Write one item a finding, the worst first, and a problem; what does not fit is counted.

    File names count from the root of the repository.
    """
    options = replace(options, base=options.root, unicode=True)
    worst_first = sorted(report.findings, key=lambda finding: _RANK[finding.severity])
    items = [
        *(_problem(problem, options) for problem in report.problems if problem.fatal),
        *(_finding(finding, options) for finding in worst_first),
        *(_problem(problem, options) for problem in report.problems if not problem.fatal),
    ]
    kept, room = [], _MOST_BYTES
    for item in items:
        room -= len(item.encode("utf-8")) + 1
        if room < 0:
            break
        kept.append(item)
    if len(kept) < len(items):
        kept.append(f"- and {plural(len(items) - len(kept), 'more item')}, which would not fit here")
    head = f"### statelint\n\n{_prose(summary_line(report, color=False))}\n"
    return guard("".join([head, *(["\n"] if kept else []), *(f"{item}\n" for item in kept)]), options)


def _finding(finding: Finding, options: RenderOptions) -> str:
    place = finding.place
    where = _code(f"{display_path(place.path, options)}:{place.line}:{place.column}")
    message, title = (_prose(display_text(text, options)) for text in (finding.message, finding.remedy.title))
    return f"- **{finding.severity}** {where} {message} ({_code(finding.rule)})<br>instead: {title}"


def _problem(problem: Problem, options: RenderOptions) -> str:
    where = ""
    if problem.path:
        path = display_path(problem.path, options)
        where = f" {_code(f'{path}:{problem.line}' if problem.line else path)}"
    kind = "problem" if problem.fatal else "info"
    return f"- **{kind}**{where} {_prose(display_text(problem.message, options))}"


def _code(text: str) -> str:
    """Write text as code, between more backticks than it holds in a row."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    gap = " " if text[:1] in {"`", " "} or text[-1:] in {"`", " "} else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def _prose(text: str) -> str:
    """Keep code between backticks and make everything else plain: no links, mentions, tags or emphasis."""
    return _MARKUP.sub(lambda found: _code(found[1]) if found[1] else _sign(found[2]), text)


def _sign(letter: str) -> str:
    # A backslash does not keep `@name` from being a mention, since that is looked for in the finished page.
    return "@\N{ZERO WIDTH SPACE}" if letter == "@" else f"\\{letter}"
