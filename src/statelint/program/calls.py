"""What a call does: arguments go to parameters, results come back, entries are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_FLAGS, CallFlag, Op, UnitFlag, UnitKind
from statelint.program import (
    fitting,
    handover,
    keyed,
    library,
    library_calls,
    makers,
    names,
    parameters,
    traits,
)
from statelint.program.attributes import attribute_of
from statelint.program.calling import HANDED_OVER, MEDIUM, NO_ARGUMENTS, Arguments, Caller
from statelint.program.contexts import Context, era_of, in_era, run_for
from statelint.program.evaluate import awaited, evaluate
from statelint.program.found import NOTHING, Found, union, with_bits
from statelint.program.values import FIRST_KEYED, LOADED, SERVING, Bit, Era, Kind

_AWAITED, _DECORATOR = CallFlag.AWAITED, CallFlag.DECORATOR
_RAISED = CallFlag.RAISED
_GENERATOR, _ASYNC = UnitFlag.GENERATOR, UnitFlag.ASYNC
_FUNCTIONS = (Kind.FUNCTION, Kind.METHOD)

_DATA = Bit.IO_DB | Bit.IO_HTTP


_MOST_CALLS = 100_000
"""More calls than a unit has; keeps apart the numbers of its calls and those of the next unit."""

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.model.facts import Body, Field
    from statelint.program.heap import Heap


def perform(heap: Heap, context: Context, number: int, era: int) -> None:
    """Carry out one call record of a context and keep what it gives in `context.results`."""
    callee_place, argument_places, keyword_places, star_place, _, flags, line, *_ = context.body.calls[number]
    strings = heap.modules.facts[context.module].strings
    field = traits.declared(heap, context, callee_place)
    if field is not None:
        _keep_result(context, number, field)
        return
    callee = evaluate(heap, context, callee_place)
    arguments = Arguments(
        [evaluate(heap, context, place) for place in argument_places] if argument_places else (),
        {strings[name]: evaluate(heap, context, place) for name, place in keyword_places}
        if keyword_places
        else NO_ARGUMENTS.keywords,
        evaluate(heap, context, star_place) if star_place else None,
        _star_at(context.body, argument_places) if star_place else -1,
        (context, number, 0),
    )
    caller = Caller(context, era, number, line)
    if flags & _RAISED:
        for value in sorted(callee.values):
            if heap.values.kinds[value] == Kind.CLASS:
                construct(heap, caller, value, arguments)
        return
    parts = [call_value(heap, caller, value, arguments) for value in sorted(callee.values)]
    bits = callee.bits & ~(Bit.CONST | Bit.HANDLE)  # what a method of a client gives is data
    if not callee.values:
        for argument in (*arguments.positional, *arguments.keywords.values()):
            bits |= argument.bits & ~(Bit.CONST | Bit.HANDLE)
        _run_coroutines(heap, caller, arguments)
        if flags & _DECORATOR:  # an unknown decorator gives back what it is given
            parts.append(arguments.positional[0])
    found = union(parts)
    result = with_bits(found, bits)
    if flags & _AWAITED:
        result = awaited(heap, context, result)
    _keep_result(context, number, result)


def _keep_result(context: Context, number: int, result: Found) -> None:
    if result != context.results[number]:
        context.results[number] = result
        context.pending |= context.result_readers[number]


def _star_at(body: Body, places: Sequence[int]) -> int:
    """Find the position of the first `*args` among arguments."""
    return next((index for index, place in enumerate(places) if body.ops[place] == Op.ELEMENT), -1)


def invoke(heap: Heap, caller: Caller, callee: Found, arguments: Arguments) -> Found:
    """Call something that no call record stands for: a property, a protocol method, a coroutine."""
    values = sorted(callee.values)
    return union([call_value(heap, caller, value, arguments, awaiting=True) for value in values])


def call_value(
    heap: Heap, caller: Caller, value: int, arguments: Arguments, *, awaiting: bool = False
) -> Found:
    """Call one value; the result of an async function that nobody awaits yet is a coroutine."""
    kind = heap.values.kinds[value]
    if kind in _FUNCTIONS:
        function, receiver = (value, None) if kind == Kind.FUNCTION else heap.values.parts[value]
        if not awaiting and _makes_coroutine(heap, caller, function):
            context = caller.context
            made = heap.values.make(Kind.COROUTINE, value, context.uid, caller.call, context.run)
            return heap.single(made)
        return _run_function(heap, caller, function, receiver, arguments)
    if kind == Kind.COROUTINE:
        return _run_coroutine(heap, caller, value)
    call_it = _BY_KIND.get(kind)
    return call_it(heap, caller, value, arguments) if call_it is not None else NOTHING


def _call_object(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    methods = attribute_of(heap, caller.context, value, "__call__")
    return union([call_value(heap, caller, one, arguments) for one in sorted(methods.values) if one != value])


def _call_library_object(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    if heap.values.parts[value][0] == LOADED:
        return NOTHING  # whatever it is
    bound = heap.values.make(Kind.BOUND, value, "__call__")
    return library_calls.call(heap, caller, bound, arguments)


# -- functions --------------------------------------------------------------------------------------------


def _makes_coroutine(heap: Heap, caller: Caller, function: int) -> bool:
    """Whether a call only prepares an async function, which runs where its result is awaited."""
    flags = heap.modules.units[heap.values.parts[function][0]].flags
    if not flags & _ASYNC or flags & _GENERATOR or caller.call < 0:
        return False
    if caller.context.body.calls[caller.call][CALL_FLAGS] & _AWAITED:
        return False
    return caller.era not in SERVING or not _is_given_back(caller.context, caller.call)


def _is_given_back(context: Context, call: int) -> bool:
    """Whether a function hands on what a call gives: its own caller, or the framework, waits for that.

    def guarded(self):
        return view(self)
    """
    body = context.body
    return any(
        not yields and body.ops[place] == Op.CALL and body.a[place] == call
        for yields, place, *_ in body.flows
    )


def _run_function(
    heap: Heap, caller: Caller, function: int, receiver: int | None, arguments: Arguments
) -> Found:
    """Run a function of the project: bind its parameters, and give what it returns.

    What has the shape of an application (`environ, start_response`) answers requests: start-up has none.
    """
    uid, made_in = heap.values.parts[function]
    if uid in heap.answers_requests and caller.era in (Era.BOOT, Era.CLI):
        return NOTHING
    if not fitting.takes(heap, uid, receiver, arguments):
        return NOTHING
    if receiver is not None and heap.plugins.classes and heap.is_loaded(receiver):
        caller = caller._replace(confidence=max(caller.confidence, MEDIUM))
    runs = keyed.runs_of_call(heap, uid, made_in, receiver, arguments)
    if not runs:
        run = _run_of_call(heap, caller, made_in)
        return _run_in(heap, caller, _reach(heap, caller, function, run), receiver, arguments)
    return union(
        [_run_in(heap, caller, _reach(heap, caller, function, run), receiver, given) for run, given in runs]
    )


def _run_in(
    heap: Heap, caller: Caller, reached: tuple[Context, int], receiver: int | None, arguments: Arguments
) -> Found:
    """Bind the parameters of a function in one of its contexts, and give what it returns there."""
    context, made_in = reached
    uid, given, star_at = context.uid, arguments.positional, arguments.star_at
    if receiver is not None:
        given = [heap.single(receiver), *given]
        star_at += star_at >= 0
    signature = heap.modules.signature(uid)
    is_plain = signature.is_plain and star_at < 0 and not arguments.keywords
    if is_plain and len(given) == len(signature.positional):
        for name, found in zip(signature.positional, given, strict=True):
            heap.join(names.local_slot(heap, context, name), found)
    else:
        handed = Arguments(given, arguments.keywords, arguments.star, star_at)
        parameters.bind(heap, caller, context, made_in, handed)
    heap.run_first(context)
    if heap.modules.units[uid].flags & _GENERATOR:
        heap.read(context.yields, caller.context)
        return heap.one(Kind.GENERATOR, uid, context.run)
    return heap.read(context.returns, caller.context)


def _reach(heap: Heap, caller: Caller, function: int, run: int) -> tuple[Context, int]:
    """Find the context of a called function and the run in which it was made, and note the caller."""
    uid, made_in = heap.values.parts[function]
    context = heap.context(uid, in_era(run, caller.era))
    if made_in not in context.env:
        context.env.add(made_in)
        heap.wake_all(context)
    edge = (caller.confidence, caller.line)
    known = context.callers.get(caller.context)
    if known is None or edge < known:
        context.callers[caller.context] = edge
    if caller.call == HANDED_OVER:
        heap.handed_over.add((caller.context, context))
    return context, made_in


def _run_of_call(heap: Heap, caller: Caller, made_in: int) -> int:
    """Find the run of a call: a decorator has one for each thing that it is given, a wrapper too."""
    if caller.call >= 0 and era_of(made_in) == Era.BOOT:
        body = caller.context.body
        record = body.calls[caller.call]
        if record[CALL_FLAGS] & _DECORATOR:
            place = record[CALL_ARGUMENTS][0]
            while body.ops[place] == Op.CALL:
                place = body.calls[body.a[place]][CALL_ARGUMENTS][0]
            if body.ops[place] in (Op.FUNC, Op.CLASS):
                return run_for(Era.BOOT, heap.modules.uid(caller.context.module, body.a[place]))
    return made_in


def _call_carrier(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Call a value that brings arguments of its own, if it is not being called as one of them.

    done = partial(bus.emit, handlers); handlers.append(done)  # and the library calls what it is handed
    """
    under_way = (value, caller.context, caller.call)
    if under_way in heap.under_way:
        return NOTHING
    heap.under_way.add(under_way)
    call_it = makers.call if heap.values.kinds[value] == Kind.MAKER else _call_partial
    found = call_it(heap, caller, value, arguments)
    heap.under_way.discard(under_way)
    return found


