"""Timers in a process that serves: functions that run again and again, whoever started them at boot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.facts import Op, UnitKind
from statelint.program import guards, names
from statelint.program.calling import call_record, is_call
from statelint.program.callsites import argument, place_of
from statelint.program.outward import Effect
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import KeeperEntry, TimerEntry
    from statelint.model.places import Place
    from statelint.program.callsites import CallSite, CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.outward import Act, Outward
    from statelint.program.serving import Serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """One function that runs again and again in the serving process.

    `context` is where it is handed over, `act` what it changes outside (None: nothing that is known).
    `how` says what makes it run again.
    """

    context: Context
    place: Place
    function: str
    how: str
    act: Act | None
    harmless: bool


class Timers:
    """Finds the timers of one program, in order of place."""

    def __init__(self, heap: Heap, calls: CallSites, serving: Serving, outward: Outward) -> None:
        self._heap = heap
        self._calls = calls
        self._serving = serving
        self._outward = outward

    def find(self) -> list[Timer]:
        """List the timers, each place once."""
        found: dict[Place, Timer] = {}
        for table in (self._calls.of_name, self._calls.of_decorator):
            for name in sorted(table):
                entry = self._heap.knowledge.timer(name)
                if entry is None:
                    continue
                for site in table[name]:
                    decorated = table is self._calls.of_decorator or not entry.function
                    timer = self._timer(site, entry, (0,) if decorated else entry.function)
                    if timer is not None:
                        found.setdefault(timer.place, timer)
        for timer in self._of_classes():
            found.setdefault(timer.place, timer)
        return [found[place] for place in sorted(found)]

    def _timer(self, site: CallSite, entry: TimerEntry, positions: tuple[int | str, ...]) -> Timer | None:
        if not self._serving.runs(site.context) or not self._is_started(entry):
            return None
        places = [argument(self._heap, site, position) for position in positions]
        units = [uid for place in places for uid in self._outward.targets(site.context, place)]
        return self._of_units(site, entry, units)

    def _of_classes(self) -> Iterator[Timer]:
        """List the threads whose body is a method of a class of the project: `class Sync(Thread): ...`."""
        for uid in sorted(self._heap.classes.bases):
            for base in names.external_bases(self._heap, uid):
                entry = self._heap.knowledge.timer(base)
                if entry is None or not entry.method:
                    continue
                units = self._methods(uid, entry.method)
                for site in self._calls.of_unit.get(uid, ()) if units else ():
                    timer = self._of_units(site, entry, units) if self._serving.runs(site.context) else None
                    if timer is not None:
                        yield timer

    def _methods(self, uid: int, name: str) -> list[int]:
        """Find the function of a method; none where only the library has it."""
        context = self._heap.module_context(self._heap.modules.module_of(uid))
        found = names.class_attribute(self._heap, uid, name, context)
        values = found[1].values if found is not None else ()
        kinds, parts = self._heap.values.kinds, self._heap.values.parts
        return [parts[value][0] for value in sorted(values) if kinds[value] == Kind.FUNCTION]

    def _of_units(self, site: CallSite, entry: TimerEntry, units: list[int]) -> Timer | None:
        if entry.repeats == "rearmed":
            units = [uid for uid in units if self._rearms(site.context, uid)]
        elif not self._runs_once(site):
            return None  # one for each request or connection ends with it
        if entry.repeats == "loop":
            units = self._loops(units)
        if not units:
            return None
        roots = [context for uid in units for context in self._outward.contexts_of(uid)]
        act = self._outward.act(roots)
        if act is None and entry.repeats != "always":
            return None
        return Timer(
            context=site.context,
            place=place_of(self._heap, site),
            function=self._heap.modules.units[units[0]].qualified.replace(".<locals>", ""),
            how=entry.repeats,
            act=act,
            harmless=self._outward.effect(roots) == Effect.INSIDE,
        )

    def _loops(self, units: list[int]) -> list[int]:
        """Find the functions that sleep in a loop: these, or those that a function around them is given."""
        if not any(self._outward.is_loop(uid) for uid in units):
            return []
        roots = [context for uid in units for context in self._outward.contexts_of(uid)]
        inner = dict.fromkeys(context.uid for context in self._outward.closure(roots))
        loops = [uid for uid in inner if self._outward.is_loop(uid) and not self._outward.is_consumer(uid)]
        return [uid for uid in loops if uid not in units] or loops

    def _is_started(self, entry: TimerEntry) -> bool:
        if not entry.started_by:
            return True
        wanted = {f"{name}.{method}" for name in entry.names for method in entry.started_by}
        return any(
            self._serving.runs(site.context) for name in wanted for site in self._calls.of_name.get(name, ())
        )

    def _runs_once(self, site: CallSite) -> bool:
        """Whether a call runs once a process: at start-up, or late under a guard."""
        return site.context.era == Era.BOOT or guards.is_once(self._heap, site.context, site.record.guard)

    def _rearms(self, context: Context, uid: int) -> bool:
        """Whether a function comes back to the call that hands it over."""
        roots = self._outward.contexts_of(uid)
        return context.uid == uid or context in self._outward.closure(roots)

    def jobs(self, made: CallSite, entry: KeeperEntry) -> tuple[list[CallSite], bool]:
        """List the calls that give a scheduler its jobs, and whether all jobs only tidy up this machine.

        They are those of all schedulers of its type, unless it is `made` for the rest of one function.
        """
        names = [
            method if "." in method else f"{name}.{method}" for method in entry.jobs for name in entry.names
        ]
        sites = [site for name in dict.fromkeys(names) for site in self._calls.of_name.get(name, ())]
        decorated = [site for name in dict.fromkeys(names) for site in self._calls.of_decorator.get(name, ())]
        own = _local_name(self._heap, made)
        if own:
            sites = [site for site in sites if _is_of(self._heap, site, made, own)]
        units = [self._handed(site) for site in sites]
        units += [self._outward.targets(site.context, argument(self._heap, site, 0)) for site in decorated]
        found = [uid for part in units for uid in part]
        roots = [context for uid in found for context in self._outward.contexts_of(uid)]
        all_known = bool(found) and len(found) >= len(sites)
        return sites, all_known and self._outward.effect(roots) == Effect.INSIDE

    def _handed(self, site: CallSite) -> list[int]:
        entry = self._heap.knowledge.register(site.name)
        positions = entry.arguments if entry is not None else (0,)
        return [
            uid
            for position in positions
            for uid in self._outward.targets(site.context, argument(self._heap, site, position))
        ]


def _local_name(heap: Heap, made: CallSite) -> int:
    """Give the local name that alone stands for what a call makes: the number of its string, 0 for none."""
    body, uid, module = made.context.body, made.context.uid, made.context.module
    bound = [name for name, value, *_ in body.binds if value and is_call(body, value, made.number)]
    if len(bound) != 1 or heap.modules.string(module, bound[0]) not in heap.modules.locals[uid]:
        return 0
    if heap.modules.units[uid].kind == UnitKind.MODULE:
        return 0
    records = [call_record(body, number) for number in range(len(body.calls))]
    told = {place for one in records for place in (*one.arguments, one.star, *(at for _, at in one.keywords))}
    told |= {value for _, _, _, value, *_ in body.writes} | {place for _, place, *_ in body.flows}
    return 0 if any(body.ops[place] == Op.NAME and body.a[place] == bound[0] for place in told) else bound[0]


def _is_of(heap: Heap, site: CallSite, made: CallSite, name: int) -> bool:
    """Whether a call is one of a method of what stands under a name of the function that made it."""
    body, callee, around = site.context.body, site.record.callee, site.context.uid
    while around != made.context.uid and heap.modules.units[around].parent >= 0:
        around = heap.modules.parent(around)
    if around != made.context.uid or body.ops[callee] != Op.ATTR:
        return False
    base = body.a[callee]
    return body.ops[base] == Op.NAME and body.a[base] == name
