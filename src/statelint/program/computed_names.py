"""Attributes asked for by name: one that is written, put together, or the method that a request names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, Op, UnitFlag, UnitKind
from statelint.program import given_names, listed, loading, module_names, names
from statelint.program.attributes import attribute
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.found import NOTHING, Found, union
from statelint.program.values import LOADED, Era, Kind

if TYPE_CHECKING:
    from statelint.program.calling import Arguments, Caller
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_OF_THE_CLASS = UnitFlag.CLASSMETHOD | UnitFlag.STATIC
_METHOD = "method"
"""The attribute of a request that says how it is made."""


def text_argument(heap: Heap, caller: Caller, position: int) -> object:
    """Give the text that an argument is; NOT_CONSTANT where it is none that is written."""
    place = _place(caller, position)
    return constant(heap, caller.context, place) if place else NOT_CONSTANT


def get(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Give what `getattr(receiver, name, default)` may be, whether the name is written or computed."""
    if not arguments.positional:
        return NOTHING
    given, default = arguments.positional[0], list(arguments.positional[2:3])
    asked = _names_asked(heap, caller)
    if asked:
        return union([*(attribute(heap, caller.context, given, name) for name in asked), *default])
    if listed.is_listed(heap, caller):
        found = listed.of_listed(heap, caller.context, given.values)
        if found.values:
            return union([found, *default])
    objects = frozenset(value for value in given.values if heap.values.kinds[value] == Kind.OBJECT)
    told = _given(heap, caller) if objects else []
    meant = [attribute(heap, caller.context, Found(objects, given.bits), name) for name in told]
    # a module that is loaded by a name is looked through by its loader, whatever calls hand over
    others = given.values - objects if told else given.values
    parts = module_names.patterns(heap.modules, caller.context.uid, _place(caller, 1))[0]
    meant += [_meant(heap, caller.context, value, parts) for value in sorted(others)]
    return union([*meant, *default])


def _names_asked(heap: Heap, caller: Caller) -> list[str]:
    """List the names that are asked for, where they are known: one that is written, or those of requests."""
    name = text_argument(heap, caller, 1)
    if isinstance(name, str):
        return [name]
    return sorted(heap.knowledge.verbs) if _is_verb(heap, caller, _place(caller, 1)) else []


def _given(heap: Heap, caller: Caller) -> list[str]:
    """List the names that calls hand over, if all do that: `self.tell("joined", room)`."""
    place = _place(caller, 1)
    found = given_names.patterns(heap, caller.context.uid, place) if place else []
    whole = [pieces[0] for pieces in found if len(pieces) == 1 and pieces[0]]
    return whole if len(whole) == len(found) < given_names.MOST_PATTERNS else []


def _is_verb(heap: Heap, caller: Caller, place: int) -> bool:
    """Whether a name is the method that a request names: `request.method.lower()`."""
    body = caller.context.body
    if body.ops[place] == Op.CALL:  # `.lower()`
        callee = body.calls[body.a[place]][CALL_CALLEE]
        place = body.a[callee] if body.ops[callee] == Op.ATTR else 0
    return body.ops[place] == Op.ATTR and heap.modules.string(caller.context.module, body.b[place]) == _METHOD


def _place(caller: Caller, position: int) -> int:
    """Give the place of an argument of the call at work; 0 where it is not written there."""
    places = caller.context.body.calls[caller.call][CALL_ARGUMENTS] if caller.call >= 0 else ()
    return places[position] if position < len(places) else 0


def _meant(heap: Heap, context: Context, value: int, name: module_names.Pattern) -> Found:
    """Give what a computed name may mean: a method of an object, or what texts name of a module."""
    kind = heap.values.kinds[value]
    is_loaded = kind == Kind.EXTERNAL_OBJECT and heap.values.parts[value][0] == LOADED
    if kind == Kind.MODULE or is_loaded:
        return loading.computed_attribute(heap, context, value, name)
    return _methods(heap, value, [piece for piece in name if piece and piece.isidentifier()])


def _methods(heap: Heap, value: int, parts: list[str]) -> Found:
    """Give any method that a computed name may mean: one with these parts, or else any public one."""
    if heap.values.kinds[value] != Kind.OBJECT:
        return NOTHING
    seen: set[str] = set()
    values = set()
    for item in names.ancestors(heap, heap.values.parts[value][0]):
        for child in heap.modules.children.get(item, ()) if item.__class__ is int else ():
            unit = heap.modules.units[child]
            is_meant = all(part in unit.name for part in parts) if parts else not unit.name.startswith("_")
            if unit.kind != UnitKind.FUNCTION or not is_meant or unit.name in seen:
                continue
            seen.add(unit.name)
            if not unit.flags & _OF_THE_CLASS:  # who asks an object for a method by name wants one of its own
                function = heap.values.make(Kind.FUNCTION, child, Era.BOOT)
                values.add(heap.values.make(Kind.METHOD, function, value))
    return Found(frozenset(values), 0)
