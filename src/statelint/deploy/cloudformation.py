"""CloudFormation and SAM templates: resources, with what `Ref` and `If` may give in place of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.affinity import fields
from statelint.deploy.functions import read_function
from statelint.deploy.nodes import ListNode, MapNode, Node, Pair, ScalarNode
from statelint.deploy.tasks import CLOUD_FORMATION, read_task
from statelint.deploy.view import shown
from statelint.model.deployment import Scaler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.view import Collected, View

_TASK: Final = "AWS::ECS::TaskDefinition"
_SERVICE: Final = "AWS::ECS::Service"
_IF: Final = frozenset({"!If", "Fn::If"})
_REF: Final = frozenset({"!Ref", "Ref"})
_MAX_DEPTH: Final = 10


def knows(view: View, root: Node) -> bool:
    """Tell whether the root holds resources as CloudFormation writes them."""
    return any(True for _ in _resources(view, root))


def read(view: View, root: Node, found: Collected) -> None:
    """Add what the resources of a template say."""
    rows = fields("cloudformation")
    holder = view.find(root, "Parameters")
    defaults = {
        name: default
        for name, pair in (view.pairs(holder.value) if holder else {}).items()
        if (default := view.find(pair.value, "Default")) is not None
    }
    shared = tuple(pair.value for pair in view.document.at(root, "Globals.Function"))
    for kind, name, body in _resources(view, root):
        service = f"{kind.rpartition('::')[2]}/{name}"
        for row in rows.get(kind, ()):
            for pair in view.settings(row, body):
                facts = (view.judge(row, each, service) for each in _alternatives(view, pair, defaults))
                found.facts.extend([fact for fact in facts if fact is not None][:1])
        properties = view.find(body, "Properties")
        if properties is None:
            continue
        read_function(view, kind, service, (properties.value, *shared), found)
        if kind == _TASK:
            read_task(view, properties.value, service, CLOUD_FORMATION, found)
        elif kind == _SERVICE:
            found.scalers.extend(_desired(view, properties.value, defaults))


def _resources(view: View, root: Node) -> Iterator[tuple[str, str, Node]]:
    holder = view.find(root, "Resources")
    for pair in view.document.pairs(holder.value) if holder is not None else ():
        kind = view.text(pair.value, "Type")
        if "::" in kind:
            yield kind, pair.key.value, pair.value


def _alternatives(view: View, pair: Pair, defaults: dict[str, Pair]) -> Iterator[Pair]:
    """Yield the literal values that a property may have; what cannot be told is left out."""
    waiting: list[Node] = [pair.value]
    for _ in range(_MAX_DEPTH):
        if not waiting:
            return
        node = view.document.resolve(waiting.pop(0))
        function, arguments = _function(view, node)
        if function in _REF and isinstance(arguments, ScalarNode):
            default = defaults.get(arguments.value)
            if default is not None:
                waiting.append(default.value)
        elif function in _IF:
            waiting.extend(view.items(arguments)[1:])
        elif not function:
            yield Pair(pair.key, node)


def _function(view: View, node: Node) -> tuple[str, Node]:
    """Name the function that gives a value, short or long form, and its arguments; empty for a literal."""
    if isinstance(node, (ScalarNode, ListNode)) and node.tag.startswith("!"):
        return node.tag, node
    if isinstance(node, MapNode) and len(node.pairs) == 1:
        (pair,) = view.document.pairs(node) or (None,)
        if pair is not None and (pair.key.value == "Ref" or pair.key.value.startswith("Fn::")):
            return pair.key.value, pair.value
    return "", node


def _desired(view: View, properties: Node, defaults: dict[str, Pair]) -> Iterator[Scaler]:
    count, task = view.find(properties, "DesiredCount"), view.find(properties, "TaskDefinition")
    if count is None or task is None:
        return
    function, arguments = _function(view, view.document.resolve(task.value))
    if function not in _REF or not isinstance(arguments, ScalarNode):
        return
    numbers = [view.number(each.value) for each in _alternatives(view, count, defaults)]
    known = [number for number in numbers if number is not None]
    said = max(known, default=None)
    yield Scaler(
        target=f"TaskDefinition/{arguments.value}",
        least=min(known, default=None),
        most=said,
        spelling=shown(f"DesiredCount: {'?' if said is None else said}"),
        place=view.place_of(count),
    )
