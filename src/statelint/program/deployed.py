"""What runs, in how many copies: workloads of all files, with what scales them and the values they name."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from statelint.deploy.affinity import settle
from statelint.model.deployment import Scaler
from statelint.model.diagnostics import Copies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from statelint.model.deployment import (
        Claim,
        DeploymentFact,
        DeploymentFacts,
        Environment,
        Front,
        Value,
        Variable,
        Workload,
    )
    from statelint.model.files import FileRole
    from statelint.model.places import Place

_ANY_KIND: Final = "*/"
_COMPOSED: Final = "services."
_TEMPLATES: Final = "templates"
_MAX_DIGITS: Final = 9
_MANY: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A workload in its copies; `said_by` is what decides on them, None where nothing says a number.

    `open_by` is a statement whose number is not known here.
    """

    workload: Workload
    role: FileRole
    copies: Copies
    most: int | None
    said_by: Scaler | None
    open_by: Scaler | None = None


_VALUES_OF_MODULES: Final = (".tfvars", ".tfvars.json")


class Deployment:
    """The deployment files of a project as a whole: what one leaves open is looked up in the others."""

    def __init__(self, files: Sequence[DeploymentFacts]) -> None:
        self.files = files
        self._values: dict[tuple[str, str], list[Value]] = {}
        modules = {file.path.rpartition("/")[0] for file in files if file.path.endswith(".tf")}
        for file in files:
            for value in file.values:
                scope = _scope(file.path, value.name)
                if file.path.endswith(_VALUES_OF_MODULES):
                    scope = _module_above(scope, modules)
                self._values.setdefault((scope, value.name), []).append(value)
        for values in self._values.values():
            values.sort(key=_plain_first)

    def facts(self) -> Iterator[DeploymentFact]:
        """Yield each setting; one that waited for a value stands where the value does, if that is on."""
        told: set[Place] = set()
        waiting: list[DeploymentFact] = []
        for fact in (fact for file in self.files for fact in file.facts):
            if fact.reference:
                waiting.append(fact)
            else:
                told.add(fact.place)
                yield fact
        for fact in waiting:
            for value in self.look_up(fact.place.path, fact.reference):
                settled = settle(fact, value)
                if settled is not None and settled.place not in told:
                    told.add(settled.place)
                    yield settled

    @cached_property
    def asking(self) -> dict[Place, list[DeploymentFact]]:
        """The settings of templates and modules that wait for a value, by where that stands."""
        found: dict[Place, list[DeploymentFact]] = {}
        for fact in (fact for file in self.files for fact in file.facts if fact.reference):
            for value in self.look_up(fact.place.path, fact.reference):
                found.setdefault(value.place, []).append(fact)
        return found

    def look_up(self, path: str, reference: str) -> Sequence[Value]:
        """Give the values that a reference in a file may have, the default of its module or chart first."""
        return self._values.get((_scope(path, reference), reference), ())

    @cached_property
    def fronts(self) -> dict[str, list[Front]]:
        """What hands requests on, by name; one name may stand in several files."""
        found: dict[str, list[Front]] = {}
        for file in self.files:
            for front in file.fronts:
                found.setdefault(front.name, []).append(front)
        return found

    def environment(self, name: str, path: str) -> tuple[Variable, ...] | None:
        """Give the variables that go by a name, those of the nearest file; None where no file has them."""
        found = self._environments.get(name, ())
        if not found:
            return None
        shared = max(shared_folders(path, other) for other, _ in found)
        near = (one for other, one in found if shared_folders(path, other) == shared)
        return tuple(each for one in near for each in one.variables)

    @cached_property
    def _environments(self) -> dict[str, list[tuple[str, Environment]]]:
        found: dict[str, list[tuple[str, Environment]]] = {}
        for file in self.files:
            for one in file.environments:
                found.setdefault(one.name, []).append((file.path, one))
        return found

    @cached_property
    def scalers(self) -> dict[tuple[str, str], list[Scaler]]:
        """The statements on copies, by their file and what they are about."""
        found: dict[tuple[str, str], list[Scaler]] = {}
        for file in self.files:
            for scaler in file.scalers:
                found.setdefault((file.path, scaler.target), []).append(scaler)
        return found

    @cached_property
    def patches(self) -> dict[str, list[Workload]]:
        """The patches of workloads, which say nothing of what runs, by the name of what they change."""
        found: dict[str, list[Workload]] = {}
        for deployed in self.deployed:
            if not is_whole(deployed.workload):
                found.setdefault(deployed.workload.service, []).append(deployed.workload)
        return found

    def workloads(self) -> tuple[Deployed, ...]:
        """Give what runs, each with the largest number of copies that a file speaks of."""
        workloads = [(file, workload) for file in self.files for workload in file.workloads]
        by_name: dict[str, list[Place]] = {}
        # A patch or an override repeats the name of a workload: whole ones come first.
        for _, workload in sorted(workloads, key=lambda pair: not is_whole(pair[1])):
            known = by_name.setdefault(workload.service, [])
            if is_whole(workload) or not known:
                known.append(workload.place)
        scaled: dict[Place, list[Scaler]] = {}
        for file in self.files:
            for scaler in file.scalers:
                for place in nearest(file.path, self._targets(scaler, by_name)):
                    scaled.setdefault(place, []).extend(self._resolved(scaler))
        return tuple(
            _in_copies(workload, file.role, scaled.get(workload.place, [])) for file, workload in workloads
        )

    def copied_by(self, fact: DeploymentFact) -> Scaler | None:
        """Tell what starts the process of a fact more than once, None where nothing is known to."""
        names = {fact.service, f"{_COMPOSED}{fact.service}"}
        for deployed in self.deployed:
            workload = deployed.workload
            if workload.service in names and workload.place.path == fact.place.path:
                if workload.each_node:
                    return everywhere(workload)
                return deployed.said_by if deployed.copies is Copies.MANY else None
        paths = [fact.place.path]
        if fact.unit == "procfile":  # the formation of Heroku stands beside it, under the names of its lines
            paths.append(posixpath.join(posixpath.dirname(fact.place.path), "app.json"))
        said = (one for path in paths for name in sorted(names) for one in self.scalers.get((path, name), ()))
        return next((one for one in said if (one.most or 0) >= _MANY), None)

    @cached_property
    def deployed(self) -> tuple[Deployed, ...]:
        """What `workloads` gives, once and for all."""
        return self.workloads()

    def claims(self) -> dict[str, list[Claim]]:
        """Give the claims and volumes by name, with what values of charts say of them."""
        found: dict[str, list[Claim]] = {}
        for file in self.files:
            for claim in file.claims:
                found.setdefault(claim.name, []).append(self._decided(claim))
        return found

    def _targets(self, scaler: Scaler, by_name: dict[str, list[Place]]) -> Iterator[Place]:
        if scaler.target.startswith(_ANY_KIND):
            for name, places in by_name.items():
                if name.endswith(scaler.target[1:]):
                    yield from places
            return
        yield from by_name.get(scaler.target, ())
        if scaler.target not in by_name:  # a service of the cloud, which starts a task
            for front in self.fronts.get(scaler.target, ()):
                for name in front.leads_to:
                    yield from by_name.get(name, ())

    def _resolved(self, scaler: Scaler) -> Iterator[Scaler]:
        values = self.look_up(scaler.place.path, scaler.reference) if scaler.reference else ()
        if not values:
            yield scaler
        for value in values:
            text = value.value
            if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
                count = int(text)
                key = value.name.rpartition(".")[2]
                yield replace(
                    scaler,
                    least=count if scaler.least is None else scaler.least,
                    most=count,
                    spelling=f"{key}: {text}",
                    place=value.place,
                    reference="",
                )

    def _decided(self, claim: Claim) -> Claim:
        from statelint.deploy.pods import shared_by

        values = self.look_up(claim.place.path, claim.reference) if claim.reference else ()
        if not values:
            return claim
        said = values[0]
        spelling = f"{said.name.rpartition('.')[2]}: {said.value}"
        return replace(claim, shared=shared_by((said.value,)), spelling=spelling, place=said.place)


