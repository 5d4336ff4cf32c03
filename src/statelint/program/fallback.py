"""What is tried where the solver knows nothing: annotations, and attributes that only one class has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import names
from statelint.program.contexts import era_of
from statelint.program.evaluate import evaluate
from statelint.program.found import Found
from statelint.program.left_out import LeftOut
from statelint.program.values import ERA_AT, Era, Kind

if TYPE_CHECKING:
    from statelint.program.heap import Heap

_OF_VALUES = ("F", "E", "I", "U")
"""Slots of fields and elements: they keep what they hold if what they belong to was made at start-up."""
_OF_OTHERS = ("G", "D", "T")


def fill_unknown(heap: Heap, *, in_commands: bool = False) -> bool:
    """Give parameters without any known value the objects of their annotation; whether there was any.

    `in_commands`: those of commands, too, and the objects that these make.
    """
    left_out = -1 if in_commands else Era.CLI
    by_class = _objects_by_class(heap, left_out)
    kept, calls = _kept(heap), LeftOut(heap)
    grew = False
    for context in heap.in_order():
        if context.era == left_out:
            continue
        for number, param in enumerate(heap.modules.units[context.uid].params):
            slot = names.local_slot(heap, context, param.name)
            if not param.annotation or slot.values or slot.unknown or param.kind > 1:
                continue
            annotation = heap.slots.get(("A", context.uid, number))
            values = _objects_of(heap, annotation.values, by_class, kept) if annotation else set()
            if values and not calls.is_nothing(context, number):
                heap.join(slot, Found(frozenset(values), 0))
                grew = True
    return _fill_fields(heap, by_class, kept) or grew


def _fill_fields(heap: Heap, by_class: dict[int, set[int]], kept: frozenset[int]) -> bool:
    """Give the fields of lasting objects of which only the annotation is known what their class names.

    class Service:
        store: Store
    """
    grew = False
    for uid in sorted(by_class):
        asked = [one for one in heap.modules.units[uid].fields if one.annotation and not one.default]
        context = heap.contexts.get((uid, Era.BOOT))
        if not asked or context is None:
            continue
        owners = [value for value in sorted(by_class[uid]) if heap.values.parts[value][1] == Era.BOOT]
        for field in asked:
            read = (heap.slots.get(("F", value, field.name)) for value in owners)
            slots = [slot for slot in read if slot is not None and not slot.values and not slot.unknown]
            values = (
                _objects_of(heap, evaluate(heap, context, field.annotation).values, by_class, kept)
                if slots
                else set()
            )
            for slot in slots if values else ():
                grew = heap.join(slot, Found(frozenset(values), 0)) or grew
    return grew


def _objects_by_class(heap: Heap, left_out: int) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for value, kind in enumerate(heap.values.kinds):
        if kind == Kind.OBJECT and heap.values.parts[value][1] != left_out:
            for item in names.ancestors(heap, heap.values.parts[value][0]):
                if isinstance(item, int):
                    found.setdefault(item, set()).add(value)
    return found


def _kept(heap: Heap) -> frozenset[int]:
    """Find what more than parameters and local names hold: fields, elements, what inner functions capture."""
    kinds, parts, modules = heap.values.kinds, heap.values.parts, heap.modules
    found: set[int] = set()
    for key, slot in heap.slots.items():
        if not slot.values:
            continue
        if key[0] == "L":
            is_held = bool(modules.children.get(key[1])) and not modules.is_receiver(key[1], key[3])
        elif key[0] in _OF_VALUES:
            made_in = ERA_AT.get(kinds[key[1]])
            is_held = made_in is None or era_of(parts[key[1]][made_in]) == Era.BOOT
        else:
            is_held = key[0] in _OF_OTHERS
        if is_held:
            found |= slot.values
    return frozenset(found)


def _objects_of(
    heap: Heap, annotation: frozenset[int], by_class: dict[int, set[int]], kept: frozenset[int]
) -> set[int]:
    """Find the objects made of an annotated class or its subclasses, those that outlive a request first.

    Where requests make some, those of start-up must be kept somewhere to be meant.
    """
    values: set[int] = set()
    for one in sorted(annotation):
        kind, parts = heap.values.kinds[one], heap.values.parts[one]
        if kind == Kind.CLASS:
            made = by_class.get(parts[0], set())
            lasting = {v for v in made if heap.values.parts[v][1] == Era.BOOT}
            values |= (lasting if lasting == made else lasting & kept) or made - lasting or made
        elif kind == Kind.EXTERNAL:
            entry = heap.knowledge.type_of(parts[0])
            if entry is not None and entry.kind not in ("container", "record"):
                values.add(heap.values.make(Kind.EXTERNAL_OBJECT, entry.names[0], Era.SERVE))
    return values
