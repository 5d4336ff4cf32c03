"""Objects of libraries by their types: what they carry, hold and give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.found import Found, with_bits
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap


def library_object(heap: Heap, type_name: str, era: int) -> Found:
    """Give an object of a library's type; one that lives for a request does so wherever it was made."""
    entry = heap.knowledge.type_of(type_name)
    if entry is not None:
        type_name = entry.names[0]
        if entry.lifetime == "process":
            era = Era.BOOT
        elif entry.lifetime:
            era = Era.SERVE
        elif entry.kind in ("app", "router", "bag"):
            era = Era.BOOT
    value = heap.values.make(Kind.EXTERNAL_OBJECT, type_name, era)
    return with_bits(heap.single(value), type_bits(heap, type_name))


def type_bits(heap: Heap, type_name: str) -> int:
    """Give the bits that an object of a library's type carries."""
    kinds = {entry.kind for entry in heap.knowledge.mro(type_name)}
    bits = 0
    if "request" in kinds:
        bits |= Bit.REQUEST
    if "connection" in kinds:
        bits |= Bit.CONNECTION
    if "task" in kinds:
        bits |= Bit.TASK
    if kinds & {"handle", "lock", "logger", "metrics"}:
        bits |= Bit.HANDLE
    return bits


def held_by_type(heap: Heap, context: Context, type_name: str, era: int) -> list[Found]:
    """Give what an attribute of a known type holds: where that is the application, the project's own too."""
    entry = heap.knowledge.type_of(type_name)
    type_name = entry.names[0] if entry is not None else type_name
    own = heap.slots.get(("T", type_name))
    found = library_object(heap, type_name, era)
    if own is None and heap.knowledge.is_app(type_name):
        own = heap.slot(("T", type_name))
    return [found] if own is None else [found, heap.read(own, context)]


def given_by_library(heap: Heap, value: int, method: str) -> list[Found]:
    """Give what a library's object hands out under a key, or when it is iterated over."""
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return []
    type_name, era = heap.values.parts[value]
    held = heap.knowledge.result(type_name, method)
    return [library_object(heap, held, era)] if held else []
