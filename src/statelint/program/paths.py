"""From an entry to a context: the path of calls of the best confidence, then the shortest, then the first."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.program.labels import worded
from statelint.program.values import SERVING

if TYPE_CHECKING:
    from statelint.program.contexts import Context, Entry
    from statelint.program.heap import Heap

    _Step = tuple[int, int, tuple[int, int], tuple[int, ...], Context, tuple[Context, int] | None]
    """Confidence, length, key, and caller say which comes first; then the context and the call before it."""

_TELLING = ("request", "websocket", "message")
"""Kinds of entry that tell a reader most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One context on a path and the line in the context before it from which it is called (0: the entry)."""

    context: Context
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The way from an entry to a context, both included; `confidence` counts from 0 (high) to 2 (low)."""

    entry: Entry | None
    steps: tuple[Step, ...]
    confidence: int


class Paths:
    """The best path to every serving context."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self._best: dict[Context, tuple[int, int]] = {}
        self._before: dict[Context, tuple[Context, int] | None] = {}
        self._search()

    def to(self, context: Context) -> Path:
        """Give the path to a context; without an entry where nothing known calls the first function on it."""
        steps: list[Step] = []
        current: Context | None = context
        while current is not None:
            before = self._before.get(current)
            steps.append(Step(context=current, line=before[1] if before else 0))
            current = before[0] if before else None
        steps.reverse()
        confidence = self._best.get(context, (2, 0))[0]
        entry = self._heap.entries.get(steps[0].context.key)
        entry = worded(self._heap, entry) if entry is not None else None
        return Path(entry=entry, steps=tuple(steps), confidence=confidence)

    def rank(self, context: Context) -> tuple[int, int, tuple[int, int]]:
        """Say how good the path to a context is; less is better."""
        confidence, length = self._best.get(context, (3, 999))
        return confidence, length, context.key

    def _search(self) -> None:
        called = self._calls()
        queue = self._starts()
        pushed = len(queue)
        while queue:
            confidence, length, _, _, context, before = heapq.heappop(queue)
            if context in self._best:
                continue
            self._best[context] = (confidence, length)
            self._before[context] = before
            for target, edge, line in called.get(context, ()):
                if target not in self._best:
                    pushed += 1
                    by = (
                        *context.key,
                        line,
                        pushed,
                    )  # of two ways that are as good, that of the first caller
                    rank = (max(confidence, edge), length + 2, target.key, by)
                    heapq.heappush(queue, (*rank, target, (context, line)))

    def _calls(self) -> dict[Context, list[tuple[Context, int, int]]]:
        """For each serving context those that it calls, each with the confidence and line of the call."""
        called: dict[Context, list[tuple[Context, int, int]]] = {}
        for context in self._heap.contexts.values():
            if context.era in SERVING:
                for caller, (confidence, line) in context.callers.items():
                    if caller.era == context.era:
                        called.setdefault(caller, []).append((context, confidence, line))
        return called

    def _starts(self) -> list[_Step]:
        """Give the entries as the first steps of the search."""
        queue: list[_Step] = []
        for key, entry in sorted(self._heap.entries.items()):
            context = self._heap.contexts.get(key)
            if context is not None:
                # a request explains more than a background task that leads to the same place
                weight = 0 if entry.kind in _TELLING else 1
                heapq.heappush(queue, (entry.confidence, weight, key, (-1, len(queue) + 1), context, None))
        return queue
