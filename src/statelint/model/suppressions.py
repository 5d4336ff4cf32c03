"""Comments that say a finding is meant."""

from __future__ import annotations

from typing import NamedTuple


class Suppression(NamedTuple):
    """A `statelint: allow[rule, ...] because ...` comment; it covers the lines `line` to `end_line`.

    `at` is the line of the comment itself. `reason` is empty where none was given.
    """

    at: int
    line: int
    end_line: int
    rules: tuple[str, ...]
    reason: str
