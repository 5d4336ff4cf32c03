"""Names of modules that are put together in one place of what others give: a parameter, a field, a function.

    class Plugin:
        def __init__(self, name, package):
            self.path = f"{package}.{name}"

        def load(self):
            return import_module(self.path)

    Plugin("carts", "shop.plugins").load()

What is written of a name is followed to the calls of the function by its name, parameter by parameter of one
call; nothing is solved for that.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_KEYWORDS, Op, UnitKind, WriteHow
from statelint.model.files import FileRole
from statelint.program import module_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.heap import Heap
    from statelint.program.module_names import Pattern

_HOLE: Pattern = (None,)
MOST_PATTERNS = 24
"""Alternatives of one name; more of them say little about each."""

_MOST_CALLS = 48
"""Calls of one name that are looked at; what is called from everywhere loads no plug-ins."""

_DEEPEST = 6
"""Steps back to what is written: fields, parameters, functions."""

_RETURNS = 0
_CONSTRUCTOR = "__init__"


class Given(NamedTuple):
    """A call by a name: where it stands, and its number there."""

    uid: int
    call: int


class _Frame(NamedTuple):
    """A function and the call that gives its parameters."""

    uid: int
    by: Given


def patterns(heap: Heap, uid: int, place: int) -> list[Pattern]:
    """List what the text at a place may be, as far as it is written where its parts come from."""
    found = (_joined(one) for one in _of(heap, uid, place, None, _DEEPEST))
    return list(dict.fromkeys(found))[:MOST_PATTERNS]


def calls_of(heap: Heap, uid: int) -> Sequence[Given]:
    """List the calls in the application by the name of a function, of a constructor by that of its class."""
    modules = heap.modules
    name = modules.units[uid].name
    if name == _CONSTRUCTOR:
        name = modules.units[modules.parent(uid)].name
    known = heap.plugins.calls.get(name)
    if known is None:
        known = heap.plugins.calls[name] = list(_calls_by(heap, name))
    return known


def place_given(heap: Heap, given: Given, uid: int, name: str) -> int:
    """Give the place that a call hands over for a parameter of a function; 0 where that is not to be seen."""
    modules = heap.modules
    unit = modules.units[uid]
    at = next((number for number, param in enumerate(unit.params) if param.name == name), -1)
    record = modules.body(given.uid).calls[given.call]
    strings = modules.facts[modules.module_of(given.uid)].strings
    named = next((place for text, place in record[CALL_KEYWORDS] if strings[text] == name), 0)
    position = at - int(modules.is_receiver(uid, unit.params[0].name)) if at >= 0 else -1
    places = record[CALL_ARGUMENTS]
    return named or (places[position] if 0 <= position < len(places) else 0)


def _calls_by(heap: Heap, name: str) -> Iterator[Given]:
    modules = heap.modules
    for number, facts in enumerate(modules.facts):
        if facts.role != FileRole.APPLICATION or name not in facts.strings:
            continue
        for uid in range(modules.first[number], modules.first[number] + len(facts.units)):
            body = modules.body(uid)
            for call, record in enumerate(body.calls):
                at = record[CALL_CALLEE]
                op = body.ops[at]
                named = body.a[at] if op == Op.NAME else body.b[at] if op == Op.ATTR else -1
                if named >= 0 and facts.strings[named] == name:
                    yield Given(uid, call)


def _joined(pattern: Pattern) -> Pattern:
    """Join what is written without a hole between."""
    pieces: list[str | None] = []
    for piece in pattern:
        if piece is not None and pieces and pieces[-1] is not None:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return tuple(pieces)


# -- what a place may be ----------------------------------------------------------------------------------


def _of(heap: Heap, uid: int, place: int, frame: _Frame | None, depth: int) -> list[Pattern]:
    body = heap.modules.body(uid)
    op = body.ops[place] if place and depth else Op.NOTHING
    found: list[Pattern] = []
    if op == Op.NAME:
        found = _of_name(heap, uid, place, frame, depth)
    elif op == Op.ATTR:
        found = _of_field(heap, uid, place, frame, depth)
    elif op == Op.MIX:
        parts = [_of(heap, uid, part, frame, depth - 1)[:4] for part in body.joins[body.a[place]]]
        found = [tuple(piece for one in chosen for piece in one) for chosen in product(*parts)]
    elif op == Op.ANY:
        parts = [_of(heap, uid, part, frame, depth - 1) for part in body.joins[body.a[place]]]
        found = [one for part in parts for one in part]
    elif op == Op.CALL:
        found = _of_result(heap, uid, body.a[place], depth)
    found = found or (module_names.patterns(heap.modules, uid, place) if place else [])
    return list(dict.fromkeys(found))[:MOST_PATTERNS] or [_HOLE]


def _of_name(heap: Heap, uid: int, place: int, frame: _Frame | None, depth: int) -> list[Pattern]:
    """Say what a name is bound to in its own function, or what calls give for a parameter."""
    modules = heap.modules
    name = modules.string(modules.module_of(uid), modules.body(uid).a[place])
    found: list[Pattern] = []
    for home, value in module_names.bound(modules, uid, name) if name in modules.locals[uid] else ():
        found += _of(heap, home, value, frame if home == uid else None, depth - 1)
    if any(param.name == name for param in modules.units[uid].params):
        for by in [frame.by] if frame is not None and frame.uid == uid else _few_calls(heap, uid):
            given = place_given(heap, by, uid, name)
            found += _of(heap, by.uid, given, None, depth - 1) if given else [_HOLE]
    return found


def _of_field(heap: Heap, uid: int, place: int, frame: _Frame | None, depth: int) -> list[Pattern]:
    """Say what methods of the class put into a field, call by call of the method."""
    modules, body = heap.modules, heap.modules.body(uid)
    base, module = body.a[place], modules.module_of(uid)
    is_own = body.ops[base] == Op.NAME and modules.is_receiver(uid, modules.string(module, body.a[base]))
    if not is_own:
        return []
    name = modules.string(module, body.b[place])
    found: list[Pattern] = []
    for home, value in _puts(heap, modules.parent(uid), name):
        if frame is not None and frame.uid == home:
            found += _of(heap, home, value, frame, depth - 1)
            continue
        for by in _few_calls(heap, home):
            found += _of(heap, home, value, _Frame(home, by), depth - 1)
    return found


def _puts(heap: Heap, owner: int, name: str) -> Iterator[tuple[int, int]]:
    """List what the methods of a class put into a field: a method, and the place of a value in it."""
    modules = heap.modules
    for child in modules.children.get(owner, ()):
        unit = modules.units[child]
        if unit.kind != UnitKind.FUNCTION or not unit.params:
            continue
        body, module = modules.body(child), modules.module_of(child)
        for target, how, key, value, *_ in body.writes:
            is_own = body.ops[target] == Op.NAME and modules.is_receiver(
                child, modules.string(module, body.a[target])
            )
            if how == WriteHow.ATTR and is_own and value and modules.string(module, key) == name:
                yield child, value


def _few_calls(heap: Heap, uid: int) -> Sequence[Given]:
    calls = calls_of(heap, uid)
    return calls if len(calls) <= _MOST_CALLS else ()


def _of_result(heap: Heap, uid: int, number: int, depth: int) -> list[Pattern]:
    """Say what a function of the project returns whose name is called: `import_module(backend_name())`."""
    modules, body = heap.modules, heap.modules.body(uid)
    callee = body.calls[number][CALL_CALLEE]
    if body.ops[callee] != Op.NAME:
        return []
    name = modules.string(modules.module_of(uid), body.a[callee])
    found: list[Pattern] = []
    for home, value in module_names.bound(modules, uid, name):
        if modules.body(home).ops[value] != Op.FUNC:
            continue
        function = modules.uid(modules.module_of(home), modules.body(home).a[value])
        frame = _Frame(function, Given(uid, number))
        for kind, place, *_ in modules.body(function).flows:
            found += _of(heap, function, place, frame, depth - 1) if kind == _RETURNS else []
    return found
