"""Which reader takes a document: by what stands at its root, never by the name of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy import (
    azure,
    beanstalk,
    cloudformation,
    compose,
    functions,
    json_files,
    openapi,
    tasks,
    terraform,
)
from statelint.deploy.nodes import ENDLESS, OutOfBudgetError
from statelint.deploy.view import View

if TYPE_CHECKING:
    from statelint.deploy.kubernetes import KubernetesReader
    from statelint.deploy.nodes import Document
    from statelint.deploy.view import Collected, Part

# Resources that start nothing but what runs to its end, and hold neither files nor routes of a mesh.
_SETTLED: Final = frozenset(
    {
        "ClusterRole", "ClusterRoleBinding", "CronJob", "HorizontalPodAutoscaler", "Ingress", "Job",
        "Namespace", "NetworkPolicy", "PersistentVolumeClaim", "PodDisruptionBudget", "Role", "RoleBinding",
        "Service", "ServiceAccount",
    }
)  # fmt: skip
_SERVERLESS: Final = "Service"
_READERS: Final = (
    compose,
    cloudformation,
    beanstalk,
    tasks,
    azure,
    functions,
    terraform,
    openapi,
    json_files,
)


def read_document(part: Part, document: Document, found: Collected, kubernetes: KubernetesReader) -> None:
    """Hand a document to the first reader that knows its root; Kubernetes also looks below any other root.

    Resources and settings that cannot mean anything else are found in playbooks and chart values, too.
    """
    view = View(part, document)
    try:
        is_resource = bool(document.get(document.root, "apiVersion"))
        for reader in () if is_resource else _READERS:
            if reader.knows(view, document.root):
                reader.read(view, document.root, found)
                break
    except OutOfBudgetError:
        found.problems.append(part.config.problem(document.root.start, ENDLESS))
        return
    kubernetes.read_document(view)


def is_settled(document: Document) -> bool:
    """Tell whether `read_document` has read all that a document says: it starts and balances nothing else."""
    try:
        kind = document.text_at(document.root, "kind")
        if kind is None or kind.value not in _SETTLED:
            return False
        version = document.text_at(document.root, "apiVersion")
    except OutOfBudgetError:
        return False
    return version is not None and (kind.value != _SERVERLESS or version.value == "v1")
