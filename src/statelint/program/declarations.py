"""Where a cell is made: a name bound, an attribute set by a constructor, a field, a function's header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, UnitKind, WriteHow
from statelint.model.files import FileRole
from statelint.model.places import Place
from statelint.program import names
from statelint.program.constants import key_of
from statelint.program.evaluate import evaluate
from statelint.program.methods import function_identity
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from statelint.program.accesses import Write
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

_CONSTRUCTORS = ("__init__", "__new__")


def declared_at(heap: Heap, cell: SlotKey, first: Write) -> Place:
    """Find where a cell is made: its first binding, or where it is first written."""
    return declaration(heap, cell) or Place(_path(heap, first.context.uid), *first.span)


def declaration(heap: Heap, cell: SlotKey) -> Place | None:
    """Find where a cell is made; None where nothing but a write while serving makes it."""
    modules = heap.modules
    if cell[0] == "G":
        return binding(heap, modules.first[cell[1]], cell[2])
    if cell[0] == "L":
        return binding(heap, cell[1], cell[3]) or header(heap, cell[1])
    if cell[0] in ("D", "M"):
        return header(heap, cell[1])
    if cell[0] == "F" and heap.values.kinds[cell[1]] in (Kind.CLASS, Kind.OBJECT):
        return attribute_place(heap, heap.values.parts[cell[1]][0], cell[2])
    return _boot_write(heap, cell)


def _boot_write(heap: Heap, cell: SlotKey) -> Place | None:
    """Find where start-up code puts something on an application's object: `app.agent = agent`."""
    if heap.answers.boot_writes is None:
        heap.answers.boot_writes = _boot_writes(heap)
    return heap.answers.boot_writes.get(cell)


def _boot_writes(heap: Heap) -> dict[SlotKey, Place]:
    """Note where start-up code writes each attribute and item first."""
    found: dict[SlotKey, Place] = {}
    for context in heap.in_order():
        if context.era != Era.BOOT or not context.passes:
            continue
        for target, how, text, _, _, _, *span in context.body.writes:
            if how not in (WriteHow.ATTR, WriteHow.ITEM):
                continue
            for value in evaluate(heap, context, target).values:
                if how == WriteHow.ITEM:
                    cell: SlotKey = ("I", value, key_of(heap, context, text, value))
                else:
                    is_function = heap.values.kinds[value] == Kind.FUNCTION
                    owner = function_identity(heap, value) if is_function else value
                    cell = ("F", owner, heap.modules.string(context.module, text))
                found.setdefault(cell, Place(_path(heap, context.uid), *span))
    return found


def attribute_place(heap: Heap, uid: int, name: str) -> Place | None:
    """Find `self.name = ...` in a constructor, the name in a class body, and only then in other methods."""
    modules = heap.modules
    order = [item for item in names.ancestors(heap, uid) if isinstance(item, int)]
    methods = {
        item: [c for c in modules.children.get(item, ()) if modules.units[c].kind == UnitKind.FUNCTION]
        for item in order
    }
    for item in order:
        constructors = [method for method in methods[item] if modules.units[method].name in _CONSTRUCTORS]
        found = (
            _first_self_write(heap, constructors, name)
            or binding(heap, item, name)
            or _field(heap, item, name)
        )
        if found is not None:
            return found
    return _first_self_write(heap, [method for item in order for method in methods[item]], name)


def _first_self_write(heap: Heap, methods: list[int], name: str) -> Place | None:
    places = (_self_write(heap, method, name) for method in methods)
    return next((place for place in places if place is not None), None)


def _self_write(heap: Heap, uid: int, name: str) -> Place | None:
    unit, body, module = heap.modules.units[uid], heap.modules.body(uid), heap.modules.module_of(uid)
    if not unit.params:
        return None
    receiver = unit.params[0].name
    for target, how, key, _, _, _, *span in body.writes:
        if (
            how == WriteHow.ATTR
            and heap.modules.string(module, key) == name
            and body.ops[target] == Op.NAME
            and heap.modules.string(module, body.a[target]) == receiver
        ):
            return Place(_path(heap, uid), *span)
    return _set_by_call(heap, uid, name)


def is_filled_elsewhere(heap: Heap, write: Write) -> bool:
    """Whether another method than a constructor sets the field, which a write lets go, to something again."""
    cell, modules = write.cell, heap.modules
    if cell[0] != "F" or heap.values.kinds[cell[1]] != Kind.OBJECT:
        return False
    order = names.ancestors(heap, heap.values.parts[cell[1]][0])
    classes = [item for item in order if isinstance(item, int)]
    methods = [one for item in classes for one in modules.children.get(item, ()) if one != write.context.uid]
    return any(
        modules.units[one].kind == UnitKind.FUNCTION
        and modules.units[one].name not in _CONSTRUCTORS
        and _sets_to_something(heap, one, cell[2])
        for one in methods
    )


def is_only_let_go(heap: Heap, write: Write) -> bool:
    """Whether the program sets an attribute of a library's object to `None` and nothing else: its own memo.

    app.include_router(more)
    app.openapi_schema = None           # the framework makes it again of its routes
    """
    cell, modules = write.cell, heap.modules
    if not write.puts_none or cell[0] != "F":
        return False
    return not any(
        _sets_to_something(heap, modules.uid(number, index), cell[2])
        for number, facts in enumerate(modules.facts)
        if facts.role is FileRole.APPLICATION and cell[2] in facts.strings
        for index in range(len(facts.units))
    )


def _sets_to_something(heap: Heap, uid: int, name: str) -> bool:
    """Whether a function sets an attribute of this name to anything but `None`."""
    body, module = heap.modules.body(uid), heap.modules.module_of(uid)
    constants = heap.modules.facts[module].constants
    for _, how, key, value, *_ in body.writes:
        if how == WriteHow.ATTR and value and heap.modules.string(module, key) == name:
            is_none = body.ops[value] == Op.CONST and (body.a[value] < 0 or constants[body.a[value]] is None)
            if not is_none:
                return True
    return False


def _set_by_call(heap: Heap, uid: int, name: str) -> Place | None:
    """Find `object.__setattr__(self, "name", value)`, which a class with a `__setattr__` of its own needs."""
    body, facts = heap.modules.body(uid), heap.modules.facts[heap.modules.module_of(uid)]
    for callee, arguments, _, _, _, _, *span in body.calls:
        if body.ops[callee] == Op.ATTR and facts.strings[body.b[callee]] == "__setattr__":
            texts = (body.a[place] for place in arguments if body.ops[place] == Op.CONST)
            if any(text >= 0 and facts.constants[text] == name for text in texts):
                return Place(_path(heap, uid), *span)
    return None


def _field(heap: Heap, uid: int, name: str) -> Place | None:
    for field in heap.modules.units[uid].fields:
        if field.name == name:
            return Place(_path(heap, uid), field.line, 1, field.line, 1)
    return None


def binding(heap: Heap, uid: int, name: str) -> Place | None:
    """Find where a unit first binds a name."""
    body, module = heap.modules.body(uid), heap.modules.module_of(uid)
    for text, _, _, *span in body.binds:
        if heap.modules.string(module, text).partition("@")[0] == name:
            return Place(_path(heap, uid), *span)
    return None


def header(heap: Heap, uid: int) -> Place:
    """Give the place of the header of a function or class."""
    return Place(_path(heap, uid), *heap.modules.units[uid].span)


def _path(heap: Heap, uid: int) -> str:
    return heap.modules.facts[heap.modules.module_of(uid)].path
