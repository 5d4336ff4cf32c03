"""What rules ask: one solved project, its sites of state, its calls that keep something, its deployment."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from statelint.model.deployment import Attribute
from statelint.model.diagnostics import MOST_EVIDENCE, Confidence, Evidence, Role
from statelint.model.facts import How, UnitKind
from statelint.model.files import FileRole
from statelint.model.places import Place
from statelint.program import (
    closeup,
    drawn_keys,
    file_memos,
    filewrites,
    locks,
    memos,
    own_files,
    process_settings,
    removed_files,
    sureness,
)
from statelint.program.asking import Asking
from statelint.program.backends import Backends
from statelint.program.callsites import CallSites, call_sites
from statelint.program.clocks import Clock, find_clocks
from statelint.program.deployed import Deployment
from statelint.program.includes import settle_includes
from statelint.program.keepers import Keepers
from statelint.program.lifetime import Lifetimes
from statelint.program.local_volumes import find_local_volumes
from statelint.program.outward import Outward
from statelint.program.paths import Paths
from statelint.program.serving import Serving
from statelint.program.settings_kept import Settings
from statelint.program.sites import Site, find_sites
from statelint.program.text_reader import TextReader
from statelint.program.timers import Timers
from statelint.program.topology import Topology
from statelint.program.touched import Touched, touched_while_serving
from statelint.program.values import Era
from statelint.program.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from statelint.model.deployment import DeploymentFact, DeploymentFacts
    from statelint.model.usage import Hints, Look, Statement
    from statelint.program.accesses import Write
    from statelint.program.backends import Verdict
    from statelint.program.cell_names import Home
    from statelint.program.contexts import Context
    from statelint.program.drawn_keys import Secret
    from statelint.program.filewrites import FileWrite
    from statelint.program.heap import Heap
    from statelint.program.local_volumes import LocalVolume
    from statelint.program.locks import Lock
    from statelint.program.memos import Memo
    from statelint.program.paths import Path
    from statelint.program.places_kept import Kept
    from statelint.program.process_settings import Setting
    from statelint.program.sureness import Sureness
    from statelint.program.timers import Timer
    from statelint.program.workers import Accepted


@dataclass(frozen=True)
class Program:
    """One solved project.

    `read_lines` gives the lines of a file of the project, without line ends; `look` is the microscope;
    `stores` has the kinds of store that the user prefers, by kind of state.
    """

    heap: Heap
    deployments: Sequence[DeploymentFacts]
    read_lines: Callable[[str], Sequence[str]]
    look: Look
    stores: Mapping[str, str]

    # -- what there is --------------------------------------------------------------------------------

    @cached_property
    def lifetimes(self) -> Lifetimes:
        """What outlives a request."""
        return Lifetimes(self.heap, self._touched.filled)

    @cached_property
    def _touched(self) -> Touched:
        return touched_while_serving(self.heap)

    @cached_property
    def paths(self) -> Paths:
        """The best path from an entry to each serving context."""
        return Paths(self.heap)

    @cached_property
    def all_sites(self) -> tuple[Site, ...]:
        """Every holder that is written while serving, state or not.

        In a tool whose threads are all that runs beside it, nobody is served.
        """
        found = find_sites(self.heap, self.lifetimes, self._touched, self.paths, self._asking)
        if self._serving.answers_anybody:
            return tuple(found)
        return tuple(site for site in found if site.writes[0].context.era == Era.OPEN)

    def sites(self, home: Home) -> list[Site]:
        """List the holders of one home that are written while serving, memos and those in tests left out."""
        own = (site for site in self.all_sites if site.home == home and not site.decision.remembers_io)
        return [site for site in own if self._counts(site.place.path)]

    def memo_sites(self) -> list[Site]:
        """List the holders, of whatever home, that remember what a database or another service said."""
        found = (site for site in self.all_sites if site.decision.remembers_io)
        return [site for site in found if self._counts(site.place.path)]

    def memos(self) -> list[Memo]:
        """List the functions whose results a decorator remembers while serving, those in tests left out."""
        changed = {write.cell[1] for site in self.all_sites for write in site.writes if write.cell[0] != "G"}
        found = memos.find(self.heap, self.lifetimes, self._asking)
        # a value that is itself changed makes no memo: it is the state, and has a site of its own
        found = [memo for memo in found if not any(one.returns.values & changed for one in memo.serving)]
        return [memo for memo in found if self._counts(memo.at.path)]

    def sites_everywhere(self) -> list[Site]:
        """List the holders of every home that are written while serving, those in tests left out."""
        return [site for site in self.all_sites if self._counts(site.place.path)]

    def file_writes(self) -> list[FileWrite]:
        """List the calls that write a file while serving."""
        return [write for write in self._file_writes if self._counts(self.path_of(write.context))]

    def kept(self, rule: str) -> list[Kept]:
        """List the calls and settings with which libraries keep state here that a rule reports."""
        found = [*self._keepers.of_rule(rule), *self._settings.of_rule(rule)]
        return [kept for kept in found if self._counts(kept.place.path)]

    def timers(self) -> list[Timer]:
        """List the functions that run again and again in a serving process."""
        return [timer for timer in self._timers.find() if self._counts(timer.place.path)]

    def accepted_work(self) -> list[Accepted]:
        """List the calls with which a request hands over work that only this process remembers."""
        return [one for one in self._workers.accepted() if self._counts(one.place.path)]

    def handed_over(self, site: Site) -> tuple[Write, Write] | None:
        """Tell which write puts in for a request what which other takes out in the background, if any."""
        return self._workers.handed_over(site)

    @cached_property
    def _file_writes(self) -> Sequence[FileWrite]:
        return [
            write
            for write in filewrites.find(self.heap)
            if not own_files.is_mere_marker(self.heap, self._calls, write)
            and not file_memos.is_made_again(self.heap, self._calls, self._asking, write)
            and not removed_files.is_removed(self.heap, self._calls, write)
        ]

    @cached_property
    def _asking(self) -> Asking:
        return Asking(self.heap)

    @cached_property
    def _calls(self) -> CallSites:
        return call_sites(self.heap)

    @cached_property
    def _serving(self) -> Serving:
        return Serving(self.heap, self._calls, self.paths)

    @cached_property
    def _texts(self) -> TextReader:
        return TextReader(self.heap, self._calls)

    @cached_property
    def _outward(self) -> Outward:
        return Outward(self.heap, self._calls, self._file_writes)

    @cached_property
    def _timers(self) -> Timers:
        return Timers(self.heap, self._calls, self._serving, self._outward)

    @cached_property
    def _workers(self) -> Workers:
        return Workers(self.heap, self._calls, self.paths, self._outward)

    @cached_property
    def _keepers(self) -> Keepers:
        return Keepers(self.lifetimes, self._calls, self._settings, self._serving, self._timers)

    @cached_property
    def _settings(self) -> Settings:
        return Settings(self.heap, self._calls, self._texts, self._serving)

    def secrets(self) -> list[Secret]:
        """List the keys that each process draws for itself, those in tests left out."""
        return [secret for secret in drawn_keys.find(self.heap) if self._counts(secret.at.path)]

    def locks(self) -> list[Lock]:
        """List the locks held around a change of what all processes share, those in tests left out."""
        found = locks.find(self.heap, self.lifetimes, self.all_sites, self._file_writes)
        return [lock for lock in found if self._counts(lock.at.path)]

    def process_settings(self) -> list[Setting]:
        """List the settings of the whole process that serving code changes, those in tests left out."""
        found = process_settings.find(self.heap, self.paths)
        return [one for one in found if self._counts(one.changes[0].at.path)]

    def deployment(self, attribute: Attribute) -> tuple[DeploymentFact, ...]:
        """List the facts of one kind in all deployment files, in order of place."""
        of_servers = (fact for module in self.heap.modules.facts for fact in module.deployment)
        facts: Iterable[DeploymentFact] = itertools.chain(self._deployment.facts(), of_servers)
        if attribute is Attribute.AFFINITY:
            facts = settle_includes(facts)
        facts = (fact for fact in facts if fact.attribute == attribute)
        return tuple(sorted(facts, key=lambda fact: fact.place))

    def local_volumes(self) -> list[LocalVolume]:
        """List the volumes with data that copies of a service do not share, in order of place."""
        return sorted(find_local_volumes(self._deployment), key=lambda volume: volume.mount.place)

    @cached_property
    def _deployment(self) -> Deployment:
        return Deployment(self.deployments)

    @cached_property
    def topology(self) -> Topology:
        """The services of the project, with the code that each loads."""
        return Topology(self._deployment, self.heap)

    def backend_of(self, site: Site) -> Verdict:
        """Tell whether the environment of the services lets a cell come into being."""
        path = self.path_to(site.writes[0].context)
        kind = path.entry.kind if path.entry is not None else ""
        entry = self.path_of(path.steps[0].context)
        return self._backends.of_site(site, self.topology.running(site.place.path, entry, kind))

    def backend_kept(self, kept: Kept) -> Verdict:
        """Tell whether the environment of the services lets a library keep something here."""
        return self._backends.of_kept(
            kept, self.topology.running(kept.place.path, self.path_of(kept.context))
        )

    @cached_property
    def _backends(self) -> Backends:
        return Backends(self.heap, self._calls, self.topology)

    def clocks(self) -> list[Clock]:
        """List the schedulers and timetables that are copied with a service."""
        return list(find_clocks(self._deployment))

    @property
    def entries(self) -> int:
        """How many functions something outside the project calls while serving."""
        return len(self.heap.entries)

    def _counts(self, path: str) -> bool:
        return self._roles.get(path, FileRole.APPLICATION) in (FileRole.APPLICATION, FileRole.EXAMPLE)

    @cached_property
    def _roles(self) -> dict[str, FileRole]:
        return {module.path: module.role for module in self.heap.modules.facts}

    def is_explained(self, place: Place) -> bool:
        """Tell whether a line of a configuration file has a comment, beside it or above it."""
        lines = self.read_lines(place.path)
        near = lines[max(0, place.line - 2) : place.line]
        return any("#" in line for line in near[-1:]) or any(
            line.lstrip().startswith("#") for line in near[:-1]
        )

    # -- evidence -------------------------------------------------------------------------------------

    def path_of(self, context: Context) -> str:
        """Name the file that holds a context's unit."""
        return self.heap.modules.facts[context.module].path

    def path_to(self, context: Context) -> Path:
        """Give the best path from an entry to a context."""
        return self.paths.to(context)

    def confidence_of(self, path: Path) -> Confidence:
        """Say how sure a path is."""
        return sureness.of_path(path).confidence

    def sureness_of(self, site: Site) -> Sureness:
        """Say how sure it is that a site is state, by the path to its first write, and why not surer."""
        return sureness.of_site(site, self.path_to(site.writes[0].context))

    def entry_name(self, path: Path) -> str:
        """Name the entry of a path as a finding does: its route, or the function."""
        name = self.qualified(path.steps[0].context)
        if path.entry is None or not path.entry.label:
            return name
        return path.entry.label

    def qualified(self, context: Context) -> str:
        """Name the function of a context as a finding does: its qualified name, or the module."""
        unit = self.heap.modules.units[context.uid]
        return unit.qualified.replace(".<locals>", "") or self.heap.modules.facts[context.module].module

    def _span(self, context: Context) -> tuple[int, int, int, int]:
        """Say where the code of a context stands; that of a module is where it first does something."""
        unit = self.heap.modules.units[context.uid]
        if unit.kind != UnitKind.MODULE:
            return unit.span
        done = [(one[3], one[4], one[5], one[6]) for one in context.body.binds]
        done += [(one[6], one[7], one[8], one[9]) for one in context.body.calls]
        return min(done, default=unit.span)

    def request_path(self, path: Path) -> list[Evidence]:
        """Tell the entry and the calls that lead to the last step of a path."""
        first = path.steps[0].context
        kind = path.entry.kind if path.entry is not None else "called while serving"
        label = path.entry.label if path.entry is not None and path.entry.label else kind
        found = [
            Evidence(
                role=Role.ENTRY,
                place=Place(self.path_of(first), *self._span(first)),
                message=f"{label} -> `{self.qualified(first)}`{self._loaded(first)}",
            )
        ]
        for before, step in zip(path.steps, path.steps[1:], strict=False):
            line = step.line or self.heap.modules.units[before.context.uid].span[0]
            found.append(
                Evidence(
                    role=Role.CALL,
                    place=Place(self.path_of(before.context), line, 1, line, 1),
                    message=f"`{self.qualified(before.context)}` calls `{self.qualified(step.context)}`"
                    + (self._loaded(step.context) if not self._loaded(before.context) else ""),
                )
            )
        return found

    def _loaded(self, context: Context) -> str:
        """Say that a method is one of a class which is loaded by its name; empty where it is not."""
        is_loaded = self.heap.modules.class_around(context.uid) in self.heap.plugins.classes
        return ", of a class that is loaded by its name" if is_loaded else ""

    def evidence_for(self, site: Site) -> tuple[Evidence, ...]:
        """Tell the whole story of a site: declared, the path to the first write, writes, reads."""
        declared = [Evidence(role=Role.DECLARED, place=site.place, message=f"`{site.symbol}` is made here")]
        if site.kept_by is not None:
            place, name = site.kept_by
            declared.append(Evidence(role=Role.DECLARED, place=place, message=f"`{name}` keeps it alive"))
        calls = self.request_path(self.paths.to(site.writes[0].context))
        written = self._written(site)
        read = self._read(site)
        room = MOST_EVIDENCE - len(declared) - min(len(written), 3) - min(len(read), 2)
        if len(calls) > room:
            calls = [*calls[: room - 2], *calls[-2:]]
        room = MOST_EVIDENCE - len(declared) - len(calls)
        reads = read[: max(1, room - len(written))] if read else []
        return (*declared, *calls, *written[: room - len(reads)], *reads)

    def _written(self, site: Site) -> list[Evidence]:
        seen: set[tuple[str, int]] = set()
        found = []
        for write in site.writes:
            place = Place(self.path_of(write.context), *write.span)
            if (place.path, place.line) not in seen:
                seen.add((place.path, place.line))
                what = "removed from" if write.removes or write.empties else "written"
                message = f"{what} in `{self.qualified(write.context)}`"
                found.append(Evidence(role=Role.WRITTEN, place=place, message=message))
        return found

    def _read(self, site: Site) -> list[Evidence]:
        seen = {(self.path_of(write.context), write.span[0]) for write in site.writes}
        found = []
        for read in site.reads:
            spot = (self.path_of(read.context), read.line)
            if spot not in seen and read.how != How.RECEIVER:  # which only passes through
                seen.add(spot)
                place = Place(spot[0], read.line, 1, read.line, 1)
                message = f"read in `{self.qualified(read.context)}`"
                found.append(Evidence(role=Role.READ, place=place, message=message))
        return found

    # -- for the microscope ---------------------------------------------------------------------------

    def statements(self, site: Site) -> tuple[Statement, ...]:
        """List the statements that write and read a site, nearest to the request first, each once."""
        return closeup.statements(self.heap, self.lifetimes, self.read_lines, site)

    def hints(self, site: Site) -> Hints:
        """Tell what the facts say of a site."""
        return closeup.hints(self.heap, self.lifetimes, self.paths, site)
