"""What pods of Kubernetes and services of Compose start: facts of their commands, and of their copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.nodes import Document, ListNode, MapNode, Node, Pair, ScalarNode
from statelint.deploy.processes import Owner, fact, facts_of, read_commands
from statelint.deploy.shell import Command, Script
from statelint.deploy.storage import is_data_tier
from statelint.deploy.text import Word
from statelint.model.deployment import Attribute, Process

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

# A DaemonSet cares for its nodes, a CronJob is the cure, a Job ends.
_SERVES: Final = {
    "Deployment": "spec.template.spec.containers",
    "DeploymentConfig": "spec.template.spec.containers",
    "Pod": "spec.containers",
    "ReplicaSet": "spec.template.spec.containers",
    "Rollout": "spec.template.spec.containers",
    "StatefulSet": "spec.template.spec.containers",
}


class ContainerKeys(NamedTuple):
    """Where one way to write a container says what it starts, from which image, and which ports are open."""

    started: tuple[str, ...]
    image: str
    ports: str


_OF_A_POD: Final = ContainerKeys(("command", "args"), "image", "ports")


def read_launched(config: ConfigText, document: Document) -> Iterator[DeploymentFact]:
    """Yield the facts of one document; raises `OutOfBudgetError` as the document does."""
    waiting: list[Node] = [document.root]
    while waiting:
        node = document.resolve(waiting.pop())
        kind = document.text_at(node, "kind")
        if kind is not None and kind.value in _SERVES:
            yield from _pod(config, document, node, kind.value)
        elif kind is not None and kind.value.endswith("List"):
            for pair in document.at(node, "items"):
                waiting.extend(pair.value.items if isinstance(pair.value, ListNode) else ())
        elif kind is None:
            for pair in document.at(node, "services"):
                if isinstance(pair.value, MapNode):
                    yield from _services(config, document, pair.value)


def _pod(config: ConfigText, document: Document, node: Node, kind: str) -> Iterator[DeploymentFact]:
    name = document.text_at(node, "metadata.name")
    said = config.text[name.start : name.end].strip("\"'") if name is not None else ""
    service = f"{kind}/{said}" if said else kind
    owner = _owner("kubernetes", service, f"{config.path}:{service}:{node.start}")
    for pair in document.at(node, _SERVES[kind]):
        for container in pair.value.items if isinstance(pair.value, ListNode) else ():
            yield from facts_of_container(config, document, container, _OF_A_POD, owner)


def facts_of_container(
    config: ConfigText, document: Document, container: Node, keys: ContainerKeys, owner: Owner
) -> Iterator[DeploymentFact]:
    """Yield what one of several containers starts that run and are copied together."""
    given = [pair for key in keys.started for pair in document.at(container, key)]
    started = list(_started(config, document, given, owner))
    yield from (replace(each, group=owner.group) for each in started)
    if not any(each.attribute is Attribute.COMMAND for each in started):
        yield from _served(config, document, container, keys, owner)


def _served(
    config: ConfigText, document: Document, container: Node, keys: ContainerKeys, owner: Owner
) -> Iterator[DeploymentFact]:
    """Take a container that opens a port for a server, whatever its image starts."""
    image = document.text_at(container, keys.image)
    has_ports = document.find(container, keys.ports) is not None
    if image is None or not has_ports or is_data_tier(image.value):
        return
    word = Word(image.value, image.start, image.end)
    yield fact(config, owner, Attribute.COMMAND, Process.SERVER.value, [word], f"image: {image.value}"[:60])


def _services(config: ConfigText, document: Document, services: MapNode) -> Iterator[DeploymentFact]:
    for named in document.pairs(services):
        service = named.value
        if not isinstance(service, MapNode):
            continue
        owner = _owner("compose", named.key.value, f"{config.path}:{named.key.value}")
        entry, command = (document.at(service, key) for key in ("entrypoint", "command"))
        yield from _started(config, document, [*entry, *command], owner)


def _started(
    config: ConfigText, document: Document, given: Iterable[Pair], owner: Owner
) -> Iterator[DeploymentFact]:
    """Read command and arguments, as words of one command or each as a line for the shell."""
    words: list[Word] = []
    for pair in given:
        if isinstance(pair.value, ListNode):
            items = map(document.resolve, pair.value.items)
            words += [Word(one.value, one.start, one.end) for one in items if isinstance(one, ScalarNode)]
        elif isinstance(pair.value, ScalarNode) and not pair.value.is_null:
            yield from read_commands(config, *text_span(config, pair.value), owner)
    if words:
        command = Command(tuple(words), (), 0, True, False, (), None)  # noqa: FBT003 - one plain command
        yield from facts_of(config, Script(commands=(command,), comments=()), owner)


def text_span(config: ConfigText, node: ScalarNode) -> tuple[int, int]:
    """Give the span of a scalar's text: without quotes, and without the line of `|`."""
    if node.block:
        return config.starts[min(config.line_of(node.start), len(config.starts) - 1)], node.end
    inset = 0 if node.plain else 1
    return node.start + inset, node.end - inset


def _owner(unit: str, service: str, group: str) -> Owner:
    return Owner(service=service, group=group, unit=unit, remedy="give the clock a workload of its own")
