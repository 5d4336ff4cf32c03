"""Who calls whom, as a solved program believes: functions of the project, of libraries, and builtins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, CALL_FLAGS, CallFlag, Op, UnitKind
from statelint.model.graph import CallGraph
from statelint.program import names
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.evaluate import evaluate
from statelint.program.modules import BUILTINS
from statelint.program.values import MARK, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_BUILTIN = "<builtin>"
_FUNCTIONS = (UnitKind.FUNCTION, UnitKind.LAMBDA)

_DESCRIBING = frozenset({"object", "abc", "typing", "typing_extensions"})
"""Where the bases come from that only describe a class: nothing of them is called."""


def call_graph(heap: Heap, is_chosen: Callable[[str], bool]) -> CallGraph:
    """Collect the calls of all functions in files that are chosen by their path."""
    modules = heap.modules
    name_of = _names(heap)
    chosen = [is_chosen(facts.path) for facts in modules.facts]
    calls: dict[str, set[str]] = {}
    for uid, unit in enumerate(modules.units):
        if chosen[modules.module_of(uid)] and unit.kind != UnitKind.CLASS:
            calls[name_of[uid]] = set()
    own = set(name_of)
    for context in heap.in_order():
        if chosen[context.module]:
            found = {*_explicit(heap, context, name_of)}
            if found:
                calls.setdefault(name_of[context.uid], set()).update(found)
        for caller in context.callers:
            if chosen[caller.module] and (caller, context) not in heap.handed_over:
                calls.setdefault(name_of[caller.uid], set()).add(name_of[context.uid])
    for name in {callee for callees in calls.values() for callee in callees} - own:
        calls[name] = set()
    return CallGraph(calls={name: tuple(sorted(calls[name])) for name in sorted(calls)})


def _names(heap: Heap) -> list[str]:
    """Name every unit; the lambdas of a scope are numbered in their order."""
    found: list[str] = []
    lambdas: dict[str, int] = {}
    for uid, unit in enumerate(heap.modules.units):
        if unit.parent < 0:
            facts = heap.modules.facts[heap.modules.module_of(uid)]
            found.append(facts.module or facts.path)
            continue
        scope = found[heap.modules.parent(uid)]
        name = unit.name
        if unit.kind == UnitKind.LAMBDA:
            lambdas[scope] = lambdas.get(scope, 0) + 1
            name = f"<lambda{lambdas[scope]}>"
        found.append(f"{scope}.{name}")
    return found


def _explicit(heap: Heap, context: Context, name_of: list[str]) -> Iterator[str]:
    """Name what the calls of a context call, as they stand in the source."""
    for record in context.body.calls:
        place = record[CALL_CALLEE]
        is_raised = record[CALL_FLAGS] & CallFlag.RAISED
        for value in sorted(evaluate(heap, context, place).values):
            if not is_raised or heap.values.kinds[value] == Kind.CLASS:
                yield from _callees(heap, context, value, name_of)
        yield from _method_of_text(heap, context, place)


def _method_of_text(heap: Heap, context: Context, place: int) -> Iterator[str]:
    """Name the method in `", ".join(names)`: constants are no values of the heap."""
    body = context.body
    if body.ops[place] == Op.ATTR:
        owner = constant(heap, context, body.a[place])
        if owner is not NOT_CONSTANT and owner is not None:
            method = heap.modules.string(context.module, body.b[place])
            yield f"{_BUILTIN}.{owner.__class__.__name__}.{method}"


def _callees(heap: Heap, context: Context, value: int, name_of: list[str]) -> Iterator[str]:
    """Name what a call of one value runs."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.FUNCTION:
        yield name_of[parts[0]]
    elif kind in (Kind.METHOD, Kind.PARTIAL, Kind.COROUTINE):
        yield from _callees(heap, context, parts[0], name_of)
    elif kind == Kind.CLASS:
        yield from _constructors(heap, context, parts[0], name_of)
    elif kind == Kind.OBJECT:
        method = names.class_attribute(heap, parts[0], "__call__", context)
        for one in sorted(method[1].values) if method is not None else ():
            yield from _callees(heap, context, one, name_of)
    elif kind in (Kind.EXTERNAL, Kind.BOUND):
        yield from _shown(_dotted(heap, value))
    elif kind == Kind.EXTERNAL_OBJECT:
        yield from _shown(f"{parts[0]}.__call__")


def _constructors(heap: Heap, context: Context, uid: int, name_of: list[str]) -> Iterator[str]:
    """Name what making an object of a class calls: its own constructor, or that of its library's base."""
    for name in ("__new__", "__init__"):
        method = names.class_attribute(heap, uid, name, context)
        for one in sorted(method[1].values) if method is not None else ():
            if heap.values.kinds[one] == Kind.FUNCTION:
                yield name_of[heap.values.parts[one][0]]
        if method is None and name == "__init__":
            base = _library_base(heap, uid)
            yield from _shown(f"{base}.__init__") if base else ()


def _library_base(heap: Heap, uid: int) -> str:
    """Name the first base of a class that a library or the language implements; empty if there is none."""
    bases = names.external_bases(heap, uid)
    return next((base for base in bases if base.partition(".")[0] not in _DESCRIBING), "")


def _dotted(heap: Heap, value: int) -> str:
    """Give the dotted name of something that a library implements; empty where that is not known."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT):
        return str(parts[0])
    if kind == Kind.CONTAINER:
        return str(parts[3])
    if kind in (Kind.OBJECT, Kind.CLASS):
        return _library_base(heap, parts[0])
    if kind == Kind.BOUND:
        owner = _dotted(heap, parts[0])
        return f"{owner}.{parts[1]}" if owner else ""
    return ""


def _shown(dotted: str) -> Iterator[str]:
    """Give the name as the graph has it; nothing for what no import names (`requests.get().json`)."""
    if not dotted or MARK in dotted or "()" in dotted:
        return
    first, _, rest = dotted.partition(".")
    if first == "builtins":
        yield f"{_BUILTIN}.{rest}"
    else:
        yield f"{_BUILTIN}.{dotted}" if first in BUILTINS else dotted
