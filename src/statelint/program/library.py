"""What a call into a library does, as the knowledge files say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CallFlag, Op, UnitFlag, UnitKind
from statelint.program import builtin, names
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.evaluate import (
    NOT_CONSTANT,
    constant,
    copy_elements,
    elements_of,
    evaluate,
    library_object,
)
from statelint.program.heap import NOTHING, Entry, Found, Heap, in_era, later, union
from statelint.program.values import Bit, Era, Kind

_DECORATOR = int(CallFlag.DECORATOR)
_ENDLESS = int(UnitFlag.ENDLESS)

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.knowledge import CommandEntry, FunctionEntry, RegisterEntry
    from statelint.program.heap import Context


def call(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Call something of a library: a function, a class, a method, a decorator that it made."""
    kind = heap.values.kinds[value]
    if kind == Kind.REGISTRAR:
        return _decorate(heap, caller, value, arguments)
    if kind == Kind.BOUND and heap.values.parts[value][1] == "__new__":
        return builtin.new_object(heap, caller, Arguments([Found(frozenset({heap.values.parts[value][0]}), 0)], {}))
    known = _known(heap, value, caller.context)
    dotted, register, function = known.dotted, known.register, known.function
    if known.builtin is not None:
        return known.builtin(heap, caller, arguments)
    if known.starts_server:
        heap.server_starts.add(caller.context)
    if known.command is not None:
        return _command(heap, caller, known, arguments)
    parts = []
    if kind == Kind.BOUND:
        found = _container_method(heap, caller, value, arguments)
        if register is None and function is None and heap.values.kinds[heap.values.parts[value][0]] == Kind.CONTAINER:
            return found
        parts.append(found)
    makes_object = kind == Kind.EXTERNAL and dotted[0] in heap.knowledge.types
    if register is not None:
        found = _register(heap, caller, value, register, arguments)
        parts.append(found if not makes_object else NOTHING)
    if register is None and function is None and _decorates(caller):
        return arguments.positional[0]  # an unknown decorator gives back what it is given
    if function is not None:
        given = _function(heap, caller, function, arguments, dotted[0])
        parts.append(given)
        if makes_object and not given.values:
            function = None  # `set()`: a type like any other where there is nothing to copy from
    if register is None or function is not None or makes_object:
        parts.append(_result(heap, caller, value, known, function, arguments))
    if register is None:
        _run_arguments(heap, caller, arguments, known=function is not None)
    return union(parts)


# -- names ------------------------------------------------------------------------------------------------


def dotted_names(heap: Heap, value: int, reader: Context | None = None) -> tuple[str, ...]:
    """The dotted names under which a value may be known (`flask.Flask.route`), the likeliest first."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT, Kind.REGISTRAR):
        return (parts[0],)
    if kind == Kind.CONTAINER:
        return (parts[3],)
    if kind in (Kind.OBJECT, Kind.CLASS):
        own = heap.modules.qualified(parts[0])
        return (*names.external_bases(heap, parts[0], reader), own)
    if kind == Kind.BOUND:
        owner, name = parts
        if name == "__init__":
            return dotted_names(heap, owner, reader)
        found = tuple(f"{one}.{name}" for one in dotted_names(heap, owner, reader))
        return found or (f"?.{name}",)
    if kind == Kind.VIEW:
        return ("dict_view",)
    return ("?",)


def is_known_type(heap: Heap, value: int) -> bool:
    """Whether the knowledge files describe the type of a library's object."""
    return heap.knowledge.type_of(heap.values.parts[value][0]) is not None


