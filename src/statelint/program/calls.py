"""What a call does: arguments go to parameters, results come back, entries are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CallFlag, Op, UnitFlag
from statelint.program import builtin, library, names
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.evaluate import attribute_of, awaited, evaluate
from statelint.program.heap import NOTHING, Context, Found, Heap, era_of, in_era, run_for, union
from statelint.program.values import Bit, Era, Kind

_AWAITED, _DECORATOR = int(CallFlag.AWAITED), int(CallFlag.DECORATOR)
_GENERATOR, _ASYNC = int(UnitFlag.GENERATOR), int(UnitFlag.ASYNC)

if TYPE_CHECKING:
    from collections.abc import Sequence


def perform(heap: Heap, context: Context, number: int, era: int) -> None:
    """Carry out one call record of a context and keep what it gives in `context.results`."""
    record = context.body.calls[number]
    callee_place, argument_places, keyword_places, star_place = record[:4]
    strings = heap.modules.facts[context.module].strings
    callee = evaluate(heap, context, callee_place)
    arguments = Arguments(
        [evaluate(heap, context, place) for place in argument_places],
        {strings[name]: evaluate(heap, context, place) for name, place in keyword_places},
        evaluate(heap, context, star_place) if star_place else None,
    )
    caller = Caller(context, era, number, record[6])
    parts = [call_value(heap, caller, value, arguments) for value in tuple(callee.values)]
    bits = callee.bits & ~Bit.CONST
    if not callee.values:
        for argument in (*arguments.positional, *arguments.keywords.values()):
            bits |= argument.bits & ~(Bit.CONST | Bit.HANDLE)
        _run_coroutines(heap, caller, arguments)
        if record[5] & _DECORATOR:  # an unknown decorator gives back what it is given
            parts.append(arguments.positional[0])
    found = union(parts)
    result = Found(found.values, found.bits | bits)
    if record[5] & _AWAITED:
        result = awaited(heap, context, result)
    if result != context.results[number]:
        context.results[number] = result
        context.pending |= context.result_readers.get(number, 0)


def invoke(heap: Heap, caller: Caller, callee: Found, arguments: Arguments) -> Found:
    """Call something that no call record stands for: a property, a protocol method, a coroutine."""
    return union([call_value(heap, caller, value, arguments, awaiting=True) for value in sorted(callee.values)])


def call_value(
    heap: Heap, caller: Caller, value: int, arguments: Arguments, *, awaiting: bool = False
) -> Found:
    """Call one value."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.FUNCTION:
        return call_function(heap, caller, value, None, arguments, awaiting=awaiting)
    if kind == Kind.METHOD:
        return call_function(heap, caller, parts[0], parts[1], arguments, awaiting=awaiting)
    if kind == Kind.CLASS:
        return construct(heap, caller, value, arguments)
    if kind == Kind.OBJECT:
        method = attribute_of(heap, caller.context, value, "__call__")
        return union([call_value(heap, caller, one, arguments) for one in sorted(method.values) if one != value])
    if kind in (Kind.EXTERNAL, Kind.BOUND, Kind.REGISTRAR):
        return library.call(heap, caller, value, arguments)
    if kind == Kind.PARTIAL:
        return _call_partial(heap, caller, value, arguments)
    if kind == Kind.COROUTINE:
        return _run_coroutine(heap, caller, value)
    if kind == Kind.EXTERNAL_OBJECT:
        return _call_library_object(heap, caller, value, arguments)
    return NOTHING


