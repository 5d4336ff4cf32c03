"""Sections and settings of ini-like files with places: supervisord, uWSGI, systemd.

`configparser` keeps no places, interpolates, and refuses a key that stands twice, which uWSGI and systemd
are built on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from statelint.deploy.text import ConfigText

_LINE: Final = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r|\Z)")
_SECTION: Final = re.compile(r"[ \t]*+\[([^\]\r\n]{1,200})\]")
_SETTING: Final = re.compile(r"[ \t]*+([^\s=:\[#;][^=:\r\n]{0,100}?)[ \t]*+[=:][ \t]*+")
_INLINE: Final = re.compile(r"[ \t]+;")


class Setting(NamedTuple):
    """One `key = value`: where the key begins, and the span of the value, further lines included."""

    section: str
    key: str
    value: str
    at: int
    start: int
    end: int


class IniFile(NamedTuple):
    """The settings in their order, the text with comments and line ends inside values blanked, the comments.

    `names` are the sections, also those without a setting.
    """

    settings: tuple[Setting, ...]
    text: str
    comments: tuple[tuple[int, int], ...]
    names: frozenset[str]

    def sections(self) -> dict[str, dict[str, Setting]]:
        """Give the settings by section and key; of a key that stands twice the last one."""
        found: dict[str, dict[str, Setting]] = {}
        for setting in self.settings:
            found.setdefault(setting.section, {})[setting.key] = setting
        return found


def read_ini(config: ConfigText, *, continued: str = "indent", inline: bool = False) -> IniFile:
    """Read a file; `continued` says how a value goes on: by indented lines, or by a backslash at the end.

    With `inline`, a semicolon after a blank starts a comment, as for supervisord.
    """
    settings: list[Setting] = []
    comments: list[tuple[int, int]] = []
    pieces: list[str] = []
    names: set[str] = set()
    section, is_open, at, base = "", False, 0, 0
    for line in _LINE.finditer(config.masked):
        said = line.group()
        if not said:
            break
        at = line.start()
        body = said.rstrip("\r\n")
        content, stripped = body, body.strip()
        if stripped[:1] in {"#", ";"}:
            comments.append((at + body.index(stripped[0]), at + len(body)))
            pieces.append(" " * len(said) if is_open else " " * len(body) + said[len(body) :])
            continue
        if inline and (note := _INLINE.search(body)):
            comments.append((at + note.end() - 1, at + len(body)))
            content = body[: note.start()]
        indent = len(body) - len(body.lstrip())
        goes_on = is_open and stripped and (continued == "backslash" or indent > base)
        if goes_on:
            before = settings[-1]
            settings[-1] = before._replace(end=at + len(content.rstrip(" \t\\")))
        elif head := _SECTION.match(content):
            section, is_open, base = head[1].strip(), False, indent
            names.add(section)
        elif setting := _SETTING.match(content):
            end = at + len(content.rstrip())
            value_at = at + setting.end()
            key = setting[1].strip()
            settings.append(Setting(section, key, "", at + setting.start(1), value_at, max(value_at, end)))
            is_open = True
        else:
            is_open = False
        if continued == "backslash":
            is_open = is_open and content.rstrip().endswith("\\")
            if is_open and settings:
                settings[-1] = settings[-1]._replace(end=at + len(content.rstrip(" \t\\")))
        pieces.append(content + " " * (len(said) - len(content)) if is_open else said)
    text = "".join(pieces)
    valued = tuple(
        each._replace(
            value=" ".join(text[each.start : each.end].replace("\\", " ").split())
            if continued == "backslash"
            else " ".join(text[each.start : each.end].split())
        )
        for each in settings
    )
    return IniFile(valued, text, tuple(comments), frozenset(names))
