"""What an attribute of a value may be, by the kind of the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program import delegates, module_names, names
from statelint.program.calling import Arguments, Caller
from statelint.program.constants import SOME_CONSTANT
from statelint.program.found import NOTHING, Found, union, with_bits
from statelint.program.library_objects import held_by_type, type_bits
from statelint.program.methods import bind_methods, function_identity
from statelint.program.values import LOADED, LOADED_FILE, Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_OF_EACH_CLASS = ("__new__", "__subclasses__")
"""What each class has by itself, whatever its metaclass has under that name."""

_DEEPEST_UNKNOWN = 3
"""Attributes of attributes of an unknown object: `a.b.c.d` tells nothing more."""


def attribute(heap: Heap, context: Context, base: Found, name: str) -> Found:
    """Find what an attribute of any of the base's values may be."""
    if not base.values:
        return Found(frozenset(), base.bits & ~Bit.CONST)
    if len(base.values) == 1:
        (value,) = base.values
        found = attribute_of(heap, context, value, name)
    else:
        found = union([attribute_of(heap, context, value, name) for value in sorted(base.values)])
    carried = base.bits & (Bit.REQUEST | Bit.IO_DB | Bit.IO_HTTP | Bit.BOOT)
    return with_bits(found, carried)


def attribute_of(heap: Heap, context: Context, value: int, name: str) -> Found:
    """Find what an attribute of one value may be."""
    return _ATTRIBUTES.get(heap.values.kinds[value], _no_attr)(heap, context, value, name)


def _module_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    if name == "__dict__":
        return Found(frozenset({value}), 0)
    if name in ("items", "values") and name not in _globals_of(heap, value):  # of `vars(module)`
        return Found(frozenset({heap.values.make(Kind.BOUND, value, name)}), 0)
    found = names.module_attribute(heap, context, heap.values.parts[value][0], name)
    module = heap.values.parts[value][0]
    if module in heap.plugins.modules and module not in module_names.imported(heap):
        heap.note_loaded(found)
    return found


def _globals_of(heap: Heap, value: int) -> frozenset[str]:
    """List what a module binds itself."""
    return heap.modules.locals[heap.modules.first[heap.values.parts[value][0]]]


def _class_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    uid = heap.values.parts[value][0]
    if name == "__class__":
        return heap.single(value)
    found = names.class_attribute(heap, uid, name, context)
    if found is not None:
        return bind_methods(heap, heap.read(found[1], context), value, is_class=True)
    if name in _OF_EACH_CLASS:
        return heap.one(Kind.BOUND, value, name)
    for meta in names.metaclasses_of(heap, uid, context):
        found = names.class_attribute(heap, meta, name, context)
        if found is not None:
            return bind_methods(heap, heap.read(found[1], context), value, context=context)
    bases = names.external_bases(heap, uid, context)
    if bases and bases[0] != "object":
        return heap.one(Kind.BOUND, value, name)
    return NOTHING


def _object_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    uid = heap.values.parts[value][0]
    if name == "__class__":
        return heap.one(Kind.CLASS, uid)
    if name == "__dict__":
        return heap.single(value)
    own = heap.slot(("F", value, name))
    found = heap.read(own, context)
    if value in heap.borgs:
        tables = names.fields_elsewhere(heap, value, context)
        found = union([found, *(heap.item(table, name, context) for table in tables)])
    bound = names.class_attribute(heap, uid, name, context)
    if bound is not None:
        if not names.hides_class(heap, uid, name):
            methods = bind_methods(heap, heap.read(bound[1], context), value, context=context)
            return union([found, methods])
        return found
    if own.found.values or own.unknown or names.is_assigned(heap, uid, name, context):
        return found
    inherited = _inherited(heap, context, value, name)
    return union([found, *inherited]) if found.values or found.bits or len(inherited) != 1 else inherited[0]


def _inherited(heap: Heap, context: Context, value: int, name: str) -> list[Found]:
    """Find what a library's base class, or else `__getattr__`, gives for an attribute that no class binds."""
    uid = heap.values.parts[value][0]
    held = names.held_by_bases(heap, uid, name, context)
    if held:
        return held_by_type(heap, context, held, heap.values.parts[value][1])
    if held is not None:
        return [heap.one(Kind.BOUND, value, name)]
    getter = None if name.startswith("__") else names.class_attribute(heap, uid, "__getattr__", context)
    if getter is None:
        return []
    functions = heap.read(getter[1], context)
    callee = bind_methods(heap, functions, value)
    given = heap.invoke(Caller(context, context.era), callee, Arguments([SOME_CONSTANT], {}))
    behind = _behind(heap, context, value, name, functions)
    return [given if behind is None else behind]


def _behind(heap: Heap, context: Context, value: int, name: str, getters: Found) -> Found | None:
    """Find an attribute of the object that another one stands before; None where it stands before none."""
    functions = (v for v in sorted(getters.values) if heap.values.kinds[v] == Kind.FUNCTION)
    paths = [delegates.path_behind(heap, heap.values.parts[one][0]) for one in functions]
    if not paths or not all(paths) or any(name in path for path in paths):
        return None
    asked = heap.classes.asked_behind
    if (value, name) in asked:
        return NOTHING  # two that stand before each other
    asked.add((value, name))
    found = [_along(heap, context, value, (*path, name)) for path in paths]
    asked.discard((value, name))
    return union(found)


