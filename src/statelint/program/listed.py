"""Methods that code finds on an object by all its names.

for name in dir(api):
    if getattr(getattr(api, name), "_exported", False):
        methods[name] = getattr(api, name)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, Op, Test, UnitFlag, UnitKind
from statelint.program import module_names, names
from statelint.program.found import Found
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from statelint.program.calling import Caller
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_DIR = "dir"
_LISTING = (_DIR, "sorted", "list", "set", "reversed")
_ASKING = ("getattr", "hasattr")
_IS_THERE = (Test.TRUTHY, Test.FALSY, Test.NOT_NONE, Test.IS_NONE)
_NO_METHOD = UnitFlag.CLASSMETHOD | UnitFlag.STATIC | UnitFlag.PROPERTY | UnitFlag.SETTER


def is_listed(heap: Heap, caller: Caller) -> bool:
    """Whether the name that `getattr` is given is one of those that `dir` lists."""
    if caller.call < 0:
        return False
    _, *given = caller.context.body.calls[caller.call][CALL_ARGUMENTS]
    body = caller.context.body
    if not given or body.ops[given[0]] != Op.NAME:
        return False
    name = heap.modules.string(caller.context.module, body.a[given[0]])
    bound = module_names.bound(heap.modules, caller.context.uid, name)
    return any(_lists(heap, uid, place) for uid, place in bound)


def _lists(heap: Heap, uid: int, place: int) -> bool:
    """Whether a name is bound to what iterating over a call of `dir` gives, or over that put in order."""
    body = heap.modules.body(uid)
    if body.ops[place] != Op.ELEMENT:
        return False
    place = body.a[place]
    while body.ops[place] == Op.CALL:
        record = body.calls[body.a[place]]
        callee = record[CALL_CALLEE]
        if body.ops[callee] != Op.NAME or not record[CALL_ARGUMENTS]:
            return False
        word = heap.modules.string(heap.modules.module_of(uid), body.a[callee])
        if word not in _LISTING:
            return False
        if word == _DIR:
            return True
        place = record[CALL_ARGUMENTS][0]
    return False


def of_listed(heap: Heap, context: Context, values: frozenset[int]) -> Found:
    """Give the public methods of objects: where code asks for a mark, those with a decorator.

    They are exact however many they are, so that they count as what is loaded by a name does.
    """
    found: set[int] = set()
    asks = _asks_for_a_mark(heap, context)
    for value in sorted(values):
        if heap.values.kinds[value] == Kind.OBJECT:
            heap.plugins.looked_through.add(heap.values.parts[value][0])
            methods = _public(heap, value)
            marked = [one for one, is_marked in methods if is_marked]
            found.update(marked if asks and marked else (one for one, _ in methods))
    return Found(frozenset(found), 0)


def _asks_for_a_mark(heap: Heap, context: Context) -> bool:
    """Whether code asks for an attribute that a decorator may set: `getattr(method, "_exported", False)`."""
    body = context.body
    if any(test in _IS_THERE and body.ops[place] == Op.ATTR for _, test, place, *_ in body.guards):
        return True
    asked = (
        record[CALL_CALLEE]
        for record in body.calls
        if len(record[CALL_ARGUMENTS]) > 1 and body.ops[record[CALL_ARGUMENTS][1]] == Op.CONST
    )
    named = (body.a[callee] for callee in asked if body.ops[callee] == Op.NAME)
    return any(heap.modules.string(context.module, text) in _ASKING for text in named)


def _public(heap: Heap, value: int) -> list[tuple[int, bool]]:
    """List the public methods of an object, and whether a decorator stands before each."""
    found: dict[str, tuple[int, bool]] = {}
    for item in names.ancestors(heap, heap.values.parts[value][0]):
        for child in heap.modules.children.get(item, ()) if isinstance(item, int) else ():
            unit = heap.modules.units[child]
            is_method = unit.kind == UnitKind.FUNCTION and not unit.flags & _NO_METHOD
            if is_method and not unit.name.startswith("_"):
                function = heap.values.make(Kind.FUNCTION, child, Era.BOOT)
                method = heap.values.make(Kind.METHOD, function, value)
                found.setdefault(unit.name, (method, bool(unit.decorators)))
    return list(found.values())
