"""Back ends that say by their names that they keep something, in this process or on this machine's disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import told
from statelint.program.values import Era

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_IN_MEMORY = frozenset({"memory", "inmemory", "mem", "ram", "locmem"})
_ON_DISK = frozenset({"sqlite", "sqlite3", "shelf", "shelve", "dbm", "anydbm", "filesystem", "disk"})
_STORE = frozenset(
    {"storage", "store", "backend", "database", "session", "sessions", "cache", "repository", "persistence"}
)


def says_memory(heap: Heap, uid: int) -> bool:
    """Whether a class, or its module, is named after memory: `MemoryStore`, `storage/memory.py`."""
    return not _IN_MEMORY.isdisjoint(_words(heap, uid))


def may_keep_files(heap: Heap, uid: int) -> bool:
    """Whether a class, or its module, is called a store, or after what lies on disk: `stores/sqlite.py`."""
    return not (_ON_DISK | _STORE).isdisjoint(_words(heap, uid))


def says_store(heap: Heap, uid: int) -> bool:
    """Whether a class itself is called a store: `FilesystemEggStorage`."""
    return not _STORE.isdisjoint(told.words(heap.modules.units[uid].name))


def _words(heap: Heap, uid: int) -> frozenset[str]:
    module = heap.modules.facts[heap.modules.module_of(uid)].module.rpartition(".")[2]
    return frozenset((*told.words(heap.modules.units[uid].name), *told.words(module)))


def keeps_files(heap: Heap, context: Context) -> bool:
    """Whether a context is part of a back end that is called only because of its name, or of its base."""
    if not (heap.on_disk or heap.lent) or context.era not in (Era.BOOT, Era.OPEN):
        return False
    uid = heap.modules.class_around(context.uid)
    return uid in heap.on_disk or uid in heap.lent
