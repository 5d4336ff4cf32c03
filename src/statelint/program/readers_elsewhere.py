"""Functions that would read a cell and are not known to serve, unless they only end what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_FLAGS, CallFlag, How, Op, UnitKind
from statelint.model.files import FileRole
from statelint.program import names
from statelint.program.handles import ENDS
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from statelint.model.facts import Body
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

_ENDS = frozenset({*ENDS, "cancel", "kill"})
"""Methods with which what is open or runs is ended."""
_CONTENT = int(How.WHOLE | How.GET | How.TEST | How.ITERATE | How.CALLED | How.NAMED | How.RETURNED)


def may_answer(heap: Heap, cells: Collection[SlotKey], era: int) -> bool:
    """Whether code that is not known to run in an era reads a cell for more than to end what is there.

    What is not known to be called may be: a callback of a library that nobody has described. A function
    that ends what it finds is one of a shutdown; a private one that is mentioned nowhere is called by nobody.
    """
    return any(
        not _ends(heap, uid) and not _is_never_called(heap, uid)
        for cell in cells
        for uid in _readers(heap, cell, era)
    )


def _readers(heap: Heap, cell: SlotKey, era: int) -> Iterator[int]:
    """List the functions, none of which is known to run in an era, that use a cell by its name."""
    name, modules = cell[-1], heap.modules
    family = _family(heap, cell)
    for number, facts in enumerate(modules.facts):
        if facts.role is not FileRole.APPLICATION:
            continue
        if name not in facts.strings and name not in facts.constants:
            continue
        for index, unit in enumerate(facts.units):
            uid = modules.uid(number, index)
            if unit.kind in (UnitKind.MODULE, UnitKind.CLASS) or _runs(heap, uid, era):
                continue
            around = modules.class_around(uid)
            own = unit.params[0].name if around >= 0 and around not in family and unit.params else ""
            if _uses(heap, uid, cell, own):
                yield uid


def _family(heap: Heap, cell: SlotKey) -> frozenset[int]:
    """List the classes of the object whose field a cell is, and those that derive from it."""
    kinds, parts = heap.values.kinds, heap.values.parts
    if cell[0] != "F" or kinds[cell[1]] not in (Kind.OBJECT, Kind.CLASS):
        return frozenset()
    uid = parts[cell[1]][0]
    below = {one for one in heap.classes.bases if uid in names.ancestors(heap, one)}
    return frozenset({*below, *(one for one in names.ancestors(heap, uid) if isinstance(one, int))})


def _runs(heap: Heap, uid: int, era: int) -> bool:
    return any(context.era == era and context.passes for context in heap.contexts_of(uid))


def _uses(heap: Heap, uid: int, cell: SlotKey, other: str) -> bool:
    """Whether a function uses a cell; `other` is its name for the object of another class."""
    kind, name = cell[0], cell[-1]
    body, module = heap.modules.glance(uid), heap.modules.module_of(uid)
    facts = heap.modules.facts[module]
    slot = heap.slots.get(cell)
    held = slot.values if slot is not None else frozenset()
    is_table = all(heap.values.kinds[value] == Kind.CONTAINER for value in held)
    used = _CONTENT if is_table else _CONTENT | How.RECEIVER
    asked = _asked_by_method(body) if is_table else frozenset()
    for place, op in enumerate(body.ops):
        if not (body.hows[place] & used or place in asked):
            continue
        if op == Op.ATTR and facts.strings[body.b[place]] == name:
            base = body.a[place]
            if not (other and body.ops[base] == Op.NAME and facts.strings[body.a[base]] == other):
                return True
        elif op == Op.NAME and kind != "F" and facts.strings[body.a[place]] == name:
            return True
    return name in facts.constants and any(_is_asked_by_text(heap, module, body, name))


def _asked_by_method(body: Body) -> frozenset[int]:
    """List the places of which a method gives something that is used: `waiting.get()`."""
    return frozenset(
        body.a[record[CALL_CALLEE]]
        for record in body.calls
        if body.ops[record[CALL_CALLEE]] == Op.ATTR and not record[CALL_FLAGS] & CallFlag.DROPPED
    )


def _is_asked_by_text(heap: Heap, module: int, body: Body, name: str) -> Iterator[bool]:
    """Tell of each call whether the name is given to it as a text: `getattr(self, "name")`."""
    constants = heap.modules.facts[module].constants
    for record in body.calls:
        given = (place for place in record[CALL_ARGUMENTS] if body.ops[place] == Op.CONST)
        yield any(body.a[place] >= 0 and constants[body.a[place]] == name for place in given)


def _ends(heap: Heap, uid: int) -> bool:
    """Whether a function closes or stops something."""
    body, module = heap.modules.glance(uid), heap.modules.module_of(uid)
    callees = (record[CALL_CALLEE] for record in body.calls)
    return any(
        body.ops[callee] == Op.ATTR and heap.modules.string(module, body.b[callee]) in _ENDS
        for callee in callees
    )


def _is_never_called(heap: Heap, uid: int) -> bool:
    """Whether a function has a private name that stands nowhere but where it is defined."""
    name = heap.modules.units[uid].name
    if not name.startswith("_") or name.startswith("__"):
        return False
    return not any(_mentions(heap, number, name) for number in range(len(heap.modules.facts)))


def _mentions(heap: Heap, module: int, name: str) -> bool:
    """Whether a module has a name as an attribute, a variable or a text: more than a definition of it."""
    facts = heap.modules.facts[module]
    if name in facts.constants:
        return True
    if name not in facts.strings:
        return False
    for index in range(len(facts.units)):
        body = heap.modules.glance(heap.modules.uid(module, index))
        for place, op in enumerate(body.ops):
            text = body.b[place] if op == Op.ATTR else body.a[place] if op == Op.NAME else -1
            if text >= 0 and facts.strings[text] == name and body.hows[place]:
                return True
    return False
