"""Tell what an expression denotes: the cell itself, one of its elements, or something inside an element.

entry = self._carts.setdefault(user_id, [])     # an element, under the key `user_id`
entry.append(item)                              # so this is a write of the cell
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.walking import last_name, subscript_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.usage.trees import Tree

_BY_KEY = frozenset({"get", "setdefault", "pop", "__getitem__"})
_WITHOUT_KEY = frozenset({"pop", "popleft", "popitem", "get", "get_nowait", "getleft"})
_VIEWS = frozenset({"values", "keys", "items", "copy", "elements"})
_SAME_ELEMENTS = frozenset(
    {
        "list",
        "tuple",
        "sorted",
        "set",
        "frozenset",
        "reversed",
        "iter",
        "dict",
        "deepcopy",
        "copy",
        "enumerate",
    }
)
_ONE_ELEMENT = frozenset({"heappop", "next", "min", "max", "choice"})
_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What an expression denotes: the cell (`depth` 0), an element (1), or something inside one (more).

    `key` is the key of the element in the cell, where it was seen.
    """

    depth: int
    key: cst.BaseExpression | None = None

    def inside(self, key: cst.BaseExpression | None = None) -> Part:
        """Give what lies one step further inside."""
        return Part(depth=self.depth + 1, key=key if self.depth == 0 else self.key)


def find_parts(tree: Tree, cells: Mapping[cst.CSTNode, Part]) -> Mapping[cst.CSTNode, Part]:
    """Map each expression that has to do with the cell to what it denotes, given what some nodes are."""
    names: dict[str, Part] = {}
    binding = tree.of(cst.Assign, cst.AnnAssign, cst.NamedExpr, cst.AsName, cst.For, cst.CompFor)
    for _ in range(_ROUNDS):
        before = dict(names)
        for node in binding:
            names.update(_bound(node, _Names(tree=tree, cells=cells, names=names)))
        if names == before:
            break
    known = _Names(tree=tree, cells=cells, names=names)
    return {
        node: part
        for node in tree.nodes
        if isinstance(node, cst.BaseExpression) and (part := known.part(node)) is not None
    }


def is_use(node: cst.Name, parent: cst.CSTNode | None) -> bool:
    """Tell a name that stands for a value from a label: `b` in `a.b`, in `f(b=1)`, in `def b()`."""
    if isinstance(parent, cst.Attribute):
        return node is parent.value
    if isinstance(parent, cst.Arg):
        return node is parent.value
    return not isinstance(
        parent,
        cst.Param | cst.FunctionDef | cst.ClassDef | cst.ImportAlias | cst.NameItem | cst.MatchKeywordElement,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The cell's names so far: the nodes that are a known part, and the locals that denote one."""

    tree: Tree
    cells: Mapping[cst.CSTNode, Part]
    names: Mapping[str, Part]

    def part(self, node: cst.CSTNode | None) -> Part | None:
        if node is not None and (given := self.cells.get(node)) is not None:
            return given
        match node:
            case cst.Name():
                found = self.names.get(node.value) if is_use(node, self.tree.parents.get(node)) else None
            case cst.Subscript():
                found = self._subscript(node)
            case cst.Attribute():
                found = self._attribute(node)
            case cst.Call():
                found = self._call(node)
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp():
                found = self._filtered(node)
            case _:
                parts = (self.part(below) for below in _same_value(node))
                found = next((part for part in parts if part is not None), None)
        return found

    def _subscript(self, node: cst.Subscript) -> Part | None:
        whole = self.part(node.value)
        key = subscript_key(node)
        return whole if whole is None or key is None else whole.inside(key)

    def _attribute(self, node: cst.Attribute) -> Part | None:
        parent = self.tree.parents.get(node)
        if isinstance(parent, cst.Call) and parent.func is node:
            return None
        whole = self.part(node.value)
        return None if whole is None else whole.inside()

    def _call(self, node: cst.Call) -> Part | None:
        first = node.args[0].value if node.args else None
        if not isinstance(node.func, cst.Attribute) or (whole := self.part(node.func.value)) is None:
            return self._handed_to(last_name(node.func), first)
        method = node.func.attr.value
        if method in _VIEWS:
            return whole
        if method in _BY_KEY and first is not None and node.args[0].keyword is None:
            # `jobs.pop(0)` names a position, not a key
            return whole.inside(None if isinstance(first, cst.Integer) else first)
        return whole.inside() if method in _WITHOUT_KEY else None

    def _handed_to(self, function: str, first: cst.BaseExpression | None) -> Part | None:
        whole = self.part(first)
        if whole is None:
            return None
        if function in _SAME_ELEMENTS or function == "wait_for":
            return whole
        return whole.inside() if function in _ONE_ELEMENT else None

    def _filtered(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Part | None:
        """Take a filtered copy for what it is a copy of: `[t for t in hits[ip] if t > since]`."""
        loop = node.for_in
        same = isinstance(node.elt, cst.Name) and isinstance(loop.target, cst.Name)
        return self.part(loop.iter) if same and last_name(node.elt) == last_name(loop.target) else None


def _same_value(node: cst.CSTNode | None) -> tuple[cst.BaseExpression, ...]:
    """Give the expressions whose value an expression may have, without anything done to it."""
    match node:
        case cst.Await():
            return (node.expression,)
        case cst.NamedExpr():
            return (node.value,)
        case cst.BooleanOperation():
            return (node.left,)
        case cst.IfExp():
            return (node.body, node.orelse)
    return ()


def _bound(node: cst.CSTNode, known: _Names) -> Iterator[tuple[str, Part]]:
    """Yield the local names that a node binds to a part of the cell."""
    match node:
        case cst.Assign():
            for target in node.targets:
                yield from _to_name(target.target, known.part(node.value), known)
        case cst.AnnAssign() | cst.NamedExpr():
            yield from _to_name(node.target, known.part(node.value), known)
        case cst.AsName():
            item = known.tree.parents.get(node)
            if isinstance(item, cst.WithItem):
                yield from _to_name(node.name, known.part(item.item), known)
        case cst.For() | cst.CompFor():
            yield from _looped(node, known)


def _looped(node: cst.For | cst.CompFor, known: _Names) -> Iterator[tuple[str, Part]]:
    whole = known.part(node.iter)
    if whole is None:
        return
    view = _view(node.iter)
    if (
        isinstance(node.target, cst.Tuple)
        and len(node.target.elements) == 2
        and view in {"items", "enumerate"}
    ):
        key, value = (element.value for element in node.target.elements)
        yield from _to_name(value, whole.inside(key if view == "items" else None), known)
    elif view != "keys":
        yield from _to_name(node.target, whole.inside(), known)


def _view(node: cst.BaseExpression) -> str:
    """Give the method through which one iterates: `items` of `list(carts.items())`."""
    while isinstance(node, cst.Call) and last_name(node.func) in _SAME_ELEMENTS - {"enumerate", "copy"}:
        if not node.args:
            return ""
        node = node.args[0].value
    return last_name(node.func) if isinstance(node, cst.Call) else ""


def _to_name(target: cst.CSTNode, part: Part | None, known: _Names) -> Iterator[tuple[str, Part]]:
    if part is not None and isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:  # `count, since = windows[ip]`
            yield from _to_name(element.value, part.inside(), known)
    elif part is not None and isinstance(target, cst.Name) and target not in known.cells:
        yield target.value, part
