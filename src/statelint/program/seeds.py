"""Where execution begins: module bodies, what frameworks call, commands, and factories that nobody calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CallFlag, Op, ParamKind, UnitKind
from statelint.model.files import FileRole
from statelint.program import (
    commands,
    consumers,
    frameworks,
    handover,
    marked_routes,
    names,
    scripts,
    worker_settings,
)
from statelint.program.calling import HANDED_OVER, NO_ARGUMENTS, Caller, call_record
from statelint.program.contexts import Context, Entry, LooseMethod
from statelint.program.handover import Given
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import BaseEntry, SignatureEntry
    from statelint.model.facts import Body, Unit
    from statelint.program.heap import Heap

_SERVING_ROLES = (FileRole.APPLICATION, FileRole.EXAMPLE)
_MAIN_NAMES = ("main",)
"""Functions that installers and scripts call by convention; whether they start a server is then asked."""

_BY_THEMSELVES = ("background", "metrics")
"""Kinds of entries of objects that only run if the project makes them."""

_AT_WORK = frozenset({Era.BOOT, Era.SERVE})

_CONSTRUCTOR = "__init__"
_PARTS = ("__iter__",)
_SHARED = ("process", "own")
"""Lifetimes of classes whose objects are there for all requests, unless a request makes one."""


def plant(heap: Heap) -> None:
    """Seed everything that can be known at this point; called again after each fixpoint."""
    if not heap.contexts:
        for number, module in enumerate(heap.modules.facts):
            if module.role in _SERVING_ROLES:
                heap.module_context(number)
        heap.answers_requests = frozenset(
            uid for uid, one in _shaped_functions(heap) if len(one.parameters) > 1 and not one.base
        )
        return
    scripts.plant_scripts(heap)
    worker_settings.plant_workers(heap)
    consumers.plant_consumers(heap)
    for uid in _serving_units(heap, UnitKind.CLASS):
        _class_entries(heap, uid)
    heirs = _heirs(heap)
    fits = _FittingClasses(heap)
    for uid, signature in _shaped_functions(heap):
        _signature_entry(heap, uid, signature, heirs, fits)
    for uid, method in tuple(heap.loose_methods.items()):
        _bind_method(heap, uid, method, heirs)
    for uid in _serving_units(heap, UnitKind.FUNCTION) if heap.declared.entries else ():
        if heap.modules.qualified(uid) in heap.declared.entries:
            _own_entry(heap, uid, heap.modules.units[uid])
    _promote(heap)


def _bind_method(heap: Heap, uid: int, method: LooseMethod, heirs: dict[int, list[int]]) -> None:
    """Call a method that a decorator registered on the objects of its class and of those below it."""
    name = heap.modules.units[uid].name
    for class_uid in heirs.get(heap.modules.parent(uid), ()):
        caller = _outside(heap, class_uid)
        era = Era.BOOT if method.is_shared and not _is_made_anew(heap, class_uid) else Era.SERVE
        for receiver in _receivers(heap, class_uid, era, caller):
            bound = heap.invoke_attribute(caller.context, receiver, name)
            for value in handover.callables(heap, bound):
                handover.add_entry(heap, caller, value, method.entry, Given(passes=method.passes))


def _is_made_anew(heap: Heap, uid: int) -> bool:
    """Whether a framework makes an object of a class for each request or connection."""
    bases = [item for item in names.ancestors(heap, uid) if isinstance(item, str)]
    known = [base for name in bases for base in heap.knowledge.bases_of(name)]
    return bool(known) and known[0].lifetime not in _SHARED


def _heirs(heap: Heap) -> dict[int, list[int]]:
    """For each class, itself and those that derive from it."""
    found: dict[int, list[int]] = {}
    for uid in _serving_units(heap, UnitKind.CLASS):
        for item in names.ancestors(heap, uid):
            if isinstance(item, int):
                found.setdefault(item, []).append(uid)
    return found


def _shaped_functions(heap: Heap) -> list[tuple[int, SignatureEntry]]:
    """List the functions whose name and parameters are of a known shape; found once, they do not change."""
    if heap.shaped is None:
        by_first: dict[str, list[SignatureEntry]] = {}
        for signature in heap.knowledge.signatures:
            by_first.setdefault(signature.parameters[0] if signature.parameters else "", []).append(signature)
        heap.shaped = []
        for uid in _serving_units(heap, UnitKind.FUNCTION):
            unit = heap.modules.units[uid]
            is_method = heap.modules.units[heap.modules.parent(uid)].kind == UnitKind.CLASS
            given = [param.name for param in unit.params if param.kind != ParamKind.KEYWORD_ONLY][is_method:]
            first = given[0] if given else ""
            known = [*by_first.get(first, ()), *(by_first.get("", ()) if given else ())]
            heap.shaped += [
                (uid, signature)
                for signature in known
                if _has_shape(unit, given, signature) and signature.method == is_method
            ]
    return heap.shaped  # type: ignore[return-value]  # the heap does not know what knowledge files hold


def _has_shape(unit: Unit, given: list[str], signature: SignatureEntry) -> bool:
    if signature.function and signature.function != unit.name:
        return False
    wanted = list(signature.parameters)
    return given == wanted or (signature.more and given[: len(wanted)] == wanted)


def plant_unreached(heap: Heap) -> bool:
    """Seed what nothing has called so far: `main` functions, app factories. Returns whether there was any."""
    before = len(heap.contexts)
    commands.plant_commands(heap)
    for uid in _serving_units(heap, UnitKind.FUNCTION):
        unit = heap.modules.units[uid]
        if heap.reached.get(uid, set()) & _AT_WORK:
            continue
        if unit.name in _MAIN_NAMES and unit.parent == 0:
            heap.context(uid, Era.CLI).env.add(Era.BOOT)
        if _may_make_entries(heap, uid) and _makes_entries(heap, uid):
            _run_in_boot(heap, uid)
    unreached = [
        uid for uid in _serving_units(heap, UnitKind.FUNCTION) if not heap.reached.get(uid, set()) & _AT_WORK
    ]
    return marked_routes.plant_marked(heap, unreached) or len(heap.contexts) > before


def _serving_units(heap: Heap, kind: int) -> Iterator[int]:
    modules = heap.modules
    for number, module in enumerate(modules.facts):
        if module.role in _SERVING_ROLES:
            first = modules.first[number]
            for index, unit in enumerate(module.units):
                if unit.kind == kind:
                    yield first + index


def _outside(heap: Heap, uid: int) -> Caller:
    """Give who calls what no code of the project calls: for want of another context, that of the module."""
    return Caller(_module_context(heap, uid), Era.BOOT, HANDED_OVER)


def _module_context(heap: Heap, uid: int) -> Context:
    return heap.module_context(heap.modules.module_of(uid))


# -- classes that a framework calls -----------------------------------------------------------------------


def _class_entries(heap: Heap, uid: int) -> None:
    order = names.ancestors(heap, uid)
    for item in order:
        name = item if isinstance(item, str) else heap.modules.qualified(item)
        if item == uid:
            continue
        for base in heap.knowledge.bases_of(name):
            framework = {i for i in order if isinstance(i, int) and heap.modules.qualified(i) in base.names}
            _entries_of_base(heap, uid, base, framework)


def _entries_of_base(heap: Heap, uid: int, base: BaseEntry, framework: set[int]) -> None:
    caller = _outside(heap, uid)
    receivers = _receivers_of_base(heap, uid, base, caller)
    for item in names.ancestors(heap, uid):
        if not isinstance(item, int) or item in framework:
            continue
        for name in heap.modules.units[item].local_names:
            label = heap.knowledge.handler(base, name)
            if not label and name not in base.boot_methods:
                continue
            entry = Entry(base.entry, label, 0, uid)
            for receiver in receivers:
                bound = heap.invoke_attribute(caller.context, receiver, name)
                for value in handover.callables(heap, bound):
                    if name in base.boot_methods:
                        heap.invoke(caller, heap.single(value), NO_ARGUMENTS)
                        continue
                    if base.entry in _BY_THEMSELVES and heap.values.parts[receiver][1] == Era.BOOT:
                        handover.split_thread(heap, caller, value, NO_ARGUMENTS)
                    handover.add_entry(heap, caller, value, entry, Given(passes=base.passes))


def _receivers_of_base(heap: Heap, uid: int, base: BaseEntry, caller: Caller) -> list[int]:
    """List the objects of a class whose methods the framework calls of which it derives."""
    era = Era.BOOT if base.lifetime in _SHARED else Era.SERVE
    while_serving = _known_objects(heap, uid, Era.SERVE)
    if base.entry in _BY_THEMSELVES:  # a thread that nobody makes does not run
        return [*_known_objects(heap, uid, Era.BOOT), *while_serving]
    if base.lifetime == "own" and while_serving:  # what a request makes, it calls itself
        return _known_objects(heap, uid, era)
    return _receivers(heap, uid, era, caller)


def _receivers(heap: Heap, uid: int, era: int, caller: Caller) -> list[int]:
    """List the objects of a class whose methods a framework calls; made as it would, if there is none."""
    known = _known_objects(heap, uid, era)
    if known or (era == Era.BOOT and not heap.settled):
        return known
    value = heap.values.make(Kind.CLASS, uid)
    made = heap.invoke(caller.in_era(era), heap.single(value), NO_ARGUMENTS)
    return sorted(v for v in made.values if heap.values.kinds[v] == Kind.OBJECT)


def _known_objects(heap: Heap, uid: int, era: int) -> list[int]:
    """List the objects of a class that the project itself makes."""
    return [value for value in heap.values.objects_of.get(uid, ()) if heap.values.parts[value][1] == era]


# -- functions of a known shape ---------------------------------------------------------------------------


class _FittingClasses:
    """Tells which classes have the bases and the constructor that a known shape asks for; for one round."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self._known: dict[tuple[int, str, tuple[str, ...]], bool] = {}

    def __call__(self, class_uid: int, signature: SignatureEntry) -> bool:
        key = (class_uid, signature.base, signature.requires)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _fits(self._heap, class_uid, signature)
        return known