def is_bag(heap: Heap, value: int) -> bool:
    """Whether a library's object keeps for the application what is put under a key of it."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.BOUND:
        return any(heap.knowledge.is_bag(owner, parts[1]) for owner in dotted_names(heap, parts[0]))
    return any(
        heap.knowledge.keeps_items(name) or any(entry.kind == "bag" for entry in heap.knowledge.mro(name))
        for name in dotted_names(heap, value)
    )


class _Known(NamedTuple):
    """What the knowledge files say of something that is called."""

    dotted: tuple[str, ...]
    register: RegisterEntry | None
    function: FunctionEntry | None
    command: CommandEntry | None
    builtin: Callable[[Heap, Caller, Arguments], Found] | None
    starts_server: bool
    bits: int


def _known(heap: Heap, value: int, reader: Context) -> _Known:
    """Look a callee up; kept until the bases of some class become known."""
    owner = value
    while heap.values.kinds[owner] == Kind.BOUND:
        owner = heap.values.parts[owner][0]
    if heap.values.kinds[owner] in (Kind.OBJECT, Kind.CLASS):
        names.ancestors(heap, heap.values.parts[owner][0], reader)
    known = heap.library_info.get(value)
    if known is not None:
        return known  # type: ignore[return-value]
    dotted = dotted_names(heap, value, reader)
    knowledge = heap.knowledge
    functions = [entry for name in dotted if (entry := knowledge.function(name)) is not None]
    bits = 0
    for name in dotted:
        for word in knowledge.bits(name):
            bits |= Bit.NAMES[word]
    is_external = heap.values.kinds[value] == Kind.EXTERNAL
    found = _Known(
        dotted=dotted,
        register=next((r for name in dotted if (r := knowledge.register(name)) is not None), None),
        function=functions[0] if functions else None,
        command=next((c for name in dotted if (c := knowledge.command(name)) is not None), None),
        builtin=builtin.HANDLERS.get(dotted[0]) if is_external else None,
        starts_server=any(entry.starts_server for entry in functions),
        bits=bits,
    )
    heap.library_info[value] = found
    return found


def _command(heap: Heap, caller: Caller, known: _Known, arguments: Arguments) -> Found:
    """A call that makes commands or tests of functions: each is a root of its own, neither boot nor serve."""
    functions = [value for found in arguments.all() for value in callables(heap, found)]
    if not functions:
        name = next(name for name in known.dotted if heap.knowledge.command(name) is not None)
        made = heap.values.make(Kind.REGISTRAR, name, caller.context.uid, caller.call)
        return Found(frozenset({made}), 0)
    if known.command is not None and known.command.era == "cli":
        for value in functions:
            plant_command(heap, value)
    return arguments.positional[0] if arguments.positional else NOTHING


def plant_command(heap: Heap, value: int) -> None:
    """Run a function as a command, called by nobody."""
    uid = unit_of(heap, value)
    if uid >= 0 and heap.modules.units[uid].kind == UnitKind.FUNCTION:
        context = heap.context(uid, in_era(run_of(heap, value), Era.CLI))
        context.env.add(run_of(heap, value))
        params = heap.modules.units[uid].params
        if heap.values.kinds[value] == Kind.METHOD and params:
            receiver = Found(frozenset({heap.values.parts[value][1]}), 0)
            heap.join(names.local_slot(heap, context, params[0].name), receiver)


# -- results ----------------------------------------------------------------------------------------------


def _result(
    heap: Heap,
    caller: Caller,
    value: int,
    known: _Known,
    function: FunctionEntry | None,
    arguments: Arguments,
) -> Found:
    """What the call gives, where no function entry has said it: an object of a known or unknown type."""
    dotted, bits = known.dotted, known.bits
    if function is not None and function.returns and function.returns != "container":
        return Found(frozenset(), bits)
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL:
        entry = heap.knowledge.types.get(parts[0])
        if entry is not None:
            if entry.kind == "app" and caller.era == Era.CLI:
                heap.server_starts.add(caller.context)  # what makes an application is about to serve it
            made = make_object(heap, caller, entry.names[0], arguments)
            return Found(made.values, made.bits | bits)
        if function is not None:
            return _container(heap, caller, "list", bits) if function.returns else Found(frozenset(), bits)
    elif function is not None:
        return Found(frozenset(), bits)
    for name in dotted:
        owner, _, method = name.rpartition(".")
        held = heap.knowledge.result(owner, method) if owner else ""
        if held:
            return union([make_object(heap, caller, held, NO_ARGUMENTS), Found(frozenset(), bits)])
    if kind == Kind.BOUND and heap.values.kinds[parts[0]] in (Kind.CONTAINER, Kind.OBJECT, Kind.VIEW, Kind.CLASS):
        return Found(frozenset(), bits)
    return _unknown_result(heap, caller, dotted[0], arguments, bits)


def _unknown_result(heap: Heap, caller: Caller, name: str, arguments: Arguments, bits: int) -> Found:
    """An object of an unknown library: a class by its spelling, or whatever the function gives."""
    last = name.rpartition(".")[2]
    is_class = last[:1].isupper() and not last.isupper()
    if not is_class:
        for found in arguments.all():
            bits |= found.bits & ~(Bit.CONST | Bit.HANDLE)
        wrapped = callables(heap, arguments.at(0))
        if wrapped:  # `csrf.exempt(view)`: what wraps a function stands for it
            return Found(frozenset(wrapped), bits)
        if "()" in name or name.startswith("?"):  # what `a().b()` gives is anything at all
            return Found(frozenset(), bits)
        name = f"{name}()"
    made = library_object(heap, name, caller.era)
    return Found(made.values, made.bits | bits)


def make_object(heap: Heap, caller: Caller, type_name: str, arguments: Arguments) -> Found:
    """An object of a known type: containers and records by the place that makes them, others by type."""
    entry = heap.knowledge.type_of(type_name)
    if entry is None or entry.kind not in ("container", "record"):
        return library_object(heap, type_name, caller.era)
    if entry.lifetime == "request":
        return Found(frozenset({heap.values.make(Kind.CONTAINER, caller.context.uid, _site(caller), Era.SERVE, type_name)}), Bit.REQUEST)
    found = _container(heap, caller, entry.names[0], 0)
    (value,) = found.values
    if entry.kind == "record":
        for name, argument in arguments.keywords.items():
            heap.join(heap.slot(("F", value, name)), argument)
    else:
        fill_container(heap, caller, value, arguments)
    return found


def _site(caller: Caller) -> int:
    """A number for the call as a place that makes a container; places of displays are positive."""
    return -10 - caller.call


def _container(heap: Heap, caller: Caller, type_name: str, bits: int) -> Found:
    value = heap.values.make(Kind.CONTAINER, caller.context.uid, _site(caller), caller.era, type_name)
    return Found(frozenset({value}), bits)


def fill_container(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> None:
    """Put into a new container what its constructor is given."""
    name = container_type(heap, value, caller.context)
    if not name:
        return
    function = heap.knowledge.function(name)
    position = 0
    if function is not None and function.returns.startswith("elements:"):
        position = int(function.returns.removeprefix("elements:"))
    source = arguments.at(position)
    if source is not None:
        _take_elements(heap, caller.context, value, source)
    for key, found in arguments.keywords.items():
        heap.put_item(value, key, found)
    factory_at = next((t.factory for t in heap.knowledge.mro(name) if t.factory is not None), None)
    factory = arguments.at(factory_at) if factory_at is not None else None
    if factory is not None:
        for one in sorted(factory.values):
            heap.put(value, _from_factory(heap, caller, one))


def _from_factory(heap: Heap, caller: Caller, value: int) -> Found:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL and heap.knowledge.types.get(parts[0]) is not None:
        entry = heap.knowledge.types[parts[0]]
        made = heap.values.make(
            Kind.CONTAINER, caller.context.uid, _site(caller) - 1_000_000, caller.era, entry.names[0]
        )
        return Found(frozenset({made} if entry.kind == "container" else ()), 0)
    return heap.invoke(caller, Found(frozenset({value}), 0), NO_ARGUMENTS)


def _take_elements(heap: Heap, context: Context, target: int, source: Found) -> None:
    """Copy the elements of whatever `source` may be into a container."""
    kept = False
    for value in tuple(source.values):
        kind = heap.values.kinds[value]
        if kind == Kind.CONTAINER or (kind == Kind.OBJECT and container_type(heap, value, context)):
            copy_elements(heap, context, value, target)
            kept = True
    if not kept or any(heap.values.kinds[v] not in (Kind.CONTAINER, Kind.OBJECT) for v in source.values):
        found = elements_of(heap, context, Found(frozenset({v for v in source.values if heap.values.kinds[v] != Kind.CONTAINER}), source.bits))
        heap.put(target, found)


def container_type(heap: Heap, value: int, reader: Context | None = None) -> str:
    """The canonical type name of a container, or of the container that a class of the project derives from."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.CONTAINER:
        return str(parts[3])
    if kind == Kind.OBJECT:
        for base in names.external_bases(heap, parts[0], reader):
            entry = heap.knowledge.type_of(base)
            if entry is not None and entry.kind == "container":
                return entry.names[0]
    return ""


