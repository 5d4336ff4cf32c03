"""Functions whose results a decorator remembers, and what that means: rows D3, D4 and D5 of the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import ParamKind, UnitFlag, UnitKind
from statelint.model.places import Place
from statelint.program import callees, handover, io_writes, names
from statelint.program.calling import call_record
from statelint.program.constants import constant
from statelint.program.decisions import Decision
from statelint.program.evaluate import evaluate
from statelint.program.found import Found, union
from statelint.program.handles import is_handle
from statelint.program.memo_rows import forgotten_here, leads_there, memo_of
from statelint.program.values import ERAS, Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import FunctionEntry
    from statelint.program.asking import Asking
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.lifetime import Lifetimes

_IO = Bit.IO_DB | Bit.IO_HTTP
_NO_DATA = Bit.CONNECTION | Bit.TASK | Bit.RANDOM


class Spot(NamedTuple):
    """A call that matters to a memo, its context and what is called."""

    context: Context
    at: Place
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """One function whose results are kept for the process.

    `at` is where that is said, `key` the name of the first argument that the memo goes by (empty: none).
    `serving` are the contexts in which it runs for a request; `asks` the call that asks a database or another
    service, `forgets` the calls by which a request makes it forget.
    """

    at: Place
    symbol: str
    name: str
    holder: str
    key: str
    serving: tuple[Context, ...]
    asks: Spot | None
    forgets: tuple[Spot, ...]
    decision: Decision


class _Said(NamedTuple):
    """What is said where a function is memoised."""

    at: Place
    entry: FunctionEntry
    expires: bool


def find(heap: Heap, lifetimes: Lifetimes, asking: Asking) -> list[Memo]:
    """Find the functions that are memoised and run while serving, in order of place."""
    said = _said(heap)
    if not said:
        return []
    search = _Search(heap, lifetimes, asking, said)
    found = (search.memo(uid) for uid in sorted(said))
    return sorted((memo for memo in found if memo is not None), key=lambda memo: (memo.at, memo.symbol))


# -- where functions are memoised -------------------------------------------------------------------------


def _said(heap: Heap) -> dict[int, _Said]:
    """For each memoised function where that is said; the first wins."""
    found: dict[int, _Said] = {}
    for context in heap.in_order():
        if context.era != Era.CLI and context.passes:
            for uid, said in (*_by_calls(heap, context), *_by_properties(heap, context)):
                found.setdefault(uid, said)
    return found


def _by_calls(heap: Heap, context: Context) -> Iterator[tuple[int, _Said]]:
    """`@cache def load(): ...`, `@lru_cache(maxsize=9)`, `load = lru_cache(fetch)`."""
    for _, record in callees.calls_of(context):
        for value in sorted(evaluate(heap, context, record.callee).values):
            known = _memo_entry(heap, context, value, record)
            if known is None or not record.arguments:
                continue
            entry, maker, made = known
            functions = handover.callables(heap, evaluate(heap, context, record.arguments[0]))
            expires = _expires(heap, maker, made, entry)
            if expires is None:
                continue
            at = callees.place_of(heap, context, record)
            for uid in sorted({handover.unit_of(heap, function) for function in functions} - {-1}):
                yield uid, _Said(at, entry, expires)


def _memo_entry(
    heap: Heap, context: Context, value: int, record: CallRecord
) -> tuple[FunctionEntry, Context, CallRecord] | None:
    """Find the entry of a memoising callee, and the call that configures it."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.REGISTRAR:
        dotted, uid, number = parts
        entry = heap.knowledge.function(dotted)
        maker = next((heap.contexts[uid, run] for run in ERAS if (uid, run) in heap.contexts), None)
        if entry is None or not entry.memo or maker is None:
            return None
        return entry, maker, call_record(maker.body, number)
    for name in callees.names_of(heap, value):
        entry = heap.knowledge.function(name)
        if entry is not None and entry.memo:
            return entry, context, record
    return None


