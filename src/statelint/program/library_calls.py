"""What a call into a library does and gives, as the knowledge files say."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE
from statelint.program import (
    builtin,
    class_making,
    copies,
    entry_points,
    handover,
    loading,
    makers,
    members,
    traits,
)
from statelint.program.beside import runs_beside
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.described import bits_of, look_up
from statelint.program.elements import (
    copy_elements,
    elements_of,
    next_of,
    note_many,
    put_key,
    told_by_key,
)
from statelint.program.evaluate import evaluate
from statelint.program.found import NOTHING, Found, union
from statelint.program.kept_keywords import keep_keywords
from statelint.program.keyed import keys_of
from statelint.program.library import (
    container_type,
    dotted_names,
    fill_container,
    make_container,
    make_object,
    take_elements,
)
from statelint.program.library_objects import library_object
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.knowledge import FunctionEntry, Method
    from statelint.program.described import Callee
    from statelint.program.heap import Heap

_NOT_CARRIED = ~(Bit.CONST | Bit.HANDLE)
"""What something computed from arguments does not take over from them."""

_DATA = Bit.IO_DB | Bit.IO_HTTP

_NOT_RETURNED = ~(Bit.CONST | Bit.HANDLE | Bit.TASK | Bit.CONNECTION)
"""The same where the function is known: it returns no task or connection unless its entry says so."""


def call(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Call something of a library: a function, a class, a method."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.BOUND and parts[1] in _OF_CLASSES and heap.values.kinds[parts[0]] == Kind.CLASS:
        return _ask_class(heap, caller, parts[0], parts[1], arguments)
    known = look_up(heap, value, caller.context)
    if known.owner >= 0 and parts[1] == "__init__":
        fill_container(heap, caller, parts[0], arguments)
        _note_application(heap, caller, known.dotted)
    if known.keeps:
        keep_keywords(heap, caller, known.keeps, arguments)
    if known.plain is not None and (known.owner < 0 or not any(one.values for one in arguments.all())):
        found = _container_method(heap, caller, value, known.plain, arguments)
        return found if known.owner < 0 else Found(found.values, found.bits | _data_of(arguments))
    if known.builtin is not None:
        return known.builtin(heap, caller, arguments)
    if known.starts_server and not (known.beside and runs_beside(heap, caller.context)):
        heap.server_starts.add(caller.context)
    if known.command is not None:
        return handover.take_command(heap, caller, known.dotted, known.command, arguments)
    if known.register is None and known.function is None:
        return _with_drawn(
            heap, caller, known, arguments, _call_undescribed(heap, caller, value, known, arguments)
        )
    return _with_drawn(heap, caller, known, arguments, _call_described(heap, caller, value, known, arguments))


def _ask_class(heap: Heap, caller: Caller, value: int, method: str, arguments: Arguments) -> Found:
    """Call what a class has by itself."""
    if method == "__call__":
        return heap.construct(caller, value, arguments)
    if method == "__new__":
        return builtin.new_object(heap, caller, Arguments([heap.single(value)], {}))
    return class_making.subclasses(heap, caller, heap.values.parts[value][0])


def _with_drawn(heap: Heap, caller: Caller, known: Callee, arguments: Arguments, found: Found) -> Found:
    """Mark what is drawn at random at start-up, and the object that is made with such a key."""
    drawn = 0
    if known.bits & Bit.RANDOM and (caller.era == Era.BOOT or caller.context.uid in heap.memos):
        drawn = Bit.BOOT
    elif found.values and heap.knowledge.secret(known.dotted[0]) is not None:
        for argument in arguments.all():
            drawn |= argument.bits & Bit.BOOT
    return Found(found.values, found.bits | drawn) if drawn else found


_OF_CLASSES = ("__new__", "__call__", "__subclasses__")
"""What a class does: make an object (in a metaclass `super().__call__()`), and tell what derives from it."""

_OF_THE_RECEIVER = ("receiver", "instance", "made")
"""What a method may give that is its own class or object, or made of it."""

_CALLED_LATER = ("partial", "provider", "maker", "single")
"""What a function gives that stands for a call with some of its arguments."""

_AT_THE_END = ("append", "extend")
"""Methods that change a sequence, but move no element of it."""


_OF_ALL_ARGUMENTS = ("members", "class", "object", "default", "plug-in")
"""What a function gives that no single argument says."""


def _call_undescribed(heap: Heap, caller: Caller, value: int, known: Callee, arguments: Arguments) -> Found:
    """Call what no entry for functions or for handing over describes; its type may be known all the same."""
    parts = []
    if heap.values.kinds[value] == Kind.BOUND:
        found = _inherited_method(heap, caller, value, arguments)
        if heap.values.kinds[heap.values.parts[value][0]] == Kind.CONTAINER:
            return found
        parts.append(found)
    if handover.stands_for_decorator(caller):
        return arguments.positional[0]  # an unknown decorator gives back what it is given
    parts.append(_result(heap, caller, value, known, arguments))
    made = heap.knowledge.types.get(known.dotted[0])
    is_child = made is not None and made.kind == "task"  # one of this process says what it is handed to run
    handover.run_arguments(heap, caller, arguments, known=is_child)
    handover.take_callbacks(heap, caller, value, arguments)
    return union(parts)


def _call_described(heap: Heap, caller: Caller, value: int, known: Callee, arguments: Arguments) -> Found:
    """Call what an entry describes: it is handed functions, or does something to its arguments, or both."""
    kind, function = heap.values.kinds[value], known.function
    parts = []
    if kind == Kind.BOUND:
        parts.append(_inherited_method(heap, caller, value, arguments))
    makes_object = kind == Kind.EXTERNAL and known.dotted[0] in heap.knowledge.types
    if known.register is not None:
        registered = handover.register(heap, caller, value, known.register, arguments)
        if not makes_object:
            parts.append(registered)
    if function is not None and function.returns in _OF_THE_RECEIVER and kind == Kind.BOUND:
        parts.append(_of_the_receiver(heap, caller, value, function.returns, arguments))
    elif function is not None:
        given = _call_function(heap, caller, function, arguments, known.dotted[0])
        parts.append(given)
        if makes_object and not given.values:
            function = None  # `set()`: a type like any other where there is nothing to copy from
            known = known._replace(function=None)
    if known.register is None or function is not None or makes_object:
        parts.append(_result(heap, caller, value, known, arguments))
    if known.register is None:
        handover.run_arguments(heap, caller, arguments, known=function is not None)
    return union(parts)


def _of_the_receiver(heap: Heap, caller: Caller, value: int, what: str, arguments: Arguments) -> Found:
    """Give the class or object whose method is called, or an object of that class."""
    owner = Found(frozenset({heap.values.parts[value][0]}), 0)
    if what == "made":
        return heap.invoke(caller, owner, arguments)
    return heap.invoke(caller.in_era(Era.BOOT), owner, NO_ARGUMENTS) if what == "instance" else owner


# -- results ----------------------------------------------------------------------------------------------


def _note_application(heap: Heap, caller: Caller, names_: Iterable[str]) -> None:
    """Note of a command that it makes an application, or a part of one: it is about to serve it."""
    if caller.era == Era.CLI:
        types = (heap.knowledge.types.get(name) for name in names_)
        if any(entry is not None and entry.kind == "app" for entry in types):
            heap.server_starts.add(caller.context)


def _result(heap: Heap, caller: Caller, value: int, known: Callee, arguments: Arguments) -> Found:
    """Give what no function entry has said already: an object of a known or unknown type."""
    returns = known.function.returns if known.function is not None else ""
    if returns and returns != "container":
        return Found(frozenset(), known.bits)
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    entry = heap.knowledge.types.get(parts[0]) if kind == Kind.EXTERNAL else None
    if entry is not None:
        _note_application(heap, caller, parts[:1])
        made = make_object(heap, caller, entry.names[0], arguments)
        written = _carried(arguments) if entry.kind == "plain" else 0  # `UUID(request.args["key"])`
        return Found(made.values, made.bits | known.bits | written)
    if known.function is None:
        return _result_of_member(heap, caller, value, known, arguments)
    if kind == Kind.EXTERNAL and returns:
        return make_container(heap, caller, "list", known.bits)
    return Found(frozenset(), known.bits)


def _result_of_member(heap: Heap, caller: Caller, value: int, known: Callee, arguments: Arguments) -> Found:
    """Give what the type of the receiver says that a method returns."""
    if known.held:
        return union([make_object(heap, caller, known.held, NO_ARGUMENTS), Found(frozenset(), known.bits)])
    if heap.values.kinds[value] == Kind.BOUND:
        receiver = heap.values.kinds[heap.values.parts[value][0]]
        if receiver in (Kind.OBJECT, Kind.CLASS):  # `Product.model_validate(row)`
            return Found(frozenset(), known.bits | _data_of(arguments))
        if receiver in (Kind.CONTAINER, Kind.VIEW):
            return Found(frozenset(), known.bits)
    return _unknown_result(heap, caller, value, known, arguments)


def _data_of(arguments: Arguments) -> int:
    """Tell whether arguments are data of a client or of a database."""
    data = (one.bits & _DATA for one in arguments.all() if not one.bits & Bit.HANDLE)
    return functools.reduce(operator.or_, data, 0)


def _unknown_result(heap: Heap, caller: Caller, value: int, known: Callee, arguments: Arguments) -> Found:
    """Give an object of an unknown library: a class by its spelling, or whatever the function gives."""
    name, bits = known.dotted[0], known.bits
    last = name.rpartition(".")[2]
    is_class = last[:1].isupper() and not last.isupper()
    if not is_class:
        for found in arguments.all():
            bits |= found.bits & _NOT_CARRIED
        wrapped = handover.callables(heap, arguments.at(0))
        if wrapped:  # `csrf.exempt(view)`: what wraps a function stands for it
            return Found(frozenset(wrapped), bits)
        if "()" in name or name.startswith("?"):  # what `a().b()` gives is anything at all
            mark = heap.values.mark_behind(value)
            return Found(frozenset((mark,) if mark >= 0 else ()), bits)
        name = f"{name}()"
    made = library_object(heap, name, caller.era)
    return Found(made.values, made.bits | bits)


# -- methods of containers --------------------------------------------------------------------------------


def _inherited_method(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Call a method of what may be a container, by itself or by a base of its class."""
    receiver, method = heap.values.parts[value]
    if members.is_view(heap, receiver, method):
        return members.view(heap, caller, receiver, method)
    name = container_type(heap, receiver, caller.context)
    if not name:
        return NOTHING
    return _container_method(heap, caller, value, heap.knowledge.method(name, method), arguments)


