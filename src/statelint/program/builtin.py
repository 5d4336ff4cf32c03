"""Builtins whose meaning is the language's own: `getattr`, `setattr`, `super`, `type`, `enumerate`, ..."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import UnitKind
from statelint.program import class_making, computed_names, made_at, names
from statelint.program.attributes import attribute, keeps_apart
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.contexts import in_era, later
from statelint.program.elements import elements_of
from statelint.program.found import NOTHING, Found, union
from statelint.program.library_objects import library_object
from statelint.program.methods import call_methods
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

    _Handler = Callable[[Heap, Caller, Arguments], Found]


def _super(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    context = caller.context
    if len(arguments.positional) > 1:
        owners, receivers = arguments.positional[:2]
        named = [v for v in sorted(owners.values) if heap.values.kinds[v] == Kind.CLASS]
        classes = [heap.values.parts[value][0] for value in named]
    else:
        classes = [uid for uid in (heap.modules.class_around(context.uid),) if uid >= 0]
        receivers = receiver_of(heap, context) if classes else NOTHING
    made = [
        heap.values.make(Kind.SUPER, owner, value)
        for owner in classes
        for value in sorted(receivers.values)
        if heap.values.kinds[value] in (Kind.OBJECT, Kind.CLASS)
    ]
    return Found(frozenset(made), 0)


def receiver_of(heap: Heap, context: Context) -> Found:
    """Find the values of the first parameter of the method that a context is, or stands in."""
    modules, uid = heap.modules, context.uid
    while modules.units[modules.parent(uid)].kind != UnitKind.CLASS:
        uid = modules.parent(uid)
        if modules.units[uid].parent < 0:
            return NOTHING
    params = modules.units[uid].params
    if not params:
        return NOTHING
    runs = (context.run,) if uid == context.uid else tuple(sorted(context.env)) or (context.run,)
    slots = [names.local_slot(heap, heap.context(uid, run), params[0].name) for run in runs]
    return union([heap.read(slot, context) for slot in slots])


def new_object(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Make an object, its constructor not run: `object.__new__(cls)`, `super().__new__(cls)`.

    Those of a metaclass are classes.
    """
    given = arguments.positional[0].values if arguments.positional else ()
    classes = [heap.values.parts[v][0] for v in sorted(given) if heap.values.kinds[v] == Kind.CLASS]
    made: set[int] = set()
    for uid in classes:
        new = class_making.made_by(heap, caller.context, uid)
        made |= {heap.values.make(Kind.OBJECT, uid, caller.era, 0)} if new is None else new.values
    return Found(frozenset(made), 0)


