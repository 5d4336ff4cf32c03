"""Work that a request hands over and that only this process remembers: tasks, threads, queues in memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from statelint.model.facts import CallFlag, Op, WriteHow
from statelint.program.calling import call_record, is_call
from statelint.program.callsites import argument, place_of
from statelint.program.library import container_type
from statelint.program.reach import Reach

if TYPE_CHECKING:
    from statelint.knowledge import TimerEntry
    from statelint.model.facts import Body
    from statelint.model.places import Place
    from statelint.program.accesses import Write
    from statelint.program.callsites import CallSite, CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.outward import Act, Outward
    from statelint.program.paths import Paths
    from statelint.program.sites import Site

_IN_BACKGROUND = ("task", "background")
_ADDS = frozenset({"put", "put_nowait", "append", "appendleft", "add", "extend", "insert"})
_TAKES = frozenset({"get", "get_nowait", "pop", "popleft", "popitem"})
_KEEPS = frozenset({"append", "add", "add_done_callback", "extend"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One call that hands work over while a request is answered; `act` is what is lost with the process."""

    context: Context
    place: Place
    symbol: str
    function: str
    act: Act


class Workers:
    """Finds accepted work that only this process remembers."""

    def __init__(self, heap: Heap, calls: CallSites, paths: Paths, outward: Outward) -> None:
        self._heap = heap
        self._calls = calls
        self._paths = paths
        self._outward = outward

    @cached_property
    def _asked(self) -> frozenset[Context]:
        """The contexts that run for a request that waits for its answer, whoever else they run for."""
        heap = self._heap
        hidden = {key for key, kind in heap.background.items() if kind in _IN_BACKGROUND}
        without = frozenset(heap.contexts[key] for key in hidden if key in heap.contexts)
        asked = {key for key, entry in heap.entries.items() if entry.kind == "request"} - hidden
        entries = [heap.contexts[key] for key in sorted(asked) if key in heap.contexts]
        return frozenset(Reach(heap, without=without).below(entries))

    # -- tasks and threads --------------------------------------------------------------------------------

    def accepted(self) -> list[Accepted]:
        """List the calls that hand over work which changes something outside, in order of place."""
        found: dict[Place, Accepted] = {}
        for name in sorted(self._calls.of_name):
            entry = self._heap.knowledge.timer(name)
            if entry is None or not entry.accepts:
                continue
            for site in self._calls.of_name[name]:
                accepted = self._accepted(site, entry)
                if accepted is not None:
                    found.setdefault(accepted.place, accepted)
        return [found[place] for place in sorted(found)]

    def _accepted(self, site: CallSite, entry: TimerEntry) -> Accepted | None:
        if site.context not in self._asked:
            return None
        if site.record.flags & CallFlag.AWAITED or is_awaited(self._heap, site):
            return None
        places = [argument(self._heap, site, position) for position in entry.function]
        units = [uid for place in places for uid in self._outward.targets(site.context, place)]
        roots = [context for uid in units for context in self._outward.contexts_of(uid)]
        act = None if self._outward.lasts(roots) else self._outward.act(roots)
        if act is None:
            return None
        return Accepted(
            context=site.context,
            place=place_of(self._heap, site),
            symbol=site.name.rpartition(".")[2],
            function=self._heap.modules.units[units[0]].qualified.replace(".<locals>", ""),
            act=act,
        )

    def _in_background(self, context: Context) -> bool:
        steps = self._paths.to(context).steps
        return any(self._heap.background.get(step.context.key) in _IN_BACKGROUND for step in steps)

    # -- queues and buffers -------------------------------------------------------------------------------

    def handed_over(self, site: Site) -> tuple[Write, Write] | None:
        """Tell which write puts in for a request what which other write takes out in the background."""
        puts = [one for one in site.writes if one.method in _ADDS and one.context in self._asked]
        if not puts:
            return None
        kind = container_type_of(self._heap, site)
        for write in site.writes:
            takes = write.method in _TAKES or (write.empties and kind != "dict")
            if takes and self._in_background(write.context):
                return puts[0], write
        return None


