"""Writes that make something rather than change it: nobody else can have seen it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_KEYWORDS, Op
from statelint.program import made_at, names
from statelint.program.contexts import era_of
from statelint.program.evaluate import evaluate
from statelint.program.values import Kind

if TYPE_CHECKING:
    from statelint.model.facts import Body
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap

_CONSTRUCTORS = frozenset(
    {"__init__", "__new__", "__post_init__", "__attrs_post_init__", "__setstate__", "__set_name__"}
)


def is_fresh(heap: Heap, context: Context, receiver: int, target: int) -> bool:
    """Whether a value is filled right where it is made: nobody else can have seen it yet.

    record = Record()
    record.inputs = inputs      # others that the name may be were made by other functions
    """
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    if kind == Kind.CONTAINER:
        uid, site, era, *_ = parts
        if (uid, era) != (context.uid, context.era):
            return False
    elif kind == Kind.OBJECT and era_of(parts[1]) == context.era:
        site = 0
    else:
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
        elif not (_makes_object(heap, context, place) if not site else _makes(body, place, site)):
            return False
    return True


def _makes(body: Body, place: int, site: int) -> bool:
    """Whether a place makes a container: by a display, or by a call."""
    return place == site or (body.ops[place] == Op.CALL and made_at.is_made_by_call(site, body.a[place]))


def _makes_object(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place calls classes of the project that make a new object each time."""
    body = context.body
    if body.ops[place] != Op.CALL:
        return False
    called = evaluate(heap, context, body.calls[body.a[place]][CALL_CALLEE]).values
    return bool(called) and all(
        heap.values.kinds[value] == Kind.CLASS and _makes_anew(heap, heap.values.parts[value][0])
        for value in called
    )


def _makes_anew(heap: Heap, uid: int) -> bool:
    """Whether nothing of a class says which object a call of it gives."""
    order = [item for item in names.ancestors(heap, uid) if isinstance(item, int)]
    return not any("__new__" in heap.modules.locals[item] or heap.metaclasses.get(item) for item in order)


def is_empty_container(heap: Heap, found: Found | None) -> bool:
    """Whether a value is nothing but what `[]`, `{}` or `set()` makes."""
    if found is None or not found.values:
        return False
    kinds, parts = heap.values.kinds, heap.values.parts
    return all(
        kinds[value] == Kind.CONTAINER and _is_made_empty(heap.modules.body(parts[value][0]), parts[value][1])
        for value in found.values
    )


def _is_made_empty(body: Body, site: int) -> bool:
    """Whether a container is made by a display of nothing, or by a call that is given nothing."""
    if site > 0:
        return body.ops[site] == Op.SITE and not body.sites[body.a[site]][1]
    return any(
        made_at.is_made_by_call(site, number) and not (record[CALL_ARGUMENTS] or record[CALL_KEYWORDS])
        for number, record in enumerate(body.calls)
    )


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