def everywhere(workload: Workload) -> Scaler:
    """Make the statement of what runs once on every node."""
    spelling = "mode: global" if workload.unit == "compose" else f"kind: {workload.kind}"
    return Scaler(target=workload.service, least=None, most=None, spelling=spelling, place=workload.place)


def is_whole(workload: Workload) -> bool:
    """Tell a workload from a patch of one, which says nothing of what runs."""
    return bool(workload.mounts) or any(
        one.image or one.build or one.command for one in workload.containers if not one.is_init
    )


def nearest(path: str, candidates: Iterable[Place]) -> list[Place]:
    """Give those of the places that share most folders with a path: two services may have one name."""
    found: list[Place] = []
    best = -1
    for place in candidates:
        shared = shared_folders(path, place.path)
        if shared > best:
            found, best = [], shared
        if shared == best:
            found.append(place)
    return found


def shared_folders(one: str, other: str) -> int:
    """Count the folders that two paths share; a file shares one more with itself."""
    if one == other:
        return one.count("/") + 1
    count = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count


def _in_copies(workload: Workload, role: FileRole, scalers: Sequence[Scaler]) -> Deployed:
    known = [scaler for scaler in scalers if scaler.most is not None]
    said_by = max(known, key=lambda scaler: (scaler.most or 0, scaler.place), default=None)
    most = said_by.most if said_by is not None else None
    if most is None and not scalers:
        most = workload.presumed
    is_open = len(known) < len(scalers)
    copies = Copies.UNKNOWN
    if most is not None and most >= _MANY:
        copies = Copies.MANY
    elif most is not None and not is_open:
        copies = Copies.ONE
    open_by = next((scaler for scaler in scalers if scaler.most is None), None)
    return Deployed(workload=workload, role=role, copies=copies, most=most, said_by=said_by, open_by=open_by)


def _scope(path: str, reference: str) -> str:
    """Name the folder in which a name means one thing: the chart of a value, the module of a variable."""
    folders = path.split("/")[:-1]
    if reference.startswith("Values.") and _TEMPLATES in folders:
        folders = folders[: folders.index(_TEMPLATES)]
    return "/".join(folders)


def _module_above(folder: str, modules: Collection[str]) -> str:
    """Find the module that a file of values is for: `env/prod.tfvars` lies below it."""
    above = folder
    while above not in modules and above:
        above = above.rpartition("/")[0]
    return above if above in modules else folder


def _plain_first(value: Value) -> tuple[bool, Place]:
    name = value.place.path.rpartition("/")[2]
    return name not in {"values.yaml", "values.yml"} and not name.endswith(".tf"), value.place
