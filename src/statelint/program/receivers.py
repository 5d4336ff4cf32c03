"""On which objects methods are called: what a call on another object of the class does not touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_CALLEE, CALL_LINE, Op, UnitKind
from statelint.program import handover
from statelint.program.evaluate import evaluate
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.heap import Context, Heap
    from statelint.program.values import SlotKey

ANY: frozenset[int] = frozenset()
"""Any object: which one it is cannot be told from `self`."""


class CallOn(NamedTuple):
    """A function that calls another one: from which line on, and as a method of which objects."""

    context: Context
    line: int
    on: frozenset[int]


def asked_by_itself(heap: Heap, context: Context, cell: SlotKey) -> frozenset[int]:
    """Give the object whose field a method uses as that of `self` alone; none: it may come from elsewhere."""
    if cell[0] != "F":
        return ANY
    own = _own_name(heap, context)
    body = context.body
    bases = {
        body.a[place]
        for place in range(1, len(body.ops))
        if body.ops[place] == Op.ATTR
        and heap.modules.string(context.module, body.b[place]) == cell[2]
        and cell[1] in evaluate(heap, context, body.a[place]).values
    }
    by_itself = bool(own and bases) and all(_is_name(heap, context, base, own) for base in bases)
    return frozenset({cell[1]}) if by_itself else ANY


def calls_on(heap: Heap, context: Context, on: frozenset[int]) -> Iterator[CallOn]:
    """List the functions that call a method on one of some objects; where they may be any, all that call it."""
    for caller, (_, line) in context.callers.items():
        met = _met(heap, caller, context.uid) if on else []
        asked = [(at, base) for at, receiver, base in met if receiver in on]
        if met and not asked:
            continue
        own = _own_name(heap, caller)
        by_itself = bool(own and asked) and all(_is_name(heap, caller, base, own) for _, base in asked)
        yield CallOn(caller, min((at for at, _ in asked), default=line), on if by_itself else ANY)


def _met(heap: Heap, caller: Context, uid: int) -> list[tuple[int, int, int]]:
    """List the calls of a method in a function: the line, the object, and the place that stands for it.

    None where it may be called otherwise, too: as a function, by way of a property, by a library.
    """
    kinds, parts, body = heap.values.kinds, heap.values.parts, caller.body
    met = []
    for record in body.calls:
        callee = record[CALL_CALLEE]
        for value in evaluate(heap, caller, callee).values:
            if handover.unit_of(heap, value) != uid:
                continue
            if kinds[value] != Kind.METHOD or body.ops[callee] != Op.ATTR:
                return []
            met.append((record[CALL_LINE], parts[value][1], body.a[callee]))
    return met


def _own_name(heap: Heap, context: Context) -> str:
    """Name the parameter that stands for the object whose method a function is; empty: it is none."""
    modules = heap.modules
    params = modules.units[context.uid].params
    is_method = bool(params) and modules.units[modules.parent(context.uid)].kind == UnitKind.CLASS
    return params[0].name if is_method else ""


def _is_name(heap: Heap, context: Context, place: int, name: str) -> bool:
    body = context.body
    return body.ops[place] == Op.NAME and heap.modules.string(context.module, body.a[place]) == name
