"""Comments that say a finding is meant."""

from __future__ import annotations

import re
from typing import NamedTuple

_DIRECTIVE = re.compile(r"#\s*statelint:(.*)", re.DOTALL)
_ALLOW = re.compile(r"allow\s*\[([^\]]*)\](.*)", re.DOTALL)
_NEXT_COMMENT = re.compile(r"\s#+\s")  # `because of #12` goes on, `because games are  # pragma: x` ends


class Suppression(NamedTuple):
    """A `statelint: allow[rule, ...] because ...` comment; it covers the lines `line` to `end_line`.

    `at` is the line of the comment itself. `reason` is empty where none was given. Without `rules` it is a
    comment that cannot be understood (`statelint: alow[...]`), and `reason` is its text.
    """

    at: int
    line: int
    end_line: int
    rules: tuple[str, ...]
    reason: str


class Directive(NamedTuple):
    """What a comment says to statelint; `rules` and `reason` as in Suppression."""

    rules: tuple[str, ...]
    reason: str


def read_directive(comment: str) -> Directive | None:
    """Read the words of one comment, from its `#` on; nothing where it does not speak to statelint."""
    found = _DIRECTIVE.search(comment)
    if found is None:
        return None
    told = found[1].strip()
    allow = _ALLOW.match(told)
    rules = tuple(filter(None, (word.strip() for word in allow[1].split(",")))) if allow else ()
    if allow is None or not rules:
        return Directive((), told)
    keyword, _, reason = allow[2].strip().partition(" ")
    return Directive(rules, _NEXT_COMMENT.split(f"{reason} ")[0].strip() if keyword == "because" else "")
