"""Run what nothing reaches, so that a call graph shows the calls of every function.

Only the call graph asks for this. A function that nobody calls runs as a command does, in an era that no
finding looks at: a method on the objects of its class, which are made if the project makes none, a nested
function once the one around it has run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import UnitFlag, UnitKind
from statelint.program import names
from statelint.program.calling import HANDED_OVER, Arguments, Caller
from statelint.program.fallback import fill_unknown
from statelint.program.found import Found
from statelint.program.slots import RECEIVERS
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statelint.program.heap import Heap

_STATIC, _CLASSMETHOD = UnitFlag.STATIC, UnitFlag.CLASSMETHOD
_FUNCTIONS = (UnitKind.FUNCTION, UnitKind.LAMBDA)

_ANYTHING = Arguments((), {}, Found(frozenset(), 0))
"""What a function is called with of whose callers nothing is known."""


def run_everything(heap: Heap, solve: Callable[[], None]) -> None:
    """Evaluate each module, class and function of a solved project at least once, in roots of their own."""
    for first in heap.modules.first:
        heap.context(first, Era.BOOT)
    for context in tuple(heap.contexts.values()):
        if context.era == Era.CLI:  # commands were left alone as soon as it was known what they start
            heap.wake_all(context)
    solve()
    waiting = [uid for uid, unit in enumerate(heap.modules.units) if unit.kind in _FUNCTIONS]
    while True:
        waiting = [uid for uid in waiting if uid not in heap.reached]
        ready = [uid for uid in waiting if _is_made(heap, uid)]
        _run(heap, ready)
        solve()
        filled = fill_unknown(heap, in_commands=True)
        solve()
        if not ready and not filled:
            break


def _is_made(heap: Heap, uid: int) -> bool:
    """Whether what stands around a function has run, and so has made it."""
    return heap.modules.parent(uid) in heap.reached


def _run(heap: Heap, functions: Iterable[int]) -> None:
    runs: dict[int, list[int]] = {}
    for uid, run in sorted(heap.contexts):
        runs.setdefault(uid, []).append(run)
    objects = _objects_by_class(heap)
    for uid in functions:
        parent = heap.modules.parent(uid)
        caller = Caller(heap.module_context(heap.modules.module_of(uid)), Era.CLI)
        caller = caller._replace(call=HANDED_OVER)
        for run in runs[parent]:
            for value in _callable_forms(heap, caller, heap.values.make(Kind.FUNCTION, uid, run), objects):
                heap.invoke(caller, heap.single(value), _ANYTHING)


def _callable_forms(heap: Heap, caller: Caller, function: int, objects: dict[int, list[int]]) -> list[int]:
    """Give a function as it is called: by itself, or bound to its class or to each object of it."""
    uid = heap.values.parts[function][0]
    parent, unit = heap.modules.parent(uid), heap.modules.units[uid]
    is_method = heap.modules.units[parent].kind == UnitKind.CLASS and unit.kind == UnitKind.FUNCTION
    if not is_method or unit.flags & _STATIC or not unit.params:
        return [function]
    owner = heap.values.make(Kind.CLASS, parent)
    if unit.flags & _CLASSMETHOD:
        return [heap.values.make(Kind.METHOD, function, owner)]
    if parent not in objects:
        made = heap.invoke(caller, heap.single(owner), _ANYTHING)
        objects[parent] = [v for v in sorted(made.values) if heap.values.kinds[v] == Kind.OBJECT]
    return [heap.values.make(Kind.METHOD, function, receiver) for receiver in objects[parent]]


def _objects_by_class(heap: Heap) -> dict[int, list[int]]:
    """For each class, an object of it and of each class below it, as far as the project makes any."""
    found: dict[int, list[int]] = {}
    for uid in sorted(heap.values.objects_of):
        for item in names.ancestors(heap, uid):
            if isinstance(item, int) and len(found.setdefault(item, [])) < RECEIVERS.values:
                found[item].append(heap.values.objects_of[uid][0])
    return found
