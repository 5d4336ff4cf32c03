"""The lines of source around a place, with signs under what is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.reporters.ansi import Style, paint
from statelint.reporters.text import columns, cut, display_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model.places import Place
    from statelint.reporters.options import RenderOptions

WIDTH = 160
"""The columns that a line of a frame may take, its number included."""

_BEFORE, _AFTER = 2, 1
_TAB = 4
_MARGIN = 2
# What is meant stands at least this far from the left where its line is cut on both sides.
_LEAD = 40


def code_frame(
    lines: Sequence[str], place: Place, style: Style, options: RenderOptions, *, label: str = ""
) -> list[str]:
    """Draw the line of a place between its neighbours; nothing if the file has no such line.

    A place of several lines is marked to the end of its first. `label` stands beside the signs and is to be
    safe to show.
    """
    if not 1 <= place.line <= len(lines):
        return []
    first = max(1, place.line - _BEFORE)
    last = min(len(lines), place.line + _AFTER)
    while first < place.line and not lines[first - 1].strip():
        first += 1
    while last > place.line and not lines[last - 1].strip():
        last -= 1
    digits = len(str(last)) + _MARGIN
    room = WIDTH - digits - len(" | ")
    drawn: list[str] = []
    for number in range(first, last + 1):
        line = lines[number - 1]
        if number != place.line:
            code = cut(_expand(line[: room + 1], options), room, options)
            drawn.append(_row(str(number), code, digits, options))
            continue
        code, marks = _marked(line, place, room, options)
        drawn.append(_row(str(number), code, digits, options))
        signs = cut(f"{marks} {label}", room, options) if label else marks
        drawn.append(_row("", paint(signs, style, color=options.color), digits, options))
    return drawn


def _row(number: str, text: str, digits: int, options: RenderOptions) -> str:
    rail = "\N{BOX DRAWINGS LIGHT VERTICAL}" if options.unicode else "|"
    return f"{paint(f'{number:>{digits}} {rail}', Style.FAINT, color=options.color)} {text}".rstrip()


def _marked(line: str, place: Place, room: int, options: RenderOptions) -> tuple[str, str]:
    """Show the line that is meant and the signs under it, moved to the left if it is long."""
    start = min(place.column - 1, len(line))
    end = len(line.rstrip()) if place.end_line > place.line else min(place.end_column - 1, len(line))
    end = max(end, start + 1)
    more = "\N{HORIZONTAL ELLIPSIS}" if options.unicode else "..."
    skipped = 0
    if columns(_expand(line[: min(end, room + 1)], options)) + len(more) > room:
        skipped = max(0, start - _LEAD)
    before = _expand(line[skipped:start], options)
    meant = _expand(line[start : min(end, start + room)], options, at=columns(before))
    after = _expand(line[end : end + room], options, at=columns(before) + columns(meant))
    lead = more if skipped else ""
    code = cut(lead + before + meant + after, room, options)
    offset = columns(lead + before)
    return code, " " * offset + "^" * max(1, min(columns(meant), room - offset))


def _expand(code: str, options: RenderOptions, *, at: int = 0) -> str:
    """Show code with its tabs as spaces; `at` is the column it starts in."""
    shown: list[str] = []
    for index, piece in enumerate(code.split("\t")):
        if index:
            gap = _TAB - at % _TAB
            shown.append(" " * gap)
            at += gap
        safe = display_code(piece, options)
        shown.append(safe)
        at += columns(safe)
    return "".join(shown)
