"""Classes that only others use: what a service does with the stores that a library offers.

After the closed solve, an exported class of a server-side module that nothing in the project makes is taken
to be made at start-up, and its public methods to be called while serving, in an era of their own: `Era.OPEN`.
So nothing that is known of the project's own requests changes. What is found only in this way is kept if it
has the shape of a store (`storeshape`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op, ParamKind, UnitFlag, UnitKind, WriteHow
from statelint.model.files import FileRole
from statelint.program import handover, named_backends, names
from statelint.program.calling import HANDED_OVER, MEDIUM, Arguments, Caller
from statelint.program.contexts import CLIENT_ENTRIES, Context, Entry, in_era
from statelint.program.found import Found
from statelint.program.frameworks import imports_server, is_service
from statelint.program.library_objects import library_object
from statelint.program.values import MARK, Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.heap import Heap

KIND = "open"
"""The kind of an entry that only a user of the project would call."""


_LANGUAGE = ("object", "abc", "typing", "typing_extensions")
"""Modules whose classes, as bases, only describe a class."""

_CONTAINER_METHODS = frozenset({"__setitem__", "__getitem__", "__iter__", "__len__", "__next__"})

_OTHER_SIDE = frozenset({"client", "clients", "cli", "console", "tui", "gui"})
"""Packages and modules for programs that ask a service, or that one person sits in front of."""

MOST_HEIRS = 4
"""Classes of one base that nothing makes: more of them are plug-ins, whose loader says how long they live."""


def plant(heap: Heap) -> bool:
    """Call the public methods of classes that only others use; whether there were any to call.

    In the first round each class that nothing makes is made; in the next ones those follow that these make
    when they are made themselves.
    """
    if heap.offered is not None:
        return _call_all(heap, heap.offered)
    heap.closed_values = len(heap.values.kinds)
    heap.closed_contexts = frozenset(heap.contexts)
    heap.in_memory = frozenset(_in_memory(heap))
    offered = sorted({*_stores(heap), *heap.in_memory})
    called = _called_names(heap, {heap.modules.units[uid].name for uid in offered})
    made = _made(heap, Era.BOOT, Era.SERVE)
    taken = [uid for uid in offered if heap.modules.units[uid].name in called]
    taken_bases = {item for uid in taken for item in names.ancestors(heap, uid)} - heap.in_memory
    wanted = [uid for uid in offered if uid not in taken_bases and uid not in made]
    heap.only_made = frozenset(_only_made(heap, offered))
    still_open = heap.in_memory | heap.only_made
    heap.offered = [uid for uid in offered if uid not in made or uid in still_open]
    heap.lent = frozenset(uid for uid in _heirs_of_keepers(heap) if uid not in made)
    for uid in (*wanted, *sorted(heap.lent)):
        _make(heap, uid)
    return bool(heap.offered or heap.lent)


def forget_others(heap: Heap) -> None:
    """Leave out what would serve only if somebody made what the project never makes: threads of it."""
    closed = heap.closed_contexts
    if closed is not None:
        new = (one for one in heap.in_order() if one.era == Era.SERVE and one.key not in closed)
        heap.forget(frozenset(new))


def plant_on_disk(heap: Heap) -> bool:
    """Do the same for classes that are called stores, or after what lies on the disk of this machine.

    What they write there is looked at, not what their objects note meanwhile.
    """
    if heap.opened_values:
        return _call_all(heap, sorted(heap.on_disk))
    heap.opened_values = len(heap.values.kinds)
    named = (uid for uid in _of_families(heap) if named_backends.may_keep_files(heap, uid))
    found = [uid for uid in named if not _is_asked(heap, uid)]
    heap.on_disk = frozenset(found)
    made = _made(heap, Era.BOOT)
    for uid in found:
        if uid not in made:
            _make(heap, uid)
    return bool(found)


def _only_made(heap: Heap, offered: Sequence[int]) -> list[int]:
    """List the classes of which only an installed command makes objects, and asks them nothing itself."""
    if heap.plugins.made_first is None:
        return []
    new = [uid for uid in offered if uid in heap.values.objects_of and uid not in heap.plugins.made_first]
    return [uid for uid in new if not (_is_asked(heap, uid) or _is_used(heap, uid))]


def _is_used(heap: Heap, uid: int) -> bool:
    """Whether code of the project's own runs a method of a class, but for how an object is made."""
    methods = (one for one in heap.modules.children.get(uid, ()) if heap.modules.units[one].name[:2] != "__")
    return any((one, era) in heap.contexts for one in methods for era in (Era.BOOT, Era.CLI))