def _call_partial(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    target, uid, number = heap.values.parts[value]
    bound = {
        key: heap.read(heap.slot(("I", value, key)), caller.context) for key in heap.items.get(value, ())
    }
    positional = [found for key, found in bound.items() if isinstance(key, int)]
    keywords = {key: found for key, found in bound.items() if isinstance(key, str)}
    merged = Arguments(
        [*positional, *arguments.positional],
        {**keywords, **arguments.keywords},
        arguments.star,
        arguments.star_at + len(positional) if arguments.star_at >= 0 else -1,
        (made[0], number, 1) if (made := heap.contexts_of(uid)) else None,
    )
    return call_value(heap, caller, target, merged, awaiting=True)


# -- coroutines -------------------------------------------------------------------------------------------


def _run_coroutine(heap: Heap, caller: Caller, value: int) -> Found:
    """Run what an async function was called for; its arguments are those of the call that made it."""
    callee, uid, number, era = heap.values.parts[value]
    made = heap.context(uid, era)
    _, argument_places, keyword_places, star_place, _, _, line, *_ = made.body.calls[number]
    strings = heap.modules.facts[made.module].strings
    arguments = Arguments(
        [heap.watch(made, place, caller.context) for place in argument_places],
        {strings[name]: heap.watch(made, place, caller.context) for name, place in keyword_places},
        heap.watch(made, star_place, caller.context) if star_place else None,
        _star_at(made.body, argument_places) if star_place else -1,
        (made, number, 0),
    )
    inner = Caller(caller.context, caller.era, HANDED_OVER, caller.line or line, caller.confidence)
    return call_value(heap, inner, callee, arguments, awaiting=True)


def _run_coroutines(heap: Heap, caller: Caller, arguments: Arguments) -> None:
    """Run now the coroutines that are handed to something unknown."""
    for argument in (*arguments.positional, *arguments.keywords.values()):
        for value in sorted(argument.values):
            if heap.values.kinds[value] == Kind.COROUTINE:
                _run_coroutine(heap, caller, value)


# -- classes ----------------------------------------------------------------------------------------------


def _call_class(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Call a class of the project: its metaclass may have a word in what that gives."""
    reader = caller.context
    metaclasses = names.metaclasses_of(heap, heap.values.parts[value][0], reader)
    hooks = [one for meta in metaclasses for one in _functions_of(heap, meta, "__call__", reader)]
    if hooks:
        return union([_run_function(heap, caller, hook, value, arguments) for hook in hooks])
    adapted = _adapted(heap, caller, value, arguments)
    return construct(heap, caller, value, arguments) if adapted is None else adapted


def _adapted(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found | None:
    """Give what a call of a class gives that derives from what only describes others: `IStore(memory)`."""
    if heap.modules.units[caller.context.uid].kind == UnitKind.CLASS:
        field = traits.declared_by_heir(heap, caller, heap.values.parts[value][0], arguments)
        if field is not None:
            return field
    for base in names.external_bases(heap, heap.values.parts[value][0], caller.context):
        entry = heap.knowledge.function(f"{base}.__call__")
        if entry is not None and entry.returns.startswith("argument:"):
            return arguments.at(int(entry.returns.removeprefix("argument:"))) or NOTHING
    return None


def construct(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Make an object of a class of the project, in the era of the call."""
    uid = heap.values.parts[value][0]
    context = caller.context
    makers = [_functions_of(heap, uid, name, context) for name in ("__new__", "__init__")]
    if not all(_takes_one(heap, functions, value, arguments) for functions in makers):
        return NOTHING
    order = names.ancestors(heap, uid, context)
    site = 0
    if any(isinstance(item, str) and _is_container(heap, item) for item in order):
        site = context.uid * _MOST_CALLS + caller.call + 1  # two containers of one class stay apart
    made = heap.values.make(Kind.OBJECT, uid, caller.era, site, *_told_apart(heap, caller, arguments))
    values: set[int] = set()
    for one in makers[0]:
        values |= _run_function(heap, caller, one, value, arguments).values
    values = values or {made}
    if caller.era == Era.BOOT:
        _note_application(heap, order, values)
    if heap.plugins.defaults:
        traits.fill_defaults(heap, caller, order, values)
    if _default_fields(heap, caller, uid, values, arguments):
        _after_init(heap, caller, uid, values)
    if names.class_attribute(heap, uid, "__init__", context) is None:
        for one in sorted(values):
            library.fill_container(heap, caller, one, arguments)
        handover.hand_over_to_base(heap, caller, uid, made, arguments)
    else:
        own = [one for one in sorted(values) if _is_object_of(heap, one, uid)]
        _initialise(heap, caller, makers[1], own, arguments)
    return heap.of(values, _carried_bits(arguments))


def _initialise(
    heap: Heap, caller: Caller, functions: Sequence[int], objects: Sequence[int], arguments: Arguments
) -> None:
    """Run the constructor of a class on new objects of it; its `__new__` may have given others."""
    for one in objects:
        for function in functions:
            _run_function(heap, caller, function, one, arguments)


def _is_object_of(heap: Heap, value: int, uid: int) -> bool:
    return heap.values.kinds[value] == Kind.OBJECT and heap.values.parts[value][0] == uid


def _takes_one(heap: Heap, functions: Sequence[int], value: int, arguments: Arguments) -> bool:
    """Whether one of the constructors of a class takes the arguments of a call, or it has none."""
    taken = (fitting.takes(heap, heap.values.parts[one][0], value, arguments) for one in functions)
    return not functions or any(taken)


def _told_apart(heap: Heap, caller: Caller, arguments: Arguments) -> tuple[int, ...]:
    """Tell apart objects that carry a function, by the constant of their maker: `Event(name, function)`."""
    run = caller.context.run >> 2
    if run < FIRST_KEYED or not any(_is_code(heap, value) for one in arguments.all() for value in one.values):
        return ()
    return (run,)


def _is_code(heap: Heap, value: int) -> bool:
    return heap.values.kinds[value] in _FUNCTIONS


def _functions_of(heap: Heap, uid: int, name: str, reader: Context) -> list[int]:
    """List the functions that a class has under a name, by itself or from a base."""
    found = names.class_attribute(heap, uid, name, reader)
    values = sorted(heap.read(found[1], reader).values) if found is not None else ()
    return [value for value in values if heap.values.kinds[value] == Kind.FUNCTION]


def _note_application(heap: Heap, order: Sequence[int | str], values: set[int]) -> None:
    """Remember objects that are an application: handlers reach them by an attribute of the framework's."""
    bases = (entry for item in order if isinstance(item, str) for entry in heap.knowledge.mro(item))
    for entry in bases:
        if entry.kind == "app":
            heap.join(heap.slot(("T", entry.names[0])), Found(frozenset(values), 0))


def _carried_bits(arguments: Arguments) -> int:
    """Tell where an object comes from: its class counts, its arguments as data of a client or of a database.

    A client that it is given is no data: `Repository(connection)`.
    """
    bits = 0
    star = () if arguments.star is None else (arguments.star,)
    for found in (*arguments.positional, *arguments.keywords.values(), *star):
        bits |= found.bits & (Bit.REQUEST if found.bits & Bit.HANDLE else Bit.REQUEST | _DATA)
    return bits


def _is_container(heap: Heap, name: str) -> bool:
    entry = heap.knowledge.type_of(name)
    return entry is not None and entry.kind == "container"


def _after_init(heap: Heap, caller: Caller, uid: int, values: set[int]) -> None:
    """Call what a generated constructor calls at its end."""
    for function in _functions_of(heap, uid, "__post_init__", caller.context):
        for value in sorted(values):
            if heap.values.kinds[value] == Kind.OBJECT:
                _run_function(heap, caller, function, value, NO_ARGUMENTS)


def _default_fields(heap: Heap, caller: Caller, uid: int, values: set[int], arguments: Arguments) -> bool:
    """Fill the fields of a dataclass-like class: arguments by position and name, and what defaults make.

    Returns whether there are fields and no constructor but a generated one.

    `field(default_factory=list)` makes a list for each object, in the era in which the object is made.
    """
    modules = heap.modules
    order = reversed(names.ancestors(heap, uid, caller.context))
    fields = [(item, one) for item in order if isinstance(item, int) for one in modules.units[item].fields]
    if not fields or names.class_attribute(heap, uid, "__init__", caller.context) is not None:
        return False
    copies = any(
        names.copies_defaults(heap, base) for base in names.external_bases(heap, uid, caller.context)
    )
    fields = [
        (owner, one) for owner, one in fields if one.annotation or copies or _has_factory(heap, owner, one)
    ]
    for position, (owner, field_) in enumerate(fields):
        given = arguments.keywords.get(field_.name)
        if given is None and position < len(arguments.positional):
            given = arguments.positional[position]
        for value in sorted(values):
            if heap.values.kinds[value] != Kind.OBJECT:
                continue
            slot = heap.slot(("F", value, field_.name))
            if given is not None:
                heap.join(slot, given)
            elif field_.default:
                made = _made_by_default(heap, caller, owner, field_.default, copies=copies)
                heap.join(slot, made)
    return bool(fields)


def _has_factory(heap: Heap, owner: int, field_: Field) -> bool:
    """Whether a field without an annotation says how each object gets a value: `attr.ib(factory=list)`."""
    return bool(heap.modules.default_keywords(owner, field_.name) & heap.knowledge.factory_keywords)


def _made_by_default(heap: Heap, caller: Caller, owner: int, place: int, *, copies: bool) -> Found:
    """Give what a default of a class body makes for one object: a factory is called, a display copied."""
    body = heap.modules.body(owner)
    context = heap.context(owner, Era.BOOT)
    if body.ops[place] == Op.CALL:
        maker, _, keyword_places, *_ = body.calls[body.a[place]]
        wanted = _factory_keywords(heap, heap.watch(context, maker, caller.context))
        for name, value_place in keyword_places:
            if heap.modules.string(context.module, name) in wanted:
                factory = heap.watch(context, value_place, caller.context)
                return union([_from_factory(heap, caller, v, owner, place) for v in sorted(factory.values)])
        if not copies:
            return Found(frozenset(), heap.watch(context, place, caller.context).bits & Bit.BOOT)
    if copies:
        found = heap.watch(context, place, caller.context)
        copied = union([_fresh_copy(heap, caller, value, owner, place) for value in sorted(found.values)])
        return Found(copied.values, copied.bits | (found.bits & Bit.BOOT))
    return NOTHING


def _factory_keywords(heap: Heap, callee: Found) -> set[str]:
    """Name the keywords with which a field function takes a factory (`field(default_factory=...)`)."""
    entries = [
        heap.knowledge.function(heap.values.parts[value][0])
        for value in callee.values
        if heap.values.kinds[value] == Kind.EXTERNAL
    ]
    returns = [entry.returns for entry in entries if entry is not None]
    return {what.removeprefix("result:") for what in returns if what.startswith("result:")}


def _from_factory(heap: Heap, caller: Caller, value: int, owner: int, place: int) -> Found:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL and _is_container(heap, parts[0]):
        entry = heap.knowledge.type_of(parts[0])
        type_name = entry.names[0] if entry else parts[0]
        return heap.one(Kind.CONTAINER, owner, place, caller.era, type_name)
    return call_value(heap, caller, value, NO_ARGUMENTS, awaiting=True)


def _fresh_copy(heap: Heap, caller: Caller, value: int, owner: int, place: int) -> Found:
    if heap.values.kinds[value] == Kind.CONTAINER:
        type_name = heap.values.parts[value][3]
        return heap.one(Kind.CONTAINER, owner, place, caller.era, type_name)
    return heap.single(value)


_BY_KIND: Mapping[int, Callable[[Heap, Caller, int, Arguments], Found]] = {
    Kind.CLASS: _call_class,
    Kind.OBJECT: _call_object,
    Kind.EXTERNAL: library_calls.call,
    Kind.BOUND: library_calls.call,
    Kind.REGISTRAR: handover.decorate,
    Kind.PARTIAL: _call_carrier,
    Kind.MAKER: _call_carrier,
    Kind.EXTERNAL_OBJECT: _call_library_object,
}
"""How to call a value that is no function or coroutine of the project; what is missing cannot be called."""
