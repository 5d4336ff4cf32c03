"""Tables of settings that stand in the code as literals: `{"handlers": {"file": {"class": ...}}}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, WriteHow
from statelint.model.places import Place
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.places_kept import Here, is_here, where_kept
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.knowledge import Keeps
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.text_reader import TextReader

_ANY_KEY = "*"


def kept_in(heap: Heap, texts: TextReader, context: Context, place: int, entry: Keeps) -> Iterator[Here]:
    """Give each entry of a table that keeps something here, with the line on which it begins."""
    *way, last = entry.at.split(".")
    for home, table in descend(heap, context, place, way):
        for name, value in pairs(heap, home, table):
            if last not in (_ANY_KEY, name):
                continue
            rows = list(displays(heap, home, value))
            for owner, row in rows:
                here = _row(texts, owner, dict(pairs(heap, owner, row)), entry)
                if here is not None:
                    yield here._replace(place=_line(heap, owner, row))
            here = None if rows else where_kept(texts.at(home, value), entry, at_boot=True)
            if here is not None and here.text is not None:
                yield here._replace(place=_line(heap, home, value))


def _row(texts: TextReader, context: Context, row: dict[str, int], entry: Keeps) -> Here | None:
    """Say whether a table within the table keeps something here: by its kind, unless its place denies it."""
    kind = row.get(entry.key, 0)
    if not kind or not _is_kind(texts, context, kind, entry):
        return None
    place = row.get(entry.place, 0) if entry.place else 0
    if not place:
        return Here(None, omitted=False) if not entry.place or entry.unknown == "here" else None
    told = texts.at(context, place)
    if not told.known:
        return Here(None, omitted=False) if entry.unknown == "here" else None
    alive = (text for text in told.known if is_here(text, entry, at_boot=True, any_place=True))
    text = next(alive, None)
    return Here(text, omitted=False) if text is not None else None


def _line(heap: Heap, context: Context, place: int) -> Place:
    line = context.body.line_of(place)
    return Place(heap.modules.facts[context.module].path, line, 1, line, 1)


def _is_kind(texts: TextReader, context: Context, place: int, entry: Keeps) -> bool:
    """Whether an entry names one of the classes."""
    told = [text.whole for text in texts.at(context, place).known]
    return any(word == kind or word.endswith(f".{kind}") for word in told if word for kind in entry.kinds)


def descend(heap: Heap, context: Context, place: int, keys: Sequence[str]) -> Iterator[tuple[Context, int]]:
    """Go from a table along the keys to the displays below; `*` stands for every key."""
    tables = list(displays(heap, context, place))
    for key in [one for one in keys if one]:
        below: list[tuple[Context, int]] = []
        for home, table in tables:
            for name, value in pairs(heap, home, table):
                if key in (_ANY_KEY, name):
                    below += displays(heap, home, value)
        tables = below
    yield from dict.fromkeys(tables)


def displays(heap: Heap, context: Context, place: int) -> Iterator[tuple[Context, int]]:
    """Find the displays that a place may be, here or in other units, each with its context."""
    if context.body.ops[place] == Op.SITE:
        yield context, place
        return
    for value in sorted(evaluate(heap, context, place).values):
        if heap.values.kinds[value] != Kind.CONTAINER:
            continue
        uid, site, era, *_ = heap.values.parts[value]
        home = heap.contexts.get((uid, era)) or heap.contexts.get((uid, Era.BOOT))
        if home is not None and 0 < site < len(home.body.ops) and home.body.ops[site] == Op.SITE:
            yield home, site


def is_readable(context: Context, table: int) -> bool:
    """Whether every key of a display stands in the code: `{**others}` may hold any."""
    return all(context.body.sites[context.body.a[table]][1][::2])


def pairs(heap: Heap, context: Context, table: int) -> Iterator[tuple[str, int]]:
    """List the constant keys of a display and the places of their values, as they stand when it is made.

    What the same code puts under a key further down, whatever happens, takes the place of that.
    """
    _, places = context.body.sites[context.body.a[table]]
    later = dict(_put_later(heap, context, table))
    for index in range(0, len(places), 2):
        key = constant(heap, context, places[index]) if places[index] else None
        if isinstance(key, str) and key not in later:
            yield key, places[index + 1]
    yield from later.items()


def _put_later(heap: Heap, context: Context, table: int) -> Iterator[tuple[str, int]]:
    """List what is put into a display by its own unit: `DATABASES["default"] = {...}`."""
    for target, how, key, value, guard, *_ in context.body.writes:
        if how != WriteHow.ITEM or guard or not value:
            continue
        owners = (heap.values.parts[one] for one in evaluate(heap, context, target).values)
        word = constant(heap, context, key)
        if isinstance(word, str) and any(owner[:2] == (context.uid, table) for owner in owners):
            yield word, value


def elements(heap: Heap, context: Context, place: int) -> list[int]:
    """List the elements of a display that stands at a place, or that a local name is bound to."""
    return [
        value
        for home, table in displays(heap, context, place)
        if home is context
        for value in home.body.sites[home.body.a[table]][1][1::2]
    ]
