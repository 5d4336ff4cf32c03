"""Locks of one process that are held around a change of what all processes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_GUARD, How, Test
from statelint.model.places import Place
from statelint.program import callees, guards, io_writes
from statelint.program.calling import call_record
from statelint.program.cell_names import describe
from statelint.program.declarations import declaration
from statelint.program.lock_cells import HOST, LockCells
from statelint.program.reach import Reach
from statelint.program.values import Era
from statelint.program.writes import writes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.accesses import Write
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.filewrites import FileWrite
    from statelint.program.heap import Heap
    from statelint.program.lifetime import Lifetimes
    from statelint.program.sites import Site
    from statelint.program.values import SlotKey


MOST_CALLS = 2
"""Calls between what is called under a lock and the change: what is deeper is seldom what the lock is for."""


class Span(NamedTuple):
    """Where in a context a lock is held: under a guard, or in the calls between taking and giving back."""

    context: Context
    line: int
    calls: tuple[int, ...]
    guard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One lock that is held around a change of what all processes share, made at `at`.

    `excludes` says whom it keeps out: the rest of its `process` or of its `host`. `holder` is the context
    that holds it, on `line`; `change` the name of the call that changes something, at `changed` in `changer`.
    """

    symbol: str
    name: str
    holder_name: str
    at: Place
    excludes: str
    holder: Context
    line: int
    change: str
    changed: Place
    changer: Context


class _Change(NamedTuple):
    context: Context
    call: int
    name: str
    at: Place
    is_file: bool
    lasting: bool


def find(heap: Heap, lifetimes: Lifetimes, sites: Sequence[Site], writes: Sequence[FileWrite]) -> list[Lock]:
    """Find the locks that are held while serving around a change of a database, a service or a file."""
    search = _Search(heap, lifetimes, writes)
    found: dict[tuple[Place, str], Lock] = {}
    for context in heap.in_order():
        if context.era == Era.SERVE and context.passes:
            for lock in search.locks_of(context):
                found.setdefault((lock.at, lock.symbol), lock)
    for site in sites:
        flag = search.flag(site)
        if flag is not None:
            found.setdefault((flag.at, flag.symbol), flag)
    return [found[key] for key in sorted(found)]


