"""Find the comments of a Python file that allow a finding.

Comments are found by a linear scan outside the strings that the parser knows of (`tokenize` is quadratic in
the length of a line on some versions of Python).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from statelint.model.suppressions import Suppression, read_directive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    StringSpan = tuple[int, int, int, int]
    LineSpan = tuple[int, int]

MARK = "statelint:"


def find_allows(
    lines: Sequence[str], string_spans: Iterable[StringSpan], statement_spans: Iterable[LineSpan]
) -> tuple[Suppression, ...]:
    """Read the suppressions of a Python file, by line.

    `lines` are the lines without ends, split where Python splits them. `string_spans` holds (line, column,
    end line, end column) of each string literal, lines from 1, columns in UTF-8 bytes from 0.
    `statement_spans` holds the first and last line of each simple statement, and of the header of each
    compound one (decorators to colon), so that a comment at a `class` does not cover its body.

    A comment covers the whole statement that its line belongs to. Alone on a line outside of a statement it
    covers the next one, across further comments.
    """
    marked = [number for number, line in enumerate(lines, 1) if MARK in line]
    if not marked:
        return ()
    inside = _bytes_inside_strings(marked, string_spans)
    spans = list(statement_spans)
    found = (_read_line(lines, number, inside[number], spans) for number in marked)
    return tuple(allow for allow in found if allow is not None)


def _read_line(
    lines: Sequence[str], number: int, inside: Sequence[tuple[int, int]], spans: Sequence[LineSpan]
) -> Suppression | None:
    code, comment = _comment(lines[number - 1], inside)
    directive = read_directive(comment)
    if directive is None:
        return None
    span = _statement_at(number, spans)
    if span is None and not code.strip():
        number_below = _next_line(lines, number)
        span = _statement_at(number_below, spans) or (number_below, number_below)
    line, end_line = span or (number, number)
    return Suppression(
        at=number, line=line, end_line=end_line, rules=directive.rules, reason=directive.reason
    )


def _comment(line: str, inside: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """Split a line into its code and its comment, by the first `#` that is in no string."""
    data = line.encode("utf-8", "surrogatepass")
    start = 0
    for first, end in (*inside, (len(data), len(data))):
        found = data.find(b"#", start, max(start, first))
        if found >= 0:
            return _text(data[:found]), _text(data[found:])
        start = max(start, end)
    return line, ""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _bytes_inside_strings(
    marked: Sequence[int], string_spans: Iterable[StringSpan]
) -> dict[int, list[tuple[int, int]]]:
    """Note for each marked line which of its bytes lie in strings, from left to right."""
    inside: dict[int, list[tuple[int, int]]] = {number: [] for number in marked}
    for line, column, end_line, end_column in string_spans:
        for number in _between(marked, line, end_line):
            first = column if number == line else 0
            end = end_column if number == end_line else 1 << 62
            inside[number].append((first, end))
    for spans in inside.values():
        spans.sort()
    return inside


def _between(numbers: Sequence[int], first: int, last: int) -> Iterator[int]:
    for index in range(bisect_left(numbers, first), len(numbers)):
        if numbers[index] > last:
            return
        yield numbers[index]


def _statement_at(line: int, spans: Iterable[LineSpan]) -> LineSpan | None:
    around = [span for span in spans if span[0] <= line <= span[1]]
    return min(around, key=lambda span: (span[1] - span[0], span), default=None)


def _next_line(lines: Sequence[str], number: int) -> int:
    following = number + 1
    while following <= len(lines) and lines[following - 1].lstrip().startswith("#"):
        following += 1
    return following if following <= len(lines) else number
