"""How far a run is: told by the pipeline to whoever wants to show it, and of no effect on its outcome."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Stage(StrEnum):
    """What a run is at, in the words that a person is shown."""

    FINDING = "finding files"
    READING = "reading files"
    FOLLOWING = "following calls"
    JUDGING = "judging what is written"


Tell = Callable[[Stage, int, int], None]
"""Takes the stage, how much of it is done, and how much there is (0: not known). It is called often."""


def tell_nobody(stage: Stage, done: int, total: int) -> None:
    """Take no notice."""
    del stage, done, total
