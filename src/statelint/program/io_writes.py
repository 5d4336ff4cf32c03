"""Calls that change what all processes share: rows of a database, something behind another service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.program import callees, statements
from statelint.program.contexts import era_of
from statelint.program.evaluate import evaluate
from statelint.program.statements import HandedOn
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.places import Place
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap


@dataclass(frozen=True, slots=True, kw_only=True)
class IoWrite:
    """One call of `name` that changes something outside of the process; `call` is its number.

    `lasting`: it goes through an object that outlives the request; `alone`: and that one thread at a time
    may use.
    """

    context: Context
    call: int
    name: str
    at: Place
    lasting: bool
    alone: bool


def find(heap: Heap, context: Context) -> Iterator[IoWrite]:
    """List the calls of one context that change what all processes share."""
    for number, record in callees.calls_of(context):
        written = _through(heap, context, record)
        if written is None:
            continue
        lasting = _lives_on(heap, written.context, callees.receiver(written.context, written.record))
        yield IoWrite(
            context=context,
            call=number,
            name=written.name,
            at=callees.place_of(heap, context, record),
            lasting=lasting,
            alone=lasting and written.entry.alone,
        )


def _through(heap: Heap, context: Context, record: CallRecord) -> HandedOn | None:
    """Find the call of a library by which a call changes something: itself, or one that a function makes."""
    for name in callees.names_called(heap, context, record.callee):
        entry = heap.knowledge.writer(name)
        if entry is None:
            continue
        if entry.statement is not None:
            place = callees.argument(heap, context, record, entry.statement)
            if not statements.changes(heap, context, place):
                continue
        return HandedOn(context, record, name, entry)
    return statements.handed_on(heap, context, record)


def _lives_on(heap: Heap, context: Context, place: int) -> bool:
    """Whether the object that is written through was made at start-up."""
    values = evaluate(heap, context, place).values if place else frozenset()
    made = [heap.values.parts[v] for v in values if heap.values.kinds[v] == Kind.EXTERNAL_OBJECT]
    return any(era_of(parts[1]) == Era.BOOT for parts in made)


def any_while_serving(heap: Heap) -> bool:
    """Whether any serving code changes what all processes share."""
    return any(
        True
        for context in heap.in_order()
        if context.era == Era.SERVE and context.passes
        for _ in find(heap, context)
    )
