"""What is written to a file that a call opens, and what becomes of the names that hold the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_ARGUMENTS, CALL_KEYWORDS, WRITE_VALUE, Op
from statelint.program.calling import call_record
from statelint.program.callsites import CallSite, argument
from statelint.program.evaluate import evaluate
from statelint.program.library import dotted_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import FunctionEntry
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_WRITERS = ("write", "writelines")
_WRITE = "write"
_CLOSE = "close"
_TEXT_WRITERS = (*_WRITERS, "write_text", "write_bytes")
_SELF = "self"
_TEXT = "t"


class Content(NamedTuple):
    """What is written: the places of it, whether it is bytes, whether it is a record as text."""

    places: list[int]
    binary: bool
    dumped: bool


def written_by(heap: Heap, site: CallSite, entry: FunctionEntry, mode: str) -> Content:
    """Say what a call writes, or what is written to the file that it opens."""
    if entry.content is not None:
        place = _receiver(site) if entry.content == _SELF else argument(heap, site, entry.content)
        return Content([place], entry.binary, _is_dumped(heap, site.context, place))
    if entry.moves:
        return Content([], binary=False, dumped=_dumps(heap, site.context))
    held = names_of_result(site)
    binary = "b" in mode and _TEXT not in mode
    places: list[int] = []
    dumped = False
    for number in range(len(site.context.body.calls)):
        other = CallSite(site.context, number, 0, "")
        if _writes_to(heap, other, held):
            for place in other.record.arguments:
                places.append(place)
                dumped |= _is_dumped(heap, site.context, place)
            continue
        dumped |= not binary and _writes_itself(heap, other, held)
        for function in _functions(heap, other):
            target = argument(heap, other, function.changes[0]) if function.changes else 0
            named = function.dumps and any(value in held for _, value in other.record.keywords)
            if (target in held and target) or named:
                dumped |= function.dumps
                places.append(argument(heap, other, function.content) if function.content is not None else 0)
    return Content(places, binary, dumped)


def is_empty(heap: Heap, site: CallSite, content: Content) -> bool:
    """Whether nothing but constants is written to a file that a call opens, and nobody else gets it.

    open(os.path.join(folder, ".keep"), "w").close()
    """
    body = site.context.body
    if any(body.ops[place] != Op.CONST for place in content.places):
        return False
    held = names_of_result(site)
    given = {place for record in body.calls for place in record[CALL_ARGUMENTS]}
    given |= {place for record in body.calls for _, place in record[CALL_KEYWORDS]}
    kept = {write[WRITE_VALUE] for write in body.writes} | {place for _, place, *_ in body.flows}
    kept |= {part for _, parts in body.sites for part in parts}
    if not held.isdisjoint(given | kept):
        return False
    strings = heap.modules.facts[site.context.module].strings
    places = range(1, len(body.ops))
    asked = {strings[body.b[one]] for one in places if body.ops[one] == Op.ATTR and body.a[one] in held}
    is_entered = any(body.ops[one] == Op.ENTER and body.a[one] in held for one in places)
    return (is_entered or _CLOSE in asked) and asked <= {_CLOSE, "flush", *_WRITERS}


def _receiver(site: CallSite) -> int:
    body, callee = site.context.body, site.record.callee
    return body.a[callee] if body.ops[callee] == Op.ATTR else 0


def _functions(heap: Heap, site: CallSite) -> Iterator[FunctionEntry]:
    """Give the entries of what a call may call."""
    for value in sorted(evaluate(heap, site.context, site.record.callee).values):
        for name in dotted_names(heap, value):
            entry = heap.knowledge.function(name)
            if entry is not None:
                yield entry


def _is_dumped(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place is the text of a record: `json.dumps(order)`, with a line end, encoded or packed."""
    body, waiting, seen = context.body, [place], set[int]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if body.ops[one] == Op.MIX:
            waiting.extend(body.joins[body.a[one]])
        elif body.ops[one] == Op.NAME:
            waiting.extend(value for text, value, *_ in body.binds if text == body.a[one] and value)
        elif body.ops[one] == Op.CALL:
            call = CallSite(context, body.a[one], 0, "")
            if any(entry.dumps for entry in _functions(heap, call)):
                return True
            # `json.dumps(order).encode()`, `zlib.compress(json.dumps(order))`
            waiting += [_receiver(call), *call.record.arguments]
    return False


