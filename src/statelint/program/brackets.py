"""What a request puts somewhere and takes out again before it ends: nobody inherits it (row D9).

self._running += 1                        key = uuid4().hex
try:                                      self._waiting[key] = loop.create_future()
    return await answer(request)          try:
finally:                                      return await self._waiting[key]
    self._running -= 1                    finally:
                                              del self._waiting[key]

STACK.append(page); yield page; STACK.pop()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_GUARD, CALL_LINE, How, Op, Test
from statelint.program import guards
from statelint.program.accesses import given_by
from statelint.program.decisions import puts
from statelint.program.evaluate import evaluate
from statelint.program.values import SENT, SERVING, Bit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_STACKS = ("append", "pop")
_SURE = (Test.FINALLY, Test.HELD)
"""Guards under which code runs whatever happens."""

_ENTERS_AND_LEAVES = (("__enter__", "__exit__"), ("__aenter__", "__aexit__"))

_MOST_CALLS = 2
"""Calls between the function that does both and the ones that put and that take out."""


def is_bracketed(heap: Heap, writes: Sequence[Write], reads: Sequence[Read]) -> bool:
    """Whether all that is counted or put is taken back in a `finally` of the same request.

    An entry must be drawn for the one who puts it: others find what clients name and what is looked through.
    """
    adds = puts(writes)
    ends = [write for write in writes if guards.is_in_finally(write.context.body, write.guard)]
    if not adds:
        return False
    if _is_stack(heap, writes):
        return True
    if all(write.augmented and not write.method for write in adds):
        ended = {write.context for write in ends}
        begun = {write.context for write in adds if write not in ends}
        return all(write.context in ended & begun for write in adds)
    if any(_finds_others(heap, read) for read in reads if read.cell[0] == "E"):
        return False
    if not all(_is_drawn(write) for write in adds):
        return False
    around = _above({one for write in writes if write.removes for one in ending(write)})
    return bool(around) and all(not around.isdisjoint(_above({write.context})) for write in adds)


def _is_stack(heap: Heap, writes: Sequence[Write]) -> bool:
    """Whether each function that puts something at the end takes it from there before it ends.

    Of a context manager that is a class, entering puts it there and leaving takes it out.
    """
    if any(write.key is not None or write.method not in _STACKS for write in writes):
        return False
    taken = [write for write in writes if write.removes]
    if any(given_by(write) for write in taken):  # `pop(0)` takes what came first
        return False
    return all(any(_takes_back(heap, one, write) for one in taken) for write in writes if not write.removes)


def _takes_back(heap: Heap, taken: Write, put: Write) -> bool:
    units = heap.modules.units
    if put.context is taken.context:
        around = set(guards.chain(put.context.body, put.guard))
        tests = guards.chain(taken.context.body, taken.guard)
        others = [one for one in tests if taken.context.body.guards[one][1] not in _SURE]
        return put.span < taken.span and around.issuperset(others)
    names = (units[put.context.uid].name, units[taken.context.uid].name)
    is_same = heap.modules.class_around(put.context.uid) == heap.modules.class_around(taken.context.uid)
    return names in _ENTERS_AND_LEAVES and is_same


def _is_drawn(write: Write) -> bool:
    """Whether an entry stands under a key, or in a set as itself, that was drawn at random just for it."""
    if write.key is None or not write.key.bits & Bit.RANDOM:
        return False
    return not write.key.bits & SENT


def _finds_others(heap: Heap, read: Read) -> bool:
    """Whether a read looks through all entries, or for one that a client names."""
    if read.how & How.ITERATE:
        return True
    return any(evaluate(heap, read.context, key).bits & SENT for key in _keys_asked(heap, read))


def _keys_asked(heap: Heap, read: Read) -> Iterator[int]:
    """Yield the places of the keys by which a function looks into the container of a read."""
    context, body = read.context, read.context.body
    table = read.cell[1]
    for place in range(1, len(body.ops)):
        if body.ops[place] == Op.ITEM and table in evaluate(heap, context, body.a[place]).values:
            yield body.b[place]
    for record in body.calls:
        callee, arguments = record[CALL_CALLEE], record[CALL_ARGUMENTS]
        if body.ops[callee] == Op.ATTR and table in evaluate(heap, context, body.a[callee]).values:
            yield from arguments[:1]
    for _, test, place, key, _ in body.guards:
        if test in (Test.ABSENT, Test.PRESENT) and table in evaluate(heap, context, place).values:
            yield key


def ending(write: Write) -> Iterable[Context]:
    """Give the functions in whose `finally` something is taken out, there or in what is called."""
    if guards.is_in_finally(write.context.body, write.guard):
        yield write.context
    for caller, edge in write.context.callers.items():
        calls = (record for record in caller.body.calls if record[CALL_LINE] == edge[1])
        if any(guards.is_in_finally(caller.body, record[CALL_GUARD]) for record in calls):
            yield caller


def _above(contexts: set[Context]) -> set[Context]:
    """Add those who call, some calls up."""
    found = set(contexts)
    for _ in range(_MOST_CALLS):
        found |= {caller for one in found for caller in one.callers if caller.era in SERVING}
    return found
