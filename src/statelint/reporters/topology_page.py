"""The services of a project, as a table for people and as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import statelint
from statelint.model.files import FileRole
from statelint.reporters.ansi import Style, paint
from statelint.reporters.concise import problem_lines
from statelint.reporters.json_report import problems_of
from statelint.reporters.machine import json_page
from statelint.reporters.text import columns, display_path, display_text, guard, plural, relative_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.topology import Said, ServiceRow, TopologyReport
    from statelint.reporters.options import RenderOptions

VERSION = 1
"""Of the layout of the JSON page; what is added later does not change it."""

_HEAD = ("SERVICE", "RUNS", "COPIES", "FINDINGS")
_NOTHING_FOUND = "-"


def render(report: TopologyReport, options: RenderOptions) -> str:
    """Write the table, or one JSON object."""
    if options.format_name == "json":
        return _json(report, options)
    problems = problem_lines(report, options)
    if not report.services:
        return guard(
            "".join(f"{line}\n" for line in ("no deployment file says what runs", *problems)), options
        )
    rows = [_cells(row, options) for row in report.services]
    widths = [max(columns(row[at]) for row in (_HEAD, *rows)) for at in range(len(_HEAD))]
    lines = [paint(_joined(_HEAD, widths), Style.STRONG, color=options.color)]
    for row, cells in zip(report.services, rows, strict=True):
        lines += [_joined(cells, widths), *_details(row, options)]
    left = _counted(report.unplaced)
    if left != _NOTHING_FOUND:
        lines.append(f"in no service: {left}")
    return guard("".join(f"{line}\n" for line in (*lines, *problems)), options)


def _cells(row: ServiceRow, options: RenderOptions) -> tuple[str, ...]:
    kinds = ", ".join(dict.fromkeys(kind for kind, _ in row.processes)) or "its image"
    cells = (row.name, kinds, row.worded, _counted(row.findings))
    return tuple(display_text(cell, options) for cell in cells)


def _counted(findings: Mapping[str, int]) -> str:
    told = [plural(count, severity) for severity, count in findings.items() if count]
    return ", ".join(told) or _NOTHING_FOUND


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - columns(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _details(row: ServiceRow, options: RenderOptions) -> list[str]:
    """List under a service where all that is said of it stands."""
    role = "" if row.role is FileRole.APPLICATION else f", {row.role.value}"
    lines = [f"  declared   {_where(row, options)} ({row.unit}{role})", f"  code       {_code(row, options)}"]
    named: list[tuple[str, Sequence[Said]]] = [(factor.what, [factor.said]) for factor in row.factors]
    named += [("scheduler", row.schedulers), ("volume", row.volumes), ("affinity", row.affinity)]
    for label, found in named:
        lines += [f"  {label:<9}  {_said(each, options)}" for each in found]
    return lines


def _where(row: ServiceRow, options: RenderOptions) -> str:
    return f"{display_path(row.place.path, options)}:{row.place.line}"


def _code(row: ServiceRow, options: RenderOptions) -> str:
    if not row.modules:
        return "not known"
    entries = ", ".join(display_path(path, options) for path in row.entries)
    found = plural(row.modules, "module")
    return f"{entries}, {found} in all" if entries else f"{found}, by {row.found_by}"


def _said(said: Said, options: RenderOptions) -> str:
    where = f"{display_path(said.place.path, options)}:{said.place.line}"
    return f"{where}  {display_text(said.text, options)}".rstrip()


def _json(report: TopologyReport, options: RenderOptions) -> str:
    return json_page(
        {
            "version": VERSION,
            "tool": {"name": "statelint", "version": statelint.__version__},
            "services": [_service(row, options) for row in report.services],
            "unplaced": dict(report.unplaced),
            "problems": problems_of(report, options),
        }
    )


def _service(row: ServiceRow, options: RenderOptions) -> dict[str, object]:
    return {
        "name": row.name,
        "unit": row.unit,
        "path": relative_path(row.place.path, options),
        "line": row.place.line,
        "role": row.role.value,
        "copies": {
            "known": row.copies.value,
            "factors": [
                {"what": factor.what, "number": factor.number, "known": factor.copies.value}
                | _entry(factor.said, options)
                for factor in row.factors
            ],
        },
        "processes": [{"kind": kind} | _entry(said, options) for kind, said in row.processes],
        "code": {
            "entries": [relative_path(path, options) for path in row.entries],
            "modules": row.modules,
            "found_by": row.found_by,
        },
        "schedulers": [_entry(said, options) for said in row.schedulers],
        "volumes": [_entry(said, options) for said in row.volumes],
        "affinity": [_entry(said, options) for said in row.affinity],
        "findings": dict(row.findings),
    }


def _entry(said: Said, options: RenderOptions) -> dict[str, object]:
    path = relative_path(said.place.path, options)
    return {"text": said.text, "path": path, "line": said.place.line}