def _expires(heap: Heap, context: Context, record: CallRecord, entry: FunctionEntry) -> bool | None:
    """Whether what is remembered expires; None where it is kept in something that is not known."""
    if entry.memo == "backend":
        return None
    for position in entry.expires:
        place = callees.argument(heap, context, record, position)
        if place and constant(heap, context, place) is not None:
            return True
    places = [callees.argument(heap, context, record, position) for position in entry.store]
    if not entry.store:
        return False
    stores = {value for place in places if place for value in evaluate(heap, context, place).values}
    kinds = heap.values.kinds
    if not stores or any(kinds[value] != Kind.CONTAINER for value in stores):
        return None
    return any(heap.knowledge.expires(heap.values.parts[value][3]) for value in stores)


def _by_properties(heap: Heap, context: Context) -> Iterator[tuple[int, _Said]]:
    """`@cached_property`: the map knows it for a property, so that no call stands for the decorator."""
    modules = heap.modules
    if modules.units[context.uid].kind != UnitKind.CLASS:
        return
    path = modules.facts[context.module].path
    for child in modules.children.get(context.uid, ()):
        unit = modules.units[child]
        if not unit.flags & UnitFlag.PROPERTY:
            continue
        for place in unit.decorators:
            for name in callees.names_called(heap, context, place):
                entry = heap.knowledge.function(name)
                if entry is not None and entry.memo == "object":
                    yield child, _Said(Place(path, *unit.span), entry, expires=False)


# -- what they mean ---------------------------------------------------------------------------------------


