"""Classes and functions that others will use: what a service does with a library's stores.

After the closed solve, an exported class of a server-side module that nothing in the project makes is taken to
be made at start-up, and its public methods to be called while serving, in an era of their own: `Era.OPEN`. So
nothing that is known of the project's own requests changes. What is found only in this way is kept if it has
the shape of a store (`storeshape`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op, ParamKind, UnitFlag, UnitKind, WriteHow
from statelint.model.files import FileRole
from statelint.program import handover, names
from statelint.program.calling import Arguments, Caller
from statelint.program.evaluate import library_object
from statelint.program.heap import Context, Entry, Found, Heap
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body

KIND = "open"
"""The kind of an entry that only a user of the project would call."""

MARK = "?"
"""How the type of a value begins of which nothing is known but the parameter by which it came in."""

_MEDIUM = 1

_NOT_EXPORTED = (UnitFlag.PROPERTY, UnitFlag.SETTER)


def plant(heap: Heap) -> bool:
    """Make each class that only others use, and call its public methods; whether there was any."""
    modules = _server_side(heap)
    made = {heap.values.parts[value][0] for values in heap.values.objects_of.values() for value in values}
    made_with_bases = {item for uid in made for item in names.ancestors(heap, uid)}
    planted = False
    for module in sorted(modules):
        first = heap.modules.first[module]
        for index, unit in enumerate(heap.modules.facts[module].units):
            uid = first + index
            if unit.kind == UnitKind.CLASS and unit.parent == 0 and not unit.name.startswith("_"):
                if uid not in made_with_bases and _may_store(heap, uid):
                    planted |= _plant_class(heap, uid)
    return planted


# -- which modules belong to a server ---------------------------------------------------------------------


def _server_side(heap: Heap) -> set[int]:
    """List the modules of the application that import a server framework, themselves or by what they import."""
    modules = heap.modules
    imports = [
        _imported_modules(heap, number) if module.role == FileRole.APPLICATION else set()
        for number, module in enumerate(modules.facts)
    ]
    if heap.declared.is_library:
        return {number for number, module in enumerate(modules.facts) if module.role == FileRole.APPLICATION}
    importers: dict[int, list[int]] = {}
    for number, targets in enumerate(imports):
        for target in targets:
            importers.setdefault(target, []).append(number)
    found = [number for number in range(len(modules.facts)) if _is_server(heap, number)]
    seen = set(found)
    for number in found:  # grows while it is read
        for importer in importers.get(number, ()):
            if importer not in seen:
                seen.add(importer)
                found.append(importer)
    return seen


def _is_server(heap: Heap, number: int) -> bool:
    """Whether a module imports a server framework."""
    facts = heap.modules.facts[number]
    if facts.role != FileRole.APPLICATION:
        return False
    return any(not one.level and heap.knowledge.is_server_import(one.module) for one in facts.imports)


def _imported_modules(heap: Heap, number: int) -> set[int]:
    """List the modules of the project that importing a module runs: what it names, and packages around it."""
    modules = heap.modules
    facts = modules.facts[number]
    names_ = []
    for one in facts.imports:
        name = modules.absolute(number, one.module, one.level)
        names_.append(name)
        if one.attribute:
            names_.append(f"{name}.{one.attribute}")
    names_.append(facts.module)
    found = set()
    for name in names_:
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            target = modules.find(".".join(parts[:count]))
            if target >= 0:
                found.add(target)
    return found - {number}


# -- which classes may be stores --------------------------------------------------------------------------


def _may_store(heap: Heap, uid: int) -> bool:
    """Whether methods of a class write its own fields outside of the constructor, and others return something.

    This only spares the solver work; what a class really keeps is decided afterwards.
    """
    order = [item for item in names.ancestors(heap, uid) if isinstance(item, int)]
    if any(heap.knowledge.bases_of(name) for name in names.external_bases(heap, uid)):
        return False  # a framework makes it: that is known already
    writes = gives = False
    for item in order:
        for child in heap.modules.children.get(item, ()):
            unit = heap.modules.units[child]
            if unit.kind != UnitKind.FUNCTION or not unit.params or unit.name == "__init__":
                continue
            body = heap.modules.body(child)
            receiver = unit.params[0].name
            writes = writes or _writes_fields(heap, child, body, receiver)
            gives = gives or any(place and body.ops[place] != Op.CONST for _, place, *_ in body.flows)
    return writes and gives


def _writes_fields(heap: Heap, uid: int, body: Body, receiver: str) -> bool:
    strings = heap.modules.facts[heap.modules.module_of(uid)].strings

    def is_own(place: int) -> bool:
        depth = 0
        while body.ops[place] in (Op.ATTR, Op.ITEM):
            place = body.a[place]
            depth += 1
        return depth > 0 and body.ops[place] == Op.NAME and strings[body.a[place]] == receiver

    for target, how, *_ in body.writes:
        if how == WriteHow.ATTR and body.ops[target] == Op.NAME and strings[body.a[target]] == receiver:
            return True
        if is_own(target):
            return True
    callees = (record[CALL_CALLEE] for record in body.calls)
    return any(body.ops[callee] == Op.ATTR and is_own(body.a[callee]) for callee in callees)


# -- making and calling them ------------------------------------------------------------------------------


def _plant_class(heap: Heap, uid: int) -> bool:
    context = heap.context(heap.modules.first[heap.modules.module_of(uid)], Era.BOOT)
    caller = Caller(context, Era.BOOT, confidence=_MEDIUM)
    value = heap.values.make(Kind.CLASS, uid)
    anything = Arguments((), {}, Found(frozenset(), 0))
    made = heap.invoke(caller, Found(frozenset({value}), 0), anything)
    receivers = [one for one in sorted(made.values) if heap.values.kinds[one] == Kind.OBJECT]
    for receiver in receivers:
        for name in _public_methods(heap, uid):
            _call_method(heap, context, receiver, name)
    return bool(receivers)


def _public_methods(heap: Heap, uid: int) -> list[str]:
    """Name the methods that a user of a class calls, those of its bases in the project included."""
    found = {}
    for item in names.ancestors(heap, uid):
        for child in heap.modules.children.get(item, ()) if isinstance(item, int) else ():
            unit = heap.modules.units[child]
            if unit.kind == UnitKind.FUNCTION and is_exported(unit.name):
                found.setdefault(unit.name, None)
    return sorted(found)


def is_exported(name: str) -> bool:
    """Whether a user of a class may call a method: it is public, or of a protocol of the language."""
    return not name.startswith("_") or name in _PROTOCOL


_PROTOCOL = ("__call__", "__getitem__", "__setitem__", "__delitem__", "__contains__", "__iter__", "__len__")


def _call_method(heap: Heap, context: Context, receiver: int, name: str) -> None:
    """Call a method of an object with arguments that nothing is known of but that a client may have sent them."""
    bound = heap.invoke_attribute(context, receiver, name)
    for value in handover.callables(heap, bound):
        uid = handover.unit_of(heap, value)
        if uid < 0:
            continue
        owner = heap.modules.units[heap.values.parts[receiver][0]].name
        key = (uid, Era.OPEN)
        heap.entries.setdefault(key, Entry(KIND, f"{owner}.{name}", _MEDIUM))
        caller = Caller(context, Era.OPEN, confidence=_MEDIUM)
        heap.invoke(caller, Found(frozenset({value}), 0), Arguments(_sent(heap, uid), {}))


def _sent(heap: Heap, uid: int) -> list[Found]:
    """Give a value for each parameter of a method: a mark that tells where it came in."""
    params = heap.modules.units[uid].params
    skip = 0 if heap.modules.units[uid].flags & UnitFlag.STATIC else 1
    found = []
    for number, param in enumerate(params):
        if number >= skip and param.kind == ParamKind.POSITIONAL:
            mark = library_object(heap, f"{MARK}{uid}.{number}", Era.OPEN)
            found.append(Found(mark.values, mark.bits | Bit.REQUEST))
    return found


def came_in_by(mark: str) -> int:
    """Give the unit of the method by whose parameter a marked value came in."""
    return int(mark.removeprefix(MARK).partition(".")[0])