class _Search:
    """Looks for locks; what serving code changes and calls is found once for all of them."""

    def __init__(self, heap: Heap, lifetimes: Lifetimes, writes: Sequence[FileWrite]) -> None:
        self._heap = heap
        self._lifetimes = lifetimes
        self._cells = LockCells(heap, lifetimes)
        self._reach = Reach(heap)
        self._known: dict[Context, list[_Change]] = {}
        self._files: dict[Context, list[_Change]] = {}
        for write in writes:
            path = heap.modules.facts[write.context.module].path
            change = _Change(
                write.context, write.call, write.name, Place(path, *write.span), is_file=True, lasting=False
            )
            self._files.setdefault(write.context, []).append(change)

    def locks_of(self, context: Context) -> Iterator[Lock]:
        """List the locks that one context holds around such a change, and that guard no cell."""
        for span, place in self._spans(context):
            excludes = self._cells.excludes(context, place)
            named = self._cells.cell(context, place) if excludes else None
            if not excludes or (named is None and excludes != HOST):
                continue
            change = self._change_in(span, excludes)
            if change is not None and not self._guards_cell(span):
                yield self._lock(span, place, named, excludes, change)

    def _lock(self, span: Span, place: int, cell: SlotKey | None, excludes: str, change: _Change) -> Lock:
        heap, context = self._heap, span.context
        naming = describe(heap, cell) if cell is not None else None
        path = heap.modules.facts[context.module].path
        at = (declaration(heap, cell) if cell is not None else None) or Place(
            path, span.line, 1, span.line, 1
        )
        last = next(iter(self._cells.types(context, place)), "lock").rpartition(".")[2]
        qualified = heap.modules.units[context.uid].qualified
        return Lock(
            symbol=naming.symbol if naming is not None else last,
            name=naming.name if naming is not None else last,
            holder_name=naming.holder if naming is not None else f"{qualified}.{last}",
            at=at,
            excludes=excludes,
            holder=context,
            line=span.line,
            change=change.name,
            changed=change.at,
            changer=change.context,
        )

    # -- where it is held -----------------------------------------------------------------------------

    def _spans(self, context: Context) -> Iterator[tuple[Span, int]]:
        """List the parts of a context in which something is held, with the place of what is held."""
        body = context.body
        for guard, (_, test, place, _, line) in enumerate(body.guards):
            if test == Test.HELD and place:
                under = (guards.chain(body, record[CALL_GUARD]) for record in body.calls)
                calls = [number for number, chain in enumerate(under) if guard in chain]
                yield Span(context, line, tuple(calls), guard), place
        taken: dict[object, int] = {}
        for number, record in callees.calls_of(context):
            receiver = callees.receiver(context, record)
            word = self._heap.modules.string(context.module, body.b[record.callee]) if receiver else ""
            shape = guards.shape_of(body, receiver)
            if word == "acquire":
                taken.setdefault(shape, number)
            elif word == "release" and shape in taken:
                first = taken.pop(shape)
                calls = list(range(first + 1, number))
                yield Span(context, body.calls[first][6], tuple(calls), 0), receiver

    def _change_in(self, span: Span, excludes: str) -> _Change | None:
        """Find the first change of what all processes share while a lock is held."""
        own = [one for one in self._changes(span.context) if one.call in span.calls]
        below = self._below(span)
        found = [*own, *(one for context in below for one in self._changes(context))]
        # a lock file keeps all processes of the host away from a file of that host
        found = [one for one in found if excludes != HOST or not one.is_file]
        # around a mere change through a client that is kept, the lock may be there for the client
        asks = not all(one.lasting for one in found) or self._asks(span, below)
        return found[0] if found and asks else None

    def _below(self, span: Span) -> list[Context]:
        called = (target for n in span.calls for target in self._cells.targets(span.context, n))
        return self._reach.below(called, MOST_CALLS)

    def _asks(self, span: Span, below: Sequence[Context]) -> bool:
        """Whether what is changed is asked for under the lock as well."""
        own = [call_record(span.context.body, number) for number in span.calls]
        pairs = [(span.context, one) for one in own]
        pairs += [(context, one) for context in below for _, one in callees.calls_of(context)]
        return any(self._only_asks(context, record) for context, record in pairs)

    def _only_asks(self, context: Context, record: CallRecord) -> bool:
        knowledge = self._heap.knowledge
        called = callees.names_called(self._heap, context, record.callee)
        return any(
            knowledge.writer(name) is None and {"io-db", "io-http"} & set(knowledge.bits(name))
            for name in called
        )

    def _changes(self, context: Context) -> list[_Change]:
        known = self._known.get(context)
        if known is None:
            writes = io_writes.find(self._heap, context) if context.era == Era.SERVE else ()
            known = [
                _Change(context, w.call, w.name, w.at, is_file=False, lasting=w.lasting)
                for w in writes
                if not w.alone
            ]
            self._known[context] = known = known + self._files.get(context, [])
        return known

    def _guards_cell(self, span: Span) -> bool:
        """Whether what is done under a lock also touches a cell of this process: it then guards that one."""
        heap, context = self._heap, span.context
        for write in writes_of(heap, context):
            under = span.guard in guards.chain(context.body, write.guard) if span.guard else True
            if under and self._is_shared(write.cell):
                return True
        below = self._below(span)
        return any(
            not write.once and self._is_shared(write.cell)
            for other in below
            if other.era == Era.SERVE
            for write in writes_of(heap, other)
        )

    def _is_shared(self, cell: SlotKey) -> bool:
        return self._lifetimes.holder_of(cell) is not None

    # -- flags ----------------------------------------------------------------------------------------

    def flag(self, site: Site) -> Lock | None:
        """Take a flag for a lock that is set before such a change and set back after it."""
        for write in site.writes:
            if write.constant is not True or write.cell[0] == "E" or site.decision.ephemeral:
                continue
            if not _is_refused(site, write):
                continue
            back = [
                other.span[0]
                for other in site.writes
                if other.context is write.context and other.constant is False and other.span > write.span
            ]
            change = self._between(write.context, write.span[0], max(back)) if back else None
            if change is not None:
                return Lock(
                    symbol=site.symbol,
                    name=site.name,
                    holder_name=site.holder,
                    at=site.place,
                    excludes="process",
                    holder=write.context,
                    line=write.span[0],
                    change=change.name,
                    changed=change.at,
                    changer=change.context,
                )
        return None

    def _between(self, context: Context, first: int, last: int) -> _Change | None:
        calls = [n for n, record in callees.calls_of(context) if first < record.line <= last]
        return self._change_in(Span(context, first, tuple(calls), 0), "process")


def _is_refused(site: Site, write: Write) -> bool:
    """Whether a flag is asked for before it is set, and the work refused: `if busy: return`."""
    tests = guards.tests_in(write.context.body, write.guard)
    asked = [read for read in site.reads if read.context is write.context and read.how & How.TEST]
    return Test.FALSY in tests and any(read.line <= write.span[0] for read in asked)
