"""What a call record calls in libraries, and where its arguments stand: for analyses after solving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op, UnitFlag
from statelint.model.places import Place
from statelint.program import library, names
from statelint.program.calling import call_record
from statelint.program.evaluate import evaluate
from statelint.program.values import SERVING, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_CONSTRUCTOR = "__init__"
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


def units_called(heap: Heap, context: Context, value: int) -> Iterator[tuple[int, int]]:
    """Yield the functions of the project that run where a value is called: of a class, its constructor.

    Beside each stands how many parameters are bound before the arguments.
    """
    kinds, parts = heap.values.kinds, heap.values.parts
    if kinds[value] == Kind.FUNCTION:
        yield parts[value][0], 0
    elif kinds[value] == Kind.METHOD and kinds[parts[value][0]] == Kind.FUNCTION:
        yield parts[parts[value][0]][0], 1
    elif kinds[value] == Kind.CLASS:
        own = names.class_attribute(heap, parts[value][0], _CONSTRUCTOR, context)
        for function in sorted(own[1].values) if own is not None else ():
            if kinds[function] == Kind.FUNCTION:
                yield parts[function][0], 1


def calls_in(heap: Heap, caller: Context) -> Mapping[int, Sequence[tuple[int, int]]]:
    """Give the calls in a context of a solved program, by the function of the project that they call.

    Each is its number in the context, and how many parameters are bound before its arguments.
    """
    known = heap.answers.calls.get(caller)
    if known is None:
        found: dict[int, dict[tuple[int, int], None]] = {}
        for number, record in enumerate(caller.body.calls):
            for value in sorted(evaluate(heap, caller, record[CALL_CALLEE]).values):
                for uid, bound in units_called(heap, caller, value):
                    found.setdefault(uid, {})[number, bound] = None
        known = heap.answers.calls[caller] = {uid: list(calls) for uid, calls in found.items()}
    return known


def calls_to(heap: Heap, caller: Context, uid: int) -> Iterator[tuple[CallRecord, int]]:
    """Yield the calls of a function that stand in another one, and what is bound before their arguments."""
    for number, bound in calls_in(heap, caller).get(uid, ()):
        yield call_record(caller.body, number), bound


def is_handed_over(heap: Heap, caller: Context, context: Context) -> bool:
    """Whether somebody runs a function to whom it was given; of coroutines the arguments are known."""
    is_async = heap.modules.units[context.uid].flags & UnitFlag.ASYNC
    return (caller, context) in heap.handed_over and not is_async


def given(heap: Heap, context: Context, record: CallRecord, name: str, position: int) -> int:
    """Give the place of what a call gives for a parameter, by its name or position; 0: it leaves it out."""
    return argument(heap, context, record, name) or (
        argument(heap, context, record, position) if position >= 0 else 0
    )


def handed(heap: Heap, context: Context, name: str) -> list[tuple[Context, int, int]] | None:
    """List what serving callers give a function for a parameter, and the guards of the calls.

    The place in the caller is 0 where the call leaves it out. None where there is no such parameter, or
    where somebody else calls: a framework, or one to whom the function is handed over.
    """
    params = [param.name for param in heap.modules.units[context.uid].params]
    if name not in params or context.key in heap.entries:
        return None
    found = []
    for caller in context.callers:
        if caller.era in SERVING:
            calls = list(calls_to(heap, caller, context.uid))
            if not calls or is_handed_over(heap, caller, context):
                return None
            for record, bound in calls:
                place = given(heap, caller, record, name, params.index(name) - bound)
                found.append((caller, place, record.guard))
    return found
