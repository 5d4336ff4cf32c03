"""Azure: ARM templates in JSON, and Bicep; resources by type, and the parameters of the same file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.affinity import fields
from statelint.deploy.nodes import EXPRESSION, Node, Pair, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.view import Collected, View

_TYPE: Final = re.compile(r"microsoft\.[\w.]+/", re.IGNORECASE)
_PARAMETER: Final = re.compile(r"\[\s*(?:parameters|variables)\(\s*'([^']{1,80})'\s*\)\s*\]\Z")
_NAME: Final = re.compile(r"[^\W\d]\w*\Z")


def knows(view: View, root: Node) -> bool:
    """Tell whether the root holds resources of Azure."""
    return any(True for _ in _resources(view, root, ""))


def read(view: View, root: Node, found: Collected) -> None:
    """Add what the resources of a file say."""
    rows = fields("azure")
    defaults = _defaults(view, root)
    for kind, name, body in _resources(view, root, ""):
        service = f"{kind.rpartition('/')[2]}/{name}"
        for row in rows.get(kind.lower(), ()):
            for pair in view.settings(row, body):
                fact = view.judge(row, _known(pair, defaults), service)
                if fact is not None and not fact.reference:
                    found.facts.append(fact)


def _resources(view: View, root: Node, above: str) -> Iterator[tuple[str, str, Node]]:
    """Yield type, name and body of each resource; those inside of another one have its type before theirs."""
    waiting = [(root, above)]
    while waiting:
        node, parent = waiting.pop()
        for body in view.maps(node, "resources"):
            bodies = [body] if view.find(body, "type") else [each.value for each in view.document.pairs(body)]
            for one in bodies:
                kind = view.text(one, "type")
                if _TYPE.match(kind) or parent:
                    whole = kind if _TYPE.match(kind) or not parent else f"{parent}/{kind}"
                    yield whole, view.text(one, "name"), one
                    waiting.append((one, whole))
        # Bicep: resource NAME 'TYPE@VERSION' = {
        for holder in view.document.at(node, "resource"):
            for name in view.document.pairs(holder.value):
                for kind_pair in view.document.pairs(name.value):
                    kind = kind_pair.key.value.partition("@")[0]
                    whole = kind if not parent or _TYPE.match(kind) else f"{parent}/{kind}"
                    if _TYPE.match(whole):
                        yield whole, name.key.value, kind_pair.value
                        waiting.append((kind_pair.value, whole))


def _defaults(view: View, root: Node) -> dict[str, Pair]:
    found: dict[str, Pair] = {}
    for pair in view.document.at(root, "parameters"):
        for parameter in view.document.pairs(pair.value):
            default = view.find(parameter.value, "defaultValue")
            if default is not None:
                found[parameter.key.value] = default
    for pair in view.document.at(root, "variables"):
        found |= view.pairs(pair.value)
    # Bicep: param NAME TYPE = DEFAULT, var NAME = VALUE
    for pair in view.document.at(root, "param"):
        for parameter in view.document.pairs(pair.value):
            for default in view.document.pairs(parameter.value):
                found[parameter.key.value] = default
    for pair in view.document.at(root, "var"):
        found |= view.pairs(pair.value)
    return found


def _known(pair: Pair, defaults: dict[str, Pair]) -> Pair:
    """Put the default of a parameter in the place of its name; the finding stays where the name stands."""
    value = pair.value
    if not isinstance(value, ScalarNode):
        return pair
    if value.tag == EXPRESSION:
        name = value.value if _NAME.match(value.value) else ""
    else:
        named = _PARAMETER.match(value.value)
        name = named[1] if named else ""
    return Pair(pair.key, defaults[name].value) if name in defaults else pair
