"""How sure it is that state is what it seems: the weakest link of a path, and how far an object goes.

A call that writes a file writes it wherever it is called from. Memory is another matter: the object that
outlives the request has to be the one that the statement changes, and each call in between may hand over
another one. Of 334 findings that were judged by reading (`tests/corpus/README.md`, "How far an object is
followed"), those with up to three functions on the path were true in four of five cases, those with four or
five in a little more than half. Of longer ones, and of those with four that no request starts (a thread
also calls what is only its own), 4 of 24 were true where a field is replaced or one statement alone writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.diagnostics import Confidence

if TYPE_CHECKING:
    from statelint.program.paths import Path
    from statelint.program.sites import Site

_OF_PATHS = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)
_SHORT, _LONG, _LONG_ALONE = 3, 6, 4
"""Functions on a path: up to how many it is sure; from how many it is long: for a request, and without."""
_ALONE = ("background", "task")


class Sureness(NamedTuple):
    """How sure something is, and why it is not surer; empty where it is quite sure."""

    confidence: Confidence
    reason: str


def of_path(path: Path) -> Sureness:
    """Say how sure a path is: as its weakest link."""
    confidence = _OF_PATHS[min(path.confidence, 2)]
    weak = "a call on its path is only guessed" if confidence is not Confidence.HIGH else ""
    return Sureness(confidence, weak)


def of_site(site: Site, path: Path) -> Sureness:
    """Say how sure it is that what the last function of a path writes outlives the request."""
    link, length = of_path(path), len(path.steps)
    if link.confidence is Confidence.LOW or length <= _SHORT:
        return link
    is_alone = path.entry is not None and path.entry.kind in _ALONE
    if length >= (_LONG_ALONE if is_alone else _LONG) and not _grows(site):
        why = f"its path has {length} functions, and what it holds is not changed by several statements"
        return Sureness(Confidence.LOW, why)
    return Sureness(Confidence.MEDIUM, link.reason or f"its path has {length} functions")


def _grows(site: Site) -> bool:
    """Whether at least two statements change what a cell holds, and none puts something else in its place."""
    statements = {(write.context.uid, write.span) for write in site.writes}
    return len(statements) > 1 and all(write.cell not in site.cells for write in site.writes)
