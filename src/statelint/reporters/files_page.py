"""Which files a run reads, what each is taken for, and what is left out: the page of `--show-files`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.reporters.ansi import Style, paint
from statelint.reporters.machine import json_page
from statelint.reporters.text import display_path, display_text, guard, plural, relative_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.reporters.options import RenderOptions
    from statelint.sources.finding import Sources


def render(sources: Sources, is_reported: Callable[[str], bool], options: RenderOptions) -> str:
    """List the files by path: `reported`, or only `read` for what the others do with them."""
    if options.format_name == "json":
        return _json(sources, is_reported, options)
    rows = [
        ("reported" if is_reported(file.path) else "read", file.language, file.role, file.path)
        for file in sources.files
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        f"{word:<{widths[0]}}  {language:<{widths[1]}}  {role:<{widths[2]}}  {display_path(path, options)}"
        for word, language, role, path in rows
    ]
    for path, reason in sources.left_out:
        shown = f"{display_path(path, options)}{'/' if path.endswith('/') else ''}"
        lines.append(paint(f"left out  {shown}: {reason}", Style.FAINT, color=options.color))
    for problem in sources.problems:
        where = f"{display_path(problem.path, options)}: " if problem.path else ""
        lines.append(f"{where}problem: {display_text(problem.message, options)}")
    if not options.quiet:
        lines.append(f"{plural(len(sources.files), 'file')}, {len(sources.left_out)} left out")
    return guard("".join(f"{line}\n" for line in lines), options)


def _json(sources: Sources, is_reported: Callable[[str], bool], options: RenderOptions) -> str:
    return json_page(
        {
            "files": [
                {
                    "path": relative_path(file.path, options),
                    "language": file.language,
                    "role": file.role,
                    "module": file.module,
                    "reported": is_reported(file.path),
                }
                for file in sources.files
            ],
            "left_out": [
                {"path": relative_path(path, options), "reason": reason} for path, reason in sources.left_out
            ],
            "problems": [
                {"path": relative_path(problem.path, options), "message": problem.message}
                for problem in sources.problems
            ],
        }
    )