def _container_method(heap: Heap, caller: Caller, value: int, does: Method, arguments: Arguments) -> Found:
    """Do what a method of a container does, and give what it gives."""
    receiver, method = heap.values.parts[value]
    context = caller.context
    added = _argument(arguments, does.adds)
    if added is not None and not (does.is_of_mapping and does.gives):
        heap.put(receiver, added)
    merged = _argument(arguments, does.merges)
    if merged is not None:
        take_elements(heap, context, receiver, merged, in_order=False)
    if does.changes:
        if not does.is_of_mapping and method not in _AT_THE_END:
            heap.lose_order(receiver, context)
        key = _argument(arguments, does.key)
        if key is not None:
            put_key(heap, receiver, key)
        if method == "update":
            for keyword, found in arguments.keywords.items():
                heap.put_item(receiver, keyword, found)
    return _handed_out(heap, caller, value, does, arguments)


def _put_default(
    heap: Heap, caller: Caller, table: int, keys: Sequence[object], default: Found
) -> Sequence[Found]:
    """Put under each key, or under one that is not known, what is to be there if nothing is; returns that."""
    places = caller.context.body.calls[caller.call][CALL_ARGUMENTS] if caller.call >= 0 else ()
    place = places[1] if len(places) > 1 else 0
    if not keys:
        note_many(heap, caller.context.uid, place, default)
        heap.put(table, default)
        return [default]
    told = [told_by_key(heap, caller.context, place, key, default) for key in keys]
    for key, found in zip(keys, told, strict=True):
        heap.put_item(table, key, found)
    return told


