"""Nomad jobs: groups, their copies and volumes, and the tags that a proxy reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.compose import short_mount
from statelint.deploy.environment import variable
from statelint.deploy.labels import affinity_of_labels
from statelint.deploy.launched import ContainerKeys, facts_of_container
from statelint.deploy.nodes import MapNode, Node, Pair, ScalarNode
from statelint.deploy.processes import Owner
from statelint.deploy.terraform_running import scaler
from statelint.deploy.view import shown
from statelint.model.deployment import Container, Mount, Storage, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.view import Collected, View

_KEYS: Final = ContainerKeys(("entrypoint", "command", "args"), "image", "ports")
_EACH_NODE: Final = frozenset({"sysbatch", "system"})
# What Nomad renders and fetches for an allocation is configuration, not data.
_OWN_FOLDERS: Final = ("local/", "secrets/", "alloc/", "${NOMAD_")


def knows(view: View, root: Node) -> bool:
    """Tell whether the root is a job."""
    return any(
        view.find(job.value, "group") is not None
        for pair in view.document.at(root, "job")
        for job in view.document.pairs(pair.value)
    )


def read(view: View, root: Node, found: Collected) -> None:
    """Add what the groups of a job say."""
    for pair in view.document.at(root, "job"):
        for job in view.document.pairs(pair.value):
            kind = view.text(job.value, "type") or "service"
            for named in view.document.at(job.value, "group"):
                for group in view.document.pairs(named.value):
                    _read_group(view, job.key.value, kind, group, found)


def _read_group(view: View, job: str, kind: str, group: Pair, found: Collected) -> None:
    service = f"job {job}/{group.key.value}"
    for path in ("count", "scaling[].max"):
        for pair in view.document.at(group.value, path):
            found.scalers.append(scaler(view, pair, service))
    tasks = [
        task for each in view.document.at(group.value, "task") for task in view.document.pairs(each.value)
    ]
    for holder in (group, *tasks):
        for tags in view.document.at(holder.value, "service[].tags"):
            found.facts.extend(affinity_of_labels(view, tags.value, service))
    owner = Owner(
        service=service,
        group=f"{view.part.config.path}:{service}",
        unit="nomad",
        remedy='give the clock a job of its own, of type "batch" with a `periodic` block',
    )
    for task in tasks if kind == "service" else ():
        for inside in view.maps(task.value, "config"):
            found.facts.extend(facts_of_container(view.part.config, view.document, inside, _KEYS, owner))
    found.workloads.append(
        Workload(
            service=service,
            kind=kind,
            unit="nomad",
            place=view.place_of(group),
            containers=tuple(_container(view, task) for task in tasks),
            mounts=tuple(_mounts(view, group.value, tasks)),
            each_node=kind in _EACH_NODE,
            runs_to_end=kind == "batch",
            presumed=1,
        )
    )


def _container(view: View, task: Pair) -> Container:
    command, command_at = view.words(task.value, "config[].command", "config[].args")
    environment = (
        variable(view, pair.key.value, pair)
        for holder in view.document.at(task.value, "env")
        for pair in view.document.pairs(holder.value)
        if isinstance(pair.value, ScalarNode)
    )
    return Container(
        name=task.key.value,
        image=view.text(task.value, "config[].image"),
        command=command,
        command_at=command_at,
        environment=tuple(environment),
        place=view.place_of(task),
    )


def _mounts(view: View, group: Node, tasks: list[Pair]) -> Iterator[Mount]:
    for task in tasks:
        for volumes in view.document.at(task.value, "config[].volumes"):
            for item in view.items(volumes.value):
                node = view.document.resolve(item)
                if isinstance(node, ScalarNode) and not node.value.startswith(_OWN_FOLDERS):
                    written = view.written(node)
                    mounted = short_mount(written)
                    if mounted is not None:
                        storage, source, target = mounted
                        yield Mount(
                            name=source,
                            storage=storage,
                            source=source,
                            targets=(target,),
                            spelling=shown(written),
                            place=view.place_of_node(node),
                        )
    yield from _host_volumes(view, group, tasks)
    yield from _own_disk(view, group)


def _own_disk(view: View, group: Node) -> Iterator[Mount]:
    """Yield the disk of an allocation that is moved along with it, so that something is kept there."""
    for disk in view.maps(group, "ephemeral_disk"):
        sticky = view.find(disk, "sticky")
        if sticky is not None and view.text(disk, "sticky") == view.text(disk, "migrate") == "true":
            yield Mount(
                name="ephemeral_disk",
                storage=Storage.HOST,
                source="",
                targets=("alloc/data",),
                spelling="sticky = true",
                place=view.place_of(sticky),
            )


def _host_volumes(view: View, group: Node, tasks: list[Pair]) -> Iterator[Mount]:
    mounts = [
        each
        for task in tasks
        for pair in view.document.at(task.value, "volume_mount")
        for each in view.blocks(pair.value)
        if view.text(each, "read_only") != "true"
    ]
    for holder in view.document.at(group, "volume"):
        for volume in view.document.pairs(holder.value):
            body = volume.value
            if not isinstance(body, MapNode) or view.text(body, "type") != "host":
                continue
            if view.text(body, "read_only") == "true":
                continue
            seen = [each for each in mounts if view.text(each, "volume") == volume.key.value]
            kind = view.find(body, "type")
            yield Mount(
                name=volume.key.value,
                storage=Storage.HOST,
                source=view.text(body, "source"),
                targets=tuple(view.text(each, "destination") for each in seen),
                spelling='type = "host"',
                place=view.place_of(kind or volume),
                seen_at=tuple(view.place_of_node(each) for each in seen),
            )
