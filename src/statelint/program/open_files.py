"""Files that start-up opens for writing, and that serving code writes to by the name that keeps them open.

LOG = open("/data/calls.log", "a")

@app.post("/call")
def call():
    LOG.write(request.form["what"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op, UnitKind, WriteHow
from statelint.program import callees, names
from statelint.program.callsites import argument
from statelint.program.evaluate import evaluate
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.filewrites import FileWrite
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

_WRITES = frozenset({"write", "writelines", "writerow", "writerows", "writeheader", "truncate", "flush"})
"""Methods by which something goes into a file that is open, by itself or by what is wrapped around it."""

_PRINT, _FILE = "print", "file"
_DEEPEST = 4
"""Names and attributes between a call and the cell that keeps the file."""


class OpenFile(NamedTuple):
    """A call at start-up that opens a file, and the call while serving that writes to it."""

    opened: FileWrite
    context: Context
    call: int


def find(
    heap: Heap, calls: CallSites, opening: Callable[[Context, int], FileWrite | None]
) -> Iterator[OpenFile]:
    """Find the files that stay open, each with the first call that writes to it; `opening` judges a call."""
    kept = _kept(heap, calls, opening)
    told: set[tuple[tuple[int, int], int]] = set()
    for context, number, place in sorted(_written(heap, calls), key=_order) if kept else ():
        for cell in _cells(heap, context, place):
            opened = kept.get(cell)
            if opened is not None and (opened.context.key, opened.call) not in told:
                told.add((opened.context.key, opened.call))
                yield OpenFile(opened, context, number)


def _order(written: tuple[Context, int, int]) -> tuple[tuple[int, int], int, int]:
    context, number, place = written
    return context.key, number, place


def _kept(
    heap: Heap, calls: CallSites, opening: Callable[[Context, int], FileWrite | None]
) -> dict[SlotKey, FileWrite]:
    """Find the cells that keep what a call at start-up opens, and those of what is wrapped around that."""
    found: dict[SlotKey, FileWrite] = {}
    for name in sorted(calls.of_name):
        entry = heap.knowledge.function(name)
        if entry is None or not entry.mode:
            continue
        for site in calls.of_name[name]:
            opened = opening(site.context, site.number) if site.context.era == Era.BOOT else None
            if opened is not None:
                for cell in _bound(heap, site.context, site.number):
                    found.setdefault(cell, opened)
    for cell, opened in _wrapped(heap, found) if found else ():
        found.setdefault(cell, opened)
    return found


def _wrapped(heap: Heap, kept: Mapping[SlotKey, FileWrite]) -> list[tuple[SlotKey, FileWrite]]:
    """List the cells that keep what is wrapped around an open file: `self.rows = csv.writer(self.file)`."""
    modules = {opened.context.module for opened in kept.values()}
    found = []
    for context in heap.in_order():
        if context.era != Era.BOOT or not context.passes or context.module not in modules:
            continue
        for number, record in callees.calls_of(context):
            given = [cell for place in record.arguments for cell in _cells(heap, context, place)]
            opened = next((kept[cell] for cell in given if cell in kept), None)
            if opened is not None:
                found += [(cell, opened) for cell in _bound(heap, context, number)]
    return found


def _bound(heap: Heap, context: Context, number: int) -> Iterator[SlotKey]:
    """List the cells to which a function binds what a call gives: a global, a field of an object."""
    body, strings = context.body, heap.modules.facts[context.module].strings
    places = {place for place in range(1, len(body.ops)) if _is_call(context, place, number)}
    held = {text for text, value, *_ in body.binds if value in places}
    for name in sorted({strings[text].partition("@")[0] for text in held}):
        yield _named(heap, context, name)
    for target, how, text, value, *_ in body.writes:
        is_held = value in places or (body.ops[value] == Op.NAME and body.a[value] in held)
        if how == WriteHow.ATTR and is_held:
            yield from _fields(heap, context, target, strings[text])
        elif how == WriteHow.NAME and is_held:
            yield from _cells(heap, context, target)


def _named(heap: Heap, context: Context, name: str) -> SlotKey:
    """Give the cell of a name that a module, the body of a class or a function binds."""
    kind = heap.modules.units[context.uid].kind
    if kind == UnitKind.MODULE:
        return ("G", context.module, name)
    if kind == UnitKind.CLASS:
        return ("F", heap.values.make(Kind.CLASS, context.uid), name)
    return ("L", context.uid, context.run, name)


def _is_call(context: Context, place: int, number: int) -> bool:
    return bool(context.body.ops[place] == Op.CALL and context.body.a[place] == number)


def _fields(heap: Heap, context: Context, place: int, name: str) -> Iterator[SlotKey]:
    for value in sorted(evaluate(heap, context, place).values):
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.MODULE:
            yield ("G", parts[0], name)
        elif kind in (Kind.OBJECT, Kind.CLASS):
            yield ("F", value, name)
            for item in names.ancestors(heap, parts[0]):
                if isinstance(item, int) and name in heap.modules.locals[item]:
                    yield ("F", heap.values.make(Kind.CLASS, item), name)


def _cells(heap: Heap, context: Context, place: int, depth: int = 0) -> Iterator[SlotKey]:
    """List the cells out of which a place takes its value: by a name from around, by an attribute."""
    body, strings = context.body, heap.modules.facts[context.module].strings
    if not place or depth > _DEEPEST:
        return
    if body.ops[place] == Op.ATTR:
        yield from _fields(heap, context, body.a[place], strings[body.b[place]])
    elif body.ops[place] == Op.NAME:
        name = strings[body.a[place]]
        if name in heap.modules.locals[context.uid]:
            for text, value, *_ in body.binds:
                if text == body.a[place] and value != place:
                    yield from _cells(heap, context, value, depth + 1)
            return
        name = name.partition("@")[0]
        home, owner, runs = names.owner_of_name(heap, context, name)
        if home == "module":
            yield ("G", *heap.modules.home_of(owner, name))
        else:  # what a factory opens for the handlers inside
            yield from (("L", owner, run, name) for run in runs)


def _written(heap: Heap, calls: CallSites) -> Iterator[tuple[Context, int, int]]:
    """List the calls while serving that write to an open file by their words, and the places of the files."""
    for context in heap.contexts.values():
        if context.era != Era.SERVE or not context.passes:
            continue
        strings = heap.modules.facts[context.module].strings
        for number, record in callees.calls_of(context):
            receiver = callees.receiver(context, record)
            if receiver and strings[context.body.b[record.callee]] in _WRITES:
                yield context, number, receiver
    for name, sites in calls.of_name.items():
        entry = heap.knowledge.function(name)
        positions: tuple[int | str, ...] = (_FILE,) if name == _PRINT else ()
        if entry is not None and entry.dumps:
            positions += entry.changes
        for site in sites if positions else ():
            if site.context.era == Era.SERVE:
                for place in (argument(heap, site, position) for position in positions):
                    yield site.context, site.number, place