# -- methods of containers --------------------------------------------------------------------------------


def _container_method(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    receiver, method = heap.values.parts[value]
    context = caller.context
    if heap.values.kinds[receiver] == Kind.VIEW:
        return NOTHING
    name = container_type(heap, receiver, context)
    if not name:
        return NOTHING
    knowledge = heap.knowledge
    added = _argument(arguments, knowledge.added(name, method))
    if added is not None:
        heap.put(receiver, added)
    merged = _argument(arguments, knowledge.merged(name, method))
    if merged is not None:
        _take_elements(heap, context, receiver, merged)
    if knowledge.is_mutator(name, method):
        key = _argument(arguments, knowledge.key_of(name, method))
        if key is not None:
            heap.join(heap.slot(("K", receiver)), key)
        if method == "update":
            for keyword, found in arguments.keywords.items():
                heap.put_item(receiver, keyword, found)
    return _handed_out(heap, caller, receiver, name, method, arguments)


def _handed_out(heap: Heap, caller: Caller, receiver: int, name: str, method: str, arguments: Arguments) -> Found:
    context = caller.context
    if method in ("keys", "values", "items") and heap.knowledge.is_a(name, "dict"):
        return Found(frozenset({heap.values.make(Kind.VIEW, receiver, method)}), 0)
    if method == "popitem":
        return Found(frozenset({heap.values.make(Kind.PAIR, receiver)}), heap.elements(receiver, context).bits)
    if heap.knowledge.is_copy(name, method):
        copy = _container(heap, caller, name, 0)
        copy_elements(heap, context, receiver, next(iter(copy.values)))
        return copy
    if not heap.knowledge.is_getter(name, method):
        return NOTHING
    if not heap.knowledge.is_a(name, "dict"):
        return heap.elements(receiver, context)
    key = _constant_argument(heap, caller, 0)
    parts = [heap.elements(receiver, context) if key is NOT_CONSTANT else heap.item(receiver, key, context)]
    parts += list(arguments.positional[1:2])  # `d.get(key, default)`
    return union(parts)


def _constant_argument(heap: Heap, caller: Caller, position: int) -> object:
    if caller.call < 0:
        return NOT_CONSTANT
    places = caller.context.body.calls[caller.call][1]
    return constant(heap, caller.context, places[position]) if position < len(places) else NOT_CONSTANT


def _argument(arguments: Arguments, position: int | str | None) -> Found | None:
    return None if position is None else arguments.at(position)


# -- functions --------------------------------------------------------------------------------------------


def _function(heap: Heap, caller: Caller, entry: FunctionEntry, arguments: Arguments, name: str) -> Found:
    """What a known function gives, and what it does to its arguments."""
    bits = 0
    for word in entry.bits:
        bits |= Bit.NAMES[word]
    for changed in entry.changes:
        for put in entry.puts:
            target, what = arguments.at(changed), arguments.at(put)
            if target is not None and what is not None:
                for value in sorted(target.values):
                    heap.put(value, what)
    if entry.memo and caller.call >= 0:
        return _memo(heap, caller, arguments)
    what, _, at = entry.returns.partition(":")
    argument = arguments.at(int(at) if at.isdigit() else at) if at else None
    carried = 0
    for found in arguments.all():
        carried |= found.bits & ~(Bit.CONST | Bit.HANDLE | Bit.TASK | Bit.CONNECTION)
    if what == "partial":
        return builtin.make_partial(heap, caller, arguments)
    if what == "provider":
        targets = argument.values if argument is not None else set()
        if argument is None:  # `Depends()`: the annotated class itself is called
            bare = heap.values.make(Kind.PROVIDER, heap.values.make(Kind.EXTERNAL, name))
            return Found(frozenset({heap.values.make(Kind.PROVIDER, bare)}), 0)
        return Found(frozenset({heap.values.make(Kind.PROVIDER, target) for target in sorted(targets)}), 0)
    if argument is None:
        if at:
            return Found(frozenset(), bits)
        if what and what != "container":
            made = make_object(heap, caller, what, NO_ARGUMENTS)
            return Found(made.values, made.bits | bits)
        return Found(frozenset(), bits | carried)
    if what == "argument":
        return Found(argument.values, argument.bits | bits | carried)
    if what == "element":
        return union([elements_of(heap, caller.context, argument), Found(frozenset(), bits)])
    if what == "elements":
        types = heap.knowledge.types.get(name)
        type_name = types.names[0] if types is not None and types.kind == "container" else "list"
        copy = _container(heap, caller, type_name, bits | (argument.bits & ~Bit.CONST))
        _take_elements(heap, caller.context, next(iter(copy.values)), argument)
        return copy
    if what == "result":
        # a factory given by keyword (`field(default_factory=list)`) is called for each object, not here
        return heap.invoke(caller, argument, NO_ARGUMENTS) if at.isdigit() else Found(frozenset(), bits)
    return Found(frozenset(), bits)


def _memo(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """A memo decorator: as `@cache` it gives the function back, as `@cache(...)` a decorator that will."""
    functions = {
        value
        for found in arguments.positional[:1]
        for value in found.values
        if heap.values.kinds[value] in (Kind.FUNCTION, Kind.METHOD)
    }
    if functions:
        heap.memos |= {unit_of(heap, value) for value in functions}
        return Found(frozenset(functions), 0)
    dotted = dotted_names(heap, next(iter(_callee(heap, caller).values)))[0]
    return Found(frozenset({heap.values.make(Kind.REGISTRAR, dotted, caller.context.uid, caller.call)}), 0)


def _callee(heap: Heap, caller: Caller) -> Found:
    place = caller.context.body.calls[caller.call][0]
    return evaluate(heap, caller.context, place)


# -- functions that are handed over -----------------------------------------------------------------------


_CALLABLE = (Kind.FUNCTION, Kind.METHOD, Kind.PARTIAL, Kind.COROUTINE)


def callables(heap: Heap, found: Found | None) -> list[int]:
    """The functions among what an argument may be; an object with `__call__` counts as one."""
    if found is None:
        return []
    values = []
    for value in sorted(found.values):
        kind = heap.values.kinds[value]
        if kind in _CALLABLE or (
            kind == Kind.OBJECT and "__call__" in _methods(heap, heap.values.parts[value][0])
        ):
            values.append(value)
        elif kind == Kind.CONTAINER:  # a list of handlers, a `(path, handler)` pair
            continue
    return values


def _methods(heap: Heap, uid: int) -> set[str]:
    return {
        name
        for item in names.ancestors(heap, uid)
        if item.__class__ is int
        for name in heap.modules.units[item].local_names  # type: ignore[index]
    }


def _run_arguments(heap: Heap, caller: Caller, arguments: Arguments, *, known: bool) -> None:
    """Functions handed to something unknown are called at once while serving; so are coroutines in any era.

    At start-up they are not: what takes a function there keeps it for later, or wraps it.
    """
    for found in arguments.all():
        for value in callables(heap, found):
            if heap.values.kinds[value] == Kind.COROUTINE or (not known and caller.era == Era.SERVE):
                heap.invoke(caller, Found(frozenset({value}), 0), Arguments((), {}, Found(frozenset(), found.bits & ~Bit.CONST)))


def _register(heap: Heap, caller: Caller, value: int, entry: RegisterEntry, arguments: Arguments) -> Found:
    """A call that is given functions: run them as the entry says; without any it returns a decorator."""
    handed: list[int] = []
    if entry.arguments:
        for position in entry.arguments:
            handed += callables(heap, arguments.at(position))
            handed += _view_classes(heap, arguments.at(position))
    else:
        for found in arguments.all():
            handed += callables(heap, found)
            handed += _view_classes(heap, found)
    decorated = _decorates(caller)
    if decorated and not handed and arguments.positional:
        handed = callables(heap, arguments.positional[0])
    if not handed and not decorated and entry.runs in ("serve", "boot", "later"):
        if entry.runs == "serve":
            _run_providers(heap, caller, entry, arguments)
        dotted = dotted_names(heap, value, caller.context)
        name = next((n for n in dotted if heap.knowledge.register(n) is not None), dotted[0])
        made = heap.values.make(Kind.REGISTRAR, name, caller.context.uid, caller.call)
        return union([Found(frozenset({made}), 0), _given(heap, caller, entry)])
    label = _label(heap, caller.context, caller.call, entry)
    if entry.runs == "serve":
        _run_providers(heap, caller, entry, arguments)
    for one in dict.fromkeys(handed):
        hand_over(heap, caller, one, entry, label, arguments)
    if decorated or (entry.runs != "now" and len(arguments.positional) == 1 and handed and not entry.gives):
        return arguments.positional[0]
    return _given(heap, caller, entry)


def _run_providers(heap: Heap, caller: Caller, entry: RegisterEntry, arguments: Arguments) -> None:
    """`dependencies=[Depends(check)]`: they run before the handler, and hand nothing over."""
    for found in arguments.keywords.values():
        for value in sorted(found.values):
            if heap.values.kinds[value] == Kind.CONTAINER:
                for one in sorted(heap.elements(value, caller.context).values):
                    if heap.values.kinds[one] == Kind.PROVIDER and later(caller.era) == Era.SERVE:
                        label = _label(heap, caller.context, caller.call, entry)
                        target = heap.values.parts[one][0]
                        add_entry(heap, caller, target, Entry("request", label, 0), NO_ARGUMENTS)


def _decorates(caller: Caller) -> bool:
    """Whether a call stands for a decorator."""
    return caller.call >= 0 and bool(caller.context.body.calls[caller.call][5] & _DECORATOR)


def _given(heap: Heap, caller: Caller, entry: RegisterEntry) -> Found:
    return make_object(heap, caller, entry.gives, NO_ARGUMENTS) if entry.gives else NOTHING


def _view_classes(heap: Heap, found: Found | None) -> list[int]:
    """Classes handed over as handlers: `Route("/", Endpoint)`; their methods are found by their base."""
    if found is None:
        return []
    return [v for v in sorted(found.values) if heap.values.kinds[v] == Kind.CLASS and "__call__" in _methods(heap, heap.values.parts[v][0])]


def _decorate(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Call a decorator that a library made: `app.route("/")(view)`."""
    dotted, uid, number = heap.values.parts[value]
    if not arguments.positional:
        return NOTHING
    function = heap.knowledge.function(dotted)
    if function is not None and function.memo:
        heap.memos |= {unit_of(heap, value) for value in arguments.positional[0].values} - {-1}
        return arguments.positional[0]
    command = heap.knowledge.command(dotted)
    if command is not None and command.era == "cli":
        for one in callables(heap, arguments.positional[0]):
            plant_command(heap, one)
    entry = heap.knowledge.register(dotted)
    if entry is not None:
        made_by = next((heap.contexts[uid, run] for run in Era if (uid, run) in heap.contexts), None)
        label = _label(heap, made_by, number, entry) if made_by is not None else ""
        for one in (*callables(heap, arguments.positional[0]), *_view_classes(heap, arguments.positional[0])):
            hand_over(heap, caller, one, entry, label, NO_ARGUMENTS)
    return arguments.positional[0]


def hand_over(
    heap: Heap, caller: Caller, value: int, entry: RegisterEntry, label: str, arguments: Arguments
) -> None:
    """Run a function that was handed over, in the era that the entry says."""
    given = _passed_on(heap, caller, value, entry, arguments)
    if entry.runs == "now":
        heap.invoke(caller, Found(frozenset({value}), 0), given)
        return
    if entry.runs == "boot":
        handed = [library_object(heap, name, Era.BOOT) for name in entry.passes]
        heap.invoke(caller, Found(frozenset({value}), 0), Arguments(handed, {}))
        return
    uid = unit_of(heap, value)
    if uid < 0 or (caller.era == Era.CLI and entry.runs == "serve"):
        return  # a command is only asked whether it starts a server; if it does, it runs again in boot
    if entry.runs == "thread" and heap.modules.units[uid].flags & _ENDLESS and caller.era == Era.BOOT:
        _split(heap, caller, value, given)
    add_entry(heap, caller, value, Entry(entry.entry, label, 0), given, entry.passes)


def _passed_on(heap: Heap, caller: Caller, value: int, entry: RegisterEntry, arguments: Arguments) -> Arguments:
    """The arguments that the receiver of a function will call it with, as far as the call shows them."""
    if entry.runs in ("serve", "boot"):
        return NO_ARGUMENTS
    if entry.runs == "now":
        parts = [
            elements_of(heap, caller.context, a) for a in arguments.all() if value not in a.values and a.values
        ]
        return Arguments([union(parts)] if parts else (), {}, union(parts) if parts else None)
    for index, found in enumerate(arguments.positional):
        if value in found.values:
            return Arguments(arguments.positional[index + 1 :], arguments.keywords)
    packed, keywords = arguments.keywords.get("args"), arguments.keywords.get("kwargs")
    positional: list[Found] = []
    if packed is not None:
        for one in sorted(packed.values):
            keys = [key for key in heap.items.get(one, ()) if isinstance(key, int)]
            positional = [heap.read(heap.slot(("I", one, key)), caller.context) for key in sorted(keys)]
    return Arguments(positional, {}, keywords)


def _note_origin(heap: Heap, caller: Caller, value: int, entry: Entry) -> None:
    """The function under a stack of decorators is an entry too: the path of a finding begins at its route.

    `@app.route("/") @login_required def view(): ...` registers the wrapper, which all views share.
    """
    if caller.call < 0 or later(caller.era) != Era.SERVE or entry.kind not in ("request", "websocket", "message"):
        return
    body = caller.context.body
    waiting = list(body.calls[caller.call][1])
    for place in waiting:  # grows while it is read
        if body.ops[place] == Op.CALL and body.calls[body.a[place]][5] & _DECORATOR:
            waiting += body.calls[body.a[place]][1]
        elif body.ops[place] == Op.FUNC:
            uid = heap.modules.uid(caller.context.module, body.a[place])
            if uid != unit_of(heap, value):
                heap.entries.setdefault((uid, Era.SERVE), entry)


def add_entry(
    heap: Heap, caller: Caller, value: int, entry: Entry, given: Arguments, passes: tuple[str, ...] = ()
) -> None:
    """Make a function run while serving; one that was handed over there goes on with its caller's request."""
    era = later(caller.era)
    uid = unit_of(heap, value)
    if uid < 0:
        return
    key = (uid, in_era(run_of(heap, value), era))
    if era == Era.SERVE and caller.era != Era.SERVE:
        known = heap.entries.get(key)
        if known is None or (entry.confidence, known.label == "") < (known.confidence, entry.label == ""):
            heap.entries[key] = entry
    if heap.values.kinds[value] == Kind.FUNCTION and _lacks_receiver(heap, uid):
        heap.loose_methods.setdefault(uid, (entry, passes))  # `@expose def index(self)`: called on its objects
        return
    _note_origin(heap, caller, value, entry)
    inner = Caller(caller.context, era, -1, caller.line, caller.confidence)
    heap.invoke(inner, Found(frozenset({value}), 0), given)
    heap.background.setdefault(key, entry.kind)
    if entry.kind in ("request", "websocket", "message"):
        builtin.request_parameters(heap, inner, value, passes)


def _lacks_receiver(heap: Heap, uid: int) -> bool:
    """Whether a function is a method that would be called without its object."""
    unit = heap.modules.units[uid]
    if heap.modules.units[heap.modules.parent(uid)].kind != UnitKind.CLASS or not unit.params:
        return False
    return not unit.flags & int(UnitFlag.STATIC | UnitFlag.CLASSMETHOD)


def _split(heap: Heap, caller: Caller, value: int, given: Arguments) -> None:
    """A thread's body: what stands before its endless loop runs in boot."""
    uid = unit_of(heap, value)
    for era in (Era.BOOT, Era.SERVE):
        context = heap.context(uid, in_era(run_of(heap, value), era))
        if not context.split:
            context.split = True
            heap.wake_all(context)
    heap.invoke(caller.in_era(Era.BOOT), Found(frozenset({value}), 0), given)


def run_of(heap: Heap, value: int) -> int:
    """The run in which the function behind a value was made."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.FUNCTION:
        return int(parts[1])
    if kind in (Kind.METHOD, Kind.PARTIAL, Kind.COROUTINE):
        return run_of(heap, parts[0])
    return Era.BOOT


def unit_of(heap: Heap, value: int) -> int:
    """The unit that runs when a value is called; -1 if it is none of the project's."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.FUNCTION:
        return int(parts[0])
    if kind in (Kind.METHOD, Kind.PARTIAL, Kind.COROUTINE):
        return unit_of(heap, parts[0])
    if kind in (Kind.OBJECT, Kind.CLASS):
        for item in names.ancestors(heap, parts[0]):
            if item.__class__ is int:
                for child in heap.modules.children.get(item, ()):  # type: ignore[arg-type]
                    if heap.modules.units[child].name == "__call__":
                        return child
    return -1


def _label(heap: Heap, context: Context | None, number: int, entry: RegisterEntry) -> str:
    """How a finding names the entry: `POST /cart`, by what the registering call says."""
    if context is None or number < 0:
        return ""
    record = context.body.calls[number]
    strings = heap.modules.facts[context.module].strings
    keywords = {strings[name]: place for name, place in record[2]}
    path = ""
    for position in entry.path:
        place = keywords.get(position, 0) if isinstance(position, str) else 0
        if isinstance(position, int) and position < len(record[1]):
            place = record[1][position]
        text = constant(heap, context, place) if place else NOT_CONSTANT
        if isinstance(text, str):
            path = text
            break
    method = entry.method
    listed = keywords.get(entry.methods, 0) if entry.methods else 0
    if listed and context.body.ops[listed] == Op.SITE:
        pairs = context.body.sites[context.body.a[listed]][1]
        words = [constant(heap, context, place) for place in pairs[1::2]]
        method = "/".join(word for word in words if isinstance(word, str)) or method
    return f"{method} {_prefix(heap, context, record[0])}{path}".strip()


def _prefix(heap: Heap, context: Context, callee: int) -> str:
    """What the router of a route puts before it: `APIRouter(prefix="/cart")`, where its name is bound once."""
    body = context.body
    if body.ops[callee] != Op.ATTR or body.ops[body.a[callee]] != Op.NAME:
        return ""
    text = body.a[body.a[callee]]
    made = {value for name, value, *_ in body.binds if name == text and body.ops[value] == Op.CALL}
    for place in made if len(made) == 1 else ():
        maker, arguments, keywords, *_ = body.calls[body.a[place]]
        strings = heap.modules.facts[context.module].strings
        for value in evaluate(heap, context, maker).values:
            entry = heap.knowledge.types.get(dotted_names(heap, value)[0])
            if entry is None or entry.prefix is None:
                continue
            at = next((p for name, p in keywords if strings[name] == entry.prefix), 0)
            if isinstance(entry.prefix, int) and entry.prefix < len(arguments):
                at = arguments[entry.prefix]
            text_found = constant(heap, context, at) if at else NOT_CONSTANT
            return text_found if isinstance(text_found, str) else ""
    return ""


def hand_over_to_base(heap: Heap, caller: Caller, uid: int, made: int, arguments: Arguments) -> None:
    """A class without a constructor of its own passes its arguments to the library's: `Worker(target=loop)`."""
    for base in names.external_bases(heap, uid, caller.context):
        entry = heap.knowledge.register(base)
        if entry is not None:
            _register(heap, caller, made, entry, arguments)
