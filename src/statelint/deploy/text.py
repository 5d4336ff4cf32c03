"""The text of one configuration file: decoding, places, and template marks taken out of the way.

Lines end at LF, CR LF and CR only, as editors and code hosts count them. YAML parsers also break lines at
U+0085, U+2028 and U+2029, so their own line numbers are never used: offsets are, and `ConfigText.place`
turns them into lines and columns.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from statelint.model.diagnostics import Problem
from statelint.model.places import Place
from statelint.sources.languages import is_template

_LINE_END = re.compile(r"\r\n|\n|\r")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_FIRST_OF_BOMS = frozenset(mark[:1] for mark, _ in _BOMS)
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>"}
_MARKS = re.compile("|".join(map(re.escape, _CLOSING)))
_TERRAFORM = re.compile(r"%\{~?[ \t]*(?:for|if|else|endfor|endif)\b[^}\r\n]*\}")
_CONTROL_FLOW = re.compile(r"[\s-]*(?:/\*|(?:if|else|end|range|with|define|block)\b)")
_NEAR = 200
_LINE_END_OR_NONE = ("", "\n", "\r")


class Word(NamedTuple):
    """One word of a directive or a command, without its quotes; the offsets include them."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class ConfigText:
    """One decoded file; offsets are code points from the start of `text`, which has no byte order mark.

    `masked` is `text` with template marks replaced by something harmless of the same length, so that an
    offset means the same in both; `templated` says whether there were any, or may be of another kind.
    """

    path: str
    text: str
    masked: str
    templated: bool

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Give the offsets at which lines start; most files hold nothing that is to be placed."""
        text = self.text
        if not text.isascii():
            return (0, *(found.end() for found in _LINE_END.finditer(text)))
        # Unlike text, bytes break at these three line ends only.
        starts = tuple(accumulate(map(len, text.encode().splitlines(keepends=True)), initial=0))
        return starts if text.endswith(("\n", "\r")) or not text else starts[:-1]

    def line_of(self, offset: int) -> int:
        """Give the line of an offset, counted from 1."""
        return bisect_right(self.starts, offset)

    def place(self, start: int, end: int) -> Place:
        """Give the place of a half-open span of offsets."""
        starts = self.starts
        first = last = bisect_right(starts, start)
        if first < len(starts) and end >= starts[first]:  # most spans end on the line on which they begin
            last = bisect_right(starts, end)
        return Place(self.path, first, start - starts[first - 1] + 1, last, end - starts[last - 1] + 1)

    def place_on_line(self, start: int, end: int, short: int | None = None) -> Place:
        """Give the place of a span that ends on its line; else up to `short`, or to the end of the line."""
        starts = self.starts
        line = bisect_right(starts, start)
        if line < len(starts) and end >= starts[line]:
            if short is not None:
                return self.place(start, short)
            end = starts[line] - 1
        head = starts[line - 1] - 1
        return Place(self.path, line, start - head, line, end - head)

    def is_templated(self, start: int, end: int) -> bool:
        """Tell whether a span holds a template mark, so that its value is not known from this file."""
        return self.templated and self.text[start:end] != self.masked[start:end]

    def problem(self, offset: int, message: str) -> Problem:
        """Make the problem of a part that cannot be read.

        A template is only a way to write configuration: that it does not parse unrendered is no failure.
        """
        return Problem(path=self.path, line=self.line_of(offset), message=message, fatal=not self.templated)


def read_text(path: str, data: bytes, *, templates: bool = True) -> tuple[ConfigText, tuple[Problem, ...]]:
    """Decode one file; what is not UTF-8 is replaced and told, binary data reads as an empty text.

    UTF-16 is understood when it starts with a byte order mark, as YAML demands. Embedded Lua writes tables of
    tables as `{{1}, {2}}`, so nothing is masked where there is some, nor in formats without `templates`.
    """
    text, problems = _decode(path, data)
    masked = mask_templates(text) if templates else text
    if masked is not text and "_by_lua_block" in text:
        masked = text
    templated = masked != text or is_template(path)
    config = ConfigText(path=path, text=text, masked=masked, templated=templated)
    return config, problems


def _decode(path: str, data: bytes) -> tuple[str, tuple[Problem, ...]]:
    encoding = "utf-8"
    for mark, named in _BOMS if data[:1] in _FIRST_OF_BOMS else ():
        if data.startswith(mark):
            data, encoding = data[len(mark) :], named
            break
    problems: tuple[Problem, ...] = ()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text = data.decode(encoding, "replace")
        line = len(_LINE_END.findall(data[: error.start].decode(encoding, "replace"))) + 1
        said = f"not {encoding.upper()} text (byte 0x{data[error.start]:02x}), read without what is not"
        problems = (Problem(path=path, line=line, message=said),)
    nul = text.find("\0")
    if nul >= 0:
        line = len(_LINE_END.findall(text, 0, nul)) + 1
        said = "holds a NUL character, so it is taken for binary data and not read"
        return "", (Problem(path=path, line=line, message=said),)
    return text, problems


def mask_templates(text: str) -> str:
    """Replace template marks (`{{ }}`, `{% %}`, `{# #}`, `<% %>`) by text of the same length, line ends kept.

    Control flow, comments, and an expression that is alone on its line become blanks; an expression within a
    line becomes a word (`T___`), so that `name: {{ .Values.name }}` still has a value. A mark without its end
    is left as it is, and so is everything behind it.
    """
    # Most files have none. A search for one character is many times quicker than one for two.
    has_percent = "%" in text
    if has_percent and "%{" in text:  # Terraform's own templates
        text = _TERRAFORM.sub(lambda found: " " * len(found.group()), text)
    if not (
        ("}" in text and "{{" in text)
        or (has_percent and ("{%" in text or "<%" in text))
        or ("#" in text and "{#" in text)
    ):
        return text
    parts: list[str] = []
    done = 0
    while found := _MARKS.search(text, done):
        opening = found.group()
        end = text.find(_CLOSING[opening], found.end())
        if end < 0:
            break
        end += len(_CLOSING[opening])
        parts.extend((text[done : found.start()], _masked(text, found.start(), end, opening)))
        done = end
    parts.append(text[done:])
    return "".join(parts)


def _masked(text: str, start: int, end: int, opening: str) -> str:
    inside = text[start + 2 : end - 2]
    blank = re.sub(r"[^\r\n]", " ", text[start:end])
    is_expression = inside.startswith("=") if opening == "<%" else opening == "{{"
    if not is_expression or _CONTROL_FLOW.match(inside) or _is_alone(text, start, end):
        return blank
    head = len(blank) - len(blank.lstrip(" "))
    return "T" + "_" * (head - 1) + blank[head:]


def _is_alone(text: str, start: int, end: int) -> bool:
    # Looking a bounded way to both sides keeps a line of a million marks linear.
    left = text[max(0, start - _NEAR) : start].rstrip(" \t")
    right = text[end : end + _NEAR].lstrip(" \t")
    return left[-1:] in _LINE_END_OR_NONE and right[:1] in _LINE_END_OR_NONE
