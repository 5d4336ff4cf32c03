"""Labels and tags of services that a proxy reads: `name=value` in a list, or a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.deploy.affinity import is_true, label_names, load_table
from statelint.deploy.nodes import MapNode, Node, ScalarNode
from statelint.model.deployment import Attribute, DeploymentFact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.affinity import Setting
    from statelint.deploy.view import View
    from statelint.model.places import Place


def affinity_of_labels(view: View, labels: Node, service: str) -> list[DeploymentFact]:
    """Give what labels say of stickiness, once for each thing that they configure.

    Several of them speak of one cookie (`sticky.cookie`, `sticky.cookie.name`): the first stands for all, and
    one that says no switches all of them off.
    """
    table = load_table("labels")
    pattern = label_names()
    found: dict[str, DeploymentFact] = {}
    off: set[str] = set()
    for name, value, place in _labels(view, labels):
        match = pattern.fullmatch(name.lower())
        if match is None or match.lastgroup is None:
            continue
        row = table.label[int(match.lastgroup[1:])]
        about = name.lower().partition("stick")[0]
        fact = _judge(row, name, value.replace("$$", "$"), service, place)
        if fact is not None:
            found.setdefault(about, fact)
        elif row.test == "true" and not is_true(value):
            off.add(about)
    return [fact for about, fact in found.items() if about not in off]


def _judge(row: Setting, name: str, value: str, service: str, place: Place) -> DeploymentFact | None:
    decisive = row.decisive(value)
    if decisive is None:
        return None
    return DeploymentFact(
        service=service,
        attribute=Attribute.AFFINITY,
        value=decisive,
        spelling=f"{name}={decisive}"[:160],
        remedy=row.off.replace("$name", name),
        place=place,
        unit=row.unit,
    )


def _labels(view: View, labels: Node) -> Iterator[tuple[str, str, Place]]:
    node = view.document.resolve(labels)
    if isinstance(node, MapNode):
        for pair in view.document.pairs(node):
            if isinstance(pair.value, ScalarNode) and not view.is_open(pair.value):
                yield pair.key.value, pair.value.value, view.place_of(pair)
        return
    for item in view.items(node):
        label = view.document.resolve(item)
        if isinstance(label, ScalarNode):
            name, _, value = label.value.partition("=")
            yield name.strip(), value.strip(), view.place_of_node(label)
