"""What code finds in a module or object that it looks through: the plug-ins among its names.

    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, Plugin) and found is not Plugin:
            plugins.append(found())

Of a module that is what it, or its package, defines; where the code asks for a base, what derives from that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, Op, UnitKind
from statelint.model.files import FileRole
from statelint.program import made_at, marks, names
from statelint.program.calling import Arguments, Caller
from statelint.program.evaluate import evaluate
from statelint.program.found import NOTHING, Found, union
from statelint.program.slots import MOST_LOADED
from statelint.program.values import LOADED, LOADED_FILE, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_ASKS = "issubclass"
_VIEWS = ("items", "values")
_CLASSES, _FUNCTIONS = "class", ("function", "method", "routine")
"""Words in the names of predicates of libraries: `inspect.isclass`."""


def is_view(heap: Heap, value: int, method: str) -> bool:
    """Whether a method lists what a module binds: `vars(module).items()`, `globals().values()`."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL_OBJECT:
        return method in _VIEWS and parts[0] in (LOADED, LOADED_FILE)
    if kind != Kind.MODULE or method not in _VIEWS:
        return False
    return method not in heap.modules.locals[heap.modules.first[parts[0]]]


def view(heap: Heap, caller: Caller, value: int, method: str) -> Found:
    """Give what iterating over the names of a module gives: `vars(module).items()`."""
    site = made_at.by_call(caller.call)
    table = heap.values.make(Kind.CONTAINER, caller.context.uid, site, caller.era, "dict")
    heap.put(table, _of_value(heap, caller, value, _bases(heap, caller.context)))
    return Found(frozenset({heap.values.make(Kind.VIEW, table, method)}), 0)


