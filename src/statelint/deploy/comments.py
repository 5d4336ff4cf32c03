"""Comments of configuration files that say a finding is meant."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from statelint.model.suppressions import Suppression, read_directive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.deploy.nodes import ScalarNode
    from statelint.deploy.text import ConfigText
    from statelint.model.places import Place

WORD: Final = "statelint:"
_COMMENT: Final = re.compile(r"(?:^|(?<=[ \t\r\n]))#[^\r\n]*", re.MULTILINE)


def comments_of_yaml(
    config: ConfigText, start: int, end: int, scalars: Iterable[ScalarNode]
) -> list[tuple[int, int]]:
    """Give the spans of the comments that speak to statelint; text inside a value is no comment."""
    spans = sorted((scalar.start, scalar.end) for scalar in scalars)
    starts = [first for first, _ in spans]
    comments: list[tuple[int, int]] = []
    for found in _COMMENT.finditer(config.text, start, end):
        if WORD not in found.group():
            continue
        before = bisect_right(starts, found.start()) - 1
        if before < 0 or spans[before][1] <= found.start():
            comments.append(found.span())
    return comments


def find_allows(
    config: ConfigText, comments: Iterable[tuple[int, int]], statements: Iterable[Place]
) -> tuple[Suppression, ...]:
    """Read the suppressions among comments, each with the lines that it covers.

    A comment covers the whole statement that its line belongs to, else its line. Alone on a line outside of a
    statement it covers the next one, across further comments.
    """
    spans = _span_of_each_line(statements)
    below = _line_below_each_comment(config)
    allows = set()
    for start, end in comments:
        text = config.text[start:end]
        directive = read_directive(f"#{text[2:]}" if text.startswith("//") else text)
        if directive is None:
            continue
        at = config.line_of(start)
        span = spans.get(at)
        if span is None and at in below:
            span = spans.get(below[at], (below[at], below[at]))
        line, end_line = span or (at, at)
        allows.add(
            Suppression(at=at, line=line, end_line=end_line, rules=directive.rules, reason=directive.reason)
        )
    return tuple(sorted(allows))


def _span_of_each_line(statements: Iterable[Place]) -> dict[int, tuple[int, int]]:
    """Note the shortest statement of each line that has one."""
    spans = {(place.line, place.end_line) for place in statements}
    widest_first = sorted(spans, key=lambda span: (span[0] - span[1], span))
    return {line: span for span in widest_first for line in range(span[0], span[1] + 1)}


def _line_below_each_comment(config: ConfigText) -> dict[int, int]:
    """Note for each line that holds nothing but a comment the next one that is no such line."""
    below: dict[int, int] = {}
    following = 0
    for line in range(len(config.starts), 0, -1):
        first = config.starts[line - 1]
        end = config.starts[line] if line < len(config.starts) else len(config.text)
        if config.text[first:end].lstrip().startswith(("#", "//")):
            below[line] = following or line
        else:
            following = line
    return below
