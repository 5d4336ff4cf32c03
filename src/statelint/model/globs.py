"""Patterns of paths, matched in time that grows with pattern times path and no faster."""

from __future__ import annotations

import fnmatch
import functools
import re
from dataclasses import dataclass

_ANY_FOLDERS = "**"


@dataclass(frozen=True, slots=True)
class Globs:
    """A set of patterns over paths that are relative to the project root and written with `/`.

    A pattern without `/` fits a name at any depth; one with `/` counts from the root. `*`, `?` and `[...]`
    stay inside one name, `**` stands for any number of folders. What fits a folder fits all that is in it.
    """

    patterns: tuple[str, ...]

    def matches(self, path: str) -> bool:
        """Tell whether a pattern fits the path or a folder above it."""
        if not self.patterns:
            return False
        names = path.split("/")
        return any(_fits(_segments(pattern), names) for pattern in self.patterns)


@functools.cache
def _segments(pattern: str) -> tuple[str, ...]:
    anchored = "/" in pattern.rstrip("/")
    names = [name for name in pattern.split("/") if name not in {"", "."}]
    if not anchored:
        names.insert(0, _ANY_FOLDERS)
    if names and names[-1] == _ANY_FOLDERS:
        names[-1] = "*"  # `logs/**` is what lies in `logs`: one name below it, and so all below that
    return tuple(names)


def _fits(segments: tuple[str, ...], names: list[str]) -> bool:
    """Follow all positions in the pattern at once, so that many `**` cost no backtracking."""
    positions = _skip_any_folders(segments, {0})
    for name in names:
        reached = set()
        for position in positions:
            if segments[position] == _ANY_FOLDERS:
                reached.add(position)
            elif _name_pattern(segments[position]).match(name):
                reached.add(position + 1)
        if len(segments) in reached:
            return True
        positions = _skip_any_folders(segments, reached)
    return False


def _skip_any_folders(segments: tuple[str, ...], positions: set[int]) -> set[int]:
    closed = set(positions)
    for position in positions:
        following = position
        while following < len(segments) and segments[following] == _ANY_FOLDERS:
            following += 1
            closed.add(following)
    closed.discard(len(segments))
    return closed


@functools.cache
def _name_pattern(name: str) -> re.Pattern[str]:
    # Since Python 3.11 `translate` writes each `*` as an atomic group, which cannot backtrack.
    return re.compile(fnmatch.translate(name))
