"""Text that is safe to show: what stands in a user's file never controls a terminal or a build log."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statelint.reporters.options import RenderOptions

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# C0, DEL and C1; whatever is invisible or turns the direction of the text; line and paragraph separators,
# which some readers take for line ends; and lone surrogates, which no encoding takes. The joiners
# U+200C and U+200D stay, because Persian, Hindi and emoji are written with them.
_UNSAFE_CLASS = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_UNSAFE = re.compile(f"[{_UNSAFE_CLASS}]")
_NOT_PLAIN_ASCII = re.compile(r"[^\x20-\x7e]")

# `os.fsdecode` keeps a byte of a file name that is no UTF-8 as one of these.
_ESCAPED_BYTE = re.compile(r"[\udc80-\udcff]")

# The runner of GitHub Actions takes a line for a command if it starts with `::` after white space, and
# `##[` anywhere in a line. Colours may stand before the first.
_LINE_COMMAND = re.compile(r"^((?:[^\S\n]|\x1b\[[\d;]*m)*):(?=:)", re.MULTILINE)
_INLINE_COMMAND = re.compile(r"##(?=\[)")

_FIRST_LETTER, _DELETE = 0x20, 0x7F


def relative_path(path: str, options: RenderOptions) -> str:
    """Express a path of the report relative to the working folder, with `/`; not yet safe to show."""
    full = os.path.join(options.project, path)  # noqa: PTH118 - `Path` would fold `./`, `//` and the empty path
    try:
        return PurePath(os.path.relpath(full, options.base)).as_posix()
    except ValueError:  # another drive on Windows, or a character that no path may hold
        return PurePath(full).as_posix()


def display_path(path: str, options: RenderOptions) -> str:
    r"""Show a path of the report within one line, relative to the working folder.

    A byte of a file name that is no UTF-8 is shown as `\xff`.
    """
    shown = _ESCAPED_BYTE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", relative_path(path, options))
    return display_text(shown, options)


def display_text(text: str, options: RenderOptions) -> str:
    """Show text within one line.

    Control characters become visible signs; where only ASCII can be shown, all else becomes an escape.
    """
    if options.unicode:
        return _UNSAFE.sub(lambda found: _sign(found[0]), text)
    return _NOT_PLAIN_ASCII.sub(lambda found: _escape(found[0]), text)


def display_code(line: str, options: RenderOptions) -> str:
    """Show a line of source so that each of its code points, tabs included, keeps one place.

    Signs under the line then stay where they belong.
    """
    if options.unicode:
        return _UNSAFE.sub(lambda found: _sign(found[0]), line)
    return _NOT_PLAIN_ASCII.sub("?", line)


def guard(page: str, options: RenderOptions) -> str:
    """Break what a build log would take for a command; the last thing done to a page of text.

    A line never starts with `::`; on GitHub Actions `##[` stands nowhere. The page keeps its columns
    within code.
    """
    if "::" in page:
        page = _LINE_COMMAND.sub("\\1\N{RATIO}" if options.unicode else "\\1?", page)
    if options.github_actions:
        page = _INLINE_COMMAND.sub("#\N{MUSIC SHARP SIGN}" if options.unicode else "#?", page)
    return page


def columns(text: str) -> int:
    """Count the columns of a terminal that shown text takes: wide letters take two, accents none."""
    if text.isascii():
        return len(text)
    return sum(_column_width(letter) for letter in text)


def cut(text: str, limit: int, options: RenderOptions) -> str:
    """Cut shown text to a number of columns; a sign at its end tells that something is missing."""
    if len(text) <= limit and columns(text) <= limit:
        return text
    more = "\N{HORIZONTAL ELLIPSIS}" if options.unicode else "..."
    room = limit - len(more)
    # Accents take no column, but a pile of them is no text: letters are bounded as columns are.
    kept: list[str] = []
    for letter in text[:limit]:
        room -= _column_width(letter)
        if room < 0:
            break
        kept.append(letter)
    return "".join(kept) + more


def plural(count: int, noun: str) -> str:
    """Count things in words: `1 file`, `2 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _column_width(letter: str) -> int:
    if letter.isascii():
        return 1
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def _sign(letter: str) -> str:
    """Find the visible sign of one column for a character that is not to be printed."""
    code = ord(letter)
    if code < _FIRST_LETTER:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == _DELETE else REPLACEMENT


def _escape(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code <= _DELETE else letter.encode("ascii", "backslashreplace").decode()
