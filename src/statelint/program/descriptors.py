"""What assigning an attribute calls: setters of properties, and descriptors of the project's own.

class Header:                                       class Answer:
    def __set__(self, answer, value):                   kind = Header("Content-Type")
        answer.headers[self.name] = value               status = property(get_status, set_status)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_CALLEE, Op, UnitFlag, WriteHow
from statelint.program import names
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_GET, _SET = "__get__", "__set__"
_ITSELF = frozenset({"__dict__", "__setattr__", "setattr", "vars"})
"""By which a descriptor fills the very field that it stands for."""
_GIVEN = 3
"""What `__set__` is given: the descriptor, the object and the value."""
_PUTS = (WriteHow.ITEM, WriteHow.ATTR)


class Setter(NamedTuple):
    """A bound method that an assignment calls; a descriptor's is given the object, too."""

    method: int
    is_of_descriptor: bool


def setters(heap: Heap, context: Context, receiver: int, name: str) -> list[Setter]:
    """List what assigning an attribute of an object of the project calls; empty: it fills a field."""
    uid = heap.values.parts[receiver][0]
    decorated = _decorated(heap, context, uid, name)
    if decorated is not None:
        return [Setter(heap.values.make(Kind.METHOD, decorated, receiver), is_of_descriptor=False)]
    found = names.class_attribute(heap, uid, name, context)
    if found is None or not found[1].values:
        return []
    given: list[Setter] = []
    for value in sorted(heap.read(found[1], context).values):
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.PROPERTY and parts[1]:
            given.append(Setter(heap.values.make(Kind.METHOD, parts[0], receiver), is_of_descriptor=False))
        elif kind == Kind.OBJECT:
            given += [
                Setter(method, is_of_descriptor=True) for method in _methods(heap, context, value, _SET)
            ]
    return given


def is_put_elsewhere(heap: Heap, context: Context, receiver: int, name: str) -> bool:
    """Whether assigning an attribute of an object of the project calls something that does the writing."""
    order = names.ancestors(heap, heap.values.parts[receiver][0])
    if any(isinstance(item, int) and name in heap.modules.setters(item) for item in order):
        return True
    return bool(setters(heap, context, receiver, name))


def getters(heap: Heap, context: Context, descriptor: int) -> list[int]:
    """List the bound methods that reading an attribute calls which is an object of the project."""
    if not _methods(heap, context, descriptor, _SET):
        return []
    return _bound(heap, context, descriptor, _GET)


def _decorated(heap: Heap, context: Context, uid: int, name: str) -> int | None:
    """Find the function of `@name.setter` along the order of a class."""
    for item in names.ancestors(heap, uid, context):
        if not isinstance(item, int) or name not in heap.modules.setters(item):
            continue
        for child in heap.modules.children.get(item, ()):
            unit = heap.modules.units[child]
            if unit.name == name and unit.flags & UnitFlag.SETTER and len(unit.params) == 2:
                return heap.values.make(Kind.FUNCTION, child, Era.BOOT)
    return None


def _methods(heap: Heap, context: Context, descriptor: int, name: str) -> list[int]:
    """Bind the methods of a descriptor that put what they are given into another part of the object."""
    methods = _bound(heap, context, descriptor, name)
    functions = [heap.values.parts[heap.values.parts[method][0]][0] for method in methods]
    return methods if all(_hands_on(heap, uid) for uid in functions) else []


def _bound(heap: Heap, context: Context, descriptor: int, name: str) -> list[int]:
    found = names.class_attribute(heap, heap.values.parts[descriptor][0], name, context)
    if found is None:
        return []
    values = sorted(heap.read(found[1], context).values)
    return [
        heap.values.make(Kind.METHOD, value, descriptor)
        for value in values
        if heap.values.kinds[value] == Kind.FUNCTION
    ]


def _hands_on(heap: Heap, uid: int) -> bool:
    """Whether a `__set__` changes the object by other names than the one that it stands for."""
    known = heap.classes.hands_on.get(uid)
    if known is None:
        known = heap.classes.hands_on[uid] = _changes_object(heap, uid)
    return known


def _changes_object(heap: Heap, uid: int) -> bool:
    params = heap.modules.units[uid].params
    if len(params) != _GIVEN:
        return False
    body, module = heap.modules.body(uid), heap.modules.module_of(uid)
    put = [list(_path(heap, body, module, target)) for target, how, *_ in body.writes if how in _PUTS]
    called = [list(_path(heap, body, module, record[CALL_CALLEE])) for record in body.calls]
    if any(not _ITSELF.isdisjoint(path) for path in (*put, *called)):
        return False
    descriptor, target, _ = (param.name for param in params)
    return all(path[-1] != descriptor for path in put) and any(path[-1] == target for path in (*put, *called))


def _path(heap: Heap, body: Body, module: int, place: int) -> Iterator[str]:
    """Yield the names that lead to a place, the first one last; that is empty where something else stands."""
    while body.ops[place] in (Op.ATTR, Op.ITEM):
        if body.ops[place] == Op.ATTR:
            yield heap.modules.string(module, body.b[place])
        place = body.a[place]
    yield heap.modules.string(module, body.a[place]) if body.ops[place] == Op.NAME else ""
