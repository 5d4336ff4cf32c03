"""What a call record calls in libraries, and where its arguments stand: for analyses after solving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.model.places import Place
from statelint.program import library
from statelint.program.calling import call_record
from statelint.program.evaluate import evaluate
from statelint.program.values import SERVING, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.calling import CallRecord
    from statelint.program.heap import Context, Heap

_OF_LIBRARIES = (Kind.EXTERNAL, Kind.BOUND, Kind.EXTERNAL_OBJECT)


def calls_of(context: Context) -> Iterator[tuple[int, CallRecord]]:
    """List the calls of a context with their numbers."""
    for number in range(len(context.body.calls)):
        yield number, call_record(context.body, number)


def names_called(heap: Heap, context: Context, callee: int) -> list[str]:
    """List the dotted names of libraries that a callee may be, the likeliest first."""
    values = sorted(evaluate(heap, context, callee).values)
    return [name for value in values for name in names_of(heap, value)]


def names_of(heap: Heap, value: int) -> tuple[str, ...]:
    """List the dotted names of one callee; none where it is no library's."""
    return library.dotted_names(heap, value) if heap.values.kinds[value] in _OF_LIBRARIES else ()


def argument(heap: Heap, context: Context, record: CallRecord, position: int | str) -> int:
    """Give the place of an argument by position or keyword; 0 where the call does not give it."""
    if isinstance(position, int):
        return record.arguments[position] if position < len(record.arguments) else 0
    strings = heap.modules.facts[context.module].strings
    return next((place for text, place in record.keywords if strings[text] == position), 0)


def receiver(context: Context, record: CallRecord) -> int:
    """Give the place of the object whose method is called; 0 where it is no method."""
    callee = record.callee
    return context.body.a[callee] if context.body.ops[callee] == Op.ATTR else 0


def place_of(heap: Heap, context: Context, record: CallRecord) -> Place:
    """Give the place of a call in its file."""
    path = heap.modules.facts[context.module].path
    return Place(path, record.line, record.column, record.end_line, record.end_column)


def targets(heap: Heap, context: Context, callee: int) -> list[Context]:
    """List the contexts of the project's functions that a call runs."""
    found: list[Context] = []
    for value in sorted(evaluate(heap, context, callee).values):
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind not in (Kind.FUNCTION, Kind.METHOD):
            continue
        uid = parts[0] if kind == Kind.FUNCTION else heap.values.parts[parts[0]][0]
        found += [run for run in heap.contexts_of(uid) if context in run.callers]
    return found


def handed(heap: Heap, context: Context, name: str) -> list[tuple[Context, int, int]] | None:
    """List what serving callers give a function for a parameter, and the guards of the calls.

    The place in the caller is 0 where the call leaves it out. None where there is no such parameter, or
    where a framework calls.
    """
    params = [param.name for param in heap.modules.units[context.uid].params]
    if name not in params or context.key in heap.entries:
        return None
    found = []
    for caller, edge in context.callers.items():
        for _, record in calls_of(caller) if caller.era in SERVING else ():
            if record.line == edge[1] and context in targets(heap, caller, record.callee):
                at = params.index(name) - _is_bound_method(heap, caller, record.callee)
                place = argument(heap, caller, record, name) or argument(heap, caller, record, max(at, 0))
                found.append((caller, place, record.guard))
    return found


def _is_bound_method(heap: Heap, context: Context, callee: int) -> bool:
    """Whether a callee brings the first argument with it."""
    return any(heap.values.kinds[value] == Kind.METHOD for value in evaluate(heap, context, callee).values)
