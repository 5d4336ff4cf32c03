"""The last line of a report: how much was found, in how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.diagnostics import Severity
from statelint.reporters.ansi import SEVERITY_STYLES, Style, paint
from statelint.reporters.text import plural

if TYPE_CHECKING:
    from statelint.model.diagnostics import Report, Summary


def summary_line(report: Report, *, color: bool) -> str:
    """Tell the outcome in one line, kindly if nothing was found and honestly about what that is worth."""
    summary = report.summary
    worst = next((severity for severity in Severity if summary.by_severity.get(severity)), None)
    if worst is not None:
        head = f"{_found(summary)} in {_read(summary)}"
        style = SEVERITY_STYLES[worst]
    else:
        head, style = _nothing(summary)
    return "; ".join((paint(head, style, color=color), *_asides(summary)))


def _found(summary: Summary) -> str:
    counts = ((summary.by_severity.get(severity, 0), severity.value) for severity in Severity)
    return ", ".join(plural(count, noun) for count, noun in counts if count)


def _read(summary: Summary) -> str:
    return f"{plural(summary.files_read, 'file')} ({plural(summary.entries, 'entry point')})"


def _nothing(summary: Summary) -> tuple[str, Style]:
    if not summary.files_read:
        return "nothing was checked: no file was read", Style.YELLOW
    if summary.problems:
        return f"no hidden state found in what could be read: {_read(summary)}", Style.YELLOW
    if not summary.entries:
        files = plural(summary.files_read, "file")
        return f"no hidden state found in {files}, but nothing there serves requests either", Style.YELLOW
    if summary.elsewhere:
        return f"no hidden state found where it was asked for; {_read(summary)} read", Style.GREEN
    if summary.in_baseline:
        return f"no new hidden state found in {_read(summary)}", Style.GREEN
    return f"no hidden state found in {_read(summary)}", Style.GREEN


def _asides(summary: Summary) -> tuple[str, ...]:
    return tuple(
        words
        for count, words in (
            (summary.suppressed, f"{summary.suppressed} suppressed"),
            (summary.in_baseline, f"{summary.in_baseline} in the baseline"),
            (summary.stale, f"{summary.stale} of the baseline not found any more"),
            (summary.elsewhere, f"{summary.elsewhere} elsewhere"),
            (summary.files_skipped, f"{plural(summary.files_skipped, 'file')} skipped"),
            (summary.problems, plural(summary.problems, "problem")),
        )
        if count
    )
