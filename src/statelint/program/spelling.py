"""How the code of one context spells a cell: under its own name, a local one, or by a call that gives it.

def post(self, name):
    known = players()     # both spell `_players` of another file
    known[name] = self.get_argument("team")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op, WriteHow
from statelint.program import library
from statelint.program.cell_names import whole
from statelint.program.contexts import era_of
from statelint.program.evaluate import evaluate
from statelint.program.reads import cells_at
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.lifetime import Lifetimes
    from statelint.program.values import SlotKey

_LONGEST = 6
"""Attributes and calls in a row; a longer chain is spelled by nobody."""


def spellings(heap: Heap, lifetimes: Lifetimes, context: Context, cell: SlotKey) -> tuple[str, ...]:
    """List how a cell, or a container that it is the first to keep, is spelled in a context, sorted.

    `players()` stands for a call with whatever arguments.
    """
    held = {
        value
        for value in lifetimes.contents(cell)
        if _is_container(heap, value)
        if (holder := lifetimes.holder.get(value)) is not None and whole(holder) == cell
    }
    body = context.body
    found = set()
    for place in range(1, len(body.ops)):
        op = body.ops[place]
        if op not in (Op.NAME, Op.ATTR, Op.CALL):
            continue
        values = evaluate(heap, context, place).values if held else ()
        is_alias = values and held.issuperset(values) and _hands_on(heap, context, place, _LONGEST)
        if is_alias or cell in cells_at(heap, context, place):
            found.add(_spell(heap, context, place, _LONGEST))
    for target, how, key, *_ in body.writes:
        if how == WriteHow.ATTR and cell[0] == "F" and cell[2] == heap.modules.string(context.module, key):
            base = _spell(heap, context, target, _LONGEST)
            found.add(f"{base}.{cell[2]}" if base else "")
    return tuple(sorted(found - {""}))


def _hands_on(heap: Heap, context: Context, place: int, room: int) -> bool:
    """Whether a place gives what it was given; what is picked out of others is one of many alike."""
    body, op = context.body, context.body.ops[place]
    if op == Op.CALL:
        callee = evaluate(heap, context, body.calls[body.a[place]][CALL_CALLEE]).values
        return any(heap.values.kinds[value] in (Kind.FUNCTION, Kind.METHOD) for value in callee)
    if op == Op.NAME and room:
        given = [value for name, value, *_ in body.binds if name == body.a[place] and value]
        return all(_hands_on(heap, context, value, room - 1) for value in given)
    if op == Op.AWAIT and room:
        return _hands_on(heap, context, body.a[place], room - 1)
    return op in (Op.ATTR, Op.ANY, Op.SITE)


def _is_container(heap: Heap, value: int) -> bool:
    """Whether a value is one container; one made while serving stands for all that are made there."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.OBJECT:
        return era_of(parts[1]) == Era.BOOT and bool(library.container_type(heap, value))
    return kind == Kind.CONTAINER and bool(parts[2] == Era.BOOT)


def _spell(heap: Heap, context: Context, place: int, room: int) -> str:
    """Write a place as the source does; empty for what is no chain of names."""
    body = context.body
    op = body.ops[place]
    if op == Op.NAME:
        return heap.modules.string(context.module, body.a[place]).partition("@")[0]
    if not room:
        return ""
    if op == Op.ATTR:
        base = _spell(heap, context, body.a[place], room - 1)
        return f"{base}.{heap.modules.string(context.module, body.b[place])}" if base else ""
    if op == Op.AWAIT:
        return _spell(heap, context, body.a[place], room - 1)
    if op == Op.CALL:
        callee = _spell(heap, context, body.calls[body.a[place]][CALL_CALLEE], room - 1)
        return f"{callee}()" if callee else ""
    return ""