def _signature_entry(
    heap: Heap, uid: int, signature: SignatureEntry, heirs: dict[int, list[int]], fits: _FittingClasses
) -> None:
    unit = heap.modules.units[uid]
    parent = heap.modules.parent(uid)
    if signature.method:
        for class_uid in heirs.get(parent, ()):
            if fits(class_uid, signature):
                _method_signature(heap, class_uid, unit, signature)
    elif heap.modules.units[parent].kind == UnitKind.MODULE or (parent, Era.BOOT) in heap.contexts:
        function = heap.values.make(Kind.FUNCTION, uid, Era.BOOT)
        caller = _outside(heap, uid)
        entry = Entry(signature.entry, signature.label or unit.name, 0)
        handover.add_entry(heap, caller, function, entry, Given(passes=signature.passes))


def _method_signature(heap: Heap, class_uid: int, unit: Unit, signature: SignatureEntry) -> None:
    """Make an entry of a method of a known shape, on one class that has it by itself or from a base.

    A constructor of that shape makes the class an application: it is called for each request, and what that
    gives is asked for the parts of the answer (PEP 3333).
    """
    caller = _outside(heap, class_uid)
    is_called = unit.name == _CONSTRUCTOR
    era = Era.BOOT if signature.lifetime == "process" and not is_called else Era.SERVE
    entry = Entry(signature.entry, signature.label or heap.modules.units[class_uid].name, 0)
    for receiver in _receivers(heap, class_uid, era, caller):
        for name in (unit.name, *(_PARTS if is_called else ())):
            bound = heap.invoke_attribute(caller.context, receiver, name)
            for value in handover.callables(heap, bound):
                handover.add_entry(heap, caller, value, entry, Given(passes=signature.passes))


