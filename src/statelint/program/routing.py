"""Handlers that are no functions: objects and classes whose methods are called, and tables of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op, UnitKind
from statelint.program import names
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.contexts import Entry
from statelint.program.parameters import bind
from statelint.program.values import ERAS, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.knowledge import RegisterEntry
    from statelint.program.found import Found
    from statelint.program.heap import Heap
    from statelint.program.labels import Label

_PATH, _HANDLER, _OPTIONS = 0, 1, 2
"""The items of a row in a table of routes: `(r"/cart", Cart, {"store": store})`."""


class Row(NamedTuple):
    """One row of a table of routes; `path` is empty where it cannot be read."""

    path: str
    handler: Found
    options: Found


def rows(heap: Heap, caller: Caller, entry: RegisterEntry, arguments: Arguments) -> Iterator[Row]:
    """Read the tables of routes that a call is given: `Application([(r"/cart", Cart)])`."""
    tables = [arguments.at(position) for position in entry.table]
    for table in tables:
        for one in sorted(table.values) if table is not None else ():
            if heap.values.kinds[one] == Kind.CONTAINER:
                for row in sorted(heap.elements(one, caller.context).values):
                    if heap.values.kinds[row] == Kind.CONTAINER:
                        yield _row(heap, caller, row)


def _row(heap: Heap, caller: Caller, row: int) -> Row:
    uid, place = heap.values.parts[row][:2]
    path: object = NOT_CONSTANT
    contexts = [heap.contexts[uid, era] for era in ERAS if (uid, era) in heap.contexts]
    if contexts and 0 <= place < len(contexts[0].body.ops) and contexts[0].body.ops[place] == Op.SITE:
        body = contexts[0].body
        pairs = body.sites[body.a[place]][1]
        path = constant(heap, contexts[0], pairs[2 * _PATH + 1]) if len(pairs) > 1 else NOT_CONSTANT
    handler, options = (heap.item(row, key, caller.context) for key in (_HANDLER, _OPTIONS))
    return Row(path if isinstance(path, str) else "", handler, options)


def note_path(heap: Heap, handlers: Found, path: str) -> None:
    """Remember under which path a class stands in a table; the first one that is met names it."""
    for value in sorted(handlers.values) if path else ():
        if heap.values.kinds[value] in (Kind.CLASS, Kind.OBJECT):
            heap.class_paths.setdefault(heap.values.parts[value][0], path)


def methods_to_call(
    heap: Heap, caller: Caller, found: Found, entry: RegisterEntry, label: Label
) -> Iterator[tuple[int, Entry]]:
    """List the methods that a framework calls on an object that it is given, or on one that it makes.

    A module will do for an object: its functions are called.
    """
    for value in sorted(found.values):
        if heap.values.kinds[value] in (Kind.CLASS, Kind.OBJECT, Kind.MODULE):
            for receiver in _receivers(heap, caller, value, entry):
                yield from _methods(heap, caller, receiver, entry, label)


def marked_methods(heap: Heap, found: Found, entry: RegisterEntry) -> Iterator[tuple[int, Entry]]:
    """List the methods of classes that are only marked: called on the objects that the project makes."""
    for value in sorted(found.values):
        if heap.values.kinds[value] == Kind.CLASS:
            uid = heap.values.parts[value][0]
            for child in heap.modules.children.get(uid, ()):
                unit = heap.modules.units[child]
                word = heap.knowledge.handler(entry, unit.name) if unit.kind == UnitKind.FUNCTION else ""
                if word:
                    yield child, Entry(entry.entry, word, 0, uid)


def _receivers(heap: Heap, caller: Caller, value: int, entry: RegisterEntry) -> list[int]:
    if heap.values.kinds[value] != Kind.CLASS:
        return [value]
    if entry.lifetime == "own":
        return []
    inner = caller.in_era(Era.BOOT if entry.lifetime == "process" else Era.SERVE)
    made = heap.invoke(inner, heap.single(value), NO_ARGUMENTS)
    return sorted(one for one in made.values if heap.values.kinds[one] == Kind.OBJECT)


def _methods(
    heap: Heap, caller: Caller, receiver: int, entry: RegisterEntry, label: Label
) -> Iterator[tuple[int, Entry]]:
    uid = heap.values.parts[receiver][0]
    if heap.values.kinds[receiver] == Kind.MODULE:
        uid = heap.modules.first[uid]
    for name in _bound_names(heap, uid):
        word = heap.knowledge.handler(entry, name)
        if not word:
            continue
        for value in sorted(heap.invoke_attribute(caller.context, receiver, name).values):
            if heap.values.kinds[value] in (Kind.METHOD, Kind.FUNCTION):
                path = label.path or label.method
                at = "" if path else uid
                yield value, Entry(entry.entry, f"{word} {path}".strip(), 0, at)


def _bound_names(heap: Heap, uid: int) -> Iterable[str]:
    """List what a class and its bases in the project bind, nearest first, each name once; or a module."""
    if heap.modules.units[uid].kind == UnitKind.MODULE:
        return heap.modules.units[uid].local_names
    items = [item for item in names.ancestors(heap, uid) if isinstance(item, int)]
    return dict.fromkeys(name for item in items for name in heap.modules.units[item].local_names)


def hand_options(heap: Heap, caller: Caller, methods: Iterable[str], row: Row) -> None:
    """Hand the third item of a row, a dict, to methods of the class that the row names, by keyword."""
    options = Arguments((), {}, row.options)
    for value in sorted(row.handler.values):
        uid = heap.values.parts[value][0] if heap.values.kinds[value] == Kind.CLASS else -1
        for method in methods if uid >= 0 else ():
            found = names.class_attribute(heap, uid, method, caller.context)
            for one in sorted(heap.read(found[1], caller.context).values) if found is not None else ():
                if heap.values.kinds[one] == Kind.FUNCTION:
                    function, made_in, *_ = heap.values.parts[one]
                    bind(heap, caller, heap.context(function, Era.SERVE), made_in, options)
