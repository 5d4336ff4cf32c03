"""Functions that are handed over: decorated, registered, passed as callbacks; who calls them, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_ARGUMENTS, CALL_FLAGS, CallFlag, Op, UnitFlag, UnitKind
from statelint.program import builtin, frameworks, loading, names, routing, screens
from statelint.program.calling import HANDED_OVER, MEDIUM, NO_ARGUMENTS, Arguments, Caller
from statelint.program.contexts import CLIENT_ENTRIES, Entry, LooseMethod, in_era, later
from statelint.program.elements import elements_of
from statelint.program.found import NOTHING, Found, union
from statelint.program.kept_keywords import home_of_keywords, keep_keywords
from statelint.program.labels import Label, label_of
from statelint.program.library import dotted_names, make_object
from statelint.program.library_objects import library_object
from statelint.program.start_events import as_told
from statelint.program.values import ERAS, SERVING, Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.knowledge import CommandEntry, RegisterEntry
    from statelint.program.heap import Heap

_DECORATOR = CallFlag.DECORATOR
_ENDLESS = UnitFlag.ENDLESS
_NEEDS_NO_RECEIVER = UnitFlag.STATIC | UnitFlag.CLASSMETHOD

_CALLED_BACK = ("listener", "handler", "callback", "event_handler", "event_listener")
_TAKES_CALLBACKS = frozenset(
    {"on", "on_event", "on_message", "subscribe", "listen", "consume"}
    | {f"{verb}_{what}" for verb in ("add", "register", "set") for what in _CALLED_BACK}
)
"""How libraries name methods that take a function to be called when something comes in."""
_MESSAGE = "message"
_CALLABLE = (Kind.FUNCTION, Kind.METHOD, Kind.PARTIAL, Kind.COROUTINE)
_BEHIND_OTHERS = (Kind.METHOD, Kind.PARTIAL, Kind.COROUTINE)
"""Values whose first part is the function that runs."""


class _Registration(NamedTuple):
    """What a call says of the functions that it is handed: the entry of the knowledge files, and a label."""

    entry: RegisterEntry
    label: Label


class Given(NamedTuple):
    """What a function is called with: known arguments, and the types of what a framework passes.

    `is_shared`: whether the object whose method it is lives as long as the process.
    """

    arguments: Arguments = NO_ARGUMENTS
    passes: tuple[str, ...] = ()
    is_shared: bool = True


_NOTHING_GIVEN = Given()


# -- what is a function -----------------------------------------------------------------------------------


def callables(heap: Heap, found: Found | None) -> list[int]:
    """List the functions among what an argument may be; an object with `__call__` counts as one."""
    if found is None:
        return []
    return [value for value in sorted(found.values) if _is_callable(heap, value)]


def _is_callable(heap: Heap, value: int) -> bool:
    kind = heap.values.kinds[value]
    return kind in _CALLABLE or (
        kind == Kind.OBJECT and _has_method(heap, heap.values.parts[value][0], "__call__")
    )


def _callable_classes(heap: Heap, found: Found | None) -> list[int]:
    """List classes handed over as handlers: `Route("/", Endpoint)`; their methods are found by their base."""
    if found is None:
        return []
    return [
        value
        for value in sorted(found.values)
        if heap.values.kinds[value] == Kind.CLASS
        and _has_method(heap, heap.values.parts[value][0], "__call__")
    ]


def _has_method(heap: Heap, uid: int, name: str) -> bool:
    bound_in = heap.modules.locals
    return any(isinstance(item, int) and name in bound_in[item] for item in names.ancestors(heap, uid))


def run_of(heap: Heap, value: int) -> int:
    """Find the run in which the function behind a value was made."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.FUNCTION:
        return int(parts[1])
    return run_of(heap, parts[0]) if kind in _BEHIND_OTHERS else Era.BOOT


