"""Terraform: resources in HCL or in its JSON syntax, and the variables that they name.

Variables, their defaults and locals of the same folder are looked up by the name under which an argument has
them (`var.copies`); nothing else is evaluated. Arguments of modules are not known by the module's code, so
only blocks called `stickiness` count there that say by themselves that they are on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.affinity import fields, is_true
from statelint.deploy.nodes import MapNode, Node, Pair, ScalarNode
from statelint.deploy.terraform_running import read_running
from statelint.model.deployment import Attribute, DeploymentFact, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.view import Collected, View

_TOP: Final = frozenset(
    {"data", "locals", "module", "output", "provider", "resource", "terraform", "variable"}
)
_STICKINESS: Final = "stickiness"
# Between releases, not instances.
_FORWARD: Final = frozenset({"forward", "weighted_forward", "weighted-forward"})
_ITEMS: Final = re.compile(r"to(?:set|list)\(\[\s*[^\s\]]")
_STEPS: Final = 20_000
_MAX_LENGTH: Final = 120


def knows(view: View, root: Node) -> bool:
    """Tell whether the root holds blocks of Terraform, or values of its variables."""
    names = view.pairs(root).keys()
    return not _TOP.isdisjoint(names) and "apiVersion" not in names


def read(view: View, root: Node, found: Collected) -> None:
    """Add what the resources of a file say, and the variables that it defines."""
    rows = fields("terraform")
    for kind, name, body in _resources(view, root):
        service = f"{kind}.{name}"
        for row in rows.get(kind, ()):
            target = " ".join(view.texts_below(body, row.front))
            for each in (body, *_made(view, body)):
                facts = (view.judge(row, pair, service, target=target) for pair in view.settings(row, each))
                found.facts.extend(fact for fact in facts if fact is not None)
        read_running(view, kind, name, body, found)
    for pair in view.document.at(root, "module"):
        for module in view.document.pairs(pair.value):
            found.facts.extend(_in_module(view, f"module.{module.key.value}", module.value))
    found.values.extend(_values(view, root))


def values_of(view: View, root: Node) -> Iterator[Value]:
    """Yield the values of variables that a file of values gives."""
    for pair in view.document.pairs(root):
        yield from _value(view, f"var.{pair.key.value}", pair)


def _resources(view: View, root: Node) -> Iterator[tuple[str, str, Node]]:
    for pair in view.document.at(root, "resource"):
        for kind in view.document.pairs(pair.value):
            for name in view.document.pairs(kind.value):
                for body in view.items(name.value) or (name.value,):
                    yield kind.key.value, name.key.value, body


def _made(view: View, body: Node) -> Iterator[MapNode]:
    """Yield the blocks that `dynamic` makes, where the list that they are made for is seen to have items."""
    for dynamic in view.document.at(body, "dynamic"):
        for block in view.document.pairs(dynamic.value):
            each, content = view.find(block.value, "for_each"), view.find(block.value, "content")
            if each is None or content is None or not _has_items(view, each.value):
                continue
            key = ScalarNode(
                block.key.value, content.key.start, content.key.end, plain=True, block=False, tag=""
            )
            yield MapNode(((key, content.value),), content.key.start, content.key.end, "")


def _has_items(view: View, node: Node) -> bool:
    if isinstance(node, ScalarNode):
        return _ITEMS.match(view.written(node)) is not None
    return bool(view.items(node) or view.document.pairs(node))


def _values(view: View, root: Node) -> Iterator[Value]:
    for pair in view.document.at(root, "variable"):
        for variable in view.document.pairs(pair.value):
            default = view.find(variable.value, "default")
            if default is not None:
                yield from _value(view, f"var.{variable.key.value}", default)
    for pair in view.document.at(root, "locals"):
        for each in view.document.pairs(pair.value):
            yield from _value(view, f"local.{each.key.value}", each)


def _value(view: View, name: str, pair: Pair) -> Iterator[Value]:
    value = pair.value
    if isinstance(value, ScalarNode) and not view.is_open(value) and len(value.value) <= _MAX_LENGTH:
        text = "" if value.is_null else value.value
        yield Value(name=name, value=text, place=view.place_of(pair))


def _in_module(view: View, service: str, body: Node) -> Iterator[DeploymentFact]:
    """Yield the `stickiness = { enabled = true }` among the arguments of a module."""
    waiting: list[tuple[Node, str]] = [(body, "")]
    for _ in range(_STEPS):
        if not waiting:
            return
        node, key = waiting.pop()
        if key in _FORWARD:
            continue
        if key == _STICKINESS:
            enabled = view.find(node, "enabled")
            if (
                enabled is not None
                and isinstance(enabled.value, ScalarNode)
                and is_true(view.literal(enabled.value))
            ):
                yield DeploymentFact(
                    service=service,
                    attribute=Attribute.AFFINITY,
                    value="true",
                    spelling="stickiness.enabled = true",
                    remedy="set `enabled = false`",
                    place=view.place_of(enabled),
                    unit="terraform",
                )
            continue
        waiting.extend((pair.value, pair.key.value) for pair in reversed(view.document.pairs(node)))
        waiting.extend((item, key) for item in reversed(view.items(node)))
