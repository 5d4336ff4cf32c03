"""What serving code reaches: from one context to all that it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import UnitFlag
from statelint.program.contexts import CLIENT_ENTRIES
from statelint.program.values import Era

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable

    from statelint.program.contexts import Context, Entry
    from statelint.program.heap import Heap


EVERY_DEPTH = 10_000
_METRICS = "metrics"
"""The kind of an entry that those call who run the service."""


class Reach:
    """The calls between contexts of some eras, turned round: who is called by whom.

    Contexts that stand in `without` are left out.
    """

    def __init__(
        self, heap: Heap, eras: Container[int] = (Era.SERVE,), without: Container[Context] = ()
    ) -> None:
        self._called: dict[Context, list[Context]] = {}
        for context in heap.in_order():
            if context.era in eras and context.passes and context not in without:
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


def only_for_metrics(heap: Heap) -> frozenset[Context]:
    """Find the serving contexts that nothing but exporters of metrics reach: they answer no user."""
    return _only_from(heap, lambda entry, _: entry.kind == _METRICS)


def only_by_itself(heap: Heap) -> frozenset[Context]:
    """Find the serving contexts that only threads and timers of the program reach, whatever clients do."""
    return _only_from(heap, lambda entry, uid: _runs_by_itself(heap, entry, uid))


def also_by_itself(heap: Heap) -> frozenset[Context]:
    """Find the serving contexts that threads and timers of the program reach, whoever else does."""
    begun = begun_by_itself(heap)
    loops = {heap.contexts[key] for key in heap.background if _is_endless_task(heap, key)} - begun
    if loops:  # a task that another one starts, which no client has asked for
        begun |= loops - asked_by_clients(heap, CLIENT_ENTRIES)
    asked = sorted(begun, key=lambda context: context.key)
    return frozenset(Reach(heap).below(asked)) if asked else frozenset()


def _is_endless_task(heap: Heap, key: tuple[int, int]) -> bool:
    """Whether code that serves starts a function without end as a task."""
    is_endless = heap.modules.units[key[0]].flags & UnitFlag.ENDLESS
    return bool(is_endless) and key in heap.contexts and heap.contexts[key].era == Era.SERVE


def _runs_by_itself(heap: Heap, entry: Entry, uid: int) -> bool:
    return entry.kind == "background" or _loops(heap, entry, uid)


def _loops(heap: Heap, entry: Entry, uid: int) -> bool:
    """Whether start-up has made a task of a function that does not end: a thread by another name."""
    return entry.kind == "task" and bool(heap.modules.units[uid].flags & UnitFlag.ENDLESS)


def asked_by_clients(
    heap: Heap, kinds: Collection[str], without: Container[Context] = ()
) -> frozenset[Context]:
    """Find the serving contexts that entries of these kinds reach, whoever else does.

    What is only reached by way of those in `without` is left out.
    """
    asked = [
        heap.contexts[key]
        for key, entry in heap.entries.items()
        if entry.kind in kinds and key in heap.contexts and heap.contexts[key] not in without
    ]
    return frozenset(Reach(heap, without=without).below(asked)) if asked else frozenset()


def begun_by_itself(heap: Heap) -> frozenset[Context]:
    """Find the bodies of threads, timers and endless tasks of the program, whoever starts them."""
    keys = (key for key, entry in heap.entries.items() if _runs_by_itself(heap, entry, key[0]))
    return frozenset(heap.contexts[key] for key in keys if key in heap.contexts)


def _only_from(heap: Heap, wanted: Callable[[Entry, int], bool]) -> frozenset[Context]:
    # what the open world would call is an entry there, and may have run in no context
    entries = [(key, entry) for key, entry in sorted(heap.entries.items()) if key in heap.contexts]
    asked = [heap.contexts[key] for key, entry in entries if wanted(entry, key[0])]
    if not asked:
        return frozenset()
    reach = Reach(heap)
    others = [heap.contexts[key] for key, entry in entries if not wanted(entry, key[0])]
    return frozenset(reach.below(asked)) - frozenset(reach.below(others))