def _handed_out(heap: Heap, caller: Caller, value: int, does: Method, arguments: Arguments) -> Found:
    """Give what a method of a container returns."""
    receiver, method = heap.values.parts[value]
    context = caller.context
    if does.is_of_mapping and method in ("keys", "values", "items"):
        return heap.one(Kind.VIEW, receiver, method)
    if method == "popitem":
        pair = heap.values.make(Kind.PAIR, receiver)
        return Found(frozenset({pair}), heap.elements(receiver, context).bits)
    if does.copies:
        copy = make_container(heap, caller, container_type(heap, receiver, context), 0)
        copy_elements(heap, context, receiver, next(iter(copy.values)))
        return copy
    if not does.gives:
        return NOTHING
    if not does.is_of_mapping:
        return heap.elements(receiver, context)
    keys = _constant_keys(heap, caller, receiver)
    default: Sequence[Found] = arguments.positional[1:2]  # `d.get(key, default)`
    if does.adds is not None and default:
        default = _put_default(heap, caller, receiver, keys, default[0])
    parts = [heap.item(receiver, key, context) for key in keys] or [heap.elements(receiver, context)]
    return union([*parts, *default])


def _constant_keys(heap: Heap, caller: Caller, owner: int) -> Sequence[object]:
    places = caller.context.body.calls[caller.call][CALL_ARGUMENTS] if caller.call >= 0 else ()
    return keys_of(heap, caller.context, places[0], owner) if places else ()


