"""Reads whose value only goes to a log or to metrics: nobody is answered with it (row D2 of the list).

logging.info("served %d", SERVED)        gauge.set(len(WAITING))        print(f"{SERVED} so far")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, How, Op
from statelint.program import callees
from statelint.program.reads import cells_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.accesses import Read
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_SHOWS = ("logger", "metrics")
"""Kinds of types whose methods tell those who run a service, not its users."""
_SHAPES = frozenset(
    {"str", "len", "round", "int", "float", "repr", "sum", "min", "max", "format", "sorted", "list", "tuple"}
)
"""Builtins that only give what they are given another form."""
_USED = int(How.WHOLE | How.GET | How.TEST | How.ITERATE | How.CALLED)


def is_only_watched(heap: Heap, read: Read) -> bool:
    """Whether all that a function does with what it reads of a cell is to log or to measure it."""
    return bool(read.context.body.calls) and is_only_shown(heap, read, or_tested=False)


def is_only_shown(heap: Heap, read: Read, *, or_tested: bool) -> bool:
    """Whether a function does nothing with what it reads but to log or to measure it, and `or_tested`."""
    context = read.context
    body = context.body
    if read.method:
        return False
    places = {
        place
        for place in range(1, len(body.ops))
        if body.hows[place] & _USED and read.cell in cells_at(heap, context, place)
    }
    seen = False
    while True:
        shaped = _shaped(heap, context, places)
        if shaped is None:
            return False
        seen = seen or shaped.shown
        if shaped.places <= places:
            return (seen or or_tested) and not _is_kept(body, places, or_tested=or_tested)
        places |= shaped.places


class _Shaped:
    """What a step further is made of places: texts and numbers; `shown` where one of them is."""

    __slots__ = ("places", "shown")

    def __init__(self) -> None:
        self.places: set[int] = set()
        self.shown = False


def _shaped(heap: Heap, context: Context, places: set[int]) -> _Shaped | None:
    """Follow places one step, into texts and calls; None where they are used for anything else."""
    body, found = context.body, _Shaped()
    for place in range(1, len(body.ops)):
        op = body.ops[place]
        if op == Op.MIX and places.intersection(body.joins[body.a[place]]):
            found.places.add(place)
        elif op in (Op.ATTR, Op.ITEM, Op.ELEMENT) and body.a[place] in places:
            return None
        elif op == Op.CALL and places.intersection(_given(body.calls[body.a[place]])):
            if not is_shape(heap, context, body.calls[body.a[place]][CALL_CALLEE]):
                continue  # looked at below, like calls whose result is dropped
            found.places.add(place)
    for record in body.calls:
        if places.intersection(_given(record)):
            if shows(heap, context, record[CALL_CALLEE]):
                found.shown = True
            elif not is_shape(heap, context, record[CALL_CALLEE]):
                return None
    return found


def _given(record: Sequence[object]) -> Iterator[int]:
    _, arguments, keywords, star, *_ = record
    yield from arguments  # type: ignore[misc]
    yield from (place for _, place in keywords)  # type: ignore[attr-defined]
    yield star  # type: ignore[misc]


def shows(heap: Heap, context: Context, callee: int) -> bool:
    """Whether a call tells something to those who run the service, not to its users."""
    knowledge = heap.knowledge
    for name in callees.names_called(heap, context, callee):
        entry = knowledge.function(name)
        if entry is not None and entry.shows:
            return True
        kinds = {known.kind for known in knowledge.mro(knowledge.owner_of(name.rpartition(".")[0]))}
        if kinds.intersection(_SHOWS):
            return True
    return False


def is_shape(heap: Heap, context: Context, callee: int) -> bool:
    """Whether a call only gives what it is given another form."""
    called = callees.names_called(heap, context, callee)
    return bool(called) and all(name.rpartition(".")[2] in _SHAPES for name in called)


def _is_kept(body: Body, places: set[int], *, or_tested: bool) -> bool:
    """Whether any place is given back, put somewhere, named, or decides what is done, unless it may."""
    values = [value for _, value, *_ in body.binds]
    values += [value for _, _, _, value, _, augmented, *_ in body.writes if not augmented]
    values += [place for _, place, *_ in body.flows]
    if not or_tested:
        values += [place for _, _, first, second, _ in body.guards for place in (first, second)]
    values += [part for _, parts in body.sites for part in parts]
    return bool(places.intersection(values))
