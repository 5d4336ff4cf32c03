"""How the code of one context spells a cell: under its own name, a local one, or by a call that gives it.

def post(self, name):
    known = players()     # both spell `_players` of another file
    known[name] = self.get_argument("team")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op, WriteHow
from statelint.program import library
from statelint.program.evaluate import evaluate
from statelint.program.observe import cells_at
from statelint.program.sites import whole
from statelint.program.values import Kind

if TYPE_CHECKING:
    from statelint.program.heap import Context, Heap
    from statelint.program.lifetime import Lifetimes
    from statelint.program.values import SlotKey

_LONGEST = 6
"""Attributes and calls in a row; a longer chain is spelled by nobody."""


def spellings(heap: Heap, lifetimes: Lifetimes, context: Context, cell: SlotKey) -> tuple[str, ...]:
    """List how a cell, or a container that it is the first to keep, is spelled in a context, sorted.

    `players()` stands for a call with whatever arguments.
    """
    slot = heap.slots.get(cell)
    kept = slot.values if slot is not None else ()
    held = {
        value
        for value in kept
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
        if (values and held.issuperset(values)) or cell in cells_at(heap, context, place):
            found.add(_spell(heap, context, place, _LONGEST))
    for target, how, key, *_ in body.writes:
        if how == WriteHow.ATTR and cell[0] == "F" and cell[2] == heap.modules.string(context.module, key):
            base = _spell(heap, context, target, _LONGEST)
            found.add(f"{base}.{cell[2]}" if base else "")
    return tuple(sorted(found - {""}))


def _is_container(heap: Heap, value: int) -> bool:
    kind = heap.values.kinds[value]
    return kind == Kind.CONTAINER or (kind == Kind.OBJECT and bool(library.container_type(heap, value)))


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