def unit_of(heap: Heap, value: int) -> int:
    """Find the unit that runs when a value is called; -1 if it is none of the project's."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.FUNCTION:
        return int(parts[0])
    if kind in _BEHIND_OTHERS:
        return unit_of(heap, parts[0])
    if kind in (Kind.OBJECT, Kind.CLASS):
        for item in names.ancestors(heap, parts[0]):
            for child in heap.modules.children.get(item, ()) if isinstance(item, int) else ():
                if heap.modules.units[child].name == "__call__":
                    return child
    return -1


def stands_for_decorator(caller: Caller) -> bool:
    """Whether a call is the use of a decorator."""
    return caller.call >= 0 and bool(caller.context.body.calls[caller.call][CALL_FLAGS] & _DECORATOR)


# -- calls that are given functions -----------------------------------------------------------------------


def run_arguments(heap: Heap, caller: Caller, arguments: Arguments, *, known: bool) -> None:
    """Call at once, while serving, functions handed to something unknown; coroutines in any era.

    At start-up they are not called: what takes a function there keeps it for later, or wraps it.
    """
    for found in arguments.all():
        for value in callables(heap, found):
            if heap.values.kinds[value] == Kind.COROUTINE or (not known and caller.era in SERVING):
                unknown = Found(frozenset(), found.bits & ~Bit.CONST)
                inner = caller._replace(call=HANDED_OVER)
                heap.invoke(inner, heap.single(value), Arguments((), {}, unknown))


def take_callbacks(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> None:
    """Call while serving what an unknown library is told at start-up to call: `bus.on("put", put)`.

    Only in a project that serves: elsewhere it is the user of a program who sets such calls off.
    """
    if caller.era != Era.BOOT or heap.values.kinds[value] != Kind.BOUND:
        return
    receiver, method = heap.values.parts[value]
    if method not in _TAKES_CALLBACKS or not _is_of_unknown_server(heap, receiver):
        return
    for found in arguments.all():
        for one in callables(heap, found):
            add_entry(heap, caller, one, Entry("message", method, MEDIUM))


def _is_of_unknown_server(heap: Heap, receiver: int) -> bool:
    """Whether a receiver is of a library that nobody has described, by its name no client, in a service."""
    kind, parts = heap.values.kinds[receiver], heap.values.parts[receiver]
    if kind not in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT) or heap.knowledge.mro(parts[0]):
        return False
    return not parts[0].lower().rstrip("()").endswith("client") and frameworks.is_service(heap)


def take_command(
    heap: Heap, caller: Caller, dotted: Sequence[str], command: CommandEntry, arguments: Arguments
) -> Found:
    """Make commands or tests of functions: each is a root of its own, neither boot nor serve."""
    functions = [value for found in arguments.all() for value in callables(heap, found)]
    if not functions:
        name = next(name for name in dotted if heap.knowledge.command(name) is not None)
        made = heap.values.make(Kind.REGISTRAR, name, caller.context.uid, caller.call)
        return heap.single(made)
    if command.era == "cli":
        for value in functions:
            _plant_command(heap, value)
    return arguments.positional[0] if arguments.positional else NOTHING


def _plant_command(heap: Heap, value: int) -> None:
    """Run a function as a command, called by nobody."""
    uid = unit_of(heap, value)
    if uid < 0 or heap.modules.units[uid].kind != UnitKind.FUNCTION:
        return
    run = run_of(heap, value)
    context = heap.context(uid, in_era(run, Era.CLI))
    context.env.add(run)
    params = heap.modules.units[uid].params
    if heap.values.kinds[value] == Kind.METHOD and params:
        receiver = heap.single(heap.values.parts[value][1])
        heap.join(names.local_slot(heap, context, params[0].name), receiver)


def register(heap: Heap, caller: Caller, value: int, entry: RegisterEntry, arguments: Arguments) -> Found:
    """Run the functions that a call is given as the entry says; without any it returns a decorator."""
    entry = as_told(heap, caller.context, caller.call, entry)
    decorates = stands_for_decorator(caller)
    dotted = dotted_names(heap, value, caller.context)
    name = next((n for n in dotted if heap.knowledge.register(n) is not None), dotted[0])
    label = label_of(heap, caller.context, caller.call, entry, name)
    _route(heap, caller, _Registration(entry, label), arguments)
    handed = _handed(heap, caller, entry, arguments)
    if decorates and not handed and arguments.positional:
        handed = callables(heap, arguments.positional[0])
    if not handed and not decorates and entry.runs in ("serve", "boot", "later"):
        if entry.runs == "serve":
            _run_providers(heap, caller, _Registration(entry, label), arguments)
        made = heap.values.make(Kind.REGISTRAR, name, caller.context.uid, caller.call)
        return union([heap.single(made), _handle(heap, caller, entry)])
    registration = _Registration(entry, label)
    if entry.runs == "serve":
        _run_providers(heap, caller, registration, arguments)
    given = [_hand_over(heap, caller, one, registration, arguments) for one in dict.fromkeys(handed)]
    is_handed_back = decorates and not _wraps(entry)
    if is_handed_back or (
        entry.runs != "now" and len(arguments.positional) == 1 and handed and not entry.gives
    ):
        return arguments.positional[0]
    handle = _handle(heap, caller, entry)
    if entry.runs == "now" and entry.gives:  # a container of what each call gave: `map(f, rows)`
        for made in sorted(handle.values):
            heap.put(made, union(given))
    return handle


def _handed(heap: Heap, caller: Caller, entry: RegisterEntry, arguments: Arguments) -> list[int]:
    """List the functions and callable classes among the arguments that the entry looks at.

    A list of functions will do, too: `Application(middlewares=[check])`.
    """
    if entry.handlers:
        return []
    given = list(_looked_at(entry, arguments))
    if entry.of_module:
        given += _functions_of_modules(heap, caller, entry.of_module, given)
    if entry.arguments and entry.runs in ("serve", "boot"):
        lists = [one for found in given for one in found.values if heap.values.kinds[one] == Kind.CONTAINER]
        given += [heap.elements(one, caller.context) for one in sorted(lists)]
    if entry.runs == "now":  # `map(Lane, names)` makes objects
        return [value for found in given for value in sorted(found.values) if _can_be_called(heap, value)]
    return [value for found in given for value in (*callables(heap, found), *_callable_classes(heap, found))]


def _functions_of_modules(heap: Heap, caller: Caller, name: str, given: Sequence[Found]) -> list[Found]:
    """Give the function that stands for a module which is handed over, or named: `config.include("shop")`."""
    modules = [one for found in given for one in found.values if heap.values.kinds[one] == Kind.MODULE]
    named = [] if any(found.values for found in given) else [loading.load(heap, caller, module_only=False)]
    modules += [one for found in named for one in found.values if heap.values.kinds[one] == Kind.MODULE]
    numbers = [heap.values.parts[one][0] for one in sorted(modules)]
    return [*named, *(names.module_attribute(heap, caller.context, number, name) for number in numbers)]


def _can_be_called(heap: Heap, value: int) -> bool:
    return heap.values.kinds[value] == Kind.CLASS or _is_callable(heap, value)


def _looked_at(entry: RegisterEntry, arguments: Arguments) -> Iterator[Found]:
    """Give the arguments in which an entry expects handlers."""
    if not entry.arguments:
        yield from arguments.all()
    for position in entry.arguments:
        found = arguments.at(position)
        if found is not None:
            yield found


def _route(heap: Heap, caller: Caller, registration: _Registration, arguments: Arguments) -> None:
    """Follow tables of routes, and objects and classes that are handed over for their methods."""
    entry = registration.entry
    for row in routing.rows(heap, caller, entry, arguments):
        routing.note_path(heap, row.handler, row.path)
        if entry.row_options:
            routing.hand_options(heap, caller, entry.row_options, row)
        for value in callables(heap, row.handler):
            _hand_over(heap, caller, value, _Registration(entry, Label("", row.path)), NO_ARGUMENTS)
        _call_methods(heap, caller, row.handler, _Registration(entry, Label("", row.path)))
    if not entry.table:
        for found in _looked_at(entry, arguments):
            _call_methods(heap, caller, found, registration)


def _call_methods(heap: Heap, caller: Caller, found: Found, registration: _Registration) -> None:
    """Make entries of the methods of what is handed over, and note the path of a class for its base's."""
    entry, label = registration
    routing.note_path(heap, found, label.path)
    if not entry.handlers or (caller.era == Era.CLI and entry.runs == "serve"):
        return
    for value, called in routing.methods_to_call(heap, caller, found, entry, label):
        add_entry(heap, caller, value, called, Given(passes=entry.passes))
    if entry.lifetime == "own":
        for uid, called in routing.marked_methods(heap, found, entry):
            heap.loose_methods.setdefault(uid, LooseMethod(called, entry.passes, is_shared=True))


