"""Objects of the project by which a database or a service is asked: they keep a way there, nothing it said.

class Orders:
    def __init__(self, url):
        self.url = url
        self.engine = create_engine(url)
        if not inspect(self.engine).has_table("orders"):
            raise LookupError(url)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import names
from statelint.program.handles import is_handle_value
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from statelint.program.heap import Heap
    from statelint.program.slots import Slot

_SAID = Bit.IO_DB | Bit.IO_HTTP
_ASKS = frozenset({"io-db", "io-http"})
_DEEPEST = 3
"""Objects inside each other that are looked into for a handle."""


def are_gateways(heap: Heap, values: Collection[int]) -> bool:
    """Whether all values are objects that keep nothing which a database or a service said, but the way there.

    A store of files may stand among them, where it derives from the same class of the project as one of a
    database.
    """
    if not values or any(heap.values.kinds[value] != Kind.OBJECT for value in values):
        return False
    leading = {value for value in values if _leads_there(heap, value, _DEEPEST)}
    families = {item for value in leading for item in _classes(heap, value)}
    return (
        bool(leading)
        and all(value in leading or not families.isdisjoint(_classes(heap, value)) for value in values)
        and not any(_keeps_answer(heap, value) for value in values)
    )


def _classes(heap: Heap, value: int) -> list[int]:
    """List the classes of the project that an object is of."""
    order = names.ancestors(heap, heap.values.parts[value][0])
    return [item for item in order if isinstance(item, int)]


def _leads_there(heap: Heap, value: int, room: int) -> bool:
    """Whether an object has a library's client of a database or a service, or an object that has one."""
    held = {one for slot in _fields(heap, value) for one in slot.values}
    if any(_is_client(heap, one) for one in held):
        return True
    kinds = heap.values.kinds
    return room > 1 and any(kinds[one] == Kind.OBJECT and _leads_there(heap, one, room - 1) for one in held)


def _is_client(heap: Heap, value: int) -> bool:
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return False
    entries = heap.knowledge.mro(heap.values.parts[value][0])
    return any(entry.kind == "handle" and not _ASKS.isdisjoint(entry.bits) for entry in entries)


def _fields(heap: Heap, value: int) -> Iterator[Slot]:
    """Yield what is known of the fields of an object that methods of its classes set."""
    for item in _classes(heap, value):
        for name in sorted(heap.modules.assigned(item)):
            slot = heap.slots.get(("F", value, name))
            if slot is not None:
                yield slot


def _keeps_answer(heap: Heap, value: int) -> bool:
    """Whether a field has what was asked while the object was made, and not only what it was made of."""
    said = _SAID & ~_given(heap, value)
    return any(_is_answer(heap, slot, said) for slot in _fields(heap, value)) if said else False


def _given(heap: Heap, value: int) -> int:
    """Unite the bits of all that the constructors of an object's class are given."""
    bits = 0
    for item in _classes(heap, value):
        for child in heap.modules.children.get(item, ()):
            unit = heap.modules.units[child]
            if unit.name == "__init__":
                for context in heap.contexts_of(child):
                    for param in unit.params[1:]:
                        bits |= names.local_slot(heap, context, param.name).bits
    return bits


def _is_answer(heap: Heap, slot: Slot, said: int) -> bool:
    """Whether a field has data: of a handle, and of an object of the project, that is told by its own."""
    kinds = heap.values.kinds
    if slot.values and all(
        kinds[one] in (Kind.OBJECT, Kind.FUNCTION, Kind.METHOD, Kind.PARTIAL, Kind.CLASS)
        or is_handle_value(heap, one)
        for one in slot.values
    ):
        return False
    bits = slot.bits
    for one in slot.values:
        elements = heap.slots.get(("E", one)) if kinds[one] == Kind.CONTAINER else None
        bits |= elements.bits if elements is not None else 0
    return bool(bits & said)
