"""Rows of a long table: each is a container of its own, and one stands for all where any may be meant.

    PARSERS = [("atom", parse_atom), ("rss", parse_rss), ...]
    for name, parse in PARSERS:
        parse(text)

A cell keeps a dozen containers apart. A longer table has, beside its rows, one row whose first column has
what is in the first column of any, and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program.slots import MOST_VALUES
from statelint.program.values import FIRST_KEYED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap


def note_rows(heap: Heap, context: Context, pairs: Sequence[int]) -> None:
    """Remember which rows of a long table are displays of one kind, before they are made."""
    body = context.body
    displays: dict[str, list[int]] = {}
    for place in pairs[1::2]:
        if body.ops[place] == Op.SITE:
            displays.setdefault(body.sites[body.a[place]][0], []).append(place)
    for rows in displays.values():
        if len(rows) > MOST_VALUES:
            heap.apart.rows.update({(context.uid, place): rows[0] for place in rows})


def displayed(heap: Heap, context: Context, place: int, type_name: str) -> int:
    """Give the container that a display makes: a row of a long table is told from one that stands for all."""
    first = heap.apart.rows.get((context.uid, place))
    if first is None or context.run >> 2 >= FIRST_KEYED:
        return heap.container(context, place, context.era, type_name)
    return heap.part(heap.container(context, first, context.era, type_name), (place,))