def _dumps(heap: Heap, context: Context) -> bool:
    """Whether a unit writes a record out, to the file that it then moves to its place."""
    for number in range(len(context.body.calls)):
        site = CallSite(context, number, 0, "")
        if any(entry.dumps and entry.changes for entry in _functions(heap, site)):
            return True
        if _method(heap, site) in _TEXT_WRITERS and any(
            _is_dumped(heap, context, place) for place in site.record.arguments
        ):
            return True
    return False


def _writes_itself(heap: Heap, site: CallSite, held: set[int]) -> bool:
    """Whether an object writes what it is to one of the places that hold a file: `parser.write(file)`."""
    first = site.record.arguments[:1]
    return _method(heap, site) == _WRITE and bool(first) and first[0] in held


def _method(heap: Heap, site: CallSite) -> str:
    """Give the name of the method that is called, empty for a function."""
    body, callee = site.context.body, site.record.callee
    return heap.modules.string(site.context.module, body.b[callee]) if body.ops[callee] == Op.ATTR else ""


def _writes_to(heap: Heap, site: CallSite, held: set[int]) -> bool:
    """Whether a call is `file.write(...)` on one of the places that hold the file."""
    return _receiver(site) in held and _method(heap, site) in _WRITERS


def names_of_result(site: CallSite) -> set[int]:
    """Find the places that hold what a call gives: itself, entered, awaited, or under names of the unit."""
    body = site.context.body
    held: set[int] = set()
    grown = -1
    while grown != len(held):
        grown = len(held)
        names = {text for text, value, *_ in body.binds if value in held}
        for place in range(1, len(body.ops)):
            op, a = body.ops[place], body.a[place]
            if (
                (op == Op.CALL and a == site.number)
                or (op in (Op.ENTER, Op.AWAIT, Op.ITEM, Op.ELEMENT) and a in held)
                or (op == Op.NAME and a in names)
            ):
                held.add(place)
    return held


def is_handed_back(context: Context, held: set[int]) -> bool:
    """Whether a unit returns a held value, its name, or a table or text with one of them."""
    return any(_contains(context, flow[1], held, set()) for flow in context.body.flows if not flow[0])


def _contains(context: Context, place: int, held: set[int], asked: set[int]) -> bool:
    """Whether a place has a held value in it; `asked` were asked before: `name = name if done else path`."""
    body = context.body
    if place in held:
        return True
    if place in asked:
        return False
    asked.add(place)
    op, a = body.ops[place], body.a[place]
    if op == Op.ATTR:
        return a in held
    if op in (Op.SITE, Op.MIX, Op.ANY):
        parts = body.sites[a][1] if op == Op.SITE else body.joins[a]
        return any(_contains(context, part, held, asked) for part in parts if part)
    if op == Op.NAME:
        values = [value for text, value, *_ in body.binds if text == a and value and value != place]
        return any(body.ops[value] != Op.NAME and _contains(context, value, held, asked) for value in values)
    return False


def is_removed(heap: Heap, context: Context, held: set[int]) -> bool:
    """Whether a unit removes the file, or hands its name to something that may."""
    for number in range(len(context.body.calls)):
        record = call_record(context.body, number)
        site = CallSite(context, number, 0, "")
        told = any(_contains(context, place, held, set()) for place in record.arguments)
        if told and any(entry.removes_file for entry in _functions(heap, site)):
            return True
    return False