def _is_asked(heap: Heap, uid: int) -> bool:
    """Whether a request of the project's own runs a method of a class: it shows what is done there.

    Of a class that is loaded by its name it shows a part: the loader hands its objects on in many ways.
    """
    if not heap.plugins.classes.isdisjoint(heap.classes.heirs.get(uid, ())):
        return False
    return any((child, Era.SERVE) in heap.contexts for child in heap.modules.children.get(uid, ()))


def _made(heap: Heap, *eras: int) -> set[int | str]:
    """Find the classes of which there are objects, and their bases.

    Of a class that is loaded by its name, or says by its own where it keeps all, those count that are made in
    some eras: what a command loads, a service loads as well.
    """
    return {
        item
        for uid, values in heap.values.objects_of.items()
        if not (uid in heap.plugins.classes or uid in heap.in_memory)
        or any(heap.values.parts[value][1] in eras for value in values)
        for item in names.ancestors(heap, uid)
    }


def _call_all(heap: Heap, classes: Sequence[int]) -> bool:
    """Call the public methods of objects that were made at start-up and not called yet."""
    receivers = [
        value
        for uid in classes
        for value in heap.values.objects_of.get(uid, ())
        if heap.values.parts[value][1] == Era.BOOT and value not in heap.open_objects
    ]
    for receiver in receivers:
        heap.open_objects.add(receiver)
        for uid in _public_methods(heap, heap.values.parts[receiver][0]):
            _call_method(heap, receiver, uid)
    return bool(receivers)


def _stores(heap: Heap) -> list[int]:
    """List the exported classes of server-side modules that may be stores, but for families of plug-ins."""
    found = [uid for uid in _exported_classes(heap, _server_side(heap)) if _may_store(heap, uid)]
    heirs: dict[int, int] = {}
    for uid in found:
        for item in names.ancestors(heap, uid)[1:]:
            if isinstance(item, int):
                heirs[item] = heirs.get(item, 0) + 1
    families = {uid for uid, count in heirs.items() if count > MOST_HEIRS}
    return [uid for uid in found if not families.intersection(names.ancestors(heap, uid))]


def _in_memory(heap: Heap) -> Iterator[int]:
    """List the back ends that say by their names that they keep all in memory."""
    for uid in _of_families(heap):
        if named_backends.says_memory(heap, uid) and _may_store(heap, uid, of_library=True):
            yield uid


def _of_families(heap: Heap) -> Iterator[int]:
    """List the exported classes of a service that derive from others, or say that they store something.

    They may be loaded by name, and be one of many: what each of them is chosen for is what matters.
    """
    if is_service(heap) and any(entry.kind in CLIENT_ENTRIES for entry in heap.entries.values()):
        facts = heap.modules.facts
        everywhere = {number for number, one in enumerate(facts) if one.role == FileRole.APPLICATION}
        for uid in _exported_classes(heap, everywhere):
            if (_has_base(heap, uid) or named_backends.says_store(heap, uid)) and not _is_started(heap, uid):
                yield uid


def _heirs_of_keepers(heap: Heap) -> Iterator[int]:
    """List the exported classes that derive from what a library keeps here: a back end that is offered."""
    for uid in _exported_classes(heap, _server_side(heap)):
        bases = names.external_bases(heap, uid)
        if any(base in heap.knowledge.keepers for base in bases):
            yield uid


def _is_started(heap: Heap, uid: int) -> bool:
    """Whether a class derives from one of a library that calls its methods itself: a thread, a handler."""
    return any(True for name in names.external_bases(heap, uid) for _ in heap.knowledge.bases_of(name))


def _has_base(heap: Heap, uid: int) -> bool:
    """Whether a class is one of a family: it derives from a class of the project, or of a library."""
    others = names.ancestors(heap, uid)[1:]
    return any(isinstance(one, int) or one.partition(".")[0] not in _LANGUAGE for one in others)


