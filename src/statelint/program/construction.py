"""Writes that make something rather than change it: nobody else can have seen it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import made_at
from statelint.program.values import Kind

if TYPE_CHECKING:
    from statelint.program.heap import Context, Heap

_CONSTRUCTORS = frozenset(
    {"__init__", "__new__", "__post_init__", "__attrs_post_init__", "__setstate__", "__set_name__"}
)


def is_fresh(heap: Heap, context: Context, receiver: int, target: int) -> bool:
    """Whether a container is filled right where it is made: nobody else can have seen it yet."""
    if heap.values.kinds[receiver] != Kind.CONTAINER:
        return False
    uid, site, era, _ = heap.values.parts[receiver]
    if (uid, era) != (context.uid, context.era):
        return False
    body = context.body
    waiting, seen = [target], {target}
    for place in waiting:  # grows while it is read
        if body.ops[place] == Op.NAME:
            values = {value for name, value, *_ in body.binds if name == body.a[place]}
            if not values or 0 in values:
                return False
            waiting += sorted(values - seen)
            seen |= values
        elif place != site and not (
            body.ops[place] == Op.CALL and made_at.is_made_by_call(site, body.a[place])
        ):
            return False
    return True


def is_own_construction(heap: Heap, context: Context, target: int, receiver: int) -> bool:
    """`self.x = ...` in a constructor, or in a method that only constructors call, makes the object."""
    body = context.body
    params = heap.modules.units[context.uid].params
    if not params or body.ops[target] != Op.NAME or heap.values.kinds[receiver] != Kind.OBJECT:
        return False
    if heap.modules.string(context.module, body.a[target]) != params[0].name:
        return False
    return _only_constructs(heap, context)


def _only_constructs(heap: Heap, context: Context, seen: frozenset[tuple[int, int]] = frozenset()) -> bool:
    """Whether a context is a constructor or is called from constructors only."""
    if heap.modules.units[context.uid].name in _CONSTRUCTORS:
        return True
    if not context.callers or context.key in seen or context.key in heap.entries:
        return False
    around = heap.modules.class_around(context.uid)
    return around >= 0 and all(
        heap.modules.class_around(caller.uid) >= 0 and _only_constructs(heap, caller, seen | {context.key})
        for caller in context.callers
    )