def _argument(arguments: Arguments, position: int | str | None) -> Found | None:
    return None if position is None else arguments.at(position)


# -- functions --------------------------------------------------------------------------------------------


def _call_function(
    heap: Heap, caller: Caller, entry: FunctionEntry, arguments: Arguments, name: str
) -> Found:
    """Do what a known function does to its arguments, and give what it returns."""
    _change_arguments(heap, entry, arguments)
    if entry.memo and caller.call >= 0:
        return _memoise(heap, caller, arguments, copies=entry.copies)
    what, _, at = entry.returns.partition(":")
    argument = arguments.at(int(at) if at.isdigit() else at) if at else None
    if what in _CALLED_LATER:
        return _called_later(heap, caller, what, arguments, _provider(heap, argument, name))
    if what in _OF_ALL_ARGUMENTS:
        return _from_all(heap, caller, what, at, arguments)
    if argument is not None:
        if what == "result" and at.isdigit():
            return heap.invoke(caller, argument, NO_ARGUMENTS)
        found = _from_argument(heap, caller, what, argument, name)
    elif at:
        found = NOTHING
    elif what in ("", "container"):
        return Found(frozenset(), bits_of(entry.bits) | _carried(arguments))
    else:
        found = make_object(heap, caller, what, NO_ARGUMENTS)
    carried = _carried(arguments) if what == "argument" and argument is not None else 0
    return Found(found.values, found.bits | bits_of(entry.bits) | carried)


