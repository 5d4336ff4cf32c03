"""What serving code reaches: from one context to all that it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.values import Era

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.heap import Context, Heap


EVERY_DEPTH = 10_000


class Reach:
    """The calls between serving contexts, turned round: who is called by whom."""

    def __init__(self, heap: Heap) -> None:
        self._called: dict[Context, list[Context]] = {}
        for key in sorted(heap.contexts):
            context = heap.contexts[key]
            if context.era == Era.SERVE and context.passes:
                for caller in context.callers:
                    self._called.setdefault(caller, []).append(context)

    def below(self, contexts: Iterable[Context], depth: int = EVERY_DEPTH) -> list[Context]:
        """List contexts and what they call, the nearest first; `depth` is how many calls deep."""
        found = dict.fromkeys(contexts, 0)
        waiting = list(found)
        for context in waiting:  # grows while it is read: breadth first
            for called in self._called.get(context, ()) if found[context] < depth else ():
                if called not in found:
                    found[called] = found[context] + 1
                    waiting.append(called)
        return waiting
