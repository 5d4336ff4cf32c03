"""Texts near an expression: in it, in tables that it looks into, in what callers hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_KEYWORDS, Op
from statelint.program import given_names, module_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body
    from statelint.program.heap import Heap

_MOST_PLACES = 1_000
"""Expressions in each other, and rows of tables; what is larger says nothing of one text."""


def texts_near(heap: Heap, uid: int, place: int) -> Iterator[str]:
    """List the texts in an expression, in what its names are bound to, and in tables that it looks into.

    A parameter is what calls by the function's name hand over. Where a call of the same module says nothing
    of a name, any that the module writes may be meant.
    """
    for home, at in _places_near(heap, uid, place):
        body = heap.modules.body(home)
        if body.ops[at] == Op.CONST:
            yield from module_names.written(heap.modules, home, at)
        if body.ops[at] == Op.NAME:
            yield from _texts_given(heap, home, heap.modules.string(heap.modules.module_of(home), body.a[at]))


def _places_near(heap: Heap, uid: int, place: int) -> Iterator[tuple[int, int]]:
    """List the places that an expression is made of, and those that its names are bound to."""
    waiting = [(uid, place)] if place else []
    seen = set(waiting)
    for home, at in waiting:  # grows while it is read
        yield home, at
        for part in (*_parts(heap.modules.body(home), home, at), *_bound(heap, home, at)):
            if part[1] and part not in seen and len(seen) < _MOST_PLACES:
                seen.add(part)
                waiting.append(part)


def _texts_given(heap: Heap, uid: int, name: str) -> Iterator[str]:
    """List the texts near what calls hand over for a parameter: `load("store", KINDS[kind])`."""
    modules = heap.modules
    if not any(param.name == name for param in modules.units[uid].params):
        return
    home = modules.module_of(uid)
    for call in given_names.calls_of(heap, uid):
        place = given_names.place_given(heap, call, uid, name)
        words = list(module_names.written(modules, call.uid, place)) if place else []
        for at, part in _places_near(heap, call.uid, place):
            if modules.body(at).ops[part] == Op.CONST:
                words += module_names.written(modules, at, part)
        yield from words
        if place and modules.module_of(call.uid) == home and not any("." in word for word in words):
            yield from (text for text in modules.facts[home].constants if isinstance(text, str))


def _parts(body: Body, uid: int, place: int) -> Iterator[tuple[int, int]]:
    """List the places that an expression is made of, each with its unit."""
    op = body.ops[place]
    parts: list[int] = []
    if op == Op.CALL:
        record = body.calls[body.a[place]]
        parts = [record[CALL_CALLEE], *record[CALL_ARGUMENTS], *(part for _, part in record[CALL_KEYWORDS])]
    elif op in (Op.ATTR, Op.ITEM, Op.ELEMENT):
        parts = [body.a[place]]
    elif op in (Op.ANY, Op.MIX):
        parts = list(body.joins[body.a[place]])
    elif op == Op.SITE:
        parts = list(body.sites[body.a[place]][1][1::2])
    return ((uid, part) for part in parts)


def _bound(heap: Heap, uid: int, place: int) -> Iterator[tuple[int, int]]:
    """List what a name of the unit is bound to, and the tables that a name of a module is: `tables.KINDS`."""
    modules = heap.modules
    body, module = modules.body(uid), modules.module_of(uid)
    home = uid
    name = ""
    if body.ops[place] == Op.NAME:
        name = modules.string(module, body.a[place])
    elif body.ops[place] == Op.ATTR and (number := module_names.module_at(modules, uid, body.a[place])) >= 0:
        name, home = modules.string(module, body.b[place]), modules.first[number]
    for at, value in module_names.bound(modules, home, name) if name else ():
        if at == uid or _is_table(heap, at, value):
            yield at, value


def _is_table(heap: Heap, uid: int, place: int) -> bool:
    """Whether a place is a display or a text: what another module computes says nothing here."""
    return heap.modules.body(uid).ops[place] in (Op.SITE, Op.CONST)
