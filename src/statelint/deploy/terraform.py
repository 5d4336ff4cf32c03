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

    from statelint.deploy.affinity import Setting
    from statelint.deploy.view import Collected, View

_TOP: Final = frozenset(
    {"data", "locals", "module", "output", "provider", "resource", "terraform", "variable"}
)
_STICKINESS: Final = "stickiness"
# Between releases, not instances.
_FORWARD: Final = frozenset({"forward", "weighted_forward", "weighted-forward"})
_ITEMS: Final = re.compile(r"to(?:set|list)\(\[\s*[^\s\]]")
_NAME: Final = r"((?:var|local)\.[\w.-]+)"
_FLAG: Final = re.compile(rf"\(?\s*{_NAME}\s*(?:==\s*true\s*)?\?\s*(?:to(?:set|list)\()?\[\s*[^\s\]]")
_ITEM: Final = re.compile(rf"\[\s*{_NAME}\s*\]|\A{_NAME}\Z")
_OF_ITEM: Final = re.compile(r"\b\w+\.value(?:\.\w+\b|\[\s*\"|\s*,\s*\")")
_DEEPEST: Final = 4
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
            found.facts.extend(_waiting(view, row, body, service))
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


def _waiting(view: View, row: Setting, body: Node, service: str) -> Iterator[DeploymentFact]:
    """Yield a `dynamic` block that a variable switches on, or whose arguments are those of a variable.

    for_each = var.sticky ? [1] : []        # and `enabled = true`, or nothing, in its content
    for_each = length(var.stickiness) > 0 ? [var.stickiness] : []  # and `enabled = stickiness.value.enabled`
    """
    for block in view.maps(body, f"dynamic.{row.path}") if row.switch else ():
        each, content = view.find(block, "for_each"), view.find(block, "content")
        if each is None or content is None or not isinstance(each.value, ScalarNode):
            continue
        switch = view.find(content.value, row.switch)
        given = switch.value if switch is not None else None
        made_for, said = view.written(each.value), ""
        if given is None or (isinstance(given, ScalarNode) and is_true(view.literal(given))):
            flag = _FLAG.match(made_for)
            said = flag[1] if flag else ""
        elif isinstance(given, ScalarNode) and _OF_ITEM.search(view.written(given)):
            items = _ITEM.search(made_for)
            said = f"{items[1] or items[2]}.{row.switch}" if items else ""
        if said:
            yield DeploymentFact(
                service=service,
                attribute=Attribute.AFFINITY,
                value="",
                spelling=row.spelling(""),
                remedy=row.off,
                place=view.place_of(each),
                unit=row.unit,
                reference=said,
                setting=row.id,
            )


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


def _value(view: View, name: str, pair: Pair, depth: int = 0) -> Iterator[Value]:
    """Yield a literal, and those in a mapping by their names there (`var.stickiness.enabled`)."""
    value = pair.value
    if isinstance(value, ScalarNode) and not view.is_open(value) and len(value.value) <= _MAX_LENGTH:
        text = "" if value.is_null else value.value
        yield Value(name=name, value=text, place=view.place_of(pair))
    elif isinstance(value, MapNode) and depth < _DEEPEST:
        for each in view.document.pairs(value):
            yield from _value(view, f"{name}.{each.key.value}", each, depth + 1)


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
