"""Statements of SQL: whether they change anything, and functions of the project that hand them on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op
from statelint.program import callees, library
from statelint.program.calling import call_record
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import WriterEntry
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_CHANGES = re.compile(
    r"\W*(insert|update|delete|replace|merge|upsert|truncate|create|drop|alter)\b", re.IGNORECASE
)
"""How a statement of SQL begins that changes something, as text or as the function that makes it."""


class HandedOn(NamedTuple):
    """A call of a library to which a function of the project hands a statement that it was given itself."""

    context: Context
    record: CallRecord
    name: str
    entry: WriterEntry


def changes(heap: Heap, context: Context, place: int) -> bool:
    """Whether a statement begins as one that changes something; what cannot be read counts as reading."""
    body = context.body
    for one in _pieces(heap, context, place):
        text = constant(heap, context, one)
        if isinstance(text, str):
            if _CHANGES.match(text):
                return True
        elif body.ops[one] != Op.NAME and _is_made_to_change(heap, context, one):
            return True
    return bool(place) and _is_made_to_change(heap, context, place)


def _pieces(heap: Heap, context: Context, place: int) -> Iterator[int]:
    """List the places of which a statement may be made: its beginning, what its name is bound to.

    query = " ".join(["UPDATE seats", "SET free = 0"])
    connection.execute(text(query))
    """
    body, waiting = context.body, [place] if place else []
    seen = set(waiting)
    for one in waiting:  # grows while it is read
        yield one
        behind: list[int] = []
        op, a = body.ops[one], body.a[one]
        if isinstance(constant(heap, context, one), str):
            continue
        if op in (Op.MIX, Op.ANY):  # `f"INSERT INTO {table}"`
            behind = list(body.joins[a])
        elif op == Op.NAME:
            behind = [value for text, value, *_ in body.binds if text == a and value]
        elif op == Op.CALL:
            behind = list(call_record(body, a).arguments[:1])
        elif op == Op.SITE:  # the first of several lines
            behind = list(body.sites[a][1][1:2])
        for new in behind:
            if new and new not in seen:
                seen.add(new)
                waiting.append(new)


def _is_made_to_change(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place is what `insert(table)` or `table.update().where(...)` makes."""
    for value in evaluate(heap, context, place).values:
        if heap.values.kinds[value] == Kind.EXTERNAL_OBJECT:
            words = library.dotted_names(heap, value)[0].split(".")
            if any(word.endswith("()") and _CHANGES.match(word) for word in words):
                return True
    return False


def handed_on(heap: Heap, context: Context, record: CallRecord) -> HandedOn | None:
    """Find the call to which a function of the project hands a statement that this call gives it.

    def run(self, query, values=()):
        return self.connection.execute(query, values)
    """
    for target in callees.targets(heap, context, record.callee):
        for one in _takers(heap, target):
            for name in _parameters_behind(heap, one):
                place = _argument(heap, context, record, target, name)
                if place and changes(heap, context, place):
                    return one
    return None


def _takers(heap: Heap, context: Context) -> Iterator[HandedOn]:
    """List the calls of a function that take a statement which is one of its parameters, or made of one."""
    if not heap.modules.units[context.uid].params:
        return
    for _, record in callees.calls_of(context):
        if context.body.ops[record.callee] != Op.ATTR:
            continue
        if not heap.knowledge.takes_statements(
            heap.modules.string(context.module, context.body.b[record.callee])
        ):
            continue
        for name in callees.names_called(heap, context, record.callee):
            entry = heap.knowledge.writer(name)
            if entry is not None and entry.statement is not None:
                yield HandedOn(context, record, name, entry)
                break


def _parameters_behind(heap: Heap, taker: HandedOn) -> Iterator[str]:
    context = taker.context
    wanted = {param.name for param in heap.modules.units[context.uid].params}
    position = taker.entry.statement
    place = callees.argument(heap, context, taker.record, position) if position is not None else 0
    for one in _pieces(heap, context, place):
        if context.body.ops[one] == Op.NAME:
            name = heap.modules.string(context.module, context.body.a[one]).partition("@")[0]
            if name in wanted:
                yield name


def _argument(heap: Heap, context: Context, record: CallRecord, target: Context, name: str) -> int:
    """Give the place of what a call hands over for a parameter of what it calls; 0 where it gives none."""
    params = [param.name for param in heap.modules.units[target.uid].params]
    bound = any(
        heap.values.kinds[value] == Kind.METHOD for value in evaluate(heap, context, record.callee).values
    )
    index = params.index(name) - bound
    given = callees.argument(heap, context, record, index) if index >= 0 else 0
    return given or callees.argument(heap, context, record, name)