def _fits(heap: Heap, class_uid: int, signature: SignatureEntry) -> bool:
    if signature.base:
        bases = [
            item if isinstance(item, str) else heap.modules.units[item].name
            for item in names.ancestors(heap, class_uid)
            if item != class_uid
        ]
        if not any(base.endswith(signature.base) for base in bases):
            return False
    if signature.requires:
        init = names.class_attribute(heap, class_uid, _CONSTRUCTOR, _module_context(heap, class_uid))
        if init is None:
            return False
        for child in heap.modules.children.get(init[0], ()):
            unit = heap.modules.units[child]
            if unit.name == _CONSTRUCTOR:
                return set(signature.requires) <= {param.name for param in unit.params}
        return False
    return True


def _own_entry(heap: Heap, uid: int, unit: Unit) -> None:
    """Make an entry of a function that the project's configuration names as an entry point."""
    parent = heap.modules.parent(uid)
    caller = _outside(heap, uid)
    function = heap.values.make(Kind.FUNCTION, uid, Era.BOOT)
    entry = Entry("request", unit.qualified, 0)
    if heap.modules.units[parent].kind != UnitKind.CLASS:
        handover.add_entry(heap, caller, function, entry)
        return
    for receiver in _receivers(heap, parent, Era.BOOT, caller):
        method = heap.values.make(Kind.METHOD, function, receiver)
        handover.add_entry(heap, caller, method, entry)


# -- commands that start a server -------------------------------------------------------------------------


def _promote(heap: Heap) -> None:
    """Run in boot the commands and `__main__` blocks from which a server is started."""
    seen: set[Context] = set()
    waiting = sorted((c for c in heap.server_starts if c.era == Era.CLI), key=lambda c: c.key)
    for context in waiting:
        if context in seen:
            continue
        seen.add(context)
        callers = [caller for caller in context.callers if caller.era == Era.CLI]
        waiting += callers
        for caller in context.callers:
            if caller.era == Era.BOOT and heap.modules.units[caller.uid].kind == UnitKind.MODULE:
                _promote_module(heap, caller)
        if not callers:
            boot = heap.context(context.uid, Era.BOOT)
            boot.env |= context.env
    for context in tuple(heap.server_starts):
        # a server that is started right in the `__main__` block
        if context.era == Era.BOOT and heap.modules.units[context.uid].kind == UnitKind.MODULE:
            _promote_module(heap, context)


