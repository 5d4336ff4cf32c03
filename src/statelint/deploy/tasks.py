"""Task definitions of ECS, in JSON, CloudFormation or Terraform: containers and folders of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.environment import variables
from statelint.deploy.launched import ContainerKeys, facts_of_container
from statelint.deploy.processes import Owner
from statelint.deploy.view import shown
from statelint.model.deployment import Container, Mount, Storage, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.nodes import MapNode, Node
    from statelint.deploy.view import Collected, View


class Words(NamedTuple):
    """The keys of one way to write a task."""

    unit: str
    containers: str
    volumes: str
    name: str
    image: str
    command: tuple[str, str]
    ports: str
    mounts: str
    volume: str
    target: str
    read_only: str
    host: str
    shared: tuple[str, ...]
    environment: str
    value: str


JSON: Final = Words(
    unit="ecs",
    containers="containerDefinitions",
    volumes="volumes",
    name="name",
    image="image",
    command=("entryPoint", "command"),
    ports="portMappings",
    mounts="mountPoints",
    volume="sourceVolume",
    target="containerPath",
    read_only="readOnly",
    host="host.sourcePath",
    shared=("efsVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"),
    environment="environment",
    value="value",
)
CLOUD_FORMATION: Final = Words(
    unit="ecs",
    containers="ContainerDefinitions",
    volumes="Volumes",
    name="Name",
    image="Image",
    command=("EntryPoint", "Command"),
    ports="PortMappings",
    mounts="MountPoints",
    volume="SourceVolume",
    target="ContainerPath",
    read_only="ReadOnly",
    host="Host.SourcePath",
    shared=("EFSVolumeConfiguration", "FSxWindowsFileServerVolumeConfiguration"),
    environment="Environment",
    value="Value",
)
TERRAFORM: Final = JSON._replace(
    unit="terraform",
    containers="container_definitions",
    volumes="volume",
    host="host_path",
    shared=("efs_volume_configuration", "fsx_windows_file_server_volume_configuration"),
)


def knows(view: View, root: Node) -> bool:
    """Tell whether the root is a task definition."""
    return view.find(root, "containerDefinitions") is not None


def read(view: View, root: Node, found: Collected) -> None:
    """Add what a file of one task definition says."""
    family = view.text(root, "family")
    read_task(view, root, f"task {family}" if family else "task", JSON, found)


def read_task(view: View, body: Node, service: str, words: Words, found: Collected) -> None:
    """Add the workload of one task definition, and what its containers start beside each other."""
    config, place = view.part.config, view.place_of_node(body)
    owner = Owner(
        service=service,
        group=f"{config.path}:{service}:{place.line}",
        unit=words.unit,
        remedy="give the clock a task of its own",
    )
    keys = ContainerKeys(words.command, words.image, words.ports)
    for each in view.maps(body, words.containers) if view.part.at is None else ():
        found.facts.extend(facts_of_container(config, view.document, each, keys, owner))
    containers = [
        Container(
            name=view.text(each, words.name),
            image=view.text(each, words.image),
            command=given[0],
            command_at=given[1],
            environment=variables(view, each, words.environment, (words.name, words.value)),
            place=view.place_of_node(each),
        )
        for each in view.maps(body, words.containers)
        for given in (view.words(each, *words.command),)
    ]
    found.workloads.append(
        Workload(
            service=service,
            kind="task",
            unit=words.unit,
            place=place,
            containers=tuple(containers),
            mounts=tuple(_mounts(view, body, words)),
        )
    )


def _mounts(view: View, body: Node, words: Words) -> Iterator[Mount]:
    points = [
        point
        for container in view.maps(body, words.containers)
        for point in view.maps(container, words.mounts)
        if view.text(point, words.read_only).lower() != "true"
    ]
    for volume in _volumes(view, body, words):
        if any(view.find(volume, key) for key in words.shared):
            continue
        name = view.text(volume, words.name)
        seen = [point for point in points if view.text(point, words.volume) == name]
        host = view.text(volume, words.host)
        decides = view.find(volume, words.host) or view.find(volume, words.name)
        yield Mount(
            name=name,
            storage=Storage.HOST if host else Storage.EPHEMERAL,
            source=host,
            targets=tuple(view.text(point, words.target) for point in seen),
            spelling=shown(f"{words.host}: {host}" if host else f"{words.name}: {name}"),
            place=view.place_of(decides) if decides is not None else view.place_of_node(volume),
            seen_at=tuple(view.place_of_node(point) for point in seen),
        )


def _volumes(view: View, body: Node, words: Words) -> Iterator[MapNode]:
    for pair in view.document.at(body, words.volumes):
        yield from view.blocks(pair.value)
