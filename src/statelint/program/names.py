"""From a name in the source to the slots that may hold its value, and from a class to its attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import UnitKind
from statelint.program.contexts import in_era
from statelint.program.found import NOTHING, Found, union
from statelint.program.modules import BUILTINS
from statelint.program.slots import FEW, MOST_VALUES, PLAIN, RECEIVERS, Slot
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

Named = tuple[int, str]
"""A module of the project and something that it binds; an empty name means the module itself."""

_DEEPEST_STAR = 6
_MODULE_TYPE = "types.ModuleType"
"""Star imports that import stars: beyond this many steps a name stays unknown."""


# -- names ------------------------------------------------------------------------------------------------


def name_slots(heap: Heap, context: Context, name: str) -> Iterator[Slot]:
    """Give the slots of a name as it is seen in a unit: its own, those around it, the module's."""
    modules = heap.modules
    uid, base = context.uid, name.partition("@")[0]
    unit = modules.units[uid]
    if unit.kind == UnitKind.MODULE:
        yield from global_slots(heap, context.module, name, context)
        return
    if name in modules.locals[uid]:
        if unit.kind == UnitKind.CLASS:
            yield class_slot(heap, uid, name)
            return
        yield local_slot(heap, context, name)
        if context.split and context.era == Era.SERVE:
            yield local_slot(heap, heap.context(uid, in_era(context.run, Era.BOOT)), name)
        return
    yield from captured_slots(heap, context, base)


def lasting_slot(heap: Heap, context: Context, name: str) -> Slot | None:
    """Give the only slot that a name will ever have in a unit; None where that may change or is not one."""
    modules, uid = heap.modules, context.uid
    if name in modules.locals[uid]:
        is_function = modules.units[uid].kind in (UnitKind.FUNCTION, UnitKind.LAMBDA)
        return local_slot(heap, context, name) if is_function and not context.split else None
    base = name.partition("@")[0]
    if base in modules.locals[modules.first[context.module]] and not modules.is_nested(uid):
        return heap.slot(("G", context.module, base))
    return None


def captured_slots(heap: Heap, context: Context, name: str) -> Iterator[Slot]:
    """Give the slots of a name that a unit does not bind itself."""
    modules = heap.modules
    frames = [context]
    uid = context.uid
    while modules.units[uid].parent >= 0:
        uid = modules.parent(uid)
        kind = modules.units[uid].kind
        if kind == UnitKind.MODULE:
            break
        runs = {run for frame in frames for run in frame.env or (frame.run,)}
        frames = [heap.context(uid, run) for run in sorted(runs)]
        if kind == UnitKind.CLASS or name not in modules.locals[uid]:
            continue
        versions = [local for local in modules.units[uid].local_names if local.partition("@")[0] == name]
        for frame in frames:
            for version in versions:
                yield local_slot(heap, frame, version)
        return
    yield from global_slots(heap, context.module, name, context)


def owner_of_name(heap: Heap, context: Context, name: str) -> tuple[str, int, tuple[int, ...]]:
    """Tell where a name that a unit does not bind itself lives.

    Returns ("module", module, ()) or ("function", uid, runs of that function in which it made this one).
    """
    modules = heap.modules
    runs = set(context.env) or {context.run}
    uid = context.uid
    while modules.units[uid].parent >= 0:
        uid = modules.parent(uid)
        kind = modules.units[uid].kind
        if kind == UnitKind.MODULE:
            break
        if kind != UnitKind.CLASS and name in modules.locals[uid]:
            return "function", uid, tuple(sorted(runs))
        frames = [heap.contexts[uid, run] for run in runs if (uid, run) in heap.contexts]
        runs = {run for frame in frames for run in frame.env or (frame.run,)} or runs
    return "module", context.module, ()


def local_slot(heap: Heap, context: Context, name: str) -> Slot:
    """Give the slot of a local name of one context."""
    slot = context.local_slots.get(name)
    if slot is None:
        params = heap.modules.units[context.uid].params
        is_receiver = bool(params) and params[0].name == name
        limit = PLAIN if name in heap.modules.plain_params(context.uid) else RECEIVERS if is_receiver else FEW
        slot = context.local_slots[name] = Slot(limit)
        heap.slots["L", context.uid, context.run, name] = slot
    return slot


def global_slots(heap: Heap, module: int, name: str, reader: Context, depth: int = 0) -> Iterator[Slot]:
    """Give the slots of a name at module level: its own, or what star imports bring, or a builtin."""
    modules = heap.modules
    own = ("G", module, name)
    if name in modules.locals[modules.first[module]] or own in heap.slots:
        yield heap.slot(own)
        return
    if depth < _DEEPEST_STAR:
        stars = heap.slot(("*", module))
        heap.read(stars, reader)
        found = False
        for value in sorted(stars.values):
            kind, parts = heap.values.kinds[value], heap.values.parts[value]
            if kind == Kind.MODULE:
                for slot in global_slots(heap, parts[0], name, reader, depth + 1):
                    found = True
                    yield slot
        if found:
            return
    if depth:
        return
    if name in BUILTINS:
        yield _builtin(heap, name)
    else:
        yield heap.slot(own)


