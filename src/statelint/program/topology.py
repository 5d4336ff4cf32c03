"""The join of code and deployment: which services run a piece of code, and which code is behind a setting."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from statelint.model.deployment import Front
from statelint.model.diagnostics import MOST_EVIDENCE, Copies, Evidence, Role
from statelint.model.files import FileRole
from statelint.program.code_map import CodeMap
from statelint.program.contexts import CLIENT_ENTRIES
from statelint.program.deployed import shared_folders
from statelint.program.launching import Launching
from statelint.program.services import Service, bare_name, deciding, worded_copies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model.deployment import DeploymentFact, Variable
    from statelint.model.diagnostics import Diagnostic
    from statelint.model.places import Place
    from statelint.program.deployed import Deployment
    from statelint.program.heap import Heap
    from statelint.program.services import Bound

_Named = TypeVar("_Named", Service, Front)

_AS_SERVICE: Final = "host "
_WORKS: Final = frozenset({"task"})
_DEVELOPMENT: Final = frozenset(
    {"debug", "dev", "devel", "develop", "development", "local", "override", "test", "testing", "tests", "ci"}
)
_WORDS: Final = re.compile(r"[a-z]+")
_MOST_STEPS: Final = 6
"""Fronts behind one another: a gateway, a mesh, an Ingress, a Service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What a setting of the deployment is in front of; `is_known` tells that nothing else is."""

    services: tuple[Service, ...]
    is_known: bool


class Topology:
    """The services of a project, with the code that each loads."""

    def __init__(self, deployment: Deployment, heap: Heap) -> None:
        self._deployment = deployment
        self._heap = heap
        self._numbers = {facts.path: number for number, facts in enumerate(heap.modules.facts)}
        settings = [fact for facts in heap.modules.facts for fact in facts.deployment]
        self._code = CodeMap(heap.modules)
        launching = Launching(deployment, self._code, settings)
        self.services: tuple[Service, ...] = launching.services() if deployment.files else ()
        self._by_name: dict[str, list[Service]] = {}
        self._by_bare_name: dict[str, list[Service]] = {}
        self._by_label: dict[str, list[Service]] = {}
        self._by_module: dict[int, list[Service]] = {}
        for service in self.services:
            is_lasting = service.code is not None and not service.runs_to_end
            for number in sorted(service.code.modules) if service.code is not None and is_lasting else ():
                self._by_module.setdefault(number, []).append(service)
            self._by_name.setdefault(service.name, []).append(service)
            self._by_bare_name.setdefault(bare_name(service.name), []).append(service)
            for label in service.labels:
                self._by_label.setdefault(label, []).append(service)
        clients = (uid for (uid, _), entry in heap.entries.items() if entry.kind in CLIENT_ENTRIES)
        self._served = frozenset(heap.modules.module_of(uid) for uid in clients)

    # -- code -> services ---------------------------------------------------------------------------------

    def running(self, path: str, entry: str = "", kind: str = "") -> tuple[Service, ...]:
        """List the services that run the code of a file, for requests or tasks that come in by another one.

        What only developers start is left out where there is something else, and so is what examples start.
        """
        number, first = self._numbers.get(path), self._numbers.get(entry or path)
        if number is None or first is None:
            return ()
        role = self._heap.modules.facts[number].role
        found = [
            one
            for one in self._by_module.get(number, ())
            if one.code is not None
            and first in one.code.modules
            and (one.role is not FileRole.EXAMPLE or role is FileRole.EXAMPLE)
        ]
        found = [one for one in found if _takes(one, kind)] or found
        named = [one for one in found if one.code is not None and one.code.found_by == "command"]
        found = named or found
        lasting = [one for one in found if not is_for_development(one.place.path)]
        return tuple(lasting or found)

    def of_file(self, place: Place) -> tuple[Service, ...]:
        """List the services that a line of a deployment file speaks of."""
        told = [one for one in self.services if place in _places(one)]
        return tuple(told or [one for one in self.services if place.path in one.files])

    def services_of(self, diagnostic: Diagnostic) -> tuple[Service, ...]:
        """List the services that a diagnostic concerns."""
        if diagnostic.at.path not in self._numbers:
            return self.of_file(diagnostic.at)
        entries = (item.place.path for item in diagnostic.evidence if item.role is Role.ENTRY)
        found = self.running(diagnostic.at.path, next(entries, ""), diagnostic.entry)
        return tuple(one for one in found if one.name not in diagnostic.spared)

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """Add to a diagnostic how many copies run of what it concerns, and the lines that say so."""
        if any(item.role is Role.COPIES for item in diagnostic.evidence):
            return diagnostic
        services = self.services_of(diagnostic)
        if diagnostic.on_disk:
            services = tuple(replace(one, workers=None) for one in services)
        copies, lines = copies_of(services)
        if not lines:
            return diagnostic
        kept = diagnostic.evidence[: MOST_EVIDENCE - len(lines)]
        return replace(diagnostic, copies=copies, evidence=(*kept, *lines))

    def is_code(self, path: str) -> bool:
        """Tell whether a path is one of the project's modules."""
        return path in self._numbers

    # -- settings -> services -----------------------------------------------------------------------------

    def behind(self, fact: DeploymentFact) -> Behind:
        """Find the services that a setting pins clients to."""
        # What stands in a file of values is a setting of the template that asks for it.
        asking = self._deployment.asking.get(fact.place, ())
        waiting = list(dict.fromkeys(one.service for one in asking)) or [fact.service]
        path = asking[0].place.path if asking else fact.place.path
        names = set(waiting)
        found: dict[Service, None] = {}
        is_known = True
        for step, name in enumerate(waiting):  # grows while it is read
            services, fronts = self._called(name, path)
            found.update(dict.fromkeys(services))
            is_known &= bool(services or fronts) and step < _MOST_STEPS**2
            for front in fronts:
                if front.selects:
                    selected = self._selected(front)
                    found.update(dict.fromkeys(selected))
                    is_known &= bool(selected)
                more = [f"{_AS_SERVICE}{one}" for one in front.leads_to]
                waiting += [one for one in more if one not in names]
                names.update(more)
        return Behind(services=tuple(found), is_known=is_known and bool(found))

    def _called(self, name: str, path: str) -> tuple[list[Service], list[Front]]:
        """Find the services and the fronts of a name; a host may be the name of either."""
        is_host = name.startswith(_AS_SERVICE)
        plain = name.removeprefix(_AS_SERVICE)
        host = plain if "{" in plain else plain.partition(".")[0]
        wanted = {plain, f"Service/{host}", f"services.{host}"} if is_host else {plain}
        fronts = [one for word in sorted(wanted) for one in self._deployment.fronts.get(word, ())]
        services = [one for word in sorted(wanted) for one in self._by_name.get(word, ())]
        if not services and not fronts and not is_host:
            services = list(self._by_bare_name.get(bare_name(plain), ())) if bare_name(plain) else []
        return _near(services, path), _near(fronts, path)

    def _selected(self, front: Front) -> list[Service]:
        first = self._by_label.get(front.selects[0], ()) if front.selects else ()
        found = [one for one in first if set(front.selects) <= set(one.labels)]
        return _near(found, front.place.path)

    # -- what is known of them ------------------------------------------------------------------------------

    def is_read(self, services: Sequence[Service]) -> bool:
        """Tell whether all code of some services was found and read, and answers requests."""
        return bool(services) and all(
            one.code is not None and one.code.is_whole and not self._served.isdisjoint(one.code.modules)
            for one in services
        )

    def variable(self, service: Service, name: str) -> tuple[Variable, ...] | None:
        """Give what a service's environment has under a name: nothing; or None where that is not known."""
        said = service.variables.get(name) or service.variables.get(name.upper(), ())
        return None if not said and service.takes_unknown else said


