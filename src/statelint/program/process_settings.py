"""Settings of the whole process that serving code changes: the environment, the working folder and more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.facts import Op, Test, WriteHow
from statelint.model.places import Place
from statelint.program import callees, guards, library
from statelint.program.calling import call_record
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.evaluate import evaluate
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.knowledge import ProcessEntry
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.paths import Paths

_LEAVES = ("__exit__", "__aexit__")
"""What runs at the end of a `with` block sets back what its class has set."""
_OPPOSITE: Mapping[int, int] = {
    Test.TRUTHY: Test.FALSY,
    Test.FALSY: Test.TRUTHY,
    Test.IS_NONE: Test.NOT_NONE,
    Test.NOT_NONE: Test.IS_NONE,
}
_CHANGED = object()
"""A value that is computed, or taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One statement or call that changes a setting."""

    context: Context
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting (`os.environ['LANG']`, `os.chdir`) with all its changes while serving, the nearest first.

    `state` is the kind of state, as knowledge names it; `harmless` says why nothing is left of it for a later
    request (empty: something is).
    """

    symbol: str
    name: str
    state: str
    harmless: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    symbol: str
    name: str
    state: str
    value: object
    change: Change
    sets_back: bool
    switches: bool


def find(heap: Heap, paths: Paths) -> list[Setting]:
    """Find the settings of the process that serving code changes, in order of name."""
    groups: dict[str, list[_Found]] = {}
    for context in heap.in_order():
        if context.era == Era.SERVE and context.passes:
            for one in (*_by_calls(heap, context), *_by_writes(heap, context)):
                groups.setdefault(one.symbol, []).append(one)
    return [_setting(heap, groups[symbol], paths) for symbol in sorted(groups)]


def _setting(heap: Heap, found: list[_Found], paths: Paths) -> Setting:
    by_place = {one.change.at: one.change for one in reversed(found)}
    changes = sorted(by_place.values(), key=lambda one: (paths.rank(one.context), one.at))
    first = found[0]
    return Setting(
        symbol=first.symbol,
        name=first.name,
        state=first.state,
        harmless=_harmless(heap, found),
        changes=tuple(changes),
    )


def _ends_with_it(heap: Heap, context: Context, line: int, guard: int) -> bool:
    """Whether the process ends after a line on every way, or makes room for another: no request sees it.

    os.environ["PYTHONPATH"] = path
    os.execv(sys.executable, [sys.executable, *sys.argv])
    """
    body = context.body
    around = {0, *guards.chain(body, guard)}
    ends = {
        record.guard
        for _, record in callees.calls_of(context)
        if record.line > line and _ends_process(heap, context, record)
    }
    if not ends.isdisjoint(around):
        return True
    tests = {body.guards[one][:3] for one in ends if body.guards[one][0] in around}
    return any((parent, _OPPOSITE.get(test), place) in tests for parent, test, place in tests)


def _ends_process(heap: Heap, context: Context, record: CallRecord) -> bool:
    entries = map(heap.knowledge.function, callees.names_called(heap, context, record.callee))
    return any(entry is not None and entry.ends_process for entry in entries)


def _harmless(heap: Heap, found: list[_Found]) -> str:
    """Say why nothing is left for a later request: always the same value, or set back before the end."""
    modules = heap.modules
    uids = {one.change.context.uid for one in found}
    restoring = {one.change.context.uid for one in found if one.sets_back}
    left = {modules.parent(uid) for uid in uids if modules.units[uid].name in _LEAVES}
    restoring |= {uid for uid in uids if modules.parent(uid) in left}
    if uids <= restoring:
        return "set back before the request ends"
    values = {repr(one.value) for one in found}
    if len(values) == 1 and found[0].value is not _CHANGED and not any(one.switches for one in found):
        return "always set to the same value"
    return ""


# -- calls ------------------------------------------------------------------------------------------------


def _by_calls(heap: Heap, context: Context) -> Iterator[_Found]:
    for _, record in callees.calls_of(context):
        for dotted in callees.names_called(heap, context, record.callee):
            entry = heap.knowledge.process_setting(dotted)
            if entry is None:
                continue
            late = guards.is_once(heap, context, record.guard)
            late = late or _ends_with_it(heap, context, record.line, record.guard)
            if not late and _matters(heap, context, record, entry):
                symbol, value = _called(heap, context, record, entry, dotted)
                at = callees.place_of(heap, context, record)
                change = Change(context=context, at=at)
                name = symbol.rpartition(".")[2]
                yield _Found(
                    symbol=symbol,
                    name=name,
                    state=entry.state,
                    value=value,
                    change=change,
                    sets_back=guards.is_in_finally(context.body, record.guard)
                    or _was_asked(heap, context, record, entry),
                    switches=False,
                )
            break