def _promote_module(heap: Heap, context: Context) -> None:
    if context.uid not in heap.promoted:
        heap.promoted.add(context.uid)
        heap.wake_all(context)


def stop_commands(heap: Heap) -> None:
    """Run again in boot the commands that start a server, and leave them alone as commands.

    What only they reach need not be evaluated any further: a command is asked for nothing but the server.
    """
    _promote(heap)
    commands = [context for context in heap.contexts.values() if context.era == Era.CLI]
    called: dict[Context, list[Context]] = {}
    for context in commands:
        for caller in context.callers:
            called.setdefault(caller, []).append(context)
    wanted = [context for context in commands if not _starts_server(heap, context)]
    seen = set(wanted)
    for context in wanted:  # grows while it is read
        for target in called.get(context, ()):
            if target not in seen:
                seen.add(target)
                wanted.append(target)
    for context in commands:
        if context not in seen:
            context.pending = 0
            heap.dirty.discard(context)


def _starts_server(heap: Heap, context: Context) -> bool:
    """Whether a context is called by another command, or is itself one that runs in boot by now."""
    if any(caller.era == Era.CLI for caller in context.callers):
        return True
    by_modules = [caller for caller in context.callers if caller.era == Era.BOOT]
    if by_modules:
        return all(caller.uid in heap.promoted for caller in by_modules)
    return (context.uid, Era.BOOT) in heap.contexts


# -- factories --------------------------------------------------------------------------------------------


def _may_make_entries(heap: Heap, uid: int) -> bool:
    """Whether an unreached function is worth decoding: it decorates, or its module imports a server.

    One that is decorated itself is some hook: it may start a scheduler.
    """
    modules = heap.modules
    if any(modules.units[child].decorators for child in modules.children.get(uid, ())):
        return True
    packages = heap.knowledge.app_packages
    if modules.units[uid].decorators:
        packages |= heap.knowledge.scheduler_packages
    imports = modules.facts[modules.module_of(uid)].imports
    return any(fact.module.partition(".")[0] in packages for fact in imports)


def _makes_entries(heap: Heap, uid: int) -> bool:
    """Whether an unreached function makes an application, or has nested functions with route decorators.

    A hook that starts a scheduler will do, in a project that serves: `@event("started") def schedule(): ...`.
    """
    body = heap.modules.glance(uid)
    module = heap.modules.module_of(uid)
    for number in range(len(body.calls)):
        record = call_record(body, number)
        place = record.callee
        if body.ops[place] == Op.CALL:
            place = call_record(body, body.a[place]).callee
        if body.ops[place] == Op.ATTR:
            word = heap.modules.string(module, body.b[place])
            if word in heap.knowledge.route_words and record.flags & CallFlag.DECORATOR:
                return True
        name = _static_name(heap, module, body, place)
        entry = heap.knowledge.types.get(name) if name else None
        if entry is not None and entry.kind == "app":
            return True
        keeper = heap.knowledge.keepers.get(name) if name and heap.modules.units[uid].decorators else None
        if keeper is not None and keeper.jobs and frameworks.is_service(heap):
            return True
    return False


def _static_name(heap: Heap, module: int, body: Body, place: int) -> str:
    """Give the dotted name of something in a library, resolved through imports only."""
    parts: list[str] = []
    while body.ops[place] == Op.ATTR:
        parts.append(heap.modules.string(module, body.b[place]))
        place = body.a[place]
    if body.ops[place] != Op.NAME:
        return ""
    slot = heap.slots.get(("G", module, heap.modules.string(module, body.a[place])))
    for value in sorted(slot.values) if slot is not None else ():
        if heap.values.kinds[value] == Kind.EXTERNAL:
            return ".".join([heap.values.parts[value][0], *reversed(parts)])
    return ""


def _run_in_boot(heap: Heap, uid: int) -> None:
    parent = heap.modules.parent(uid)
    if heap.modules.units[parent].kind == UnitKind.FUNCTION:
        return  # the function around it is looked at by itself
    if heap.modules.units[parent].kind == UnitKind.CLASS:
        caller = _outside(heap, uid)
        for receiver in _receivers(heap, parent, Era.BOOT, caller):
            function = heap.values.make(Kind.FUNCTION, uid, Era.BOOT)
            method = heap.values.make(Kind.METHOD, function, receiver)
            heap.invoke(caller, heap.single(method), NO_ARGUMENTS)
        return
    heap.context(uid, Era.BOOT).env.add(Era.BOOT)