def listed(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Give a list of names and members: `inspect.getmembers(module, predicate)`."""
    if not arguments.positional:
        return NOTHING
    predicate = arguments.at(1) or arguments.at("predicate") or NOTHING
    bases = _bases(heap, caller.context) | _bases_of_predicate(heap, caller, predicate)
    values = sorted(arguments.positional[0].values)
    found = union([_of_value(heap, caller, value, bases) for value in values])
    kinds = _kinds(heap, predicate)
    kept = frozenset(one for one in found.values if not kinds or heap.values.kinds[one] in kinds)
    uid = caller.context.uid
    rows = heap.values.make(Kind.CONTAINER, uid, made_at.by_call(caller.call), caller.era, "list")
    row = heap.values.make(Kind.CONTAINER, uid, made_at.row_by_call(caller.call), caller.era, "tuple")
    heap.put_item(row, 1, Found(kept, 0))
    heap.put(rows, Found(frozenset({row}), 0))
    return Found(frozenset({rows}), 0)


def _kinds(heap: Heap, predicate: Found) -> tuple[int, ...]:
    """Say which kinds of values a predicate of a library keeps; empty: any."""
    words = [heap.values.parts[v][0] for v in predicate.values if heap.values.kinds[v] == Kind.EXTERNAL]
    last = "".join(words).rpartition(".")[2]
    if last.endswith(_CLASSES):
        return (Kind.CLASS,)
    return (Kind.FUNCTION, Kind.METHOD) if last.endswith(_FUNCTIONS) else ()


# -- which members ----------------------------------------------------------------------------------------


def _of_value(heap: Heap, caller: Caller, value: int, bases: frozenset[int]) -> Found:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.MODULE:
        found = _of_module(heap, caller.context, parts[0], bases)
    elif kind == Kind.EXTERNAL_OBJECT and parts[0] in (LOADED, LOADED_FILE):
        found = _heirs(heap, caller.context, bases) if bases else NOTHING
    elif kind == Kind.OBJECT:
        return _methods(heap, value)
    else:
        return NOTHING
    heap.note_loaded(found)
    return found


def _of_module(heap: Heap, context: Context, module: int, bases: frozenset[int]) -> Found:
    """Give the classes and functions that a module or its package defines, or those of a base."""
    first = heap.modules.first[module]
    marked_with = marks.asked(heap, context)
    values: set[int] = set()
    for name in sorted(heap.modules.locals[first]):
        is_defined = bool(marked_with) and heap.modules.defines(module, name, UnitKind.FUNCTION)
        for value in names.module_attribute(heap, context, module, name).values:
            kind = heap.values.kinds[value]
            if kind not in (Kind.CLASS, Kind.FUNCTION):
                continue
            is_wrapper = is_defined and heap.modules.is_nested(heap.values.parts[value][0])
            if not is_wrapper and not _is_of(heap, value, module):
                continue
            is_function = kind == Kind.FUNCTION
            if is_function and marked_with and not marks.is_marked(heap, context, value, marked_with):
                continue
            if not bases or (not is_function and _derives(heap, context, value, bases)):
                values.add(value)
    return Found(frozenset(values) if len(values) <= MOST_LOADED else frozenset(), 0)


def _is_of(heap: Heap, value: int, module: int) -> bool:
    """Whether a module, or one below it, defines a class or function."""
    home, facts = heap.modules.module_of(heap.values.parts[value][0]), heap.modules.facts
    return home == module or facts[home].module.startswith(f"{facts[module].module}.")


def _derives(heap: Heap, context: Context, value: int, bases: frozenset[int]) -> bool:
    uid = heap.values.parts[value][0]
    return uid not in bases and not bases.isdisjoint(names.ancestors(heap, uid, context))


def _heirs(heap: Heap, context: Context, bases: frozenset[int]) -> Found:
    """Give what derives from a base in the whole application: files that only a run knows define it."""
    found = []
    for uid, unit in enumerate(heap.modules.units):
        is_class = unit.kind == UnitKind.CLASS and unit.bases and uid not in bases
        if is_class and heap.modules.facts[heap.modules.module_of(uid)].role == FileRole.APPLICATION:
            order = names.ancestors(heap, uid, context)
            if not bases.isdisjoint(order):
                found.append(heap.values.make(Kind.CLASS, uid))
    return Found(frozenset(found) if len(found) <= MOST_LOADED else frozenset(), 0)


def _methods(heap: Heap, value: int) -> Found:
    """Give the public methods of an object."""
    found: dict[str, int] = {}
    for item in names.ancestors(heap, heap.values.parts[value][0]):
        for child in heap.modules.children.get(item, ()) if isinstance(item, int) else ():
            unit = heap.modules.units[child]
            if unit.kind == UnitKind.FUNCTION and unit.decorators and not unit.name.startswith("_"):
                function = heap.values.make(Kind.FUNCTION, child, Era.BOOT)
                found.setdefault(unit.name, heap.values.make(Kind.METHOD, function, value))
    return Found(frozenset(found.values()), 0)


# -- which bases ------------------------------------------------------------------------------------------


def _bases(heap: Heap, context: Context) -> frozenset[int]:
    """Find the classes of the project that a unit asks members to derive from, or a function it asks."""
    found: set[int] = set()
    for place in _asked(heap, context):
        found |= _classes(heap, context, evaluate(heap, context, place))
    for record in context.body.calls:
        callee = record[CALL_CALLEE]
        if context.body.ops[callee] != Op.NAME or len(record[CALL_ARGUMENTS]) != 1:
            continue
        for value in sorted(evaluate(heap, context, callee).values):
            found.update(_asked_by(heap, context, value))
    return frozenset(found)


def _bases_of_predicate(heap: Heap, caller: Caller, predicate: Found) -> frozenset[int]:
    functions = [v for v in sorted(predicate.values) if heap.values.kinds[v] == Kind.FUNCTION]
    heap.invoke(caller, Found(frozenset(functions), 0), Arguments([NOTHING], {}))
    return frozenset(one for value in functions for one in _asked_by(heap, caller.context, value))


def _asked_by(heap: Heap, reader: Context, value: int) -> Iterator[int]:
    """Find the bases for which a function asks that was called already: `def is_plugin(member): ...`."""
    if heap.values.kinds[value] != Kind.FUNCTION:
        return
    uid = heap.values.parts[value][0]
    for era in sorted(heap.reached.get(uid, ())):
        context = heap.contexts.get((uid, era))
        for place in _asked(heap, context) if context is not None and context is not reader else ():
            if context is not None:
                yield from sorted(_classes(heap, reader, heap.watch(context, place, reader)))


def _asked(heap: Heap, context: Context) -> list[int]:
    """List the places of the bases in `issubclass(member, Base)`."""
    body = context.body
    return [
        record[CALL_ARGUMENTS][1]
        for record in body.calls
        if body.ops[record[CALL_CALLEE]] == Op.NAME
        and len(record[CALL_ARGUMENTS]) > 1
        and heap.modules.string(context.module, body.a[record[CALL_CALLEE]]) == _ASKS
    ]


def _classes(heap: Heap, context: Context, found: Found) -> set[int]:
    """Give the classes of the project among values, and in the tuples that these are."""
    values = set(found.values)
    for value in found.values:
        if heap.values.kinds[value] == Kind.CONTAINER:
            values |= heap.elements(value, context).values
    return {heap.values.parts[value][0] for value in values if heap.values.kinds[value] == Kind.CLASS}
