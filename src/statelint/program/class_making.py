"""What making a class runs, and who asks later which classes there are.

class Registry(type):
    made = {}

    def __new__(mcs, name, bases, namespace):
        made = super().__new__(mcs, name, bases, namespace)
        mcs.made[name] = made
        return made

handlers = [cls() for cls in Handler.__subclasses__()]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import made_at, names
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.constants import SOME_CONSTANT
from statelint.program.found import NOTHING, Found
from statelint.program.methods import bind_methods
from statelint.program.slots import MOST_VALUES
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_HOOKS = ("__new__", "__init__")
"""What a metaclass is asked when a class is made."""

_NAME_BASES_AND_BODY = Arguments([SOME_CONSTANT, NOTHING, NOTHING], {})


def tell(heap: Heap, context: Context, uid: int, bases: Sequence[Sequence[int]]) -> None:
    """Tell a new class to those that it derives from, and to its metaclass."""
    made = heap.values.make(Kind.CLASS, uid)
    for value in {one for values in bases for one in values}:
        if heap.values.kinds[value] == Kind.CLASS:
            heap.join(heap.slot(("H", heap.values.parts[value][0])), heap.single(made))
    if bases:
        _tell_bases(heap, context, uid, made)
    for meta in names.metaclasses_of(heap, uid, context):
        heap.join(heap.slot(("N", meta)), heap.single(made))
        for hook in _HOOKS:
            found = names.class_attribute(heap, meta, hook, context)
            if found is not None:
                receiver = heap.values.make(Kind.CLASS, meta) if hook == "__new__" else made
                callee = bind_methods(heap, heap.read(found[1], context), receiver)
                heap.invoke(Caller(context, context.era), callee, _NAME_BASES_AND_BODY)


def _tell_bases(heap: Heap, context: Context, uid: int, made: int) -> None:
    """Call the nearest `__init_subclass__` of the classes that a new class derives from."""
    hook = "__init_subclass__"
    for item in names.ancestors(heap, uid, context)[1:]:
        if isinstance(item, int) and hook in heap.modules.locals[item]:
            found = heap.read(names.class_slot(heap, item, hook), context)
            callee = bind_methods(heap, found, made, is_class=True)
            heap.invoke(Caller(context, context.era), callee, NO_ARGUMENTS)
            return


def made_by(heap: Heap, context: Context, uid: int) -> Found | None:
    """Give the classes that a metaclass makes; None where a class is no metaclass of the project's."""
    if ("N", uid) not in heap.slots and "type" not in names.external_bases(heap, uid, context):
        return None
    return _many(heap, heap.read(heap.slot(("N", uid)), context))


def subclasses(heap: Heap, caller: Caller, uid: int) -> Found:
    """Give a list of the classes that derive from a class directly: `Handler.__subclasses__()`.

    Start-up asks what there is to make of it a table that stays. A request looks up by its name what it was
    sent, and makes that for itself.
    """
    context = caller.context
    if caller.era != Era.BOOT:
        return NOTHING
    found = _many(heap, heap.read(heap.slot(("H", uid)), context))
    rows = heap.values.make(Kind.CONTAINER, context.uid, made_at.by_call(caller.call), caller.era, "list")
    heap.put(rows, found)
    return heap.single(rows)


def _many(heap: Heap, found: Found) -> Found:
    """Give classes that a cell keeps apart though there are many: they count as plug-ins."""
    if len(found.values) > MOST_VALUES:
        heap.note_loaded(found)
    return found
