"""Configuration that is a directive a line: words with places, continued lines, quotes, comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.text import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText

_TOKEN: Final = re.compile(
    r"""
      (?P<blank>(?:[ \t\f\v]|\\\r\n|\\\n|\\\r)++)
    | (?P<line>\r\n|\n|\r)
    | (?P<comment>\#[^\r\n]*+)
    | (?P<word>(?:"(?:[^"\\\r\n]|\\.)*+"|'[^'\r\n]*+'|\\[^\r\n]|[^\s\\\#]|(?<=\S)\#)++|\\)
    """,
    re.VERBOSE,
)
_QUOTES: Final = re.compile(r"\\(.)|[\"']")


class Line(NamedTuple):
    """The words of one directive."""

    words: tuple[Word, ...]

    @property
    def name(self) -> str:
        """Give the first word."""
        return self.words[0].text

    @property
    def arguments(self) -> tuple[str, ...]:
        """Give the words after the first."""
        return tuple(word.text for word in self.words[1:])

    @property
    def text(self) -> str:
        """Give the words with one blank between them."""
        return " ".join(word.text for word in self.words)


def read_lines(config: ConfigText) -> tuple[tuple[Line, ...], tuple[tuple[int, int], ...]]:
    """Read the directives and the spans of the comments."""
    comments: list[tuple[int, int]] = []
    return tuple(_lines(config.masked, comments)), tuple(comments)


def _lines(text: str, comments: list[tuple[int, int]]) -> Iterator[Line]:
    words: list[Word] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            at += 1
            continue
        at = found.end()
        if found.lastgroup == "word":
            said = _QUOTES.sub(lambda mark: mark[1] or "", found.group())
            words.append(Word(said, found.start(), at))
        elif found.lastgroup == "comment":
            comments.append(found.span())
        elif found.lastgroup == "line" and words:
            yield Line(tuple(words))
            words.clear()
    if words:
        yield Line(tuple(words))