def _wraps(entry: RegisterEntry) -> bool:
    """Whether what a decorator gives takes the place of the function, which it only runs later."""
    return bool(entry.gives) and entry.runs == "later"


def _handle(heap: Heap, caller: Caller, entry: RegisterEntry) -> Found:
    """Give what the call returns for what it was handed: a task, a timer."""
    return make_object(heap, caller, entry.gives, NO_ARGUMENTS) if entry.gives else NOTHING


def _run_providers(heap: Heap, caller: Caller, registration: _Registration, arguments: Arguments) -> None:
    """Run `dependencies=[Depends(check)]` before the handler; they hand nothing over."""
    if later(caller.era) != Era.SERVE:
        return
    for found in arguments.keywords.values():
        for container in sorted(found.values):
            if heap.values.kinds[container] != Kind.CONTAINER:
                continue
            for one in sorted(heap.elements(container, caller.context).values):
                if heap.values.kinds[one] == Kind.PROVIDER:
                    called = registration.label.entry("request")
                    add_entry(heap, caller, heap.values.parts[one][0], called)


def decorate(heap: Heap, caller: Caller, value: int, arguments: Arguments) -> Found:
    """Call a decorator that a library made: `app.route("/")(view)`."""
    dotted, uid, number = heap.values.parts[value]
    if not arguments.positional:
        return NOTHING
    decorated = arguments.positional[0]
    function = heap.knowledge.function(dotted)
    if function is not None and function.memo:
        if not function.copies:
            heap.memos |= {unit_of(heap, one) for one in decorated.values} - {-1}
        return decorated
    command = heap.knowledge.command(dotted)
    if command is not None and command.era == "cli":
        for one in callables(heap, decorated):
            _plant_command(heap, one)
    entry = heap.knowledge.register(dotted)
    if entry is not None:
        made_by = next((heap.contexts[uid, run] for run in ERAS if (uid, run) in heap.contexts), None)
        label = label_of(heap, made_by, number, entry, dotted) if made_by is not None else Label()
        entry = as_told(heap, made_by, number, entry) if made_by is not None else entry
        registration = _Registration(entry, label)
        _call_methods(heap, caller, decorated, registration)
        if not entry.handlers:
            for one in (*callables(heap, decorated), *_callable_classes(heap, decorated)):
                _hand_over(heap, caller, one, registration, NO_ARGUMENTS)
        if _wraps(entry):
            return _handle(heap, caller, entry)
    return decorated