class _Search:
    """Decides on one memoised function after the other; what all of them ask is found once."""

    def __init__(self, heap: Heap, lifetimes: Lifetimes, asking: Asking, said: dict[int, _Said]) -> None:
        self._heap = heap
        self._lifetimes = lifetimes
        self._said = said
        self._asking = asking
        self._forgets = self._find_forgets()
        self._serving: dict[int, list[Context]] = {}
        for context in heap.in_order():
            if context.uid in said and context.era == Era.SERVE and context.passes:
                self._serving.setdefault(context.uid, []).append(context)
        self._changed: bool | None = None

    def memo(self, uid: int) -> Memo | None:
        """Describe one function; None where no request runs it, or where it keeps nothing for the next."""
        heap, unit, said = self._heap, self._heap.modules.units[uid], self._said[uid]
        serving = tuple(self._serving.get(uid, ()))
        if not serving or not self._outlives(uid, serving):
            return None
        found = union([context.returns.found for context in serving])
        if found.bits & _NO_DATA:
            return None
        key = self._key(uid)
        forgets = self._forgets.get(uid, ())
        asks = self._asks(serving) if found.bits & _IO else None
        if asks is None:  # what it was given may come from there, and is then part of the key
            found = Found(found.values, found.bits & ~_IO)
        decision = self._decide(found, said, serving, keyed=bool(key), forgets=bool(forgets))
        if decision is None:
            return None
        symbol = unit.qualified.replace(".<locals>", "")
        return Memo(
            at=said.at,
            symbol=symbol,
            name=unit.name,
            holder=unit.qualified or heap.modules.facts[heap.modules.module_of(uid)].module,
            key=key,
            serving=serving,
            asks=asks,
            forgets=forgets,
            decision=decision,
        )

    def _decide(
        self, found: Found, said: _Said, serving: tuple[Context, ...], *, keyed: bool, forgets: bool
    ) -> Decision | None:
        heap = self._heap
        if is_handle(heap, found) or (found.values and all(self._is_client(v) for v in found.values)):
            return Decision(row="D3", ephemeral=True, reason="clients or pools, made when first needed")
        if said.expires or any(self._is_asked_with_time(context) for context in serving):
            return Decision(row="D5c", ephemeral=True, reason="forgotten when it is too old")
        if found.bits & _IO and forgets:
            return forgotten_here(remembers_io=True)
        grows_old = found.bits & Bit.IO_FILE or (found.bits & Bit.IO_DB and self._is_changed_here())
        if not keyed and not grows_old:
            return Decision(row="D4", ephemeral=True, reason="made once, when it is first needed")
        decision = memo_of(heap, found.bits, serving)
        if decision is None or decision.ephemeral:
            return decision
        return leads_there(heap, found.values) or decision

    def _is_client(self, value: int) -> bool:
        """Whether a class of a library was asked of a client by its name: `s3.Bucket(name)`."""
        heap = self._heap
        if heap.values.kinds[value] != Kind.EXTERNAL_OBJECT:
            return False
        owner, _, last = str(heap.values.parts[value][0]).rpartition(".")
        return last[:1].isupper() and any(entry.kind == "handle" for entry in heap.knowledge.mro(owner))

    def _is_changed_here(self) -> bool:
        """Whether serving code of this project changes what is outside, so that a copy grows old."""
        if self._changed is None:
            self._changed = io_writes.any_while_serving(self._heap)
        return self._changed

    def _is_asked_with_time(self, context: Context) -> bool:
        """Whether an argument is a time, so that the memo is asked anew when it has passed."""
        slots = (names.local_slot(self._heap, context, name) for name in self._parameters(context.uid))
        return any(slot.bits & Bit.CLOCK for slot in slots)

    # -- parameters -----------------------------------------------------------------------------------

    def _has_receiver(self, uid: int) -> bool:
        modules = self._heap.modules
        unit = modules.units[uid]
        is_method = unit.parent >= 0 and modules.units[modules.parent(uid)].kind == UnitKind.CLASS
        return is_method and bool(unit.params) and not unit.flags & UnitFlag.STATIC

    def _parameters(self, uid: int) -> list[str]:
        params = self._heap.modules.units[uid].params[self._has_receiver(uid) :]
        return [param.name for param in params]

    def _key(self, uid: int) -> str:
        """Name the first argument that tells one result from another; empty where there is none."""
        params = self._heap.modules.units[uid].params[self._has_receiver(uid) :]
        named = [
            param.name for param in params if param.kind in (ParamKind.POSITIONAL, ParamKind.KEYWORD_ONLY)
        ]
        return next(iter(named), "args" if params else "")

    def _outlives(self, uid: int, serving: tuple[Context, ...]) -> bool:
        """Whether the receiver, if there is one, is met again by a later request: it is a part of the key."""
        unit = self._heap.modules.units[uid]
        if not self._has_receiver(uid) or unit.flags & UnitFlag.CLASSMETHOD:
            return True
        lasting = self._lifetimes
        slots = [names.local_slot(self._heap, context, unit.params[0].name) for context in serving]
        met = {v for slot in slots for v in slot.values if lasting.is_lasting(v) or v in lasting.holder}
        kinds, parts = self._heap.values.kinds, self._heap.values.parts
        return any(kinds[v] != Kind.OBJECT or not lasting.is_of_one_client(parts[v][0]) for v in met)

    # -- calls ----------------------------------------------------------------------------------------

    def _asks(self, serving: tuple[Context, ...]) -> Spot | None:
        """Find the nearest call that asks a database or another service, rather one than its connection."""
        connects = None
        for asked in self._asking.below(serving):
            if asked.bits & Bit.HANDLE or not asked.bits & _IO:
                continue
            spot = Spot(asked.context, callees.place_of(self._heap, asked.context, asked.record), asked.name)
            if not asked.context.results[asked.number].bits & Bit.HANDLE:
                return spot
            connects = connects or spot
        return connects

    def _find_forgets(self) -> dict[int, tuple[Spot, ...]]:
        """For each memoised function the calls with which a request makes it forget: `load.cache_clear()`."""
        heap = self._heap
        found: dict[int, list[Spot]] = {}
        words = {word for said in self._said.values() for word in said.entry.clears}
        for context in heap.in_order() if words else ():
            if context.era != Era.SERVE or not context.passes:
                continue
            for _, record in callees.calls_of(context):
                receiver = callees.receiver(context, record)
                if not receiver:
                    continue
                name = heap.modules.string(context.module, context.body.b[record.callee])
                if name not in words:
                    continue
                at = callees.place_of(heap, context, record)
                for value in sorted(evaluate(heap, context, receiver).values):
                    uid = handover.unit_of(heap, value)
                    if uid in self._said and name in self._said[uid].entry.clears:
                        found.setdefault(uid, []).append(Spot(context, at, name))
        return {uid: tuple(spots) for uid, spots in found.items()}
