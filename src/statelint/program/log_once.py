"""What only decides whether, or how loudly, something is logged: each process tells it once (row D7).

if error == LAST:                           def is_new(kind):
    log.debug("failed again: %s", error)        if kind in WARNED:
else:                                               return False
    log.error("failed: %s", error)              WARNED[kind] = None
    LAST = error                                return True
                                            if is_new(kind):
                                                log.warning("unknown kind: %s", kind)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import (
    BIND_GUARD,
    CALL_ARGUMENTS,
    CALL_CALLEE,
    CALL_GUARD,
    FLOW_GUARD,
    WRITE_GUARD,
    How,
    Op,
)
from statelint.program import callees, guards
from statelint.program.accesses import CALL_SPAN, is_plain_read
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.evaluate import evaluate
from statelint.program.reads import cells_at
from statelint.program.values import SERVING
from statelint.program.watched import is_only_shown, is_shape, shows

if TYPE_CHECKING:
    from collections.abc import Collection

    from statelint.program.accesses import Span
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap


_ONLY_ASKED = How.TEST | How.RECEIVER | How.LENGTH | How.NAMED


def is_for_logs(held: Holder) -> bool:
    """Whether those who set a cell alone ask for it, to decide what they log and whether they change it."""
    heap = held.heap
    reads = [read for read in held.reads if is_plain_read(read)]
    writers = {write.context for write in held.writes}
    if not reads or len(held.direct) != len(held.writes) or any(one.context not in writers for one in reads):
        return False
    if not all(not read.how & ~_ONLY_ASKED or is_only_shown(heap, read, or_tested=True) for read in reads):
        return False
    logs = [_in_function(held, context) for context in {read.context: None for read in reads}]
    return all(log is not None for log in logs) and any(logs)


def _in_function(held: Holder, context: Context) -> bool | None:
    """Say whether something is logged where a function asks for a cell; None: something else is done."""
    heap, body = held.heap, context.body
    asked = _asked(held, context)
    if not asked or not _decide_statements(context, asked):
        return None
    own = {write.span for write in held.direct if write.context is context}
    if _hands_out(held, context, own):
        return None
    logged = _only_logs(heap, context, asked, own)
    given = [flow[1] for flow in body.flows if guards.is_under(body, flow[FLOW_GUARD], asked)]
    answers = {constant(heap, context, place) for place in given if place}
    if logged is None or NOT_CONSTANT in answers:
        return None
    return logged if answers <= {None} else _is_asked_for_logs(heap, context)


def _hands_out(held: Holder, context: Context, own: Collection[Span]) -> bool:
    """Whether a function gives what is kept to others: `return sorted(seen)`."""
    body = context.body
    tables = {write.cell[1] for write in held.direct if write.cell[0] == "E"}
    given = [flow[1] for flow in body.flows]
    for number, record in enumerate(body.calls):
        if (
            record[CALL_SPAN] not in own and context.results[number].values
        ):  # `len(seen)` is no more than a number
            given += record[CALL_ARGUMENTS]
    return any(place and not evaluate(held.heap, context, place).values.isdisjoint(tables) for place in given)


def _decide_statements(context: Context, asked: Collection[int]) -> bool:
    """Whether something stands under each test: the arms of `"yes" if known else "no"` are values."""
    body = context.body
    under = [record[CALL_GUARD] for record in body.calls] + [record[WRITE_GUARD] for record in body.writes]
    under += [flow[FLOW_GUARD] for flow in body.flows]
    lines = {body.guards[one][-1] for one in asked}
    same = ({one for one in asked if body.guards[one][-1] == line} for line in lines)
    return all(any(guards.is_under(body, guard, tests) for guard in under) for tests in same)


def _asked(held: Holder, context: Context) -> set[int]:
    """List the guards of a function that ask for the cell, or for a member of what it holds."""
    heap, body = held.heap, context.body
    cells = held.cells | {write.cell for write in held.direct}
    tables = {write.cell[1] for write in held.direct if write.cell[0] == "E"}
    found: set[int] = set()
    for number, (_, _, place, second, _) in enumerate(body.guards):
        for one in (place, second):
            if one and (
                not cells.isdisjoint(cells_at(heap, context, one))
                or not evaluate(heap, context, one).values.isdisjoint(tables)
            ):
                found.add(number)
    return found


def _only_logs(heap: Heap, context: Context, asked: Collection[int], own: Collection[Span]) -> bool | None:
    """Say whether something is logged under some guards; None: what stands there does something else, too."""
    body, logged = context.body, False
    for record in body.calls:
        if not guards.is_under(body, record[CALL_GUARD], asked) or record[CALL_SPAN] in own:
            continue
        if shows(heap, context, record[CALL_CALLEE]):
            logged = True
        elif not is_shape(heap, context, record[CALL_CALLEE]) and not _only_gives(
            heap, context, record[CALL_CALLEE]
        ):
            return None
    put = [one for one in body.writes if guards.is_under(body, one[WRITE_GUARD], asked)]
    named = any(guards.is_under(body, bind[BIND_GUARD], asked) for bind in body.binds)
    return None if named or any(one[CALL_SPAN] not in own for one in put) else logged


def _only_gives(heap: Heap, context: Context, callee: int) -> bool:
    """Whether a call only hands something out: `def table(): return WARNED`."""
    runs = callees.targets(heap, context, callee)
    return bool(runs) and not any(run.body.calls or run.body.writes for run in runs)


def _is_asked_for_logs(heap: Heap, context: Context) -> bool | None:
    """Say whether all calls of a function are tests under which something is only logged; else None."""
    if context.key in heap.entries or not context.callers:
        return None
    for caller in context.callers:
        if caller.era not in SERVING:
            return None
        numbers = [number for number, _ in callees.calls_in(heap, caller).get(context.uid, ())]
        if not numbers or not all(_only_decides_logs(heap, caller, number) for number in numbers):
            return None
    return True


def _only_decides_logs(heap: Heap, caller: Context, number: int) -> bool:
    """Whether the result of a call is a test, and what that decides is a log."""
    body = caller.body
    calls = (place for place, op in enumerate(body.ops) if op == Op.CALL)
    given = {place for place in calls if body.a[place] == number}
    asked = {one for one, (_, _, place, second, _) in enumerate(body.guards) if given & {place, second}}
    elsewhere = {value for _, value, *_ in body.binds} | {place for _, place, *_ in body.flows}
    elsewhere |= {value for _, _, _, value, *_ in body.writes}
    elsewhere |= {place for record in body.calls for place in record[CALL_ARGUMENTS]}
    answers = any(guards.is_under(body, flow[FLOW_GUARD], asked) for flow in body.flows)
    return not given & elsewhere and not answers and bool(_only_logs(heap, caller, asked, ()))
