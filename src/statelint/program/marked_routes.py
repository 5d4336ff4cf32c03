"""Functions whose decorator looks like a route: of something unknown, or of a framework of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_FLAGS, CALL_LINE, CallFlag, Op
from statelint.program import frameworks, handover
from statelint.program.calling import HANDED_OVER, MEDIUM, Caller
from statelint.program.constants import constant
from statelint.program.contexts import Context, Entry
from statelint.program.evaluate import evaluate
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.heap import Heap

_DECORATOR = CallFlag.DECORATOR
_KNOWN = (Kind.REGISTRAR, Kind.FUNCTION, Kind.METHOD)


def plant_unresolved(heap: Heap, context: Context, number: int) -> None:
    """Take `@something.route("/path")` on an unresolved object for an entry, with less confidence."""
    label = _label(heap, context, number)
    if not label or _made_by(heap, context, number, _KNOWN):
        return
    caller = Caller(context, context.era, number, context.body.calls[number][CALL_LINE], MEDIUM)
    for value in handover.callables(heap, evaluate(heap, context, _decorated(context, number))):
        handover.add_entry(heap, caller, value, Entry("request", label, MEDIUM))


def plant_marked(heap: Heap, unreached: Iterable[int]) -> bool:
    """Make entries of functions that nothing calls, and that a decorator of the project marks as routes.

    Something collects them later, by their marks: `@Plugin.route("/seats") def seats(self): ...`. Returns
    whether there were any.
    """
    before = len(heap.entries)
    for uid in unreached:
        context = heap.contexts.get((heap.modules.parent(uid), Era.BOOT))
        if context is None or not heap.modules.units[uid].decorators:
            continue
        for number in range(len(context.body.calls)):
            if not context.body.calls[number][CALL_FLAGS] & _DECORATOR:
                continue
            if _unit_decorated(heap, context, number) != uid:
                continue
            label = _label(heap, context, number)
            if label and _made_by(heap, context, number, (Kind.FUNCTION,)) and frameworks.is_service(heap):
                function = heap.values.make(Kind.FUNCTION, uid, Era.BOOT)
                caller = Caller(context, Era.BOOT, HANDED_OVER, context.body.calls[number][CALL_LINE], MEDIUM)
                handover.add_entry(heap, caller, function, Entry("request", label, MEDIUM))
    return len(heap.entries) > before


def _label(heap: Heap, context: Context, number: int) -> str:
    """Name the route for which a decorator asks: `@something.post("/path")`; empty where it is no route."""
    body = context.body
    callee = body.calls[number][CALL_CALLEE]
    if body.ops[callee] != Op.CALL or not body.calls[number][CALL_ARGUMENTS]:
        return ""
    method, given, *_ = body.calls[body.a[callee]]
    if body.ops[method] != Op.ATTR or not given:
        return ""
    word = heap.modules.string(context.module, body.b[method])
    path = constant(heap, context, given[0])
    if word not in heap.knowledge.route_words or not (isinstance(path, str) and path.startswith("/")):
        return ""
    return path if word == "route" else f"{word.upper()} {path}"


def _made_by(heap: Heap, context: Context, number: int, kinds: tuple[int, ...]) -> bool:
    """Whether the decorator is known to be of some kind."""
    known = evaluate(heap, context, context.body.calls[number][CALL_CALLEE]).values
    return any(heap.values.kinds[value] in kinds for value in known)


def _decorated(context: Context, number: int) -> int:
    return context.body.calls[number][CALL_ARGUMENTS][0]


def _unit_decorated(heap: Heap, context: Context, number: int) -> int:
    """Find the unit of the function under a stack of decorators; -1 where it is none."""
    body, place = context.body, _decorated(context, number)
    while body.ops[place] == Op.CALL and body.calls[body.a[place]][CALL_ARGUMENTS]:
        place = _decorated(context, body.a[place])
    return heap.modules.uid(context.module, body.a[place]) if body.ops[place] == Op.FUNC else -1