def hand_over_to_base(heap: Heap, caller: Caller, uid: int, made: int, arguments: Arguments) -> None:
    """Pass to the library's constructor what a class without its own is given: `Worker(target=loop)`."""
    for base in names.external_bases(heap, uid, caller.context):
        entry = heap.knowledge.register(base)
        if entry is not None:
            register(heap, caller, made, entry, arguments)
        home = home_of_keywords(heap, made, base)
        if home:
            keep_keywords(heap, caller, home, arguments)


# -- running them -----------------------------------------------------------------------------------------


def _hand_over(
    heap: Heap, caller: Caller, value: int, registration: _Registration, arguments: Arguments
) -> Found:
    """Run a function that was handed over, in the era that the entry says; give what it returns at once."""
    entry = registration.entry
    given = _passed_on(heap, caller, value, entry, arguments)
    if entry.runs == "now":
        return heap.invoke(caller, heap.single(value), given)
    if entry.runs == "end":  # like a command: what it starts serves nobody either
        heap.invoke(Caller(caller.context, Era.CLI, HANDED_OVER), heap.single(value), NO_ARGUMENTS)
        return NOTHING
    if entry.runs == "boot":
        handed = [library_object(heap, name, Era.BOOT) for name in entry.passes]
        inner = caller._replace(call=HANDED_OVER)
        given_back = heap.invoke(inner, heap.single(value), Arguments(handed, {}))
        if entry.yields:
            _give_to_requests(heap, caller, entry.yields, elements_of(heap, caller.context, given_back))
        return NOTHING
    uid = unit_of(heap, value)
    if uid < 0 or (caller.era == Era.CLI and entry.runs == "serve"):
        return NOTHING  # a command is only asked whether it starts a server; if so, it runs again in boot
    if entry.runs == "thread":
        split_thread(heap, caller, value, given)
    called = registration.label.entry(entry.entry, uid)
    add_entry(heap, caller, value, called, Given(given, entry.passes, entry.lifetime in ("process", "own")))
    if entry.runs == "serve" and called.kind == _MESSAGE and caller.era == Era.SERVE:
        # a thread that was started before listens: whoever sends sets this off, not the thread
        heap.entries.setdefault((uid, in_era(run_of(heap, value), Era.SERVE)), called)
    return NOTHING


def _give_to_requests(heap: Heap, caller: Caller, type_name: str, yielded: Found) -> None:
    """Make the items of a dict attributes of an object that each request has: `yield {"store": store}`."""
    for table in sorted(yielded.values):
        if heap.values.kinds[table] != Kind.CONTAINER:
            continue
        heap.elements(table, caller.context)  # a key that is new has to be seen
        for owner in library_object(heap, type_name, Era.SERVE).values:
            for key in tuple(heap.items.get(table, ())):
                heap.join(
                    heap.slot(("F", owner, key)), heap.read(heap.slot(("I", table, key)), caller.context)
                )


