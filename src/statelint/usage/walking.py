"""Walk over a concrete syntax tree without recursion, and spell its nodes."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAYOUT = (
    "whitespace",
    "lpar",
    "rpar",
    "lbracket",
    "rbracket",
    "lbrace",
    "rbrace",
    "leading_lines",
    "header",
)
_EMPTY_MADE = frozenset({"dict", "list", "set", "deque", "defaultdict", "OrderedDict", "Counter"})
_SPELLER = cst.Module(body=[])


@cache
def _parts(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Name the fields of a kind of node that can hold code, not blanks, brackets and comments."""
    return tuple(field.name for field in dataclasses.fields(kind) if not field.name.startswith(_LAYOUT))


@cache
def _is_kind_of_node(kind: type) -> bool:
    return issubclass(kind, cst.CSTNode)


def _is_node(value: object) -> bool:
    """Whether something is a node; asked of its type, which costs a tenth of asking an abstract class."""
    kind: type = type(value)
    return _is_kind_of_node(kind)


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the nodes directly below, without layout."""
    for name in _parts(type(node)):
        value = getattr(node, name)
        if _is_node(value):
            yield value
        elif isinstance(value, list | tuple):
            yield from (item for item in value if _is_node(item))


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and all below it, parents first."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(tuple(children(current))))


def spell(node: cst.CSTNode) -> str:
    """Write a node as the user did, on one line."""
    return " ".join(_SPELLER.code_for_node(node).split())


def text_of(node: cst.CSTNode | None) -> str | None:
    """Give the value of a plain string literal, one without escapes."""
    if not isinstance(node, cst.SimpleString):
        return None
    plain = "b" not in node.prefix.lower() and "\\" not in node.raw_value
    return node.raw_value if plain else None


def called_name(node: cst.CSTNode) -> str:
    """Give the last name of what is called, empty for anything else: `now` of `datetime.now(UTC)`."""
    return last_name(node.func) if isinstance(node, cst.Call) else ""


def last_name(node: cst.CSTNode) -> str:
    """Give the last name of `a.b.c`, through subscripts and calls: `b` of `a.b[k]`."""
    while True:
        if isinstance(node, cst.Name):
            return node.value
        if isinstance(node, cst.Attribute):
            return node.attr.value
        if isinstance(node, cst.Subscript):
            node = node.value
        elif isinstance(node, cst.Call):
            node = node.func
        else:
            return ""


def subscript_key(node: cst.Subscript) -> cst.BaseExpression | None:
    """Give the key of `x[key]`, nothing for slices and several keys."""
    if len(node.slice) != 1:
        return None
    index = node.slice[0].slice
    return index.value if isinstance(index, cst.Index) else None


def is_blank(node: cst.CSTNode | None) -> bool:
    """Tell None and the new, empty containers from values that say something."""
    if isinstance(node, cst.Call):
        return not node.args and last_name(node.func) in _EMPTY_MADE
    if isinstance(node, cst.List | cst.Dict | cst.Tuple):
        return not node.elements
    return isinstance(node, cst.Name) and node.value == "None"


def is_constant(node: cst.CSTNode) -> bool:
    """Tell literals and their displays, including the empty ones, from everything else."""
    if isinstance(node, cst.Name):
        return node.value in {"True", "False", "None"}
    if isinstance(node, cst.UnaryOperation):
        return is_constant(node.expression)
    if isinstance(node, cst.Tuple | cst.List | cst.Set):
        return all(is_constant(element.value) for element in node.elements)
    if isinstance(node, cst.Dict):
        return not node.elements
    return isinstance(node, cst.BaseString | cst.BaseNumber)