def _type(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    if len(arguments.positional) != 1:
        return NOTHING
    return attribute(heap, caller.context, arguments.positional[0], "__class__")


def _setattr(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Put the value there; `writes` lists it as one."""
    name = computed_names.text_argument(heap, caller, 1)
    if isinstance(name, str) and len(arguments.positional) > 2:
        for value in sorted(arguments.positional[0].values):
            heap.join(heap.slot(written_cell(heap, caller.context, value, name)), arguments.positional[2])
    return NOTHING


def attribute_cell(heap: Heap, value: int, name: str) -> SlotKey:
    """Give the key of the slot for `value.name`."""
    if heap.values.kinds[value] == Kind.MODULE:
        return ("G", heap.values.parts[value][0], name)
    return ("F", value, name)


def written_cell(heap: Heap, context: Context, value: int, name: str) -> SlotKey:
    """Give the key of the slot that a statement fills; start-up code has its own homes, as each thread."""
    if context.era == Era.BOOT and keeps_apart(heap, value):
        return ("B", value, name)
    return attribute_cell(heap, value, name)


def _globals(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    del arguments
    return heap.one(Kind.MODULE, caller.context.module)


def _vars(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    return arguments.positional[0] if arguments.positional else _globals(heap, caller, arguments)


def _enumerate(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    return _rows(heap, caller, [None, *arguments.positional[:1]])


def _zip(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    return _rows(heap, caller, list(arguments.positional))


def _rows(heap: Heap, caller: Caller, columns: list[Found | None]) -> Found:
    """Make a sequence of tuples whose n-th item comes from the n-th column."""
    uid, call = caller.context.uid, caller.call
    rows = heap.values.make(Kind.CONTAINER, uid, made_at.by_call(call), caller.era, "list")
    row = heap.values.make(Kind.CONTAINER, uid, made_at.row_by_call(call), caller.era, "tuple")
    bits = 0
    for index, column in enumerate(columns):
        found = NOTHING if column is None else elements_of(heap, caller.context, column)
        bits |= found.bits & ~Bit.CONST
        heap.put_item(row, index, found)
    heap.put(rows, Found(frozenset({row}), bits))
    return Found(frozenset({rows}), bits)


def _property(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Make what calls its getter where it is read, and its setter where it is assigned to."""
    del caller
    getter = arguments.at(0) or arguments.at("fget") or NOTHING
    setter = arguments.at(1) or arguments.at("fset") or NOTHING
    made = {
        heap.values.make(Kind.PROPERTY, value, sets)
        for given, sets in ((getter, False), (setter, True))
        for value in given.values
        if heap.values.kinds[value] == Kind.FUNCTION
    }
    heap.classes.of_properties.update(heap.values.parts[heap.values.parts[one][0]][0] for one in made)
    return Found(frozenset(made), getter.bits)


def _plain(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Compute from the arguments, of which the call keeps none: `str(x)`, `isinstance(x, C)`."""
    del heap, caller
    bits = Bit.CONST if arguments.positional else 0
    for found in arguments.all():
        bits = (bits & found.bits) | (found.bits & ~(Bit.CONST | Bit.HANDLE | Bit.TASK | Bit.CONNECTION))
    return Found(frozenset(), bits)


def _identity(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Give a number that names what it is asked of: that of a task goes with the task."""
    bits = 0
    for found in arguments.all():
        bits |= found.bits & Bit.TASK
    plain = _plain(heap, caller, arguments)
    return Found(plain.values, plain.bits | bits)


def _asking(*methods: str, gives: _Handler) -> _Handler:
    """Call the first of some methods that an own object has: `len(x)` calls `x.__len__()`."""

    def ask(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
        for value in sorted(arguments.positional[0].values) if arguments.positional else ():
            if heap.values.kinds[value] == Kind.OBJECT:
                any(call_methods(heap, caller.context, value, (name,), NO_ARGUMENTS) for name in methods)
        return gives(heap, caller, arguments)

    return ask


def _nothing(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    del heap, caller, arguments
    return NOTHING


def _classmethod(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    del heap, caller
    return arguments.positional[0] if arguments.positional else NOTHING


_COMPUTING = (
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "bool",
    "bytes",
    "callable",
    "chr",
    "complex",
    "delattr",
    "divmod",
    "float",
    "format",
    "hasattr",
    "hash",
    "hex",
    "int",
    "isinstance",
    "issubclass",
    "oct",
    "ord",
    "pow",
    "print",
    "range",
    "repr",
    "round",
    "str",
    "sum",
)
"""Builtins whose result is new and whose arguments are not kept."""


HANDLERS: dict[str, _Handler] = {
    "id": _identity,
    "super": _super,
    **dict.fromkeys(("object.__new__", "type.__new__", "abc.ABCMeta.__new__"), new_object),
    "type": _type,
    "getattr": computed_names.get,
    "setattr": _setattr,
    "object.__setattr__": _setattr,
    "globals": _globals,
    "vars": _vars,
    "enumerate": _enumerate,
    "zip": _zip,
    "property": _property,
    "staticmethod": _classmethod,
    "classmethod": _classmethod,
    **dict.fromkeys(_COMPUTING, _plain),
    "len": _asking("__len__", gives=_nothing),
    "bool": _asking("__bool__", "__len__", gives=_plain),
    "hash": _asking("__hash__", gives=_plain),
    "int": _asking("__int__", gives=_plain),
    "repr": _asking("__repr__", gives=_plain),
    "str": _asking("__str__", "__repr__", gives=_plain),
}


# -- partials ---------------------------------------------------------------------------------------------


def make_partial(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Make a callable that remembers some of its arguments: `partial(f, a, b=c)`."""
    if not arguments.positional:
        return NOTHING
    values = set()
    for target in sorted(arguments.positional[0].values):
        value = heap.values.make(Kind.PARTIAL, target, caller.context.uid, caller.call)
        for index, found in enumerate(arguments.positional[1:]):
            heap.put_item(value, index, found)
        for name, found in arguments.keywords.items():
            heap.put_item(value, name, found)
        values.add(value)
    return Found(frozenset(values), 0)


# -- dependency injection ---------------------------------------------------------------------------------


def given_by_default(heap: Heap, caller: Caller, default: Found) -> Found:
    """Give a default value; where it is a dependency, what that returns."""
    providers = {v for v in default.values if heap.values.kinds[v] == Kind.PROVIDER}
    if not providers:
        return default
    return union([Found(default.values - providers, default.bits), provided(heap, caller, providers)])


def provided(heap: Heap, caller: Caller, providers: set[int]) -> Found:
    """Find what dependency injection hands over: providers are called as entries are, while serving."""
    parts = []
    inner = Caller(caller.context, later(caller.era), min(caller.call, -1), caller.line, caller.confidence)
    for provider in sorted(providers):
        target = heap.values.parts[provider][0]
        request_parameters(heap, inner, target)
        found = heap.invoke(inner, heap.single(target), Arguments((), {}))
        for value in sorted(found.values):
            if heap.values.kinds[value] == Kind.GENERATOR:
                uid, made = heap.values.parts[value]
                found = union([found, heap.read(heap.context(uid, made).yields, caller.context)])
        parts.append(found)
    return union(parts)


def request_parameters(heap: Heap, caller: Caller, function: int, passes: tuple[str, ...] = ()) -> None:
    """Fill the parameters that a framework fills: injected ones, annotated ones, and the client's data.

    `passes` are the types of the objects that it hands over by position.
    """
    value, receiver = _unwrap(heap, function)
    if heap.values.kinds[value] == Kind.FUNCTION:
        _fill(heap, caller, value, int(receiver is not None), passes)
        return
    if heap.values.kinds[value] in (Kind.CLASS, Kind.OBJECT):
        method = "__init__" if heap.values.kinds[value] == Kind.CLASS else "__call__"
        found = names.class_attribute(heap, heap.values.parts[value][0], method, caller.context)
        for one in sorted(heap.read(found[1], caller.context).values) if found is not None else ():
            if heap.values.kinds[one] == Kind.FUNCTION:
                _fill(heap, caller, one, 1, passes)


def _unwrap(heap: Heap, value: int) -> tuple[int, int | None]:
    """Find the function behind a method or partial, and the receiver."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.METHOD:
        return parts[0], parts[1]
    if kind in (Kind.PARTIAL, Kind.COROUTINE):
        return _unwrap(heap, parts[0])
    return value, None


def _fill(heap: Heap, caller: Caller, function: int, skip: int, passes: tuple[str, ...]) -> None:
    uid, made_in = heap.values.parts[function]
    context = heap.context(uid, in_era(made_in, caller.era))
    if made_in not in context.env:
        context.env.add(made_in)
        heap.wake_all(context)
    for number, param in enumerate(heap.modules.units[uid].params):
        if number < skip or param.kind > 1:
            continue
        slot = names.local_slot(heap, context, param.name)
        default = heap.read(heap.slot(("D", uid, made_in, number)), caller.context)
        annotation = heap.read(heap.slot(("A", uid, number)), caller.context)
        marked = default.values | annotation.values
        providers = {v for v in marked if heap.values.kinds[v] == Kind.PROVIDER}
        if providers:
            # the providers are called on behalf of the function that they are injected into
            line = heap.modules.units[uid].span[0]
            inner = Caller(context, caller.era, -1, line, caller.confidence)
            heap.join(slot, _injected(heap, inner, providers, annotation))
        else:
            made = annotated(heap, annotation)
            passed = passes[number - skip] if number - skip < len(passes) else ""
            if passed and not made.values and not param.annotation:
                made = library_object(heap, passed, Era.SERVE)
            heap.join(slot, Found(made.values, made.bits | Bit.REQUEST))


def _injected(heap: Heap, caller: Caller, providers: set[int], annotation: Found) -> Found:
    """Find what an injected parameter gets; `Annotated[Store, Depends()]` calls the annotated class."""
    bare = {p for p in providers if heap.values.kinds[heap.values.parts[p][0]] == Kind.PROVIDER}
    found = provided(heap, caller, providers - bare)
    if not bare:
        return found
    classes = sorted(v for v in annotation.values if heap.values.kinds[v] == Kind.CLASS)
    return union([found, provided(heap, caller, {heap.values.make(Kind.PROVIDER, one) for one in classes})])


def annotated(heap: Heap, annotation: Found) -> Found:
    """Make the objects that a framework makes for an annotated parameter: they live for the request."""
    parts = []
    for value in sorted(annotation.values):
        kind, content = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.CLASS:
            parts.append(heap.one(Kind.OBJECT, content[0], Era.SERVE, 0))
        elif kind == Kind.EXTERNAL:
            entry = heap.knowledge.type_of(content[0])
            if entry is not None and entry.kind not in ("plain", "container"):
                parts.append(library_object(heap, content[0], Era.SERVE))
    return union(parts)
