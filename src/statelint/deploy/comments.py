"""Comments of configuration files that say a finding is meant."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from statelint.model.suppressions import Suppression, read_directive

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.deploy.text import ConfigText
    from statelint.deploy.yaml_nodes import ScalarNode
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
    config: ConfigText, comments: Iterable[tuple[int, int]], statements: Sequence[Place]
) -> tuple[Suppression, ...]:
    """Read the suppressions among comments, each with the lines that it covers.

    A comment covers the whole statement that its line belongs to, else its line. Alone on a line outside of a
    statement it covers the next one, across further comments.
    """
    allows = set()
    for start, end in comments:
        directive = read_directive(config.text[start:end])
        if directive is None:
            continue
        at = config.line_of(start)
        span = _statement_at(at, statements)
        if span is None and not config.text[config.starts[at - 1] : start].strip():
            below = _next_line(config, at)
            span = _statement_at(below, statements) or (below, below)
        line, end_line = span or (at, at)
        allows.add(
            Suppression(at=at, line=line, end_line=end_line, rules=directive.rules, reason=directive.reason)
        )
    return tuple(sorted(allows))


def _statement_at(line: int, statements: Iterable[Place]) -> tuple[int, int] | None:
    around = [(place.line, place.end_line) for place in statements if place.line <= line <= place.end_line]
    return min(around, key=lambda span: (span[1] - span[0], span), default=None)


def _next_line(config: ConfigText, at: int) -> int:
    for line in range(at + 1, len(config.starts) + 1):
        first = config.starts[line - 1]
        if not config.text[first : config.line_end(first)].lstrip().startswith("#"):
            return line
    return at
