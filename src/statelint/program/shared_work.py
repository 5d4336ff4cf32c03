"""Work under way that is kept until it ends, for all who ask for the same (row D3).

task = RUNNING.get(name)                                service = cls._services.get(key)
if task is None or task.done():                         if service is None or service.stopped:
    task = RUNNING[name] = create_task(load(name))          service = cls._start(key)       # keeps it there
    task.add_done_callback(lambda _: RUNNING.pop(name))
return await task                                       return service

Each process does its own. Who is only told that it runs already has met a lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, FLOW_GUARD, Op, Test
from statelint.program import callees, guards, names
from statelint.program.accesses import is_plain_read
from statelint.program.constants import constant
from statelint.program.decisions import puts
from statelint.program.evaluate import evaluate
from statelint.program.handles import ENDS
from statelint.program.machinery import is_run
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_ENDS = frozenset({*ENDS, "cancel", "kill"})
_STOPS = frozenset({*ENDS, *(f"_{word}" for word in ENDS)})
_MISSING = (Test.IS_NONE, Test.FALSY, Test.ABSENT)
_THERE = (Test.NOT_NONE, Test.TRUTHY, Test.PRESENT)
_RETURN = 0
"""The kind of a flow that a function gives back."""


def is_shared_work(heap: Heap, direct: Sequence[Write], reads: Sequence[Read]) -> bool:
    """Whether what runs is kept until it ends, and only looked up by those who would start another one."""
    adds, tables = puts(direct), {write.cell[1] for write in direct if write.cell[0] == "E"}
    if not adds or not tables or not any(write.removes for write in direct):
        return False
    asking: set[Context] = set()
    for write in adds:
        values = write.value.values if write.value is not None else frozenset()
        if not values or not all(_is_at_work(heap, one) for one in values):
            return False
        starts = _starters(heap, write, tables)
        if not starts or any(_tells(heap, one, tables, values) for one in starts):
            return False
        asking.update(starts)
    inside = {write.context for write in direct} | asking
    own = (read for read in reads if read.cell[0] == "E" and read.cell[1] in tables)
    return all(read.context in inside for read in own if is_plain_read(read))


def _is_at_work(heap: Heap, value: int) -> bool:
    """Whether a value is a task or a thread, or an object of the project that runs one and can be stopped."""
    if is_run(heap, value):
        return True
    if heap.values.kinds[value] != Kind.OBJECT:
        return False
    own = [one for one in names.ancestors(heap, heap.values.parts[value][0]) if isinstance(one, int)]
    if not any(word in heap.modules.locals[one] for one in own for word in _STOPS):
        return False
    slots = (heap.slots.get(("F", value, name)) for one in own for name in heap.modules.assigned(one))
    return any(is_run(heap, held) for slot in slots if slot is not None for held in slot.values)


def _starters(heap: Heap, write: Write, tables: Collection[int]) -> list[Context]:
    """List the contexts that look up what runs, and start another one where there is none or it has ended."""
    if write.absent or _asks_it(heap, write, tables):
        return [write.context]
    context = write.context
    callers = [caller for caller in context.callers if caller.era == context.era]
    calls = {caller: list(callees.calls_to(heap, caller, context.uid)) for caller in callers}
    if context.key in heap.entries or not all(calls.values()):
        return []
    is_asked = all(
        _is_missing(heap, caller, record.guard, tables) for caller in callers for record, _ in calls[caller]
    )
    return callers if is_asked else []


def _is_missing(heap: Heap, context: Context, guard: int, tables: Collection[int]) -> bool:
    """Whether code under a guard runs only where a table has nothing under some key."""
    body = context.body
    for one in guards.chain(body, guard):
        _, test, place, _, _ = body.guards[one]
        if test == Test.ABSENT and not evaluate(heap, context, place).values.isdisjoint(tables):
            return True
        if test in _MISSING and place and _is_looked_up(heap, context, place, tables):
            return True
    return False


def _is_looked_up(heap: Heap, context: Context, place: int, tables: Collection[int]) -> bool:
    """Whether a place is an entry of a table: `TABLE.get(key)`, `TABLE[key]`, or a name for that."""
    body = context.body
    if body.ops[place] == Op.NAME:
        bound = [value for name, value, *_ in body.binds if name == body.a[place] and value]
        return any(body.ops[one] != Op.NAME and _is_looked_up(heap, context, one, tables) for one in bound)
    base = 0
    if body.ops[place] == Op.ITEM:
        base = body.a[place]
    elif body.ops[place] == Op.CALL:
        callee = body.calls[body.a[place]][CALL_CALLEE]
        base = body.a[callee] if body.ops[callee] == Op.ATTR else 0
    return bool(base) and not evaluate(heap, context, base).values.isdisjoint(tables)


def _asks_it(heap: Heap, write: Write, tables: Collection[int]) -> bool:
    """Whether a function asks what it has looked up whether it still runs, and does not end it.

    task = RUNNING.get(name)
    if task is not None and not task.done():
        return
    """
    context, body = write.context, write.context.body
    asked = any(_is_asked(heap, context, guard[2], tables) for guard in body.guards[1:] if guard[2])
    return asked and not any(
        heap.modules.string(context.module, body.b[callee]) in _ENDS
        for callee in (record[CALL_CALLEE] for record in body.calls)
        if body.ops[callee] == Op.ATTR and _is_looked_up(heap, context, body.a[callee], tables)
    )


def _is_asked(heap: Heap, context: Context, place: int, tables: Collection[int]) -> bool:
    """Whether a test asks for an attribute of an entry, or for what a method of it says."""
    body = context.body
    if body.ops[place] == Op.CALL:
        place = body.calls[body.a[place]][CALL_CALLEE]
    return body.ops[place] == Op.ATTR and _is_looked_up(heap, context, body.a[place], tables)


def _tells(heap: Heap, context: Context, tables: Collection[int], values: Collection[int]) -> bool:
    """Whether a function answers something else than what runs where that is there: that it is busy."""
    body = context.body
    there = {
        number
        for number, (_, test, place, _, _) in enumerate(body.guards)
        if place and test in _THERE and _is_of_entry(heap, context, place, tables)
    }
    for flow in body.flows:
        kind, place, *_ = flow
        if kind != _RETURN or not place or not guards.is_under(body, flow[FLOW_GUARD], there):
            continue
        is_work = body.ops[place] == Op.AWAIT or not evaluate(heap, context, place).values.isdisjoint(values)
        if not is_work and constant(heap, context, place) is not None:
            return True
    return False


def _is_of_entry(heap: Heap, context: Context, place: int, tables: Collection[int]) -> bool:
    """Whether a test asks a table for a key, or for one of its entries, or something of that."""
    if not evaluate(heap, context, place).values.isdisjoint(tables):
        return True
    return _is_looked_up(heap, context, place, tables) or _is_asked(heap, context, place, tables)
