"""Objects that stand before another one, and give its attributes for their own.

    class Wrapper:
        def __getattr__(self, name):
            return getattr(self._bot, name)

`wrapper.memory` is what `wrapper._bot.memory` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, Op

if TYPE_CHECKING:
    from statelint.model.facts import Body
    from statelint.program.heap import Heap

_RETURNS = 0


def path_behind(heap: Heap, getter: int) -> tuple[str, ...]:
    """Give the fields that lead to the object whose attributes a `__getattr__` gives; empty: none."""
    known = heap.classes.behind.get(getter)
    if known is None:
        known = heap.classes.behind[getter] = _find(heap, getter)
    return known


def _find(heap: Heap, getter: int) -> tuple[str, ...]:
    unit, body = heap.modules.units[getter], heap.modules.glance(getter)
    if len(unit.params) != 2:
        return ()
    strings = heap.modules.facts[heap.modules.module_of(getter)].strings
    owner, name = (param.name for param in unit.params)
    for kind, place, *_ in body.flows:
        if kind != _RETURNS or body.ops[place] != Op.CALL:
            continue
        record = body.calls[body.a[place]]
        callee, places = record[CALL_CALLEE], record[CALL_ARGUMENTS]
        if not _is_name(body, callee, strings, "getattr") or len(places) < 2:
            continue
        if _is_name(body, places[1], strings, name) and (path := _path(body, places[0], strings, owner)):
            return path
    return ()


def _is_name(body: Body, place: int, strings: tuple[str, ...], name: str) -> bool:
    return body.ops[place] == Op.NAME and strings[body.a[place]] == name


def _path(body: Body, place: int, strings: tuple[str, ...], owner: str) -> tuple[str, ...]:
    """Give the names of the fields in `self._app.bot`; empty where it does not begin with the object."""
    path: list[str] = []
    while body.ops[place] == Op.ATTR:
        path.append(strings[body.b[place]])
        place = body.a[place]
    return tuple(reversed(path)) if _is_name(body, place, strings, owner) else ()