def _along(heap: Heap, context: Context, value: int, path: Sequence[str]) -> Found:
    """Follow attributes from a value on."""
    found = heap.single(value)
    for name in path:
        found = attribute(heap, context, found, name)
    return found


def _super_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    start, receiver = heap.values.parts[value]
    is_class = heap.values.kinds[receiver] == Kind.CLASS
    order = names.ancestors(heap, heap.values.parts[receiver][0], context)
    rest = order[order.index(start) + 1 :] if start in order else ()
    for item in rest:
        if item.__class__ is int and name in heap.modules.locals[item]:
            slot = names.class_slot(heap, item, name)
            return bind_methods(heap, heap.read(slot, context), receiver, is_class=is_class, context=context)
        if item.__class__ is str and item != "object":
            return heap.one(Kind.BOUND, receiver, name)
    if name in ("__new__", "__call__") and is_class:
        return heap.one(Kind.BOUND, receiver, name)
    return NOTHING


def _external_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    dotted = heap.values.parts[value][0]
    if dotted in heap.modules.packages:  # `import shop.state`, where `shop` has no `__init__.py`
        return names.module_value(heap, f"{dotted}.{name}")
    entry = heap.knowledge.objects.get(dotted)
    if entry is not None:
        return _known_attr(heap, context, value, name, entry.names[0])
    written = heap.slots.get(("F", value, name))
    parts = [names.external(heap, f"{dotted}.{name}")]
    if written is not None:
        parts.append(heap.read(written, context))
    return union(parts)


def _library_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    loaded = heap.values.parts[value][0] in (LOADED, LOADED_FILE)
    if loaded and name == "__dict__":
        return Found(frozenset({value}), 0)
    if heap.values.parts[value][0] == LOADED and name not in ("items", "values"):
        return names.of_any_module(heap, context, name)
    return _known_attr(heap, context, value, name, heap.values.parts[value][0])


def _known_attr(heap: Heap, context: Context, value: int, name: str, type_name: str) -> Found:
    """Read a library's object: what was put there, or what the knowledge says, or a method."""
    bits = type_bits(heap, type_name)
    parts = [heap.read(heap.slot(("F", value, name)), context)]
    if context.era == Era.BOOT and keeps_apart(heap, value):
        parts.append(heap.read(heap.slot(("B", value, name)), context))
    held = heap.knowledge.attribute(type_name, name)
    if held:
        era = heap.values.parts[value][1] if heap.values.kinds[value] == Kind.EXTERNAL_OBJECT else context.era
        parts += held_by_type(heap, context, held, era)
    if not held and not parts[0].values:
        parts.append(heap.one(Kind.BOUND, value, name))
    return with_bits(union(parts), bits)


def keeps_apart(heap: Heap, value: int) -> bool:
    """Whether a library's object is one for each thread, task or request: what is put there stays with it."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind != Kind.EXTERNAL_OBJECT:
        return False
    entry = heap.knowledge.type_of(parts[0])
    return entry is not None and entry.kind == "per-request"


def _container_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    written = heap.slots.get(("F", value, name))
    entry = heap.knowledge.type_of(heap.values.parts[value][3])
    if entry is not None and entry.kind in ("record", "bag"):
        return heap.read(heap.slot(("F", value, name)), context)
    found = heap.one(Kind.BOUND, value, name)
    return union([found, heap.read(written, context)]) if written is not None else found


def _bound_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    written = heap.slots.get(("F", value, name))
    found = heap.one(Kind.BOUND, value, name)
    depth, current = 0, value
    while heap.values.kinds[current] == Kind.BOUND:
        current = heap.values.parts[current][0]
        depth += 1
    if depth > _DEEPEST_UNKNOWN:
        return NOTHING
    return union([found, heap.read(written, context)]) if written is not None else found


def _function_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    return heap.read(heap.slot(("F", function_identity(heap, value), name)), context)


def _no_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    del heap, context, value, name
    return NOTHING


def _view_attr(heap: Heap, context: Context, value: int, name: str) -> Found:
    del context
    return heap.one(Kind.BOUND, value, name)


_ATTRIBUTES: dict[int, Callable[[Heap, Context, int, str], Found]] = {
    Kind.MODULE: _module_attr,
    Kind.CLASS: _class_attr,
    Kind.OBJECT: _object_attr,
    Kind.SUPER: _super_attr,
    Kind.EXTERNAL: _external_attr,
    Kind.EXTERNAL_OBJECT: _library_attr,
    Kind.CONTAINER: _container_attr,
    Kind.FUNCTION: _function_attr,
    Kind.METHOD: _function_attr,
    Kind.BOUND: _bound_attr,
    Kind.VIEW: _view_attr,
}