def container_type_of(heap: Heap, site: Site) -> str:
    """Name the kind of container that a site holds; empty for anything else."""
    slot = heap.slots.get(site.cell)
    kinds = (container_type(heap, value) for value in sorted(slot.values)) if slot is not None else ()
    return next((kind for kind in kinds if kind), "")


def is_awaited(heap: Heap, site: CallSite) -> bool:
    """Whether the function that hands work over waits for it, alone or with others.

    What becomes of the call's result is followed through names, displays, `tasks.append(task)` and
    `tasks[key] = task`.
    """
    body = site.context.body
    if _is_entered(body, site.record.callee):
        return True
    held = {place for place in range(1, len(body.ops)) if is_call(body, place, site.number)}
    grown = -1
    while grown != len(held):
        grown = len(held)
        held |= _holders(heap, site.context, held)
    waiting = (Op.AWAIT, Op.ENTER)
    if any(body.ops[place] in waiting and body.a[place] in held for place in range(1, len(body.ops))):
        return True
    for number in range(len(body.calls)):
        record = call_record(body, number)
        told = {*record.arguments, record.star, *(place for _, place in record.keywords)}
        if number != site.number and told & held and not _only_keeps(heap, site.context, record.callee):
            return True
        is_method = body.ops[record.callee] == Op.ATTR and body.a[record.callee] in held
        if is_method and heap.modules.string(site.context.module, body.b[record.callee]) in _WAITS:
            return True
    return any(flow[1] in held for flow in body.flows)


def _is_entered(body: Body, callee: int) -> bool:
    """Whether work goes to what a `with` block has opened: leaving it waits for the work."""
    if body.ops[callee] != Op.ATTR or body.ops[body.a[callee]] != Op.NAME:
        return False
    name = body.a[body.a[callee]]
    return any(text == name and value and body.ops[value] == Op.ENTER for text, value, *_ in body.binds)


_VIEWS = frozenset({"items", "values", "copy", "pop"})
_WAITS = frozenset({"result", "join", "get", "wait", "cancel"})


def _only_keeps(heap: Heap, context: Context, callee: int) -> bool:
    """Whether a call puts a task into a collection: that keeps it, but waits for nothing."""
    body = context.body
    return body.ops[callee] == Op.ATTR and heap.modules.string(context.module, body.b[callee]) in _KEEPS


def _holders(heap: Heap, context: Context, held: set[int]) -> set[int]:
    """Find the places that hold one of some places: names bound to it, displays, elements, collections."""
    body = context.body
    names = {text for text, value, *_ in body.binds if value in held}
    found = set()
    for place in range(1, len(body.ops)):
        op = body.ops[place]
        if (
            (op == Op.NAME and body.a[place] in names)
            or (op in (Op.ELEMENT, Op.ITEM, Op.SLICE) and body.a[place] in held)
            or (op == Op.SITE and held & set(body.sites[body.a[place]][1]))
            or (op in (Op.ANY, Op.MIX) and held & set(body.joins[body.a[place]]))
            or (op == Op.CALL and _is_view(heap, context, body.a[place], held))
        ):
            found.add(place)
    for target, how, _, value, *_ in body.writes:
        if how == WriteHow.ITEM and value in held and _is_local(heap, context, target):
            found.add(target)
    for number in range(len(body.calls)):
        record = call_record(body, number)
        if set(record.arguments) & held and _only_keeps(heap, context, record.callee):
            base = body.a[record.callee]
            if _is_local(heap, context, base):
                found.add(base)
    return found


def _is_local(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place is a name of the function's own."""
    body = context.body
    if body.ops[place] != Op.NAME:
        return False
    return heap.modules.string(context.module, body.a[place]) in heap.modules.locals[context.uid]


def _is_view(heap: Heap, context: Context, number: int, held: set[int]) -> bool:
    """Whether a call gives what a held table holds: `tasks.values()`."""
    body, callee = context.body, call_record(context.body, number).callee
    if body.ops[callee] != Op.ATTR or body.a[callee] not in held:
        return False
    return heap.modules.string(context.module, body.b[callee]) in _VIEWS