def _passed_on(
    heap: Heap, caller: Caller, value: int, entry: RegisterEntry, arguments: Arguments
) -> Arguments:
    """Find the arguments that a function will be called with, as far as the call that takes it shows them."""
    if entry.runs in ("serve", "boot"):
        return NO_ARGUMENTS
    if entry.runs == "now":
        others = [found for found in arguments.all() if value not in found.values and found.values]
        parts = [elements_of(heap, caller.context, found) for found in others]
        return Arguments([union(parts)], {}, union(parts)) if parts else NO_ARGUMENTS
    for index, found in enumerate(arguments.positional):
        if value in found.values:
            return Arguments(arguments.positional[index + 1 :], arguments.keywords)
    packed, keywords = arguments.keywords.get("args"), arguments.keywords.get("kwargs")
    positional: list[Found] = []
    for one in sorted(packed.values) if packed is not None else ():
        keys = [key for key in heap.items.get(one, ()) if isinstance(key, int)]
        positional = [heap.read(heap.slot(("I", one, key)), caller.context) for key in sorted(keys)]
    return Arguments(positional, {}, keywords)


def split_thread(heap: Heap, caller: Caller, value: int, given: Arguments) -> None:
    """Run in boot what stands before the endless loop of a body of a thread that is started there."""
    uid = unit_of(heap, value)
    if caller.era != Era.BOOT or not heap.modules.units[uid].flags & _ENDLESS:
        return
    for era in (Era.BOOT, Era.SERVE):
        context = heap.context(uid, in_era(run_of(heap, value), era))
        if not context.split:
            context.split = True
            context.name_slots.clear()
            heap.wake_all(context)
    inner = caller._replace(era=Era.BOOT, call=HANDED_OVER)
    heap.invoke(inner, heap.single(value), given)


def add_entry(heap: Heap, caller: Caller, value: int, entry: Entry, given: Given = _NOTHING_GIVEN) -> None:
    """Make a function run while serving; one that was handed over there goes on with its caller's request."""
    era = later(caller.era)
    uid = unit_of(heap, value)
    if uid < 0 or (entry.kind not in CLIENT_ENTRIES and screens.draws(heap, heap.modules.module_of(uid))):
        return
    key = (uid, in_era(run_of(heap, value), era))
    if heap.is_loaded(value):
        entry = entry._replace(confidence=max(entry.confidence, MEDIUM))
    if era == Era.SERVE and caller.era != Era.SERVE:
        known = heap.entries.get(key)
        if known is None or (entry.confidence, known.label == "") < (known.confidence, entry.label == ""):
            heap.entries[key] = entry
    is_loose = heap.values.kinds[value] == Kind.FUNCTION and _lacks_receiver(heap, uid)
    if is_loose and caller.era not in SERVING:
        # `@expose def index(self)`: called on the objects of its class
        heap.loose_methods.setdefault(uid, LooseMethod(entry, given.passes, given.is_shared))
        return
    _note_origin(heap, caller, value, entry)
    heap.background.setdefault(key, entry.kind)
    inner = Caller(caller.context, era, HANDED_OVER, caller.line, caller.confidence)
    heap.invoke(inner, heap.single(value), given.arguments)
    if entry.kind in CLIENT_ENTRIES:
        builtin.request_parameters(heap, inner, value, given.passes)


def _lacks_receiver(heap: Heap, uid: int) -> bool:
    """Whether a function is a method that would be called without its object."""
    unit = heap.modules.units[uid]
    if heap.modules.units[heap.modules.parent(uid)].kind != UnitKind.CLASS or not unit.params:
        return False
    return not unit.flags & _NEEDS_NO_RECEIVER


def _note_origin(heap: Heap, caller: Caller, value: int, entry: Entry) -> None:
    """Make the function under a stack of decorators an entry too: the path of a finding begins at its route.

    `@app.route("/") @login_required def view(): ...` registers the wrapper, which all views share.
    """
    if caller.call < 0 or later(caller.era) != Era.SERVE or entry.kind not in CLIENT_ENTRIES:
        return
    body = caller.context.body
    waiting = list(body.calls[caller.call][CALL_ARGUMENTS])
    for place in waiting:  # grows while it is read
        if body.ops[place] == Op.CALL and body.calls[body.a[place]][CALL_FLAGS] & _DECORATOR:
            waiting += body.calls[body.a[place]][CALL_ARGUMENTS]
        elif body.ops[place] == Op.FUNC:
            uid = heap.modules.uid(caller.context.module, body.a[place])
            if uid != unit_of(heap, value):
                own = entry if isinstance(entry.at, str) else entry._replace(at=uid)
                heap.entries.setdefault((uid, Era.SERVE), own)