def _builtin(heap: Heap, name: str) -> Slot:
    slot = heap.slot(("builtin", name))
    if slot.found is NOTHING:
        slot.found = heap.one(Kind.EXTERNAL, name)
    return slot


def class_slot(heap: Heap, uid: int, name: str) -> Slot:
    """Give the slot of a class attribute."""
    return heap.slot(("F", heap.values.make(Kind.CLASS, uid), name))


def imported(heap: Heap, context: Context, number: int) -> Found:
    """Give what one import binds."""
    modules = heap.modules
    fact = modules.facts[context.module].imports[number]
    name = modules.absolute(context.module, fact.module, fact.level)
    module = modules.find(name, context.module)
    if module == context.module and not fact.level and modules.facts[module].module != name:
        # `import time` in `shop/time.py` is that of the standard library, whose name it has
        return external(heap, f"{name}.{fact.attribute}" if fact.attribute else name)
    if not fact.attribute or fact.attribute == "*":
        return module_value(heap, name, context.module)
    if module >= 0 and heap.module_key(module) in heap.contexts:
        heap.run_first(heap.contexts[heap.module_key(module)])
    if module < 0:
        if name in modules.packages:
            return module_value(heap, f"{name}.{fact.attribute}", context.module)
        return external(heap, f"{name}.{fact.attribute}")
    if module == context.module:  # `from shop import store` in `shop/__init__.py`: the module below
        below = modules.find(f"{modules.facts[module].module}.{fact.attribute}", module)
        if below >= 0:
            return heap.one(Kind.MODULE, below)
    return module_attribute(heap, context, module, fact.attribute)


def external(heap: Heap, dotted: str) -> Found:
    """Name something of a library; what stands for the application is the application."""
    entry = heap.knowledge.objects.get(dotted)
    if entry is not None and entry.kind == "app":
        owner = entry.bases[0] if entry.bases else entry.names[0]
        return heap.one(Kind.EXTERNAL_OBJECT, owner, Era.BOOT)
    return heap.one(Kind.EXTERNAL, dotted)


def module_value(heap: Heap, name: str, near: int = -1) -> Found:
    """Give a module of the project, or the name of something outside it."""
    modules = heap.modules
    module = modules.find(name, near)
    if module >= 0:
        return heap.one(Kind.MODULE, module)
    return heap.one(Kind.EXTERNAL, name)


def of_modules(heap: Heap, context: Context, meant: Sequence[Named]) -> Found:
    """Give what some modules bind under some names."""
    return union(
        [
            module_attribute(heap, context, module, name) if name else heap.one(Kind.MODULE, module)
            for module, name in meant
        ]
    )


def of_any_module(heap: Heap, context: Context, name: str) -> Found:
    """Give the functions of one name in all modules of the application, if they are few."""
    found = [(number, name) for number in dict.fromkeys(heap.modules.with_function(name))]
    return of_modules(heap, context, found) if len(found) <= MOST_VALUES else NOTHING


def module_attribute(heap: Heap, context: Context, module: int, name: str) -> Found:
    """Give an attribute of a module: a global of it, or a module below it."""
    modules = heap.modules
    builtin = heap.slots.get(("builtin", name))
    found = [
        heap.read(slot, context) for slot in global_slots(heap, module, name, context) if slot is not builtin
    ]
    is_bound = name in modules.locals[modules.first[module]]
    if modules.facts[module].module and not (is_bound and not _stands_for_module(heap, found)):
        below = modules.find(f"{modules.facts[module].module}.{name}", module)
        if below >= 0:
            found.append(heap.one(Kind.MODULE, below))
    return union(found) if found else NOTHING


def _stands_for_module(heap: Heap, found: Iterable[Found]) -> bool:
    """Whether an object is a module that is loaded when it is first used: `class Lazy(types.ModuleType)`."""
    kinds, parts = heap.values.kinds, heap.values.parts
    classes = {parts[value][0] for one in found for value in one.values if kinds[value] == Kind.OBJECT}
    return any(_MODULE_TYPE in external_bases(heap, uid) for uid in sorted(classes))


# -- classes ----------------------------------------------------------------------------------------------


def set_bases(heap: Heap, uid: int, bases: tuple[tuple[int, ...], ...]) -> None:
    """Record what the bases of a class may be, one set of values a position."""
    for readers in heap.classes.set_bases(uid, bases):
        heap.wake(readers)


def ancestors(heap: Heap, uid: int, reader: Context | None = None) -> tuple[int | str, ...]:
    """Give the method resolution order of a class: units of the project's, dotted names of others.

    Depth first from the left, a class after all that derive from it, as far as the bases are known by now;
    the reader is evaluated again when more becomes known.
    """
    order = heap.classes.orders.get(uid)
    if order is None:
        backwards: dict[int | str, None] = {}
        _collect(heap, uid, backwards, set())
        order = heap.classes.orders[uid] = tuple(reversed(backwards))
        heap.classes.outer_bases[uid] = tuple(item for item in order if isinstance(item, str))
        for item in order:
            if item.__class__ is int:
                heap.classes.heirs.setdefault(item, {})[uid] = None
    if reader is not None and reader.mask:
        readers = heap.classes.order_readers.setdefault(uid, {})
        readers[reader] = readers.get(reader, 0) | reader.mask
    return order


