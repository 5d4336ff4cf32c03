"""Where a cell is used: on which line of a function, under which tests, as the field of which objects."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_CALLEE, CALL_GUARD, CALL_LINE, Op, UnitKind, WriteHow
from statelint.program import guards, handover
from statelint.program.evaluate import evaluate
from statelint.program.reads import cells_at
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

ANY: frozenset[int] = frozenset()
"""Any object: which one it is cannot be told from `self`."""

_NAMED = ("G", "F", "L")
_PARTS = (Op.ATTR, Op.ITEM, Op.ELEMENT, Op.ENTER, Op.AWAIT, Op.SLICE)


class Use(NamedTuple):
    """A line of a function that needs a cell, with the tests under which it surely stands.

    `on` are the objects whose field it is, where the function is a method of theirs: a call of the method on
    another object does not ask for it.
    """

    context: Context
    line: int
    under: frozenset[int]
    on: frozenset[int]


def use_of(heap: Heap, context: Context, line: int, cell: SlotKey) -> Use:
    """Say where a function uses a cell: a cell with a name from the line on where it first stands."""
    body = context.body
    places = _places_of(heap, context, cell) if cell[0] in _NAMED else set()
    under = [
        frozenset(guards.chain(body, guard))
        for guard, place in _mentions(body)
        if not places.isdisjoint(_inside(body, place))
    ]
    return Use(
        context,
        line,
        reduce(frozenset.intersection, under) if under else _tests_of_line(body, line),
        _asked_by_itself(heap, context, cell, places),
    )


def _tests_of_line(body: Body, line: int) -> frozenset[int]:
    """List the tests under which all calls of a line stand."""
    under = [
        frozenset(guards.chain(body, record[CALL_GUARD]))
        for record in body.calls
        if record[CALL_LINE] == line
    ]
    return reduce(frozenset.intersection, under) if under else frozenset()


def calls_for(heap: Heap, use: Use) -> Iterator[Use]:
    """List the calls of a function that uses a cell: of a method, those on the objects whose field it is."""
    for caller, (_, line) in use.context.callers.items():
        calls = list(_calls(heap, caller, use.context.uid)) or [_Call(line, 0, -1, 0)]
        on = use.on
        if on and all(call.receiver >= 0 for call in calls):
            calls = [call for call in calls if call.receiver in on]
            own = own_name(heap, caller)
            if not all(own and _is_name(heap, caller, call.base, own) for call in calls):
                on = ANY
        else:
            on = ANY
        for call in calls:
            yield Use(caller, call.line, frozenset(guards.chain(caller.body, call.guard)), on)


class _Call(NamedTuple):
    """A call of a function, of a method with the object (-1: none) and the place that stands for it."""

    line: int
    guard: int
    receiver: int
    base: int


def _calls(heap: Heap, caller: Context, uid: int) -> Iterator[_Call]:
    kinds, parts, body = heap.values.kinds, heap.values.parts, caller.body
    for record in body.calls:
        callee = record[CALL_CALLEE]
        for value in evaluate(heap, caller, callee).values:
            if handover.unit_of(heap, value) == uid:
                is_method = kinds[value] == Kind.METHOD and body.ops[callee] == Op.ATTR
                receiver = parts[value][1] if is_method else -1
                yield _Call(record[CALL_LINE], record[CALL_GUARD], receiver, body.a[callee])


def _asked_by_itself(heap: Heap, context: Context, cell: SlotKey, places: set[int]) -> frozenset[int]:
    """Give the object whose field a method uses as that of `self` alone; else it may come from elsewhere."""
    own, body = own_name(heap, context), context.body
    fields = [place for place in places if body.ops[place] == Op.ATTR]
    by_itself = cell[0] == "F" and bool(own and fields) and len(fields) == len(places)
    if by_itself and all(_is_name(heap, context, body.a[place], own) for place in fields):
        return frozenset({cell[1]})
    return ANY


def _places_of(heap: Heap, context: Context, cell: SlotKey) -> set[int]:
    """Find the places of a function that may read a cell."""
    body = context.body
    strings = heap.modules.facts[context.module].strings
    return {
        place
        for place in range(1, len(body.ops))
        if (
            (body.ops[place] == Op.ATTR and strings[body.b[place]] == cell[2])
            or (body.ops[place] == Op.NAME and cell[0] != "F")
        )
        and cell in cells_at(heap, context, place)
    }


def _mentions(body: Body) -> Iterator[tuple[int, int]]:
    """List what the records of a function mention: the test under which it stands, and the place."""
    for callee, arguments, keywords, star, guard, *_ in body.calls:
        yield from ((guard, place) for place in (callee, *arguments, *(one for _, one in keywords), star))
    for target, how, key, value, guard, *_ in body.writes:
        keyed = how in (WriteHow.ITEM, WriteHow.DEL_ITEM)  # else the key is the name of an attribute
        yield from ((guard, place) for place in (target, value, *((key,) if keyed else ())))
    yield from ((guard, value) for _, value, guard, *_ in body.binds)
    yield from ((guard, place) for _, place, _, guard in body.flows)
    yield from ((parent, one) for parent, _, place, second, _ in body.guards for one in (place, second))


def _inside(body: Body, place: int) -> set[int]:
    """List the places that an expression is made of, itself included; calls have records of their own."""
    found: set[int] = set()
    waiting = [place]
    while waiting:
        one = waiting.pop()
        if one and one not in found:
            found.add(one)
            op, first = body.ops[one], body.a[one]
            if op in _PARTS:
                waiting += [first, body.b[one]] if op == Op.ITEM else [first]
            elif op in (Op.MIX, Op.ANY):
                waiting += body.joins[first]
            elif op == Op.SITE:
                waiting += body.sites[first][1]
    return found


def own_name(heap: Heap, context: Context) -> str:
    """Name the parameter that stands for the object whose method a function is; empty where it is none."""
    modules = heap.modules
    params = modules.units[context.uid].params
    is_method = bool(params) and modules.units[modules.parent(context.uid)].kind == UnitKind.CLASS
    return params[0].name if is_method else ""


def _is_name(heap: Heap, context: Context, place: int, name: str) -> bool:
    body = context.body
    return body.ops[place] == Op.NAME and heap.modules.string(context.module, body.a[place]) == name
