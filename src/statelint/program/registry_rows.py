"""Row D8 of the list: callbacks and parts of the program that code registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import How
from statelint.program import names
from statelint.program.construction import is_empty_container
from statelint.program.decisions import Decision, puts
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.found import Found
    from statelint.program.heap import Heap

_CALLABLES = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS, Kind.PARTIAL)
_ONLY_CALLED = How.ITERATE | How.CALLED | How.LENGTH | How.RECEIVER | How.NAMED | How.RETURNED
_REGISTER_WORDS = frozenset(
    {"add", "register", "use", "subscribe", "connect", "listen", "on", "attach", "bind", "install", "include"}
)
"""What functions are called that take in parts of the program."""


def registry(held: Holder) -> Decision | None:
    """D8: parts of the program that code registers, and that are then only called."""
    heap, adds = held.heap, puts(held.writes)
    if not adds or not all(_registers(heap, w.context) for w in adds):
        return None
    # `HANDLERS.setdefault(name, []).append(handler)` puts a list there for what is added next to it
    callbacks = [w for w in adds if not (w.absent and is_empty_container(heap, w.value))]
    if callbacks and all(is_callable(heap, w.value) and not _is_of_client(heap, w) for w in callbacks):
        return Decision(row="D8", ephemeral=True, reason="callbacks that code registers")
    kinds = heap.values.kinds  # what is asked of an element as a container says nothing of the registry
    reads = [one for one in held.reads if one.cell[0] != "E" or kinds[one.cell[1]] != Kind.OBJECT]
    only_called = all(not read.how & ~_ONLY_CALLED for read in reads)
    if only_called and len(held.direct) == len(held.writes) and all(_is_part(heap, w) for w in adds):
        return Decision(row="D8", ephemeral=True, reason="parts that code registers and that are only called")
    return None


def _is_part(heap: Heap, write: Write) -> bool:
    """Whether objects of the program are put there, and nothing of what a client sent."""
    found = write.value
    if found is None or not found.values or write.key is not None or found.bits & Bit.REQUEST:
        return False
    return all(heap.values.kinds[value] == Kind.OBJECT for value in found.values)


def is_callable(heap: Heap, found: Found | None) -> bool:
    """Whether a value is nothing but functions, methods, classes, and objects that carry a function each."""
    if found is None or not found.values:
        return False
    return all(heap.values.kinds[value] in _CALLABLES or _carries_code(heap, value) for value in found.values)


def _carries_code(heap: Heap, value: int) -> bool:
    """Whether an object was made of a function, to be called in its place."""
    if heap.values.kinds[value] != Kind.OBJECT or not heap.values.parts[value][3:]:
        return False
    order = names.ancestors(heap, heap.values.parts[value][0])
    return any(isinstance(item, int) and "__call__" in heap.modules.locals[item] for item in order)


def _is_of_client(heap: Heap, write: Write) -> bool:
    """Whether a callback is a method of an object that a framework makes for each connection."""
    kinds, parts = heap.values.kinds, heap.values.parts
    found = write.value.values if write.value is not None else ()
    return any(is_connection(heap, parts[value][1]) for value in found if kinds[value] == Kind.METHOD)


def is_connection(heap: Heap, value: int) -> bool:
    """Whether a framework makes an object of the project for each connection."""
    if heap.values.kinds[value] != Kind.OBJECT:
        return False
    bases = names.external_bases(heap, heap.values.parts[value][0])
    return any(entry.lifetime == "connection" for base in bases for entry in heap.knowledge.bases_of(base))


def _registers(heap: Heap, context: Context) -> bool:
    words = heap.modules.units[context.uid].name.lower().strip("_").split("_")
    return not _REGISTER_WORDS.isdisjoint(words)