def _collect(heap: Heap, uid: int, backwards: dict[int | str, None], seen: set[int]) -> None:
    """Collect the order from its end: the bases from the right, then the class, each class once."""
    seen.add(uid)
    for values in reversed(heap.classes.bases.get(uid, ())):
        for value in reversed(values):
            kind, parts = heap.values.kinds[value], heap.values.parts[value]
            if kind == Kind.CLASS and parts[0] not in seen:
                _collect(heap, parts[0], backwards, seen)
            elif kind == Kind.EXTERNAL:
                backwards.setdefault(parts[0])
    backwards[uid] = None


def metaclasses_of(heap: Heap, uid: int, reader: Context) -> list[int]:
    """List the metaclasses of the project that a class may have, by itself or from a base."""
    for item in ancestors(heap, uid, reader) if heap.metaclasses else ():
        if item in heap.metaclasses:
            classes = [v for v in sorted(heap.metaclasses[item]) if heap.values.kinds[v] == Kind.CLASS]
            return [heap.values.parts[value][0] for value in classes]
    return []


def external_bases(heap: Heap, uid: int, reader: Context | None = None) -> tuple[str, ...]:
    """List the dotted names of the library classes that a class derives from."""
    ancestors(heap, uid, reader)
    return heap.classes.outer_bases[uid]


def fields_elsewhere(heap: Heap, value: int, reader: Context | None = None) -> list[int]:
    """List the containers that an object has in place of its own fields: `self.__dict__ = self._shared`."""
    if value not in heap.borgs:
        return []
    slot = heap.slot(("F", value, "__dict__"))
    if reader is not None:
        heap.read(slot, reader)
    return [one for one in sorted(slot.values) if heap.values.kinds[one] == Kind.CONTAINER]


def class_attribute(heap: Heap, uid: int, name: str, reader: Context) -> tuple[int, Slot] | None:
    """Find the class along the order that binds a name, and the slot of that attribute."""
    order = ancestors(heap, uid, reader)
    known = heap.classes.attributes.get((uid, name), _UNASKED)
    if known is _UNASKED:
        known = heap.classes.attributes[uid, name] = _find_attribute(heap, order, name)
    return known


def is_assigned(heap: Heap, uid: int, name: str, reader: Context) -> bool:
    """Whether a method of a class, or of one that it derives from, assigns an attribute."""
    order = ancestors(heap, uid, reader)
    known = heap.classes.assigned.get((uid, name))
    if known is None:
        known = any(isinstance(item, int) and name in heap.modules.assigned(item) for item in order)
        heap.classes.assigned[uid, name] = known
    return known


def held_by_bases(heap: Heap, uid: int, name: str, reader: Context) -> str | None:
    """Name the type that an attribute of a library's base class holds; None if there is no such class.

    Empty where the knowledge files do not say.
    """
    bases = external_bases(heap, uid, reader)
    known = heap.classes.held.get((uid, name), "?")
    if known == "?":
        outer = [base for base in bases if base != "object"]
        held = (heap.knowledge.attribute(base, name) for base in outer)
        known = heap.classes.held[uid, name] = next(filter(None, held), "") if outer else None
    return known


def hides_class(heap: Heap, uid: int, name: str) -> bool:
    """Whether each object of a class has an attribute of its own, so that the class attribute is not read."""
    known = heap.classes.hidden.get((uid, name))
    if known is None:
        known = heap.classes.hidden[uid, name] = _hides_class(heap, ancestors(heap, uid), name)
    return known


def _hides_class(heap: Heap, order: tuple[int | str, ...], name: str) -> bool:
    if any(isinstance(item, int) and name in heap.modules.initialised(item) for item in order):
        return True
    classes = [item for item in order if isinstance(item, int)]
    made = {word for item in classes for word in heap.modules.default_keywords(item, name)}
    if made & heap.knowledge.factory_keywords:
        return True
    fields = {field.name for item in classes for field in heap.modules.units[item].fields}
    return name in fields and any(copies_defaults(heap, base) for base in order if isinstance(base, str))


def copies_defaults(heap: Heap, base: str) -> bool:
    """Whether a library's base class gives each object a copy of a field's default."""
    return any(entry.copies_defaults for entry in heap.knowledge.mro(base))


_UNASKED = (-1, Slot())


def _find_attribute(heap: Heap, order: tuple[int | str, ...], name: str) -> tuple[int, Slot] | None:
    for item in order:
        if isinstance(item, int) and (
            name in heap.modules.locals[item] or ("F", heap.values.make(Kind.CLASS, item), name) in heap.slots
        ):
            return item, class_slot(heap, item, name)
    return None
