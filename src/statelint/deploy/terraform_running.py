"""What Terraform resources say of things that run: Kubernetes workloads, tasks of ECS, sizes of groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.environment import variables
from statelint.deploy.functions import read_function
from statelint.deploy.nodes import MapNode, Node, Pair, ScalarNode
from statelint.deploy.pods import shared_by
from statelint.deploy.storage import is_local_class
from statelint.deploy.tasks import TERRAFORM, read_task
from statelint.deploy.view import shown
from statelint.model.deployment import Claim, Container, Front, Mount, Scaler, Storage, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.view import Collected, View

_DEPLOYMENTS: Final = frozenset({"kubernetes_deployment", "kubernetes_stateful_set"})
_ECS_SERVICE: Final = re.compile(r"aws_ecs_service\.[\w-]+")
_POD: Final = "spec[].template[].spec[]"


def read_running(view: View, kind: str, name: str, body: Node, found: Collected) -> None:
    """Add what one resource says of things that run; nothing if it is of another type."""
    plain = kind.removesuffix("_v1").removesuffix("_v2")
    service = f"{kind}.{name}"
    read_function(view, kind, service, (body,), found)
    if plain in _DEPLOYMENTS:
        found.workloads.append(_deployment(view, kind, name, body))
        for pair in view.document.at(body, "spec[].replicas"):
            found.scalers.append(scaler(view, pair, service))
    elif plain == "kubernetes_horizontal_pod_autoscaler":
        for pair in view.document.at(body, "spec[].max_replicas"):
            for scaled in view.document.at(body, "spec[].scale_target_ref[].name"):
                found.scalers.append(scaler(view, pair, _target(view, scaled)))
    elif plain == "kubernetes_persistent_volume_claim":
        found.claims.append(_claim(view, name, body))
    elif plain == "kubernetes_service":
        selects = view.labels(body, "spec[].selector")
        place = view.place_of_node(body)
        found.fronts.append(Front(name=service, selects=selects, leads_to=(), place=place))
    elif kind.startswith("aws_"):
        _read_tasks(view, kind, service, body, found)


def _read_tasks(view: View, kind: str, service: str, body: Node, found: Collected) -> None:
    """Add a task of ECS, the service that starts it, or what scales that."""
    if kind == "aws_ecs_task_definition":
        read_task(view, body, service, TERRAFORM, found)
    elif kind == "aws_ecs_service":
        task = view.text(body, "task_definition").removesuffix(".arn")
        for pair in view.document.at(body, "desired_count"):
            found.scalers.append(scaler(view, pair, task))
        groups = view.texts_at(body, "load_balancer[].target_group_arn")
        place = view.place_of_node(body)
        for front in (service, *(group.removesuffix(".arn") for group in groups)):
            found.fronts.append(Front(name=front, selects=(), leads_to=(task,), place=place))
    elif kind == "aws_appautoscaling_target":
        for pair in view.document.at(body, "max_capacity"):
            for scaled in _ECS_SERVICE.findall(view.text(body, "resource_id")):
                found.scalers.append(scaler(view, pair, scaled))


def scaler(view: View, pair: Pair, target: str) -> Scaler:
    """Make the statement of an argument whose value is a number of copies."""
    value = pair.value
    number = view.number(value)
    written = f" = {view.written(value)}" if isinstance(value, ScalarNode) else ""
    return Scaler(
        target=target,
        least=number,
        most=number,
        spelling=shown(f"{pair.key.value}{written}"),
        place=view.place_of(pair),
        reference=view.reference(value) if isinstance(value, ScalarNode) else "",
    )


def _target(view: View, pair: Pair) -> str:
    """Name what an autoscaler scales: `kubernetes_deployment.web.metadata[0].name`, or a name in quotes."""
    written = view.written(pair.value) if isinstance(pair.value, ScalarNode) else ""
    kind, _, rest = written.partition(".")
    name = rest.partition(".")[0]
    return f"{kind}.{name}" if name else f"kubernetes_deployment.{written}"


def _deployment(view: View, kind: str, name: str, body: Node) -> Workload:
    containers = [
        Container(
            name=view.text(each, "name"),
            image=view.text(each, "image"),
            command=words[0],
            command_at=words[1],
            environment=variables(view, each, "env"),
            place=view.place_of_node(each),
            is_init=path == "init_container",
        )
        for path in ("init_container", "container")
        for each in _blocks(view, body, f"{_POD}.{path}")
        for words in (view.words(each, "command", "args"),)
    ]
    return Workload(
        service=f"{kind}.{name}",
        kind=kind,
        unit="terraform",
        place=view.place_of_node(body),
        containers=tuple(containers),
        mounts=tuple(_mounts(view, body)),
        is_ordered="stateful" in kind,
        presumed=1,
        labels=view.labels(body, "spec[].template[].metadata[].labels"),
    )


def _mounts(view: View, body: Node) -> Iterator[Mount]:
    mounts = [
        mount
        for mount in _blocks(view, body, f"{_POD}.container[].volume_mount")
        if view.text(mount, "read_only") != "true"
    ]
    for volume in _blocks(view, body, f"{_POD}.volume"):
        name = view.text(volume, "name")
        seen = [mount for mount in mounts if view.text(mount, "name") == name]
        for pair in view.document.pairs(volume):
            storage, source = _storage(view, pair)
            if storage is not None:
                yield Mount(
                    name=name,
                    storage=storage,
                    source=source,
                    targets=tuple(view.text(mount, "mount_path") for mount in seen),
                    spelling=shown(f"{pair.key.value} {source}".strip()),
                    place=view.place_of(pair),
                    seen_at=tuple(view.place_of_node(mount) for mount in seen),
                )


def _storage(view: View, pair: Pair) -> tuple[Storage | None, str]:
    key, value = pair.key.value, pair.value
    if key == "empty_dir":
        return (None if view.text(value, "medium") == "Memory" else Storage.EPHEMERAL), ""
    if key == "host_path":
        return Storage.HOST, view.text(value, "path")
    if key == "persistent_volume_claim":
        source = view.text(value, "claim_name")
        # kubernetes_persistent_volume_claim.media.metadata[0].name
        named = source.split(".")
        return Storage.CLAIM, named[1] if len(named) > 1 else source
    return None, ""


def _claim(view: View, name: str, body: Node) -> Claim:
    modes = view.find(body, "spec[].access_modes")
    words = view.texts(modes.value) if modes is not None else ()
    return Claim(
        name=name,
        shared=shared_by(words),
        is_local=is_local_class(view.text(body, "spec[].storage_class_name")),
        spelling=f"access_modes = [{', '.join(words)}]",
        place=view.place_of(modes) if modes is not None else view.place_of_node(body),
    )


def _blocks(view: View, node: Node, path: str) -> Iterator[MapNode]:
    for pair in view.document.at(node, path):
        yield from view.blocks(pair.value)
