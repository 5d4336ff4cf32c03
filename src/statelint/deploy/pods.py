"""What Kubernetes resources say of things that run: pods and their volumes, copies, claims on storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.environment import environment, generated, sources, variables
from statelint.deploy.nodes import MapNode, Node, Pair, ScalarNode
from statelint.deploy.storage import is_local_class
from statelint.deploy.view import shown
from statelint.model.deployment import (
    Claim,
    Container,
    Front,
    Mount,
    Scaler,
    Storage,
    Workload,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.view import Collected, View

_TEMPLATE: Final = "spec.template"
# Where the pod stands in each kind that starts one.
_PODS: Final = {
    "CloneSet": _TEMPLATE,
    "CronJob": "spec.jobTemplate.spec.template",
    "DaemonSet": _TEMPLATE,
    "Deployment": _TEMPLATE,
    "DeploymentConfig": _TEMPLATE,
    "Job": _TEMPLATE,
    "Pod": "",
    "ReplicaSet": _TEMPLATE,
    "ReplicationController": _TEMPLATE,
    "Rollout": _TEMPLATE,
    "Service": _TEMPLATE,  # of Knative and Cloud Run; the Kubernetes one has no template
    "StatefulSet": _TEMPLATE,
}
_RUN_TO_END: Final = frozenset({"CronJob", "Job"})
# What hands requests on, and where in it the names of Services stand.
_BACKENDS: Final = {
    "DestinationRule": (("spec", ("host",)),),
    "HTTPProxy": (("spec.routes[].services", ("name",)),),
    "HTTPRoute": (("spec.rules[].backendRefs", ("name",)),),
    "Ingress": (
        ("spec.rules[].http.paths[].backend", ("service.name", "serviceName")),
        ("spec.defaultBackend", ("service.name",)),
        ("spec.backend", ("serviceName",)),
    ),
    "IngressRoute": (("spec.routes[].services", ("name",)),),
    "Mapping": (("spec", ("service",)),),
    "Route": (("spec.to", ("name",)),),
}
_FRONTS: Final = frozenset({"Service", *_BACKENDS})
_SERVERLESS: Final = ("serving.knative.dev/", "run.googleapis.com/")
_MOST_OF_SERVERLESS: Final = ("autoscaling.knative.dev/maxScale", "autoscaling.knative.dev/max-scale")
_KEDA_MOST: Final = 100  # maxReplicaCount of a ScaledObject that does not say
_MANY: Final = 2
_FILES_OF_HOST: Final = frozenset({"BlockDevice", "CharDevice", "File", "FileOrCreate", "Socket"})
_KINDS_OF_STORAGE: Final = frozenset({"emptyDir", "ephemeral", "hostPath", "persistentVolumeClaim"})
_SHARED_MODES: Final = frozenset({"ReadOnlyMany", "ReadWriteMany", "ROX", "RWX"})
_OWN_MODES: Final = frozenset({"ReadWriteOnce", "ReadWriteOncePod", "RWO", "RWOP"})


def read_running(view: View, node: MapNode, kind: str, service: str, found: Collected) -> None:
    """Add what one resource says of things that run; nothing if it is of another kind."""
    front = _front(view, node, kind, service) if kind in _FRONTS else None
    if front is not None:
        found.fronts.append(front)
    if kind in _PODS:
        _read_workload(view, node, kind, service, found)
    elif kind in {"HorizontalPodAutoscaler", "ScaledObject"}:
        found.scalers.extend(_autoscaler(view, node, kind))
    elif kind == "PersistentVolumeClaim":
        found.claims.append(_claim(view, node))
    elif kind == "Kustomization":
        found.scalers.extend(_counts(view, node))
        found.environments.extend(generated(view, node))
    elif kind in {"ConfigMap", "Secret"}:
        found.environments.append(environment(view, node, kind))


def _read_workload(view: View, node: MapNode, kind: str, service: str, found: Collected) -> None:
    path = _PODS[kind]
    is_serverless = kind == "Service" and view.text(node, "apiVersion").startswith(_SERVERLESS)
    if kind == "Service" and not is_serverless:
        return
    template = view.find(node, path) if path else None
    pod = view.find(template.value if template else node, "spec")
    count = view.find(node, "spec.replicas")
    if count is not None:
        found.scalers.append(replicas(view, count, service))
    if is_serverless and template is not None:
        found.scalers.extend(_most_of_serverless(view, template, service))
    if pod is None or (template is None and path):
        return
    named = view.find(node, "metadata.name")
    strategy = view.find(node, "spec.strategy.type")
    found.workloads.append(
        Workload(
            service=service,
            kind=kind,
            unit="kubernetes",
            place=view.place_of(named or view.pairs(node)["kind"]),
            containers=tuple(_containers(view, pod.value)),
            mounts=tuple(_mounts(view, pod.value)),
            each_node=kind == "DaemonSet",
            runs_to_end=kind in _RUN_TO_END,
            is_ordered=kind == "StatefulSet",
            presumed=_MANY if is_serverless else 1 if kind == "Pod" else None,
            labels=view.labels(template.value if template else node, "metadata.labels"),
            held=view.place_of(strategy) if strategy is not None and _is_recreate(view, strategy) else None,
        )
    )


def _is_recreate(view: View, pair: Pair) -> bool:
    return isinstance(pair.value, ScalarNode) and view.literal(pair.value) == "Recreate"


def _containers(view: View, pod: Node) -> Iterator[Container]:
    for key in ("initContainers", "containers"):
        for container in view.maps(pod, key):
            words, places = view.words(container, "command", "args")
            yield Container(
                name=view.text(container, "name"),
                image=view.text(container, "image"),
                command=words,
                command_at=places,
                environment=variables(view, container, "env"),
                takes=tuple(sources(view, container)),
                place=view.place_of_node(container),
                is_init=key == "initContainers",
            )


def _front(view: View, node: MapNode, kind: str, service: str) -> Front | None:
    """Read who a Service selects, or to which Services an Ingress, a Route or a mesh hands requests on."""
    selects = view.labels(node, "spec.selector") if kind == "Service" else ()
    leads_to: dict[str, None] = {}
    for path, names in _BACKENDS.get(kind, ()):
        for each in view.maps(node, path):
            leads_to |= dict.fromkeys(filter(None, (view.text(each, name) for name in names)))
    if not selects and not leads_to:
        return None
    place = view.place_of(view.find(node, "metadata.name") or view.pairs(node)["kind"])
    return Front(name=service, selects=selects, leads_to=tuple(leads_to), place=place)


def _mounts(view: View, pod: Node) -> Iterator[Mount]:
    mounted = _targets(view, pod)
    for volume in view.maps(pod, "volumes"):
        name = view.text(volume, "name")
        # A template may show both branches of a condition: one name, two kinds.
        kinds = [kind for kind in view.document.names(volume) if kind in _KINDS_OF_STORAGE]
        for pair in (pair for kind in kinds for pair in view.document.get(volume, kind)):
            found = _storage(view, pair)
            if found is None:
                continue
            storage, source = found
            mounts = mounted.get(name, [])
            serving = [target for target, is_init in mounts if not is_init]
            yield Mount(
                name=name,
                storage=storage,
                source=source,
                targets=tuple(view.text(target, "mountPath") for target in serving),
                spelling=shown(f"{pair.key.value}: {source}") if source else pair.key.value,
                place=view.place_of(pair),
                seen_at=tuple(view.place_of_node(target) for target in serving),
                is_filled=any(is_init for _, is_init in mounts),
            )


def _storage(view: View, pair: Pair) -> tuple[Storage, str] | None:
    value, key = pair.value, pair.key.value
    if key == "emptyDir":
        return None if view.text(value, "medium") == "Memory" else (Storage.EPHEMERAL, "")
    if key == "ephemeral":
        return Storage.EPHEMERAL, ""
    if key == "hostPath":
        path = view.text(value, "path")
        return None if view.text(value, "type") in _FILES_OF_HOST else (Storage.HOST, path)
    if key == "persistentVolumeClaim" and view.text(value, "readOnly").lower() != "true":
        return Storage.CLAIM, view.text(value, "claimName")
    return None


def _targets(view: View, pod: Node) -> dict[str, list[tuple[MapNode, bool]]]:
    """Gather by volume the mounts that may write, and whether an init container has them."""
    found: dict[str, list[tuple[MapNode, bool]]] = {}
    for key in ("initContainers", "containers"):
        for mount in view.maps(pod, f"{key}[].volumeMounts"):
            if view.text(mount, "readOnly").lower() != "true":
                found.setdefault(view.text(mount, "name"), []).append((mount, key == "initContainers"))
    return found


def replicas(view: View, pair: Pair, target: str) -> Scaler:
    """Make the statement of a key whose value is a number of copies."""
    value = pair.value
    number = view.number(value)
    return Scaler(
        target=target,
        least=number,
        most=number,
        spelling=shown(f"{pair.key.value}: {view.written(value)}")
        if isinstance(value, ScalarNode)
        else pair.key.value,
        place=view.place_of(pair),
        reference=view.reference(value) if isinstance(value, ScalarNode) else "",
    )


def _most_of_serverless(view: View, template: Pair, service: str) -> Iterator[Scaler]:
    for name, pair in _annotations(view, template.value).items():
        if name in _MOST_OF_SERVERLESS:
            yield replicas(view, pair, service)


def _annotations(view: View, node: Node) -> dict[str, Pair]:
    holder = view.find(node, "metadata.annotations")
    return view.pairs(holder.value) if holder is not None else {}


def _autoscaler(view: View, node: MapNode, kind: str) -> Iterator[Scaler]:
    target = view.find(node, "spec.scaleTargetRef")
    if target is None:
        return
    name = view.text(target.value, "name")
    of = view.text(target.value, "kind") or "Deployment"
    is_keda = kind == "ScaledObject"
    most = view.find(node, "spec.maxReplicaCount" if is_keda else "spec.maxReplicas")
    least = view.find(node, "spec.minReplicaCount" if is_keda else "spec.minReplicas")
    if most is not None:
        said = replicas(view, most, f"{of}/{name}")
        yield Scaler(
            target=said.target,
            least=view.number(least.value) if least else 1,
            most=said.most,
            spelling=said.spelling,
            place=said.place,
            reference=said.reference,
        )
    elif is_keda:
        yield Scaler(
            target=f"{of}/{name}", least=0, most=_KEDA_MOST, spelling=kind, place=view.place_of(target)
        )


def _counts(view: View, node: MapNode) -> Iterator[Scaler]:
    for each in view.maps(node, "replicas"):
        count = view.find(each, "count")
        if count is not None:
            yield replicas(view, count, f"*/{view.text(each, 'name')}")


def _claim(view: View, node: MapNode) -> Claim:
    pairs = view.pairs(node)
    modes = view.find(node, "spec.accessModes")
    classes = view.text(node, "spec.storageClassName")
    words = view.texts(modes.value) if modes is not None else ()
    reference = ""
    if modes is not None:
        (*_, last) = (
            view.document.resolve(modes.value),
            *map(view.document.resolve, view.items(modes.value)),
        )
        reference = view.reference(last) if isinstance(last, ScalarNode) else ""
    return Claim(
        name=view.text(node, "metadata.name"),
        shared=shared_by(words),
        is_local=is_local_class(classes),
        spelling=shown(f"accessModes: [{', '.join(words)}]") if words else "PersistentVolumeClaim",
        place=view.place_of(modes) if modes is not None else view.place_of(pairs["kind"]),
        reference=reference,
    )


def shared_by(modes: tuple[str, ...]) -> bool | None:
    """Tell by its access modes whether pods of several nodes share a claim; None where they don't say."""
    if not _SHARED_MODES.isdisjoint(modes):
        return True
    return False if not _OWN_MODES.isdisjoint(modes) else None