def _was_asked(heap: Heap, context: Context, record: CallRecord, entry: ProcessEntry) -> bool:
    """Whether the value is one that was asked for before: `before = os.getcwd()`."""
    body = context.body
    place = 0 if entry.value is None else callees.argument(heap, context, record, entry.value)
    if not place or body.ops[place] != Op.NAME:
        return False
    bound = [value for text, value, *_ in body.binds if text == body.a[place] and body.ops[value] == Op.CALL]
    asked = (call_record(body, body.a[value]).callee for value in bound)
    return any(name in entry.asked for one in asked for name in callees.names_called(heap, context, one))


def _matters(heap: Heap, context: Context, record: CallRecord, entry: ProcessEntry) -> bool:
    if not entry.sent or entry.value is None:
        return True
    place = callees.argument(heap, context, record, entry.value)
    return bool(place) and bool(evaluate(heap, context, place).bits & Bit.REQUEST)


def _called(
    heap: Heap, context: Context, record: CallRecord, entry: ProcessEntry, dotted: str
) -> tuple[str, object]:
    """Name what a call changes, and give the constant that it sets."""
    owner = dotted.rpartition(".")[0]
    symbol = owner if heap.knowledge.is_process_wide(owner) else dotted
    place = 0 if entry.value is None else callees.argument(heap, context, record, entry.value)
    return symbol, _constant(heap, context, place)


def _constant(heap: Heap, context: Context, place: int) -> object:
    value = constant(heap, context, place) if place else NOT_CONSTANT
    if value is not NOT_CONSTANT:
        return value
    if place and context.body.ops[place] == Op.CONST:
        return ("number", context.uid, place)  # the map does not keep long texts and floats
    return _CHANGED


# -- writes -----------------------------------------------------------------------------------------------


def _by_writes(heap: Heap, context: Context) -> Iterator[_Found]:
    """`os.environ["LANG"] = value`, `settings.DEBUG = True`, `library.TIMEOUT = 5`."""
    body, facts = context.body, heap.modules.facts[context.module]
    for target, how, key, value, guard, _, *span in body.writes:
        is_item = how in (WriteHow.ITEM, WriteHow.DEL_ITEM)
        if not is_item and how not in (WriteHow.ATTR, WriteHow.DEL_ATTR):
            continue
        if guards.is_once(heap, context, guard) or _ends_with_it(heap, context, span[0], guard):
            continue
        for owner in _owners(heap, context, target):
            if not is_item and not (
                _is_setting(heap, owner, facts.strings[key]) and _is_sent_or_constant(heap, context, value)
            ):
                continue
            if is_item and not heap.knowledge.is_process_wide(owner):
                continue
            symbol, name = _written(heap, context, owner, key, is_item=is_item)
            yield _Found(
                symbol=symbol,
                name=name,
                state="environment",
                value=_constant(heap, context, value),
                change=Change(context=context, at=Place(facts.path, *span)),
                sets_back=guards.is_in_finally(context.body, guard),
                switches=not is_item and heap.knowledge.is_process_wide(owner),
            )


def _owners(heap: Heap, context: Context, place: int) -> list[str]:
    """Name the modules and ready-made objects of libraries that a place may be."""
    values = sorted(evaluate(heap, context, place).values)
    return [heap.values.parts[value][0] for value in values if heap.values.kinds[value] == Kind.EXTERNAL]


def _is_setting(heap: Heap, owner: str, name: str) -> bool:
    """Whether an attribute is a setting: of an object for settings, or a constant of a library's module."""
    if heap.knowledge.is_process_wide(owner):
        return True
    return heap.knowledge.type_of(owner) is None and name.isupper() and not _is_read(heap, owner, name)


def _is_sent_or_constant(heap: Heap, context: Context, value: int) -> bool:
    """Whether a client sends the value or a request switches it; what is computed is the same everywhere."""
    if not value:
        return True
    return bool(evaluate(heap, context, value).bits & Bit.REQUEST) or context.body.ops[value] == Op.CONST


def _is_read(heap: Heap, owner: str, name: str) -> bool:
    """Whether the project itself reads an attribute of a library's module: it is then its own cell."""
    for context in heap.in_order():
        body = context.body
        for place in range(1, len(body.ops)):
            if body.ops[place] != Op.ATTR or not body.hows[place]:
                continue
            if heap.modules.string(context.module, body.b[place]) != name:
                continue
            for value in evaluate(heap, context, body.a[place]).values:
                if owner in library.dotted_names(heap, value):
                    return True
    return False


def _written(heap: Heap, context: Context, owner: str, key: int, *, is_item: bool) -> tuple[str, str]:
    """Name a setting as a finding shows it, and its last part."""
    if not is_item:
        name = heap.modules.string(context.module, key)
        return f"{owner}.{name}", name
    text = constant(heap, context, key)
    return (f"{owner}[{text!r}]", text) if isinstance(text, str) else (f"{owner}[...]", "value")
