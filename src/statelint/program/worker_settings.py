"""What a program that is started by its own command is told to run: by a dict or a class that it is named.

arq worker.WorkerSettings          class WorkerSettings: functions = [order]
saq worker.settings                settings = {"queue": queue, "functions": [order]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import UnitKind
from statelint.model.files import FileRole
from statelint.program import handover, names
from statelint.program.calling import HANDED_OVER, Arguments, Caller
from statelint.program.found import NOTHING, Found
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import WorkerEntry
    from statelint.program.heap import Heap

_SERVING_ROLES = (FileRole.APPLICATION, FileRole.EXAMPLE)


def plant_workers(heap: Heap) -> None:
    """Hand over the functions of each settings object as the call would to which it becomes the arguments."""
    for entry in heap.knowledge.workers:
        register = heap.knowledge.register(entry.call)
        if register is None:
            continue
        called = heap.values.make(Kind.EXTERNAL, entry.call)
        for number, module in enumerate(heap.modules.facts):
            if module.role not in _SERVING_ROLES:
                continue
            imported = any(one.module.partition(".")[0] in entry.packages for one in module.imports)
            for keywords in _given(heap, number, entry, is_named=not imported):
                caller = Caller(heap.module_context(number), Era.BOOT, HANDED_OVER)
                handover.register(heap, caller, called, register, Arguments((), keywords, NOTHING))


def _given(heap: Heap, number: int, entry: WorkerEntry, *, is_named: bool) -> Iterator[dict[str, Found]]:
    """Give the settings of a file; where it imports no such library, only a class of the usual name."""
    modules = heap.modules
    first = modules.first[number]
    for uid in modules.children.get(first, ()):
        unit = modules.units[uid]
        if unit.kind != UnitKind.CLASS or (is_named and unit.name not in entry.classes):
            continue
        if modules.locals[uid].issuperset(entry.keys):
            yield {name: names.class_slot(heap, uid, name).found for name in sorted(modules.locals[uid])}
    if is_named:
        return
    for name in sorted(modules.locals[first]):
        slot = heap.slots.get(("G", number, name))
        for value in sorted(slot.values) if slot is not None else ():
            if heap.values.kinds[value] == Kind.CONTAINER and set(heap.items.get(value, ())) >= {*entry.keys}:
                items = ((key, heap.slots.get(("I", value, key))) for key in heap.items[value])
                yield {str(key): one.found for key, one in items if one is not None}
