"""Methods of the project's classes: bound to a receiver, and called by a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import UnitFlag
from statelint.program import names
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.descriptors import getters
from statelint.program.found import NOTHING, Found
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_STATIC, _CLASSMETHOD, _PROPERTY = UnitFlag.STATIC, UnitFlag.CLASSMETHOD, UnitFlag.PROPERTY


def bind_methods(
    heap: Heap, found: Found, receiver: int, *, is_class: bool = False, context: Context | None = None
) -> Found:
    """Bind functions found on a class to the receiver; a property is called."""
    values: set[int] = set()
    bits = found.bits
    properties = _of_properties(heap, found) if len(found.values) > 1 else ()
    for value in sorted(found.values):
        kind = heap.values.kinds[value]
        if kind != Kind.FUNCTION or value in properties:
            result = None if context is None or is_class else _read(heap, context, value, receiver)
            if result is not None:
                values |= result.values
                bits |= result.bits
            elif value not in properties:
                values.add(value)
            continue
        flags = heap.modules.units[heap.values.parts[value][0]].flags
        if flags & _STATIC:
            values.add(value)
        elif flags & _CLASSMETHOD:
            owner = receiver
            if not is_class:
                owner = heap.values.make(Kind.CLASS, heap.values.parts[receiver][0])
            values.add(heap.values.make(Kind.METHOD, value, owner))
        elif is_class:
            values.add(value)
        elif flags & _PROPERTY and context is not None:
            result = _read_property(heap, context, value, receiver)
            values |= result.values
            bits |= result.bits
        else:
            values.add(heap.values.make(Kind.METHOD, value, receiver))
    return heap.of(values, bits)


def _of_properties(heap: Heap, found: Found) -> tuple[int, ...]:
    """List the functions of which a class body made properties: `state = property(state)`."""
    kinds, parts = heap.values.kinds, heap.values.parts
    return tuple(parts[value][0] for value in found.values if kinds[value] == Kind.PROPERTY)


def _read(heap: Heap, context: Context, value: int, receiver: int) -> Found | None:
    """Read what is no attribute but says what one is: a property, a descriptor; None for other values."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.PROPERTY:
        getter, sets = parts
        return NOTHING if sets else _read_property(heap, context, getter, receiver)
    methods = getters(heap, context, value) if kind == Kind.OBJECT else ()
    if not methods:
        return None
    arguments = Arguments([heap.single(receiver), NOTHING], {})
    callee = Found(frozenset(methods), 0)
    return heap.invoke(Caller(context, context.era), callee, arguments)


def _read_property(heap: Heap, context: Context, getter: int, receiver: int) -> Found:
    method = heap.values.make(Kind.METHOD, getter, receiver)
    return heap.invoke(Caller(context, context.era), heap.single(method), NO_ARGUMENTS)


def call_methods(
    heap: Heap, context: Context, value: int, wanted: tuple[str, ...], arguments: Arguments
) -> list[Found]:
    """Call those of the named methods that an object of the project has."""
    given = []
    for name in wanted:
        method = names.class_attribute(heap, heap.values.parts[value][0], name, context)
        if method is not None:
            callee = bind_methods(heap, heap.read(method[1], context), value)
            given.append(heap.invoke(Caller(context, context.era), callee, arguments))
    return given


def function_identity(heap: Heap, value: int) -> int:
    """Give a function whatever era it was made in: function attributes belong to all of them."""
    if heap.values.kinds[value] == Kind.METHOD:
        value = heap.values.parts[value][0]
    return heap.values.make(Kind.FUNCTION, heap.values.parts[value][0], Era.BOOT)
