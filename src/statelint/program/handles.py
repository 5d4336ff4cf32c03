"""Which values are handles: clients, pools, engines, locks, kept for reuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import names
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from statelint.program.found import Found
    from statelint.program.heap import Heap

_HANDLE_WORDS = (
    "client",
    "pool",
    "engine",
    "executor",
    "lock",
    "stream",
    "model",
    "session",
    "connection",
    "logger",
    "semaphore",
)
"""How libraries that nobody has described name their handles: the last word of the class."""
_OWN_WORDS = ("client", "pool", "engine", "executor")
"""Those that a project gives to nothing else."""
ENDS = ("close", "aclose", "shutdown", "stop", "disconnect", "terminate", "__exit__", "__aexit__")
"""Methods with which what is open is closed."""


def is_handle(heap: Heap, found: Found | None) -> bool:
    """Whether a value is a client, pool, engine or lock, kept for reuse."""
    if found is None or found.bits & (Bit.TASK | Bit.CONNECTION):
        return False
    if found.bits & Bit.HANDLE and not found.values:
        return True
    return bool(found.values) and all(is_handle_value(heap, value) for value in found.values)


def is_handle_value(heap: Heap, value: int) -> bool:
    """Whether one value is a handle, or a tuple of nothing else."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL_OBJECT:
        entries = heap.knowledge.mro(parts[0])
        if entries:
            return any(entry.kind in ("handle", "lock", "logger", "metrics") for entry in entries)
        return _handle_name(parts[0])
    if kind == Kind.CONTAINER:
        return parts[3] == "tuple" and _holds_handles(heap, value)
    if kind == Kind.OBJECT:
        return _is_own_handle(heap, parts[0]) or wraps_handle(heap, value)
    return kind in (Kind.FUNCTION, Kind.CLASS, Kind.MODULE)


def _is_own_handle(heap: Heap, uid: int) -> bool:
    """Whether a class of the project is a handle by what the settings say, or by what it derives from."""
    if heap.modules.qualified(uid) in heap.declared.external_stores:
        return True
    bases = names.external_bases(heap, uid)
    # a stream that the project opens itself leads elsewhere; one to a client is made by the framework
    is_opened = not any(True for base in bases for _ in heap.knowledge.bases_of(base))
    wanted = ("handle", "lock", "logger", "connection")[: 3 + is_opened]
    return any(entry.kind in wanted for base in bases for entry in heap.knowledge.mro(base))


def wraps_handle(heap: Heap, value: int) -> bool:
    """Whether an object of the project says by its name that it is a handle, opens one, and can be closed.

    class StockClient:
        def __init__(self, url):
            self._session = requests.Session()

        def close(self):
            self._session.close()
    """
    uid = heap.values.parts[value][0]
    if not heap.modules.units[uid].name.lower().endswith(_OWN_WORDS):
        return False
    own = [one for one in names.ancestors(heap, uid) if isinstance(one, int)]
    if not any(word in heap.modules.locals[one] for one in own for word in ENDS):
        return False
    slots = (heap.slots.get(("F", value, name)) for one in own for name in heap.modules.assigned(one))
    return any(_opens(heap, held) for slot in slots if slot is not None for held in slot.values)


def _opens(heap: Heap, value: int) -> bool:
    """Whether a field's value is a handle of a library: a lock or a logger leads nowhere."""
    if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
        return False
    return any(entry.kind == "handle" for entry in heap.knowledge.mro(heap.values.parts[value][0]))


def _holds_handles(heap: Heap, container: int) -> bool:
    """Whether all elements are handles: `return session, client`; a tuple may hold itself, which is none."""
    held = heap.slots.get(("E", container))
    values = held.values if held is not None else frozenset()
    nested = any(heap.values.kinds[value] == Kind.CONTAINER for value in values)
    return bool(values) and not nested and all(is_handle_value(heap, value) for value in values)


def _handle_name(dotted: str) -> bool:
    last = dotted.rstrip("()").rpartition(".")[2].lower()
    return any(last.endswith(word) for word in _HANDLE_WORDS)
