"""Calls of libraries that keep state in the process or on the local disk, as knowledge files describe them.

A keeper counts where it runs in a process that serves, unless what it is told moves the state out: an address
of another machine, a store that is handed over, a flag that is not set. The same mechanism serves every rule
about back ends; what differs stands in the knowledge files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Test
from statelint.program import guards, places_kept, tables, told
from statelint.program.callsites import argument, place_of
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.places_kept import Here, Kept
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.knowledge import KeeperEntry
    from statelint.model.places import Place
    from statelint.program.callsites import CallSite, CallSites
    from statelint.program.contexts import Context
    from statelint.program.lifetime import Lifetimes
    from statelint.program.serving import Serving
    from statelint.program.settings_kept import Settings
    from statelint.program.texts import Text
    from statelint.program.timers import Timers

_QUERIES = ("select", "with", "pragma", "explain", "values")
"""How SQL begins that changes nothing."""

_EXECUTES = ("execute", "executemany", "executescript")
_NO = (None, False)
_READING = "r"
_SHORT = 7
"""Names of functions up to this length (`open`, `connect`) say little without their module."""

_TIDIES = "what it runs only tidies up this process, or files of this machine"
_NAMED = (Test.NOT_NONE, Test.TRUTHY)
_STREAMS = ("sys.", "os.devnull")
_PATH = "pathlib.PurePath"


class Keepers:
    """Finds the keepers of one program, those of each rule in order of place."""

    def __init__(
        self, lifetimes: Lifetimes, calls: CallSites, settings: Settings, serving: Serving, timers: Timers
    ) -> None:
        self._heap = lifetimes.heap
        self._lifetimes = lifetimes
        self._timers = timers
        self._settings = settings
        self._calls = calls
        self._texts = settings.texts
        self._serving = serving
        self._queries_only: bool | None = None

    def of_rule(self, rule: str) -> list[Kept]:
        """List what keeps state for one rule, each place once."""
        found: dict[Place, Kept] = {}
        for name in sorted(self._calls.of_name):
            entry = self._heap.knowledge.keeper(name)
            if entry is None or entry.rule != rule:
                continue
            for site in self._calls.of_name[name]:
                for kept in self._kept(site, entry):
                    found.setdefault(kept.place, kept)
        return [found[place] for place in sorted(found)]

    def _kept(self, site: CallSite, entry: KeeperEntry) -> Iterator[Kept]:
        if not self._serving.runs(site.context) or not self._is_meant(site, entry):
            return
        started = self._started(entry)
        if entry.started_by and not started:
            return
        if entry.queries and self.only_queries():
            return
        jobs, tidies = self._timers.jobs(site, entry) if entry.jobs else ([], False)
        for here in self._here(site, entry):
            if not self._settings.is_behind(here, entry):
                continue
            yield Kept(
                entry=entry,
                context=site.context,
                place=here.place or place_of(self._heap, site),
                symbol=_shown(site.name),
                holder=self._holder(site),
                text=here.text,
                omitted=here.omitted,
                started=started,
                jobs=tuple(sorted({place_of(self._heap, job) for job in jobs})),
                harmless=_TIDIES if tidies else self._excuse(site, entry),
            )

    def _excuse(self, site: CallSite, entry: KeeperEntry) -> str:
        """Say why a call does not count: only development or tests come here; empty where it does."""
        asked = (argument(self._heap, site, position) for position in entry.requires)
        if any(place and told.asks_developers(self._heap, site.context, place) for place in asked):
            return told.FOR_DEVELOPERS
        return told.excuse(self._heap, site.context, site.record.guard)

    def _holder(self, site: CallSite) -> str:
        unit = self._heap.modules.units[site.context.uid]
        return f"{unit.qualified}.{_shown(site.name)}" if unit.qualified else _shown(site.name)

    def _is_meant(self, site: CallSite, entry: KeeperEntry) -> bool:
        """Whether a call is told nothing that moves the state out, and everything that it needs."""
        if any(self._is_given(site, position) for position in entry.moved_by):
            return False
        if not all(self._is_given(site, position) for position in entry.requires):
            return False
        if entry.mode and self._only_reads(site, entry):
            return False
        return not entry.says or any(self._says(site, position, entry) for position in entry.where)

    def _only_reads(self, site: CallSite, entry: KeeperEntry) -> bool:
        place = self._first_given(site, entry.mode)
        mode = constant(self._heap, site.context, place) if place else ""
        return entry.reads if not place else isinstance(mode, str) and mode.startswith(_READING)

    def _is_given(self, site: CallSite, position: int | str) -> bool:
        place = argument(self._heap, site, position)
        return bool(place) and constant(self._heap, site.context, place) not in _NO

    def _says(self, site: CallSite, position: int | str, entry: KeeperEntry) -> bool:
        """Whether one of the words stands in an argument, or in the list that it is."""
        place = argument(self._heap, site, position)
        if not place:
            return False
        told = [place, *tables.elements(self._heap, site.context, place)]
        texts = (text for one in told for text in self._texts.at(site.context, one).known)
        return any(text.whole in entry.says for text in texts)

    def _here(self, site: CallSite, entry: KeeperEntry) -> Iterator[Here]:
        """Give each way in which a call keeps its state here."""
        if entry.says or any(self._is_given(site, position) for position in entry.held_by):
            yield Here(None, omitted=False)
            return
        table = self._first_given(site, entry.table)
        if table and entry.at:
            yield from tables.kept_in(self._heap, self._texts, site.context, table, entry)
        if table and entry.keys and not told.lacks(self._heap, site.context, table, entry.keys):
            return
        place = self._first_given(site, entry.where)
        if place:
            here = self._told(site.context, place, entry, at_boot=self._lasts(site))
            if here is not None and not (here.text is None and self._is_optional(site, place)):
                yield here
        elif not site.record.star and not self._is_told_later(entry):
            here = self._by_default(site, entry)
            if here is not None:
                yield here

    def _by_default(self, site: CallSite, entry: KeeperEntry) -> Here | None:
        """Say where a call that is told nothing keeps its state: as settings say, or as the library does."""
        for name in entry.settings:
            said = self._settings.say(name, entry)
            if said is not None:
                return said[0] if said else None
        if entry.omitted == "here" or (entry.omitted == "scratch" and self._lasts(site)):
            return Here(None, omitted=bool(entry.where or entry.moved_by or entry.keys))
        return None

    def _lasts(self, site: CallSite) -> bool:
        """Whether what a call makes is there for all requests: from start-up on, by a memo, or kept."""
        if site.context.era == Era.BOOT or site.context.uid in self._heap.memos:
            return True
        return any(value in self._lifetimes.holder for value in site.context.results[site.number].values)

    def _is_told_later(self, entry: KeeperEntry) -> bool:
        """Whether another call moves the state out, or may: `limiter.init_app(app, storage_uri=...)`."""
        for site in told.calls_of(self._heap, self._calls, entry.names, entry.told_by):
            place = self._first_given(site, entry.where)
            if site.record.star or any(self._is_given(site, position) for position in entry.moved_by):
                return True
            if place and self._told(site.context, place, entry, at_boot=True) is None:
                return True
        return False

    def _first_given(self, site: CallSite, positions: Iterable[int | str]) -> int:
        """Give the first of some arguments that is given, and not None."""
        places = (argument(self._heap, site, position) for position in positions)
        return next(
            (place for place in places if place and constant(self._heap, site.context, place) is not None), 0
        )

    def _told(self, context: Context, place: int, entry: KeeperEntry, *, at_boot: bool) -> Here | None:
        if told.is_thing(self._heap, context, place, entry.things):
            return Here(None, omitted=False)
        if self._is_no_place(context, place):
            return None
        here = places_kept.where_kept(self._texts.at(context, place), entry, at_boot=at_boot)
        if here is None and not entry.local and self._is_path(context, place):
            return Here(None, omitted=False)
        return here

    def _is_optional(self, site: CallSite, place: int) -> bool:
        """Whether a place that cannot be read is only used if somebody names one: `if path is not None:`."""
        body = site.context.body
        asked = (body.guards[one] for one in guards.chain(body, site.record.guard))
        return any(test in _NAMED and at == place for _, test, at, *_ in asked)

    def _is_no_place(self, context: Context, place: int) -> bool:
        """Whether an argument is a stream, a function or a table, and no text that names a place."""
        for value in evaluate(self._heap, context, place).values:
            kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
            if kind in (Kind.FUNCTION, Kind.METHOD, Kind.CLASS, Kind.OBJECT):
                return True
            if kind == Kind.CONTAINER:
                return True
            if kind == Kind.EXTERNAL and str(parts[0]).startswith(_STREAMS):
                return True
        return False

    def _is_path(self, context: Context, place: int) -> bool:
        """Whether an argument is an object that stands for a path."""
        return any(
            self._heap.values.kinds[value] == Kind.EXTERNAL_OBJECT
            and self._heap.knowledge.is_a(self._heap.values.parts[value][0], _PATH)
            for value in evaluate(self._heap, context, place).values
        )

    def _started(self, entry: KeeperEntry) -> tuple[Place, ...]:
        """List the calls that start what one keeper makes, in a process that serves."""
        sites = told.calls_of(self._heap, self._calls, entry.names, entry.started_by)
        places = (place_of(self._heap, site) for site in sites if self._serving.runs(site.context))
        return tuple(sorted(set(places)))

    def only_queries(self) -> bool:
        """Whether every statement that the project hands to a database only asks; none at all may be any."""
        if self._queries_only is None:
            places = [
                (site.context, place)
                for name, sites in self._calls.of_name.items()
                if name.rpartition(".")[2] in _EXECUTES
                for site in sites
                if (place := argument(self._heap, site, 0))
            ]
            texts = [self._texts.at(context, place) for context, place in places]
            self._queries_only = bool(texts) and all(
                not text.unknown and text.known and all(map(_only_asks, text.known)) for text in texts
            )
        return self._queries_only


def _only_asks(text: Text) -> bool:
    words = text.head.split(maxsplit=1)
    return bool(words) and words[0].lower() in _QUERIES


def _shown(name: str) -> str:
    """Name what is called as a reader knows it: its last part, and where that says little, the one before."""
    owner, _, last = name.rpartition(".")
    if not owner or last[:1].isupper() or len(last) > _SHORT:
        return last
    return f"{owner.rpartition('.')[2]}.{last}"
