"""What is put somewhere and never taken out again by those who serve: nobody is answered from it (row D2).

class Server:
    def accept(self, stream):
        connection = Connection(stream)
        self._open.add(connection)
        connection.serve()                          # it is used, but not by way of the set

    def ended(self, connection):
        if connection in self._open:
            self._open.remove(connection)

    def close(self):                                # when the process ends
        for connection in self._open:
            connection.close()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import (
    BIND_GUARD,
    CALL_GUARD,
    FLOW_GUARD,
    WRITE_GUARD,
    How,
    Op,
    Test,
    WriteHow,
)
from statelint.program import callees, guards
from statelint.program.accesses import CALL_SPAN, is_plain_read
from statelint.program.contexts import era_of
from statelint.program.decisions import Decision, puts
from statelint.program.evaluate import evaluate
from statelint.program.readers_elsewhere import may_answer
from statelint.program.reads import cells_at
from statelint.program.values import ERA_AT, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from statelint.model.facts import Body
    from statelint.program.accesses import Read, Span
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_INSIDE = ("E", "I", "K")
"""Kinds of cells that are a part of a container."""
_ANSWERS = int(How.WHOLE | How.GET | How.ITERATE | How.CALLED)


def never_read(held: Holder) -> Decision | None:
    """D2: requests put something there, and none takes it out, whatever is done to it where it came from."""
    tables = _tables(held)
    if _has_names(held, tables):
        return None
    if not any(write.cell in held.cells or write.cell[1] in tables for write in puts(held.direct)):
        return None
    own = [read for read in held.reads if read.cell in held.cells or _is_inside(read, tables)]
    if any(_takes_out(held, read, tables) for read in own):
        return None
    level = held.cells | {write.cell for write in held.direct}
    below = (write for write in held.writes if write.cell not in level and write.cell[1] not in tables)
    if not all(_is_made_serving(held.heap, write.cell[1]) for write in below):
        return None
    if may_answer(held.heap, held.cells, held.writes[0].context.era):
        return None
    return Decision(row="D2", ephemeral=True, reason="what is put there is never taken out by a request")


def _tables(held: Holder) -> frozenset[int]:
    """Find the containers that a cell holds, and those inside of them."""
    heap = held.heap
    waiting = list(held.cells)
    found: set[int] = set()
    for cell in waiting:  # grows while it is read
        slot = heap.slots.get(cell)
        for value in slot.values if slot is not None else ():
            if heap.values.kinds[value] == Kind.CONTAINER and value not in found:
                found.add(value)
                waiting.append(("E", value))
    return frozenset(found)


def _has_names(held: Holder, tables: Collection[int]) -> bool:
    """Whether a client names the attribute, or what is kept is a namespace: `state.mode = "dark"`."""
    touched = (one.cell for part in (held.writes, held.reads) for one in part)
    return any(cell[-1] == "*" for cell in held.cells) or any(
        cell[0] == "F" and cell[1] in tables for cell in touched
    )


def _is_inside(read: Read, tables: Collection[int]) -> bool:
    return read.cell[0] in _INSIDE and read.cell[1] in tables


def _takes_out(held: Holder, read: Read, tables: Collection[int]) -> bool:
    """Whether a read gives what is kept to those who serve."""
    if read.how & How.RECEIVER and read.cell in held.cells and _holds_object(held.heap, read):
        return True
    if not is_plain_read(read) or _is_own_entry(held, read, tables):
        return False
    return bool(read.how & _ANSWERS) or not _only_takes_away(held, read, tables)


def _is_own_entry(held: Holder, read: Read, tables: Collection[int]) -> bool:
    """Whether a function only looks up what it has put there before: `OPEN[key] = start(key)`."""
    heap, context, body = held.heap, read.context, read.context.body
    if read.method or read.how & _ANSWERS & ~How.GET:
        return False
    put: dict[guards.Shape, int] = {}
    for target, how, key, _, guard, _, line, *_ in body.writes:
        is_put = how == WriteHow.ITEM and not guard
        if is_put and not evaluate(heap, context, target).values.isdisjoint(tables):
            put.setdefault(guards.shape_of(body, key), line)
    asked = [
        (guards.shape_of(body, body.b[place]), body.line_of(place))
        for place, op in enumerate(body.ops)
        if op == Op.ITEM and not evaluate(heap, context, body.a[place]).values.isdisjoint(tables)
    ]
    return bool(asked) and all(key in put and put[key] < line for key, line in asked)


def _holds_object(heap: Heap, read: Read) -> bool:
    """Whether a method or an attribute is asked of no container, whose methods are looked at apart."""
    slot = heap.slots.get(read.cell)
    return slot is None or any(heap.values.kinds[value] != Kind.CONTAINER for value in slot.values)


def _only_takes_away(held: Holder, read: Read, tables: Collection[int]) -> bool:
    """Whether all that a test decides is what is put in or taken out: `if one in OPEN: OPEN.remove(one)`."""
    context, body = read.context, read.context.body
    asked = {
        number
        for number, (_, test, place, _, _) in enumerate(body.guards)
        if test in (Test.PRESENT, Test.ABSENT)
        and (
            read.cell in cells_at(held.heap, context, place)
            or not evaluate(held.heap, context, place).values.isdisjoint(tables)
        )
    }
    return bool(asked) and _only_does(body, asked, _spans(held, context))


def _spans(held: Holder, context: Context) -> set[Span]:
    """List the statements of a function that change what is kept, and calls that do nothing else."""
    spans = {write.span for write in held.direct if write.context is context}
    for _, record in callees.calls_of(context):
        span = (record.line, record.column, record.end_line, record.end_column)
        runs = callees.targets(held.heap, context, record.callee) if span not in spans else ()
        if runs and all(_only_changes(held, one) for one in runs):
            spans.add(span)
    return spans


def _only_changes(held: Holder, context: Context) -> bool:
    """Whether a function does nothing but change what is kept: `def add(self, one): self.open.add(one)`."""
    body = context.body
    spans = {write.span for write in held.direct if write.context is context}
    done = [record[CALL_SPAN] for record in (*body.calls, *body.writes)]
    return bool(spans) and not body.flows and all(span in spans for span in done)


def _only_does(body: Body, asked: Collection[int], spans: Collection[Span]) -> bool:
    """Whether nothing is called, set, named or given back under some guards, but by some statements."""
    under = {number for number in range(len(body.guards)) if guards.is_under(body, number, asked)}
    if any(record[CALL_GUARD] in under and record[CALL_SPAN] not in spans for record in body.calls):
        return False
    if any(record[WRITE_GUARD] in under and record[CALL_SPAN] not in spans for record in body.writes):
        return False
    given = any(flow[FLOW_GUARD] in under for flow in body.flows)
    return not given and not any(bind[BIND_GUARD] in under for bind in body.binds)


def _is_made_serving(heap: Heap, value: int) -> bool:
    """Whether a request has made an object or a container: one of start-up is somebody else's, too."""
    kind = heap.values.kinds[value]
    return kind in ERA_AT and era_of(heap.values.parts[value][ERA_AT[kind]]) != Era.BOOT
