"""Values of Helm charts, by the names under which templates ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.nodes import MapNode, Node, OutOfBudgetError, ScalarNode
from statelint.deploy.view import View
from statelint.model.deployment import Value

if TYPE_CHECKING:
    from statelint.deploy.nodes import Document
    from statelint.deploy.view import Part

MOST_VALUES: Final = 2_000  # of one file; the longest published ones have about a thousand
_MAX_LENGTH: Final = 120


def values_of(part: Part, document: Document) -> tuple[Value, ...]:
    """Give the scalars of a values file by their path; the first one of a list by that of the list."""
    view = View(part, document)
    found: list[Value] = []
    waiting: list[tuple[Node, str]] = [(document.root, "Values")]
    try:
        while waiting and len(found) < MOST_VALUES:
            node, path = waiting.pop()
            for pair in document.pairs(node):
                name = f"{path}.{pair.key.value}"
                value = pair.value
                items = view.items(value)
                if items:
                    value = document.resolve(items[0])
                if isinstance(value, MapNode) and not items:
                    waiting.append((value, name))
                elif isinstance(value, ScalarNode) and not view.is_open(value):
                    text = "" if value.is_null else value.value
                    if len(text) <= _MAX_LENGTH:
                        found.append(Value(name=name, value=text, place=view.place_of(pair)))
    except OutOfBudgetError:
        return ()
    return tuple(found)
