"""Texts near an expression: in it, in tables that it looks into, in what callers hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_KEYWORDS, Op
from statelint.model.files import FileRole
from statelint.program import module_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body
    from statelint.program.heap import Heap

_MOST_PLACES = 1_000
"""Expressions in each other, and rows of tables; what is larger says nothing of one text."""


def texts_near(heap: Heap, uid: int, place: int) -> Iterator[str]:
    """List the texts in an expression, in what its names are bound to, and in tables that it looks into."""
    waiting = [(uid, place)] if place else []
    seen = set(waiting)
    for home, at in waiting:  # grows while it is read
        body = heap.modules.body(home)
        if body.ops[at] == Op.CONST:
            yield from module_names.written(heap.modules, home, at)
        if body.ops[at] == Op.NAME:
            yield from _handed_over(heap, home, heap.modules.string(heap.modules.module_of(home), body.a[at]))
        for part in (*_parts(body, home, at), *_bound(heap, home, at)):
            if part[1] and part not in seen and len(seen) < _MOST_PLACES:
                seen.add(part)
                waiting.append(part)


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


def _handed_over(heap: Heap, uid: int, name: str) -> list[str]:
    """List the texts that calls by a function's name hand over: `load("store", "app.stores.Memory")`."""
    unit = heap.modules.units[uid]
    at = next((number for number, param in enumerate(unit.params) if param.name == name), -1)
    known = heap.plugins.handed.get((uid, name))
    if known is None and at >= 0:
        skip = int(heap.modules.is_receiver(uid, unit.params[0].name))
        known = list(dict.fromkeys(_texts_at(heap, unit.name, at - skip, name)))
        heap.plugins.handed[uid, name] = known
    return known or []


def _texts_at(heap: Heap, callee: str, position: int, keyword: str) -> Iterator[str]:
    """List the texts that stand as one argument of each call by a name, in the whole application."""
    modules = heap.modules
    for number, facts in enumerate(modules.facts):
        if facts.role != FileRole.APPLICATION or callee not in facts.strings:
            continue
        for uid in range(modules.first[number], modules.first[number] + len(facts.units)):
            body = modules.body(uid)
            for record in body.calls:
                at = record[CALL_CALLEE]
                op = body.ops[at]
                named = body.a[at] if op == Op.NAME else body.b[at] if op == Op.ATTR else -1
                if named < 0 or facts.strings[named] != callee:
                    continue
                given = record[CALL_ARGUMENTS]
                places = [place for text, place in record[CALL_KEYWORDS] if facts.strings[text] == keyword]
                places += given[position : position + 1]
                texts = (module_names.written(modules, uid, place) for place in places)
                yield from (text for found in texts for text in found)