def _exported_classes(heap: Heap, modules: set[int]) -> Iterator[int]:
    for module in sorted(modules):
        parts = heap.modules.facts[module].module.split(".")
        if any(part.rpartition("_")[2] in _OTHER_SIDE for part in parts):
            continue
        first = heap.modules.first[module]
        for index, unit in enumerate(heap.modules.facts[module].units):
            if unit.kind == UnitKind.CLASS and unit.parent == 0 and not unit.name.startswith("_"):
                yield first + index


def _called_names(heap: Heap, wanted: set[str]) -> set[str]:
    """Find which names the application calls anywhere, even in code that nothing is known to reach."""
    found: set[str] = set()
    for number, facts in enumerate(heap.modules.facts):
        here = wanted.intersection(facts.strings)
        if facts.role != FileRole.APPLICATION or not here:
            continue
        first = heap.modules.first[number]
        for uid in range(first, first + len(facts.units)):
            body = heap.modules.glance(uid)
            for record in body.calls:
                callee = record[CALL_CALLEE]
                op = body.ops[callee]
                if op in (Op.NAME, Op.ATTR):
                    found.add(facts.strings[body.a[callee] if op == Op.NAME else body.b[callee]])
    return found & wanted


# -- which modules belong to a server ---------------------------------------------------------------------


def _server_side(heap: Heap) -> set[int]:
    """List the modules that belong to a server: they import a framework, a module that does, or serve one."""
    modules = heap.modules
    if heap.declared.is_library:
        return {number for number, module in enumerate(modules.facts) if module.role == FileRole.APPLICATION}
    imports = [
        _imported_modules(heap, number) if module.role == FileRole.APPLICATION else set()
        for number, module in enumerate(modules.facts)
    ]
    importers: dict[int, set[int]] = {}
    for number, targets in enumerate(imports):
        for target in targets:
            importers.setdefault(target, set()).add(number)
    servers = {number for number in range(len(modules.facts)) if imports_server(heap, number)}
    return _reached(servers, importers) | _reached(servers, dict(enumerate(imports)))


