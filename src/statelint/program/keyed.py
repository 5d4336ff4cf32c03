"""Functions that put into a table, or take out of it, under one of their parameters.

    def fire(name, *args):
        for handler in _handlers[name]:
            handler(*args)

Such a function has a run for each constant that it is called with, so that a table keeps apart what was put
under each key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import (
    CALL_ARGUMENTS,
    CALL_CALLEE,
    CALL_KEYWORDS,
    Op,
    ParamKind,
    UnitKind,
    WriteHow,
)
from statelint.program import names
from statelint.program.constants import NOT_CONSTANT, constant, key_of
from statelint.program.values import FIRST_KEYED, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body, Param
    from statelint.program.calling import Arguments
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.modules import Modules

_REST, _KEYWORDS = int(ParamKind.REST), int(ParamKind.KEYWORDS)

_LAST_PLAIN = Era.OPEN
"""Runs beyond it belong to a decorator at work on a function, or have a constant already."""

_KEYS = (Op.CONST, Op.NAME)

MOST_RUNS = 64
"""Constants with which one function is called that are kept apart; with any other it has one run more."""

_MOST_KEYS = 8
"""Keys that one place may stand for: a function that handles several events."""

_MOST_RECORDS = 40
"""A longer function does more than to ask one table."""

_MOST_NAMESAKES = 6
"""Functions of one name that a call may mean while nothing is solved."""

_DEEPEST = 3
"""Functions that hand the key on before one uses it."""


def runs_of_call(
    heap: Heap, uid: int, made_in: int, receiver: int | None, arguments: Arguments
) -> list[tuple[int, Arguments]]:
    """List the runs that a call asks for, one a constant, and what each is given; empty: none is known.

    The methods of an object that carries a function have runs of their own, too.
    """
    if made_in > _LAST_PLAIN:
        return []
    if receiver is not None and heap.values.kinds[receiver] == Kind.OBJECT:
        told_by = heap.values.parts[receiver][3:]
        if told_by:
            return [(4 * told_by[0], arguments)]
    if arguments.written is None or not _may_give_key(*arguments.written[:2]):
        return []
    number = key_parameter(heap, uid)
    if number < 0:
        return []
    param, position = heap.modules.units[uid].params[number], number - (receiver is not None)
    context, call, before = arguments.written
    place = _given_for(heap.modules, context, call, param, position + before)
    texts = _texts_at(heap, context, place)
    given = [(text, arguments) for text in texts] or list(_by_own_names(heap, context, place, arguments))
    runs = [(_run(heap, uid, text), one) for text, one in given]
    return [] if any(run < 0 for run, _ in runs) else runs


def _by_own_names(
    heap: Heap, context: Context, key: int, arguments: Arguments
) -> Iterator[tuple[str, Arguments]]:
    """Tell by their names the methods that are handed over with the name by which they were asked for.

    for channel in bus.listeners:
        method = getattr(self, channel, None)
        bus.subscribe(channel, method)
    """
    if not key or arguments.written is None:
        return
    places = context.body.calls[arguments.written[1]][CALL_ARGUMENTS][arguments.written[2] :]
    at = next((at for at, place in enumerate(places) if _is_asked_by(heap, context, place, key)), -1)
    if at < 0 or at >= len(arguments.positional):
        return
    named: dict[str, set[int]] = {}
    for value in arguments.positional[at].values:
        if heap.values.kinds[value] == Kind.METHOD:
            function = heap.values.parts[heap.values.parts[value][0]][0]
            named.setdefault(heap.modules.units[function].name, set()).add(value)
    for name in sorted(named):
        positional = list(arguments.positional)
        positional[at] = positional[at]._replace(values=frozenset(named[name]))
        yield name, arguments._replace(positional=positional)


def _is_asked_by(heap: Heap, context: Context, place: int, key: int) -> bool:
    """Whether a place is an attribute of something that was asked for by the name at another place."""
    body = context.body
    if body.ops[place] == Op.NAME:
        bound = [value for name, value, *_ in body.binds if name == body.a[place]]
        place = bound[0] if len(bound) == 1 else 0
    if body.ops[place] != Op.CALL:
        return False
    record = body.calls[body.a[place]]
    callee, places = record[CALL_CALLEE], record[CALL_ARGUMENTS]
    is_getattr = (
        body.ops[callee] == Op.NAME and heap.modules.string(context.module, body.a[callee]) == "getattr"
    )
    return is_getattr and len(places) > 1 and places[1] == key


def _may_give_key(context: Context, call: int) -> bool:
    """Whether a call gives a constant, or a name that may stand for one."""
    record, ops = context.body.calls[call], context.body.ops
    return bool(record[CALL_KEYWORDS]) or any(ops[place] in _KEYS for place in record[CALL_ARGUMENTS])


def keys_of(heap: Heap, context: Context, place: int, owner: int) -> Sequence[object]:
    """List the constant keys that a place stands for: what is written there, or what each caller gave."""
    body = context.body
    if body.ops[place] == Op.CONST and body.a[place] >= 0:
        return (heap.modules.facts[context.module].constants[body.a[place]],)
    key = key_of(heap, context, place, owner)
    if key is not NOT_CONSTANT:
        return (key,)
    is_own = heap.values.kinds[owner] in (Kind.CONTAINER, Kind.OBJECT)
    return _texts_at(heap, context, place) if heap.keyed.of_run and is_own else ()


def _run(heap: Heap, uid: int, key: str) -> int:
    """Give the run of a function for a constant; -1: there are too many."""
    keyed = heap.keyed
    run = keyed.runs.get((uid, key))
    if run is None:
        if keyed.count.get(uid, 0) >= MOST_RUNS:
            return -1
        keyed.count[uid] = keyed.count.get(uid, 0) + 1
        run = keyed.runs[uid, key] = 4 * (FIRST_KEYED + len(keyed.of_run))
        keyed.of_run.append((uid, key))
    return run


def _given_for(modules: Modules, context: Context, call: int, param: Param, position: int) -> int:
    """Find the place that a call gives for a parameter; 0 where that is not to be seen."""
    body = context.body
    record = body.calls[call]
    places = record[CALL_ARGUMENTS]
    if param.kind == ParamKind.POSITIONAL and 0 <= position < len(places):
        is_spread = any(body.ops[place] == Op.ELEMENT for place in places[: position + 1])
        return 0 if is_spread else places[position]
    strings = modules.facts[context.module].strings
    return next((place for name, place in record[CALL_KEYWORDS] if strings[name] == param.name), 0)


def _texts_at(heap: Heap, context: Context, place: int) -> Sequence[str]:
    """List the texts that a place stands for; empty where any is not known."""
    if not place:
        return ()
    text = constant(heap, context, place)
    if isinstance(text, str):
        return (text,)
    if context.body.ops[place] != Op.NAME or not heap.keyed.of_run:
        return ()
    name = heap.modules.string(context.module, context.body.a[place])
    if name in heap.modules.locals[context.uid]:
        given = [_given_to(heap, context.uid, context.run, name)]
    else:
        home, uid, runs = names.owner_of_name(heap, context, name)
        given = [_given_to(heap, uid, run, name) for run in runs] if home == "function" else []
    if None in given or len(given) > _MOST_KEYS:
        return ()
    return sorted({text for text in given if text is not None})


def _given_to(heap: Heap, uid: int, run: int, name: str) -> str | None:
    """Give the constant that stands for a parameter of a function in a run; None if that is not known."""
    number = (run >> 2) - FIRST_KEYED
    if number < 0:
        return None
    owner, text = heap.keyed.of_run[number]
    is_its_key = owner == uid and heap.modules.units[uid].params[key_parameter(heap, uid)].name == name
    return text if is_its_key else None


# -- which functions --------------------------------------------------------------------------------------


def key_parameter(heap: Heap, uid: int, depth: int = _DEEPEST) -> int:
    """Give the number of the parameter under which a function asks a table; -1: there is none.

    `depth` functions may hand the key on before one uses it.
    """
    found = heap.keyed.parameters.get((uid, depth))
    if found is None:
        found = heap.keyed.parameters[uid, depth] = _find_parameter(heap, uid, depth)
    return found


def _find_parameter(heap: Heap, uid: int, depth: int) -> int:
    modules = heap.modules
    unit = modules.units[uid]
    if unit.kind != UnitKind.FUNCTION or not unit.params:
        return -1
    body = modules.glance(uid)
    if len(body.order) > _MOST_RECORDS:
        return -1
    strings = modules.facts[modules.module_of(uid)].strings
    bound = {strings[bind[0]] for bind in body.binds}
    is_method = modules.units[modules.parent(uid)].kind == UnitKind.CLASS
    for number, param in enumerate(unit.params):
        is_one = param.kind not in (_REST, _KEYWORDS) and param.name not in bound
        if is_one and (number or not is_method) and _asks(heap, uid, param.name, depth):
            return number
    return -1


def _asks(heap: Heap, uid: int, name: str, depth: int) -> bool:
    """Whether a function, or one inside of it, asks a table that is not its own under a name."""
    modules = heap.modules
    body, strings = modules.glance(uid), modules.facts[modules.module_of(uid)].strings
    key = _place_of(body, strings, name)
    if key and (_asks_itself(heap, uid, body, key) or (depth and _hands_on(heap, uid, body, key, depth))):
        return True
    return any(
        modules.units[child].kind == UnitKind.FUNCTION
        and name not in modules.locals[child]
        and _asks(heap, child, name, depth)
        for child in modules.children.get(uid, ())
    )


def _place_of(body: Body, strings: Sequence[str], name: str) -> int:
    return next(
        (one for one in range(1, len(body.ops)) if body.ops[one] == Op.NAME and strings[body.a[one]] == name),
        0,
    )


def _asks_itself(heap: Heap, uid: int, body: Body, key: int) -> bool:
    for place in range(1, len(body.ops)):
        if (
            body.ops[place] == Op.ITEM
            and body.b[place] == key
            and _is_of_others(heap, uid, body, body.a[place])
        ):
            return True
    for target, how, at, *_ in body.writes:
        if how == WriteHow.ITEM and at == key and _is_of_others(heap, uid, body, target):
            return True
    strings = heap.modules.facts[heap.modules.module_of(uid)].strings
    for record in body.calls:
        callee, places = record[CALL_CALLEE], record[CALL_ARGUMENTS]
        if places and places[0] == key and body.ops[callee] == Op.ATTR:
            does = heap.knowledge.method("dict", strings[body.b[callee]])
            if does.is_of_mapping and does.gives and _is_of_others(heap, uid, body, body.a[callee]):
                return True
    return False


def _is_of_others(heap: Heap, uid: int, body: Body, place: int, steps: int = _DEEPEST) -> bool:
    """Whether a table is kept by a module, by an object, or by a function around, or is what a call gives."""
    while body.ops[place] == Op.ATTR:
        place = body.a[place]
    if body.ops[place] == Op.CALL:
        return not body.calls[body.a[place]][CALL_ARGUMENTS]
    if body.ops[place] != Op.NAME:
        return False
    modules = heap.modules
    name = modules.string(modules.module_of(uid), body.a[place])
    if name not in modules.locals[uid] or modules.is_receiver(uid, name):
        return True
    bound = [value for text, value, *_ in body.binds if text == body.a[place]]
    return steps > 0 and len(bound) == 1 and _is_of_others(heap, uid, body, bound[0], steps - 1)


def _hands_on(heap: Heap, uid: int, body: Body, key: int, depth: int) -> bool:
    """Whether a function hands a key on to one that asks a table under it."""
    strings = heap.modules.facts[heap.modules.module_of(uid)].strings
    for record in body.calls:
        callee = record[CALL_CALLEE]
        op = body.ops[callee]
        keywords = {strings[name] for name, place in record[CALL_KEYWORDS] if place == key}
        positions = {at for at, place in enumerate(record[CALL_ARGUMENTS]) if place == key}
        if op not in (Op.NAME, Op.ATTR) or not (keywords or positions):
            continue
        word = strings[body.b[callee] if op == Op.ATTR else body.a[callee]]
        for other in _namesakes(heap, word):
            number = key_parameter(heap, other, depth - 1) if other != uid else -1
            if number >= 0 and (
                heap.modules.units[other].params[number].name in keywords or positions & {number, number - 1}
            ):
                return True
    return False


def _namesakes(heap: Heap, word: str) -> Sequence[int]:
    """List the functions of a name, if they are few."""
    if heap.keyed.by_name is None:
        heap.keyed.by_name = _by_name(heap.modules)
    found = heap.keyed.by_name.get(word, ())
    return found if len(found) <= _MOST_NAMESAKES else ()


def _by_name(modules: Modules) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for uid, unit in enumerate(modules.units):
        if unit.kind == UnitKind.FUNCTION:
            found.setdefault(unit.name, []).append(uid)
    return found
