"""Calls that change what all processes share: rows of a database, something behind another service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import callees, library
from statelint.program.calling import call_record
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.heap import era_of
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.places import Place
    from statelint.program.heap import Context, Heap

_CHANGES = re.compile(
    r"\W*(insert|update|delete|replace|merge|upsert|truncate|create|drop|alter)\b", re.IGNORECASE
)
"""How a statement of SQL begins that changes something, as text or as the function that makes it."""


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
        for name in callees.names_called(heap, context, record.callee):
            entry = heap.knowledge.writer(name)
            if entry is None:
                continue
            if entry.statement is not None:
                place = callees.argument(heap, context, record, entry.statement)
                if not _changes_something(heap, context, place):
                    continue
            lasting = _lives_on(heap, context, callees.receiver(context, record))
            yield IoWrite(
                context=context,
                call=number,
                name=name,
                at=callees.place_of(heap, context, record),
                lasting=lasting,
                alone=lasting and entry.alone,
            )
            break


def _lives_on(heap: Heap, context: Context, place: int) -> bool:
    """Whether the object that is written through was made at start-up."""
    values = evaluate(heap, context, place).values if place else frozenset()
    made = [heap.values.parts[v] for v in values if heap.values.kinds[v] == Kind.EXTERNAL_OBJECT]
    return any(era_of(parts[1]) == Era.BOOT for parts in made)


def any_while_serving(heap: Heap) -> bool:
    """Whether any serving code changes what all processes share."""
    serving = (heap.contexts[key] for key in sorted(heap.contexts))
    return any(
        True
        for context in serving
        if context.era == Era.SERVE and context.passes
        for _ in find(heap, context)
    )


def _changes_something(heap: Heap, context: Context, place: int) -> bool:
    """Whether a statement begins as one that changes something; what cannot be read counts as reading."""
    body = context.body
    if not place:
        return False
    text = constant(heap, context, place)
    if isinstance(text, str):
        return bool(_CHANGES.match(text))
    if body.ops[place] in (Op.MIX, Op.ANY):  # `f"INSERT INTO {table}"`
        return any(_changes_something(heap, context, part) for part in body.joins[body.a[place]])
    if body.ops[place] == Op.NAME:
        name = body.a[place]
        bound = (value for text, value, *_ in body.binds if text == name and value != place)
        return any(body.ops[value] != Op.NAME and _changes_something(heap, context, value) for value in bound)
    if body.ops[place] == Op.CALL and body.calls[body.a[place]][1]:
        first = call_record(body, body.a[place])
        if _changes_something(heap, context, first.arguments[0]):  # `text("UPDATE ...")`
            return True
    return any(_is_made_to_change(heap, value) for value in evaluate(heap, context, place).values)


def _is_made_to_change(heap: Heap, value: int) -> bool:
    """Whether a value is what `insert(table)` or `table.update().where(...)` makes."""
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return False
    words = library.dotted_names(heap, value)[0].split(".")
    return any(word.endswith("()") and _CHANGES.match(word) for word in words)