def _call_library_object(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    bound = heap.values.make(Kind.BOUND, value, "__call__")
    return library.call(heap, caller, bound, arguments)


# -- functions --------------------------------------------------------------------------------------------


def call_function(
    heap: Heap, caller: Caller, function: int, receiver: int | None, arguments: Arguments, *, awaiting: bool = False
) -> Found:
    """Call a function of the project; the result of an async one that nobody awaits yet is a coroutine."""
    uid, made_in = heap.values.parts[function]
    unit = heap.modules.units[uid]
    flags = unit.flags
    generator = flags & _GENERATOR
    if flags & _ASYNC and not generator and not awaiting and caller.call >= 0:
        record = caller.context.body.calls[caller.call]
        if not record[5] & _AWAITED:
            callee = function if receiver is None else heap.values.make(Kind.METHOD, function, receiver)
            coroutine = heap.values.make(
                Kind.COROUTINE, callee, caller.context.uid, caller.call, caller.context.run
            )
            return Found(frozenset({coroutine}), 0)
    context = reach(heap, caller, uid, made_in)
    _bind_parameters(heap, caller, context, made_in, receiver, arguments)
    heap.run_first(context)
    if generator:
        heap.read(context.yields, caller.context)
        return Found(frozenset({heap.values.make(Kind.GENERATOR, uid, context.run)}), 0)
    return heap.read(context.returns, caller.context)


def reach(heap: Heap, caller: Caller, uid: int, made_in: int) -> Context:
    """The context of a called function, its caller noted."""
    context = heap.context(uid, in_era(_run_of_call(heap, caller, made_in), caller.era))
    if made_in not in context.env:
        context.env.add(made_in)
        heap.wake_all(context)
    edge = (caller.confidence, caller.line)
    known = context.callers.get(caller.context)
    if known is None or edge < known:
        context.callers[caller.context] = edge
    return context


def _run_of_call(heap: Heap, caller: Caller, made_in: int) -> int:
    """A decorator runs for the function that it is given, a wrapper for the one that it wraps."""
    if caller.call >= 0 and era_of(made_in) == Era.BOOT:
        body = caller.context.body
        record = body.calls[caller.call]
        if record[5] & _DECORATOR:
            place = record[1][0]
            while body.ops[place] == Op.CALL:
                place = body.calls[body.a[place]][1][0]
            if body.ops[place] == Op.FUNC:
                return run_for(Era.BOOT, heap.modules.uid(caller.context.module, body.a[place]))
    return made_in


def _bind_parameters(
    heap: Heap, caller: Caller, context: Context, made_in: int, receiver: int | None, arguments: Arguments
) -> None:
    params = heap.modules.units[context.uid].params
    given = arguments.positional
    if receiver is not None:
        given = [Found(frozenset((receiver,)), 0), *given]
    if not arguments.keywords and len(given) == len(params) and all(p.kind == 0 for p in params):
        for param, found in zip(params, given, strict=True):
            heap.join(names.local_slot(heap, context, param.name), found)
        return
    positional = [p for p in params if p.kind == 0]
    used: set[str] = set()
    for param, found in zip(positional, given, strict=False):
        heap.join(names.local_slot(heap, context, param.name), found)
        used.add(param.name)
    rest = given[len(positional) :]
    named = {p.name for p in params if p.kind in (0, 1)}
    extra = []
    for name, found in arguments.keywords.items():
        if name in named:
            heap.join(names.local_slot(heap, context, name), found)
            used.add(name)
        else:
            extra.append((name, found))
    for number, param in enumerate(params):
        if param.kind == 2:  # *args  # noqa: PLR2004
            _pack(heap, context, param.name, "tuple", [(None, found) for found in rest])
        elif param.kind == 3:  # **kwargs  # noqa: PLR2004
            _pack(heap, context, param.name, "dict", extra)
        elif param.name not in used:
            slot = names.local_slot(heap, context, param.name)
            if param.default:
                default = heap.slot(("D", context.uid, made_in, number))
                heap.join(slot, builtin.given_by_default(heap, caller, heap.read(default, caller.context)))
            if arguments.star is not None:
                heap.join(slot, _spread(heap, caller.context, arguments.star, param.name))


def _spread(heap: Heap, context: Context, star: Found, name: str) -> Found:
    """What a parameter may get from `*args` or `**kwargs`."""
    parts = [Found(frozenset(), star.bits)]
    for value in tuple(star.values):
        if heap.values.kinds[value] == Kind.CONTAINER:
            parts.append(heap.item(value, name, context))
    return union(parts)


def _pack(heap: Heap, context: Context, name: str, type_name: str, elements: Sequence[tuple[str | None, Found]]) -> None:
    value = heap.values.make(Kind.CONTAINER, context.uid, -1 if type_name == "tuple" else -2, context.era, type_name)
    bits = 0
    for key, found in elements:
        bits |= found.bits & ~Bit.CONST
        if key is None:
            heap.put(value, found)
        else:
            heap.put_item(value, key, found)
    heap.join(names.local_slot(heap, context, name), Found(frozenset({value}), bits))


def _call_partial(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    target, uid, number = heap.values.parts[value]
    bound = heap.items.get(value, {})
    positional = [
        heap.read(heap.slot(("I", value, key)), caller.context) for key in bound if isinstance(key, int)
    ]
    keywords = {
        key: heap.read(heap.slot(("I", value, key)), caller.context) for key in bound if isinstance(key, str)
    }
    del uid, number
    merged = Arguments([*positional, *arguments.positional], {**keywords, **arguments.keywords}, arguments.star)
    return call_value(heap, caller, target, merged, awaiting=True)


# -- coroutines -------------------------------------------------------------------------------------------


def _run_coroutine(heap: Heap, caller: Caller, value: int) -> Found:
    """Run what an async function was called for; its arguments are those of the call that made it."""
    callee, uid, number, era = heap.values.parts[value]
    made = heap.context(uid, era)
    record = made.body.calls[number]
    strings = heap.modules.facts[made.module].strings
    arguments = Arguments(
        [heap.watch(made, place, caller.context) for place in record[1]],
        {strings[name]: heap.watch(made, place, caller.context) for name, place in record[2]},
        heap.watch(made, record[3], caller.context) if record[3] else None,
    )
    inner = Caller(caller.context, caller.era, -1, caller.line or record[6], caller.confidence)
    return call_value(heap, inner, callee, arguments, awaiting=True)


def _run_coroutines(heap: Heap, caller: Caller, arguments: Arguments) -> None:
    """A coroutine handed to something unknown runs now."""
    for argument in (*arguments.positional, *arguments.keywords.values()):
        for value in tuple(argument.values):
            if heap.values.kinds[value] == Kind.COROUTINE:
                _run_coroutine(heap, caller, value)


# -- classes ----------------------------------------------------------------------------------------------


def construct(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Make an object of a class of the project, in the era of the call."""
    uid = heap.values.parts[value][0]
    context = caller.context
    order = names.ancestors(heap, uid, context)
    site = 0
    if any(item.__class__ is str and _is_container(heap, item) for item in order):  # type: ignore[arg-type]
        site = hash_site(context, caller)
    made = heap.values.make(Kind.OBJECT, uid, caller.era, site)
    values = set()
    new = names.class_attribute(heap, uid, "__new__", context)
    if new is not None:
        callee = union([heap.read(new[1], context)])
        for one in sorted(callee.values):
            if heap.values.kinds[one] == Kind.FUNCTION:
                got = call_function(heap, caller, one, value, arguments, awaiting=True)
                values |= got.values
    values = values or {made}
    _default_fields(heap, caller, uid, values, arguments)
    init = names.class_attribute(heap, uid, "__init__", context)
    for one in sorted(values):
        if init is not None and heap.values.kinds[one] == Kind.OBJECT and heap.values.parts[one][0] == uid:
            for function in sorted(heap.read(init[1], context).values):
                if heap.values.kinds[function] == Kind.FUNCTION:
                    call_function(heap, caller, function, one, arguments, awaiting=True)
        library.fill_container(heap, caller, one, arguments)
    if init is None:
        library.hand_over_to_base(heap, caller, uid, made, arguments)
    return Found(frozenset(values), _carried_bits(arguments))


def _carried_bits(arguments: Arguments) -> int:
    """What an object was made of: its class counts, its arguments only as coming from a client."""
    bits = 0
    for found in (*arguments.positional, *arguments.keywords.values()):
        bits |= found.bits & Bit.REQUEST
    return bits


def hash_site(context: Context, caller: Caller) -> int:
    """A number for the place of a construction, so that two containers of one class stay apart."""
    return context.uid * 100_000 + caller.call + 1


def _is_container(heap: Heap, name: str) -> bool:
    entry = heap.knowledge.type_of(name)
    return entry is not None and entry.kind == "container"


def _default_fields(heap: Heap, caller: Caller, uid: int, values: set[int], arguments: Arguments) -> None:
    """Fill the fields of a dataclass-like class: arguments by position and name, and what defaults make.

    `field(default_factory=list)` makes a list for each object, in the era in which the object is made.
    """
    modules = heap.modules
    order = [item for item in reversed(names.ancestors(heap, uid, caller.context)) if item.__class__ is int]
    fields = [(item, field) for item in order for field in modules.units[item].fields]  # type: ignore[index]
    if not fields or names.class_attribute(heap, uid, "__init__", caller.context) is not None:
        return
    copies = any(names.copies_defaults(heap, base) for base in names.external_bases(heap, uid, caller.context))
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
                heap.join(slot, _made_by_default(heap, caller, owner, field_.default, copies=copies))  # type: ignore[arg-type]


def _made_by_default(heap: Heap, caller: Caller, owner: int, place: int, *, copies: bool) -> Found:
    """What a default of a class body gives one object: a factory is called, a display copied."""
    body = heap.modules.body(owner)
    context = heap.context(owner, Era.BOOT)
    if body.ops[place] == Op.CALL:
        record = body.calls[body.a[place]]
        wanted = _factory_keywords(heap, heap.watch(context, record[0], caller.context))
        for name, value_place in record[2]:
            if heap.modules.string(context.module, name) in wanted:
                factory = heap.watch(context, value_place, caller.context)
                return union([_from_factory(heap, caller, v, owner, place) for v in sorted(factory.values)])
        return NOTHING
    if copies:
        found = heap.watch(context, place, caller.context)
        return union([_fresh_copy(heap, caller, value, owner, place) for value in sorted(found.values)])
    return NOTHING


def _factory_keywords(heap: Heap, callee: Found) -> set[str]:
    """The keyword with which a field function takes a factory (`dataclasses.field(default_factory=...)`)."""
    entries = [
        heap.knowledge.function(heap.values.parts[value][0])
        for value in callee.values
        if heap.values.kinds[value] == Kind.EXTERNAL
    ]
    return {e.returns.removeprefix("result:") for e in entries if e is not None and e.returns.startswith("result:")}


def _from_factory(heap: Heap, caller: Caller, value: int, owner: int, place: int) -> Found:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL and _is_container(heap, parts[0]):
        entry = heap.knowledge.type_of(parts[0])
        type_name = entry.names[0] if entry else parts[0]
        return Found(frozenset({heap.values.make(Kind.CONTAINER, owner, place, caller.era, type_name)}), 0)
    return call_value(heap, caller, value, NO_ARGUMENTS, awaiting=True)


def _fresh_copy(heap: Heap, caller: Caller, value: int, owner: int, place: int) -> Found:
    if heap.values.kinds[value] == Kind.CONTAINER:
        type_name = heap.values.parts[value][3]
        return Found(frozenset({heap.values.make(Kind.CONTAINER, owner, place, caller.era, type_name)}), 0)
    return Found(frozenset({value}), 0)


