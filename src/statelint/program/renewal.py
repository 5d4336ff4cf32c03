"""Plug-ins that are made anew while serving, and set up as at start-up: a reload.

    async def reload(self):
        self.plugins = [make() for make in load_plugins()]
        for plugin in self.plugins:
            await plugin.connect()  # sets `self.token`, as it did at start-up

The solver keeps no account of which objects a list has left; what `connect` sets on an object of start-up is
in truth set on the new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import names
from statelint.program.contexts import in_era
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap


def is_set_up_anew(held: Holder) -> bool:
    """Whether start-up does all writes as well, and serving code does them on objects that it makes."""
    return all(_is_of_new_object(held.heap, write) for write in held.writes)


def _is_of_new_object(heap: Heap, write: Write) -> bool:
    if write.augmented or (write.key is not None and write.key.bits & Bit.REQUEST):
        return False
    context, params = write.context, heap.modules.units[write.context.uid].params
    at_start = heap.contexts.get((context.uid, in_era(context.run, Era.BOOT)))
    if at_start is None or not at_start.passes or not params:
        return False
    receivers = names.local_slot(heap, context, params[0].name).values
    if heap.modules.units[context.uid].name == "__new__":
        return bool(receivers) and all(map(heap.is_loaded, receivers))
    objects = [heap.values.parts[value] for value in receivers if heap.values.kinds[value] == Kind.OBJECT]
    if not all(uid in heap.plugins.classes for uid, *_ in objects):
        return False  # who makes it, and for how long, is there to be read
    old = {uid for uid, era, _ in objects if era == Era.BOOT}
    new = {uid for uid, era, _ in objects if era == Era.SERVE}
    return bool(old) and old <= new and not any(_makes(heap, context, uid) for uid in new)


def _makes(heap: Heap, context: Context, uid: int) -> bool:
    """Whether a context leads to the constructor of a class: then it does not serve what was made before."""
    found = names.class_attribute(heap, uid, "__init__", context)
    values = found[1].values if found is not None else ()
    functions = [heap.values.parts[v][0] for v in values if heap.values.kinds[v] == Kind.FUNCTION]
    waiting = [one for one in heap.contexts.values() if one.uid in functions and one.era == context.era]
    seen = set(waiting)
    for one in waiting:  # grows while it is read
        for caller in one.callers:
            if caller not in seen:
                seen.add(caller)
                waiting.append(caller)
    return context in seen
