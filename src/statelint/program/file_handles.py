"""What becomes of a file that a call opens for writing: whether it is only read, or only locked.

with open(path, "r+") as file:              self.file = open(self.path, "w")
    settings = json.load(file)              fcntl.flock(self.file, fcntl.LOCK_EX)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, WriteHow
from statelint.program import callees, filecontent
from statelint.program.callsites import CallSite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_MAKES_ANEW = frozenset("wax")
_READ = frozenset({"read", "readline", "readlines", "readinto", "seek", "tell", "name", "mode"})
_HELD = frozenset({"close", "closed", "fileno"})


def is_unwritten(heap: Heap, context: Context, number: int, mode: str) -> bool:
    """Whether nothing is written to a file that a call opens with such a mode, but that it is there."""
    held = filecontent.names_of_result(CallSite(context, number, 0, ""))
    if _is_given_away(context, held):
        return False
    if _MAKES_ANEW.isdisjoint(mode):
        return _is_used(heap, context, held, _READ | _HELD, locks=False)
    kept = _kept_in(context, held)
    if kept:
        return _is_locked(heap, context, kept)
    return _is_used(heap, context, held, _HELD, locks=True) and any(_locks(heap, context, held))


def _is_given_away(context: Context, held: set[int]) -> bool:
    """Whether a function gives a file back, or puts it somewhere but into a field."""
    body = context.body
    given = {place for _, place, *_ in body.flows} | {part for _, parts in body.sites for part in parts}
    given |= {value for _, how, _, value, *_ in body.writes if how != WriteHow.ATTR}
    return not held.isdisjoint(given)


def _kept_in(context: Context, held: set[int]) -> set[int]:
    """List the names (as numbers of texts) of the fields in which a function puts a file."""
    return {key for _, how, key, value, *_ in context.body.writes if how == WriteHow.ATTR and value in held}


def _is_locked(heap: Heap, context: Context, kept: set[int]) -> bool:
    """Whether all methods of the class only lock and close what is in its field."""
    modules = heap.modules
    around = modules.class_around(context.uid)
    names = {modules.string(context.module, text) for text in kept}
    locked = False
    for run in (one for one in heap.in_order() if around >= 0 and modules.class_around(one.uid) == around):
        body, strings = run.body, modules.facts[run.module].strings
        places = range(1, len(body.ops))
        held = {one for one in places if body.ops[one] == Op.ATTR and strings[body.b[one]] in names}
        if _is_given_away(run, held) or not _is_used(heap, run, held, _HELD, locks=True):
            return False
        locked |= any(_locks(heap, run, held))
    return locked


def _is_used(heap: Heap, context: Context, held: set[int], words: Collection[str], *, locks: bool) -> bool:
    """Whether of a file only such attributes are asked, and calls that are given it write nothing there."""
    body, strings = context.body, heap.modules.facts[context.module].strings
    places = range(1, len(body.ops))
    asked = {strings[body.b[one]] for one in places if body.ops[one] == Op.ATTR and body.a[one] in held}
    return asked <= set(words) and all(
        _is_harmless(heap, context, record, locks=locks) for record in _given_to(context, held)
    )


def _locks(heap: Heap, context: Context, held: set[int]) -> Iterator[bool]:
    """Tell of each call that is given a file whether it locks it."""
    return (_is_harmless(heap, context, record, locks=True) for record in _given_to(context, held))


def _given_to(context: Context, held: set[int]) -> Iterator[CallRecord]:
    for _, record in callees.calls_of(context):
        if not held.isdisjoint((*record.arguments, *(place for _, place in record.keywords))):
            yield record


def _is_harmless(heap: Heap, context: Context, record: CallRecord, *, locks: bool) -> bool:
    """Whether a call is known to lock a file, or to read from it and change nothing."""
    entries = [heap.knowledge.function(name) for name in callees.names_called(heap, context, record.callee)]
    if locks:
        return any(entry is not None and entry.locks_file for entry in entries)
    return bool(entries) and all(
        entry is not None and not (entry.changes or entry.dumps or entry.writes_file is not None)
        for entry in entries
    )
