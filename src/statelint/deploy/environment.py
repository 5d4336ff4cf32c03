"""Variables of the environment: those that a container is given, and those that others take as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.nodes import ScalarNode
from statelint.model.deployment import Environment, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.nodes import MapNode, Node, Pair
    from statelint.deploy.view import View

_NAME_AND_VALUE: Final = ("name", "value")
_GENERATORS: Final = (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret"))
_SOURCES: Final = (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))


def variable(view: View, name: str, pair: Pair) -> Variable:
    """Make the variable that a pair gives its value; open where that is no plain text."""
    value = pair.value
    is_plain = isinstance(value, ScalarNode) and not view.is_open(value)
    text = view.written(value) if isinstance(value, ScalarNode) and not value.is_null else ""
    return Variable(name=name, value=text, place=view.place_of(pair), is_open=not is_plain)


def variables(
    view: View, node: Node, path: str, keys: tuple[str, str] = _NAME_AND_VALUE
) -> tuple[Variable, ...]:
    """Give the variables of a list of mappings, each with a name and a value, or a source of it."""
    found = []
    for each in view.maps(node, path):
        text, value = view.text(each, keys[0]), view.find(each, keys[1])
        if value is not None and text:
            found.append(variable(view, text, value))
        elif text and (name := view.find(each, keys[0])) is not None:
            found.append(Variable(name=text, value="", place=view.place_of(name), is_open=True))
    return tuple(found)


def sources(view: View, container: Node) -> Iterator[str]:
    """Name the ConfigMaps and Secrets that a container takes as a whole."""
    for each in view.maps(container, "envFrom"):
        for key, kind in _SOURCES:
            name = view.text(each, f"{key}.name")
            if name:
                yield f"{kind}/{name}"


def environment(view: View, node: MapNode, kind: str) -> Environment:
    """Read a ConfigMap; of a Secret only which variables it has."""
    pairs: dict[str, Pair] = {}
    for key in ("data", "stringData"):
        holder = view.find(node, key)
        pairs |= view.pairs(holder.value) if holder is not None else {}
    found = (variable(view, name, pair) for name, pair in pairs.items())
    name = f"{kind}/{view.text(node, 'metadata.name')}"
    return Environment(name=name, variables=tuple(_guarded(each, kind) for each in found))


def generated(view: View, node: MapNode) -> Iterator[Environment]:
    """Read the ConfigMaps and Secrets that Kustomize makes of literals."""
    for key, kind in _GENERATORS:
        for each in view.maps(node, key):
            found = []
            for text, place in zip(*view.words(each, "literals"), strict=True):
                name, _, value = text.partition("=")
                found.append(_guarded(Variable(name=name, value=value, place=place), kind))
            yield Environment(name=f"{kind}/{view.text(each, 'name')}", variables=tuple(found))


def _guarded(given: Variable, kind: str) -> Variable:
    """Keep what a Secret holds out of all that is kept and told."""
    return replace(given, value="", is_open=True) if kind == "Secret" else given