def _near(found: list[_Named], path: str) -> list[_Named]:
    """Keep those that share most folders with a path: two services may have one name."""
    if len(found) < 2:
        return found
    shared = [shared_folders(path, one.place.path) for one in found]
    return [one for one, count in zip(found, shared, strict=True) if count == max(shared)]


def is_for_development(path: str) -> bool:
    """Tell by its name a deployment file that starts everything on the machine of a developer."""
    return not _DEVELOPMENT.isdisjoint(_WORDS.findall(path.lower()))


def _takes(service: Service, kind: str) -> bool:
    if kind in _WORKS:
        return service.may_work
    return service.may_answer or kind not in CLIENT_ENTRIES


def _places(service: Service) -> set[Place]:
    """List the lines that say something of this service and no other."""
    bounds = (service.instances, service.workers)
    found = {service.place, *(bound.place for bound in bounds if bound is not None)}
    return found | {fact.place for fact in service.commands} | {mount.place for mount in service.mounts}


def copies_of(services: Sequence[Service]) -> tuple[Copies, tuple[Evidence, ...]]:
    """Say in how many copies the services run that are concerned, and which lines decide that."""
    service = deciding(tuple(services))
    if service is None:
        return Copies.UNKNOWN, ()
    name = service.name.replace("`", "'")
    said = f"{worded_copies(service)} of `{name}`"
    lines = [bound for bound in (service.instances, service.workers) if bound is not None]
    first = lines[0].place if lines else service.place
    found = [Evidence(role=Role.COPIES, place=first, message=said)]
    found += [_second(bound) for bound in lines[1:]]
    return service.copies, tuple(found)


def _second(bound: Bound) -> Evidence:
    spelling = bound.spelling.replace("`", "'")
    workers = "1 worker" if bound.most == 1 else f"{bound.most or f'`{spelling}`'} workers"
    said = f"each of them starts {workers}"
    return Evidence(role=Role.COPIES, place=bound.place, message=said)
