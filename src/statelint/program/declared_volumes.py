"""Folders with data that an image or a server declares, where no workload mounts something."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from statelint.deploy.storage import Use, use_of
from statelint.model.deployment import Attribute, Mount, Process, Storage, Workload
from statelint.model.diagnostics import Copies
from statelint.program.deployed import Deployed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.deployment import DeploymentFact, DeploymentFacts, Scaler

_IMAGE: Final = "dockerfile"
_PLATFORM: Final = "platform"
_MANY: Final = 2
# Queues and caches that a server keeps in files: what they are for is known, whatever their names say.
_OF_SERVERS: Final = frozenset({"uwsgi"})


def declared_volumes(
    files: Sequence[DeploymentFacts], workloads: Sequence[Deployed]
) -> Iterator[tuple[Deployed, Mount]]:
    """Yield each such folder, with what runs the image in how many copies, as far as a file says so.

    An image counts that starts a server, and a folder that is for data by its name.
    """
    for file in files:
        served = {fact.group for fact in file.facts if _is_server(fact)}
        for fact in file.facts:
            if fact.attribute is not Attribute.VOLUME:
                continue
            if fact.unit == _PLATFORM:
                many = _machines(fact, file)
                if many is not None and use_of(fact.value) is not Use.SCRATCH:
                    yield _of_machines(fact, file, many)
                continue
            if fact.unit == _IMAGE:
                is_data = fact.group in served and use_of(fact.value) is Use.DATA
                running = _running(fact, workloads) if is_data else ()
            else:
                is_data, running = fact.unit in _OF_SERVERS, ()
            if is_data and not _is_mounted(fact.value, workloads):
                yield _declared(fact, file, running)


def _machines(fact: DeploymentFact, file: DeploymentFacts) -> Scaler | None:
    """Find what starts several machines, each of which has a volume of its own; one is what there is else."""
    said = (one for one in file.scalers if one.target == fact.service)
    return next((one for one in said if (one.most or 0) >= _MANY), None)


def _of_machines(fact: DeploymentFact, file: DeploymentFacts, many: Scaler) -> tuple[Deployed, Mount]:
    workload = Workload(service=fact.service, kind="machine", unit=fact.unit, place=fact.place)
    deployed = Deployed(workload=workload, role=file.role, copies=Copies.MANY, most=many.most, said_by=many)
    return deployed, _mount(fact, Storage.NAMED)


def _is_server(fact: DeploymentFact) -> bool:
    return fact.attribute is Attribute.COMMAND and fact.value == Process.SERVER


def _running(fact: DeploymentFact, workloads: Sequence[Deployed]) -> Sequence[Deployed]:
    """List what is built from the folder of a Dockerfile."""
    home = posixpath.dirname(fact.place.path)
    return [
        deployed
        for deployed in workloads
        for container in deployed.workload.containers
        if container.build and _folder(deployed.workload.place.path, container.build) == home
    ]


def _folder(path: str, build: str) -> str:
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), build))
    return "" if folder == "." else folder


def _is_mounted(path: str, workloads: Sequence[Deployed]) -> bool:
    """Tell whether a workload of the project mounts a volume there: then that one is judged."""
    folder = path.rstrip("/") + "/"
    mounts = (mount for deployed in workloads for mount in deployed.workload.mounts)
    return any(folder.startswith(target.rstrip("/") + "/") for mount in mounts for target in mount.targets)


def _declared(
    fact: DeploymentFact, file: DeploymentFacts, running: Sequence[Deployed]
) -> tuple[Deployed, Mount]:
    """Take the largest number of copies in which something runs that is built from the image."""
    most = max(running, key=lambda one: (one.copies is Copies.MANY, one.most or 0), default=None)
    workload = Workload(service=fact.service, kind="image", unit=fact.unit, place=fact.place)
    deployed = Deployed(
        workload=workload,
        role=file.role,
        copies=most.copies if most is not None else Copies.UNKNOWN,
        most=most.most if most is not None else None,
        said_by=most.said_by if most is not None else None,
    )
    return deployed, _mount(fact, Storage.EPHEMERAL)


def _mount(fact: DeploymentFact, storage: Storage) -> Mount:
    return Mount(
        name=fact.value,
        storage=storage,
        source="",
        targets=(fact.value,),
        spelling=fact.spelling,
        place=fact.place,
    )
