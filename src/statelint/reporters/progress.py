"""One line on a terminal that tells how far a long run is, and is gone when the run ends."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from statelint.model.progress import Stage

PATIENCE = 1.0
"""Seconds that a run may take before anything is shown."""

PACE = 0.1
"""Seconds between two changes of the line: faster than that nobody reads."""

_ERASE = "\r\x1b[K"


def wants_progress(environment: Mapping[str, str], *, is_terminal: bool, quiet: bool) -> bool:
    """Decide whether somebody looks on: never in a build log, nor where nothing can be erased."""
    return is_terminal and not (quiet or environment.get("CI") or environment.get("TERM") == "dumb")


class Progress:
    """Hears how far a run is and shows it; used as a context, it leaves nothing behind.

    It works only while it is told something: there is no thread and no timer.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._due = clock() + PATIENCE
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._write(_ERASE)

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        """Take notice of how far a stage is; `total` is 0 where it is not known."""
        now = self._clock()
        if now < self._due:
            return
        self._due = now + PACE
        line = _line(stage, done, total)[: shutil.get_terminal_size().columns - 1]
        if line != self._shown:
            self._shown = line
            self._write(f"{_ERASE}{line}")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal has gone, which is no reason to stop
            self._due = float("inf")


def _line(stage: Stage, done: int, total: int) -> str:
    if total:
        return f"statelint: {stage}, {done:,} of {total:,}"
    return f"statelint: {stage}, {done:,}" if done else f"statelint: {stage}"
