"""Makers: what a container of dependencies calls when it is asked, each argument made the same way.

store = providers.Singleton(Store)
service = providers.Factory(Service, store=store)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.calling import Arguments, Caller
from statelint.program.found import NOTHING, Found, union
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from statelint.program.heap import Heap


def make(heap: Heap, caller: Caller, arguments: Arguments, *, once: bool) -> Found:
    """Make what calls the first argument with the others; `once`: the first time, for the whole process."""
    if not arguments.positional:
        return NOTHING
    values = set()
    for target in sorted(arguments.positional[0].values):
        value = heap.values.make(Kind.MAKER, target, caller.context.uid, caller.call, once)
        for index, found in enumerate(arguments.positional[1:]):
            heap.put_item(value, index, found)
        for name, found in arguments.keywords.items():
            heap.put_item(value, name, found)
        values.add(value)
    return Found(frozenset(values), 0)


def call(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Call what a maker makes; an argument that is a maker itself gives what it makes."""
    target, _, _, once = heap.values.parts[value]
    inner = caller._replace(era=Era.BOOT, call=-1) if once else caller._replace(call=-1)
    heap.elements(value, caller.context)  # an argument that is new has to be seen
    bound = {
        key: _made(heap, inner, heap.read(heap.slot(("I", value, key)), caller.context))
        for key in heap.items.get(value, ())
    }
    positional = [found for key, found in bound.items() if isinstance(key, int)]
    keywords = {key: found for key, found in bound.items() if isinstance(key, str)}
    given = Arguments([*positional, *arguments.positional], {**keywords, **arguments.keywords})
    return heap.invoke(inner, heap.single(target), given)


def _made(heap: Heap, caller: Caller, found: Found) -> Found:
    makers = frozenset(value for value in found.values if heap.values.kinds[value] == Kind.MAKER)
    if not makers:
        return found
    return union(
        [Found(found.values - makers, found.bits), heap.invoke(caller, Found(makers, 0), Arguments((), {}))]
    )