def _from_all(heap: Heap, caller: Caller, what: str, at: str, arguments: Arguments) -> Found:
    """Give what all arguments say together: members of a module, the class or object of a field."""
    if what == "members":
        return members.listed(heap, caller, arguments)
    if what == "class":
        return traits.class_of_field(heap, caller, arguments, at)
    if what == "plug-in":
        return entry_points.load(heap, caller.context)
    if what == "object":
        return traits.object_of_field(heap, caller, arguments)
    traits.note_default(heap, caller)
    return NOTHING


def _called_later(heap: Heap, caller: Caller, what: str, arguments: Arguments, provider: Found) -> Found:
    """Give what stands for a call that comes later."""
    if what == "partial":
        return builtin.make_partial(heap, caller, arguments)
    return provider if what == "provider" else makers.make(heap, caller, arguments, once=what == "single")


def _change_arguments(heap: Heap, entry: FunctionEntry, arguments: Arguments) -> None:
    """Put some arguments into others: `heapq.heappush(heap, item)`."""
    for changed in entry.changes:
        for put in entry.puts:
            target, what = arguments.at(changed), arguments.at(put)
            if target is not None and what is not None:
                for value in sorted(target.values):
                    heap.put(value, what)


def _carried(arguments: Arguments) -> int:
    """Tell where a result comes from that is computed from all arguments."""
    bits = 0
    for found in arguments.all():
        bits |= found.bits
    return bits & _NOT_RETURNED


def _from_argument(heap: Heap, caller: Caller, what: str, argument: Found, name: str) -> Found:
    """Give the argument itself, an element of it, or a container with its elements.

    A factory that a keyword names (`field(default_factory=list)`) is called for each object, not here.
    """
    if what == "argument":
        return argument
    if what == "element":
        return elements_of(heap, caller.context, argument)
    if what == "next":
        return next_of(heap, caller.context, argument)
    if what in ("module", "named"):
        return loading.load(heap, caller, module_only=what == "module")
    return _new_from(heap, caller, what, argument, name)


def _new_from(heap: Heap, caller: Caller, what: str, argument: Found, name: str) -> Found:
    """Give a new container with what the argument holds."""
    if what in ("copy", "deep"):
        return copies.copy(heap, caller, argument, deep=what == "deep")
    if what != "elements":
        return NOTHING
    entry = heap.knowledge.types.get(name)
    type_name = entry.names[0] if entry is not None and entry.kind == "container" else "list"
    copy = make_container(heap, caller, type_name, argument.bits & ~Bit.CONST)
    take_elements(heap, caller.context, next(iter(copy.values)), argument, in_order=entry is not None)
    return copy


def _provider(heap: Heap, argument: Found | None, name: str) -> Found:
    """Mark what dependency injection will call; `Depends()` calls the annotated class itself."""
    if argument is None:
        targets = [heap.values.make(Kind.PROVIDER, heap.values.make(Kind.EXTERNAL, name))]
    else:
        targets = sorted(argument.values)
    kinds = heap.values.kinds  # `Depends(Provide[Container.service])` says it twice
    is_marked = {target for target in targets if argument is not None and kinds[target] == Kind.PROVIDER}
    made = {heap.values.make(Kind.PROVIDER, target) for target in targets if target not in is_marked}
    return Found(frozenset(made | is_marked), 0)


def _memoise(heap: Heap, caller: Caller, arguments: Arguments, *, copies: bool) -> Found:
    """Remember that a function keeps its results: `@cache` gives it back, `@cache(...)` a decorator."""
    functions = {
        value
        for found in arguments.positional[:1]
        for value in found.values
        if heap.values.kinds[value] in (Kind.FUNCTION, Kind.METHOD)
    }
    if functions:
        heap.memos |= set() if copies else {handover.unit_of(heap, value) for value in functions}
        return Found(frozenset(functions), 0)
    callee = evaluate(heap, caller.context, caller.context.body.calls[caller.call][CALL_CALLEE])
    dotted = dotted_names(heap, next(iter(callee.values)))[0]
    return heap.one(Kind.REGISTRAR, dotted, caller.context.uid, caller.call)
