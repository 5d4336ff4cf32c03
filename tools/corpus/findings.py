"""What statelint says of a tree, as a program from outside sees it: a process and its JSON."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpus.labels import Spot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LOUD = frozenset({"error", "warning"})
_SHOWN = frozenset({"declared", "written"})
_OPTIONS = ("--format", "json", "--exit-zero", "--no-cache", ".")


class ToolError(Exception):
    """A run of statelint that gave no report; the message has what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An error or warning; `spots` are the places where its evidence says declared or written."""

    rule: str
    state: str
    symbol: str
    message: str
    at: Spot
    spots: tuple[Spot, ...] = ()


def find(tree: Path, statelint: Sequence[str]) -> tuple[Finding, ...]:
    """Run statelint in a folder and give its errors and warnings in their order; raise ToolError."""
    command = (*statelint, *_OPTIONS)
    done = subprocess.run(command, cwd=tree, check=False, capture_output=True, text=True)  # noqa: S603 - our words
    try:  # exit status 2 may mean that a file could not be read: the findings of the others count
        content = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip()[-300:]
        raise ToolError(f"`{' '.join(command)}` in {tree} ended with {done.returncode}: {said}") from None
    return tuple(_finding(one) for one in content["findings"] if one["severity"] in _LOUD)


def count_lines(tree: Path) -> int:
    """Count the lines of Python of a tree, whether statelint reads them or not."""
    return sum(file.read_bytes().count(b"\n") for file in tree.rglob("*.py") if file.is_file())


def _finding(one: Mapping[str, Any]) -> Finding:
    return Finding(
        rule=one["rule"],
        state=one["state"],
        symbol=one["symbol"] or "",
        message=one["message"],
        at=Spot(one["location"]["path"], one["location"]["line"]),
        spots=tuple(Spot(e["path"], e["line"]) for e in one["evidence"] if e["role"] in _SHOWN),
    )