def _reached(start: set[int], edges: dict[int, set[int]]) -> set[int]:
    """Give the modules that edges lead to, the first ones included."""
    found, waiting = set(start), sorted(start)
    for number in waiting:  # grows while it is read
        for target in edges.get(number, ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _imported_modules(heap: Heap, number: int) -> set[int]:
    """List the modules of the project that importing a module runs: what it names, and packages around it."""
    modules = heap.modules
    facts = modules.facts[number]
    names_ = []
    for one in facts.imports:
        name = modules.absolute(number, one.module, one.level)
        names_.append(name)
        if one.attribute:
            names_.append(f"{name}.{one.attribute}")
    names_.append(facts.module)
    found = set()
    for name in names_:
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            target = modules.find(".".join(parts[:count]), number)
            if target >= 0:
                found.add(target)
    return found - {number}


# -- which classes may be stores --------------------------------------------------------------------------


def _may_store(heap: Heap, uid: int, *, of_library: bool = False) -> bool:
    """Whether methods of a class write its fields outside of the constructor, and others return something.

    This only spares the solver work; what a class really keeps is decided afterwards. `of_library`: whether a
    class may derive from one of a library.
    """
    order = [item for item in names.ancestors(heap, uid) if isinstance(item, int)]
    if not of_library and any(
        name.partition(".")[0] not in _LANGUAGE for name in names.external_bases(heap, uid)
    ):
        return False  # a library makes it, or it is a container: others decide how long it lives
    if any(_is_known(heap, item) or _is_container(heap, item) for item in order):
        return False
    writes = gives = False
    for item in order:
        for child in heap.modules.children.get(item, ()):
            unit = heap.modules.units[child]
            if unit.kind != UnitKind.FUNCTION or not unit.params or unit.name == "__init__":
                continue
            body = heap.modules.glance(child)
            receiver = unit.params[0].name
            writes = writes or _writes_fields(heap, child, body, receiver)
            gives = gives or any(place and body.ops[place] != Op.CONST for _, place, *_ in body.flows)
    return writes and gives


def _is_known(heap: Heap, uid: int) -> bool:
    """Whether the knowledge files describe a class: the project is the framework itself."""
    name = heap.modules.qualified(uid)
    return bool(heap.knowledge.bases_of(name)) or heap.knowledge.type_of(name) is not None


def _is_container(heap: Heap, uid: int) -> bool:
    """Whether objects of a class are used like a dict or list: values that others keep, not stores."""
    return not _CONTAINER_METHODS.isdisjoint(heap.modules.locals[uid])


def _writes_fields(heap: Heap, uid: int, body: Body, receiver: str) -> bool:
    strings = heap.modules.facts[heap.modules.module_of(uid)].strings

    aliases: set[int] = set()  # `tasks = self.tasks`

    def is_own(place: int) -> bool:
        depth = 0
        while body.ops[place] in (Op.ATTR, Op.ITEM):
            place = body.a[place]
            depth += 1
        if body.ops[place] != Op.NAME:
            return False
        return (depth > 0 and strings[body.a[place]] == receiver) or body.a[place] in aliases

    for name, value, *_ in body.binds:
        if value and is_own(value):
            aliases.add(name)

    for target, how, *_ in body.writes:
        if how == WriteHow.ATTR and body.ops[target] == Op.NAME and strings[body.a[target]] == receiver:
            return True
        if is_own(target):
            return True
    callees = (record[CALL_CALLEE] for record in body.calls)
    return any(body.ops[callee] == Op.ATTR and is_own(body.a[callee]) for callee in callees)


# -- making and calling them ------------------------------------------------------------------------------


def _make(heap: Heap, uid: int) -> None:
    caller = Caller(_module_context(heap, uid), Era.BOOT, HANDED_OVER, confidence=MEDIUM)
    anything = Arguments((), {}, Found(frozenset(), 0))
    heap.invoke(caller, heap.one(Kind.CLASS, uid), anything)


def _module_context(heap: Heap, uid: int) -> Context:
    return heap.module_context(heap.modules.module_of(uid))


def _public_methods(heap: Heap, uid: int) -> list[int]:
    """List the methods that a user of a class calls, those of its bases in the project included."""
    found: dict[str, int] = {}
    for item in names.ancestors(heap, uid):
        for child in heap.modules.children.get(item, ()) if isinstance(item, int) else ():
            unit = heap.modules.units[child]
            if unit.kind == UnitKind.FUNCTION and (not unit.name.startswith("_") or unit.name == "__call__"):
                found.setdefault(unit.name, child)
    return sorted(found.values())


def _call_method(heap: Heap, receiver: int, uid: int) -> None:
    """Call a method with arguments of which nothing is known but that a client may have sent them."""
    unit = heap.modules.units[uid]
    context = _module_context(heap, heap.values.parts[receiver][0])
    if unit.flags & UnitFlag.PROPERTY:
        function = heap.values.make(Kind.FUNCTION, uid, Era.BOOT)
        bound = heap.one(Kind.METHOD, function, receiver)
    else:
        bound = heap.invoke_attribute(context, receiver, unit.name)
    owner = heap.modules.units[heap.values.parts[receiver][0]].name
    for value in handover.callables(heap, bound):
        target = handover.unit_of(heap, value)
        if target >= 0:
            entry = Entry(KIND, f"{owner}.{unit.name}", MEDIUM)
            heap.entries.setdefault((target, in_era(handover.run_of(heap, value), Era.OPEN)), entry)
            caller = Caller(context, Era.OPEN, HANDED_OVER, confidence=MEDIUM)
            heap.invoke(caller, heap.single(value), Arguments(_sent(heap, uid), {}))


def _sent(heap: Heap, uid: int) -> list[Found]:
    """Give a value for each parameter of a method: a mark that tells where it came in."""
    params = heap.modules.units[uid].params
    skip = 0 if heap.modules.units[uid].flags & UnitFlag.STATIC else 1
    found = []
    for number, param in enumerate(params):
        if number >= skip and param.kind == ParamKind.POSITIONAL:
            mark = library_object(heap, f"{MARK}{uid}.{number}", Era.OPEN)
            found.append(Found(mark.values, mark.bits | Bit.REQUEST))
    return found
