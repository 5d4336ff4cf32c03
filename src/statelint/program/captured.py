"""What functions inside functions use of those around them: it lives on where they outlive the call.

def named(self, name):
    return self.find(lambda shop: shop.name == name)    # called at once, and gone

def counter():
    count = 0
    def more(): ...
    return more                                         # lives on, and `count` with it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, UnitKind
from statelint.program import library
from statelint.program.calling import call_record
from statelint.program.evaluate import evaluate
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_FUNCTIONS = (UnitKind.FUNCTION, UnitKind.LAMBDA)
_OF_A_UNIT = (Kind.FUNCTION, Kind.GENERATOR)
_AROUND_ONE = (Kind.METHOD, Kind.PARTIAL, Kind.COROUTINE, Kind.PROVIDER, Kind.PROPERTY, Kind.MAKER)
"""Values whose first part is the function that runs."""
_OF_PROJECT = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS)
_LOCAL, _AT_ONCE = "L", "now"


def captured_names(heap: Heap) -> frozenset[tuple[int, str]]:
    """List the names of functions that functions inside them keep, and the locals of threads' bodies."""
    known = heap.answers.captured
    if known is None:
        known = heap.answers.captured = frozenset(_captured_names(heap))
    return known


def _captured_names(heap: Heap) -> set[tuple[int, str]]:
    units, running = heap.modules.units, sorted(_running(heap))
    used = [(uid, around, name) for uid in running for around, name in _used_of_others(heap, uid)]
    kept = _kept_functions(heap, {(around, name) for _, around, name in used})
    found = {(around, name) for uid, around, name in used if _is_kept(heap, uid, around, kept)}
    for context in heap.in_order():
        if context.split:
            found |= {(context.uid, name.partition("@")[0]) for name in units[context.uid].local_names}
    return found


def _running(heap: Heap) -> set[int]:
    units = heap.modules.units
    return {c.uid for c in heap.in_order() if c.era != Era.CLI and units[c.uid].kind in _FUNCTIONS}


def _used_of_others(heap: Heap, uid: int) -> Iterator[tuple[int, str]]:
    """List the names that a function uses and functions around it bind, each with the unit that does."""
    modules = heap.modules
    around = list(_functions_around(heap, uid))
    if not around:
        return
    body, module = modules.body(uid), modules.module_of(uid)
    places = (place for place in range(1, len(body.ops)) if body.ops[place] == Op.NAME)
    named = {modules.string(module, body.a[place]) for place in places} - modules.locals[uid]
    for one in around:
        yield from ((one, name) for name in sorted(named) if name in modules.locals[one])


def _functions_around(heap: Heap, uid: int) -> Iterator[int]:
    """List the functions around a unit, the nearest first."""
    modules = heap.modules
    while modules.units[uid].parent > 0:
        uid = modules.parent(uid)
        if modules.units[uid].kind != UnitKind.CLASS:
            yield uid


def _is_kept(heap: Heap, uid: int, around: int, kept: Collection[int]) -> bool:
    """Whether a function, or one between it and the one around it, is kept; what is in a class is."""
    units = heap.modules.units
    while uid != around:
        if uid in kept or units[uid].kind == UnitKind.CLASS:
            return True
        uid = heap.modules.parent(uid)
    return False


def _kept_functions(heap: Heap, captured: Collection[tuple[int, str]]) -> set[int]:
    """Find the functions inside functions that something keeps after the call that makes them, by unit.

    `captured` are names of functions that functions inside them use: what is bound to one is kept, too.
    """
    inner = _functions_inside(heap)
    known = _values_of(heap, inner)
    marks = frozenset(known)
    found = {uid for uid, _ in (*heap.entries, *heap.background)} & inner
    holding: dict[Context, set[int]] = {}
    for key, slot in heap.slots.items():
        if marks.isdisjoint(slot.values):
            continue
        units = {known[value] for value in marks & slot.values}
        if key[0] != _LOCAL or (key[1], key[3].partition("@")[0]) in captured:
            found |= units
        elif (key[1], key[2]) in heap.contexts:
            holding.setdefault(heap.contexts[key[1], key[2]], set()).update(units)
    for context in heap.in_order():
        found |= {known[value] for value in marks & (context.returns.values | context.yields.values)}
        made = inner.intersection(heap.modules.children.get(context.uid, ()))
        if made:
            holding.setdefault(context, set()).update(made)
    for context, units in holding.items():
        if not units <= found:
            found |= {known[value] for value in marks & _handed_to_libraries(heap, context)}
    return found


def _functions_inside(heap: Heap) -> set[int]:
    """List the functions right inside other functions; a method of a class in there is not looked at."""
    modules = heap.modules
    return {
        uid
        for uid, unit in enumerate(modules.units)
        if unit.kind in _FUNCTIONS and modules.units[modules.parent(uid)].kind in _FUNCTIONS
    }


def _values_of(heap: Heap, inner: Collection[int]) -> dict[int, int]:
    """Find the values that stand for some functions, and the unit of each."""
    found: dict[int, int] = {}
    for value, kind in enumerate(heap.values.kinds):
        parts = heap.values.parts[value]
        if kind in _OF_A_UNIT and parts[0] in inner:
            found[value] = parts[0]
        elif kind in _AROUND_ONE and parts[0] in found:
            found[value] = found[parts[0]]
    return found


def _handed_to_libraries(heap: Heap, context: Context) -> set[int]:
    """List what a context hands to code that is not seen, and that may keep it."""
    found: set[int] = set()
    for number in range(len(context.body.calls)):
        record = call_record(context.body, number)
        if not _is_seen(heap, context, record):
            places = (*record.arguments, *(place for _, place in record.keywords), record.star)
            found.update(*(evaluate(heap, context, place).values for place in places if place))
    return found


def _is_seen(heap: Heap, context: Context, record: CallRecord) -> bool:
    """Whether all that a call may call is code of the project, or calls at once what it is given."""
    callees = evaluate(heap, context, record.callee).values
    return bool(callees) and all(
        heap.values.kinds[value] in _OF_PROJECT or _calls_at_once(heap, context, value) for value in callees
    )


def _calls_at_once(heap: Heap, context: Context, value: int) -> bool:
    """Whether a library calls what it is given before it returns: `sorted(rows, key=...)`."""
    entries = (heap.knowledge.register(name) for name in library.dotted_names(heap, value, context))
    known = [entry for entry in entries if entry is not None]
    return bool(known) and all(entry.runs == _AT_ONCE for entry in known)
