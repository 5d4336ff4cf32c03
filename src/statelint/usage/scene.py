"""Find a cell in one statement, by its own name or by what is written where the facts say it is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import libcst as cst

from statelint.model.diagnostics import Role
from statelint.usage.parts import Part, find_parts, is_use
from statelint.usage.trees import Tree, first_lines, plant
from statelint.usage.walking import called_name, last_name, spell, subscript_key, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statelint.model.usage import Statement

_CLOCK = frozenset(
    {
        "time", "monotonic", "perf_counter", "now", "utcnow", "today", "timestamp", "time_ns", "monotonic_ns",
        "localtime", "gmtime",
    }
)  # fmt: skip
_RANDOM = frozenset(
    {
        "uuid1", "uuid4", "uuid7", "token_hex", "token_urlsafe", "token_bytes", "urandom", "getrandbits",
        "randbytes", "randint", "ulid",
    }
)  # fmt: skip
# What an expression is computed from is asked often; nothing that people write comes near this.
_REACH = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One statement, and everything in it that denotes a part of the cell.

    `values` maps local names to what is assigned to them.
    """

    statement: Statement
    tree: Tree
    parts: Mapping[cst.CSTNode, Part]
    values: Mapping[str, tuple[cst.BaseExpression, ...]]

    def part(self, node: cst.CSTNode | None) -> Part | None:
        """Tell what an expression denotes; None where it has nothing to do with the cell."""
        return None if node is None else self.parts.get(node)

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield what a node stands in, innermost first."""
        while (parent := self.tree.parents.get(node)) is not None:
            yield parent
            node = parent

    def function(self, node: cst.CSTNode) -> cst.CSTNode:
        """Give the innermost function around a node, or the whole statement."""
        return next(
            (above for above in self.above(node) if isinstance(above, cst.FunctionDef)), self.tree.module
        )

    def reach(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield what an expression is computed from: its nodes, and those that its local names stand for."""
        yield from islice(self._reach(node), _REACH)

    def _reach(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        seen: set[str] = set()
        waiting = [node]
        while waiting:
            for below in walk(waiting.pop()):
                yield below
                if isinstance(below, cst.Name) and below.value in self.values and below.value not in seen:
                    seen.add(below.value)
                    waiting.extend(self.values[below.value])

    def touches(self, node: cst.CSTNode) -> Iterator[Part]:
        """Yield the parts of the cell that a node mentions."""
        return (self.parts[below] for below in walk(node) if below in self.parts)

    def is_clock(self, node: cst.CSTNode) -> bool:
        """Tell whether an expression is computed from the time."""
        return any(called_name(below) in _CLOCK for below in self.reach(node))

    def is_random(self, node: cst.CSTNode) -> bool:
        """Tell whether an expression is computed from a random value."""
        return any(called_name(below) in _RANDOM for below in self.reach(node))


def set_scene(statement: Statement, name: str) -> Scene | None:
    """Find the cell called `name` in a statement; None where the statement cannot be parsed safely."""
    tree = plant(statement.text)
    if tree is None:
        return None
    named = _named(tree, name, is_local=_is_local(name, statement.names))
    cells = named | _spelled(tree, statement.names)
    inside = () if cells else _written_at_focus(tree, statement)
    known = dict.fromkeys(cells, Part(depth=0)) or dict.fromkeys(inside, Part(depth=statement.depth))
    return Scene(statement=statement, tree=tree, parts=find_parts(tree, known), values=_assigned(tree))


def _is_local(name: str, names: Sequence[str]) -> bool:
    """Tell from how a cell is spelled whether its own name is that of no attribute."""
    own = [spelled for spelled in names if spelled.rpartition(".")[2] == name]
    return bool(own) and not any("." in spelled for spelled in own)


def _spelled(tree: Tree, names: Sequence[str]) -> frozenset[cst.CSTNode]:
    """Find the expressions that are spelled as the facts say; a call by what is called."""
    wanted = frozenset(names)
    last = {name.removesuffix("()").rpartition(".")[2] for name in names}  # writing a node out is dear
    return frozenset(
        node
        for node in tree.of(cst.Attribute, cst.Name, cst.Call)
        if last_name(node) in last
        if (f"{spell(node.func)}()" if isinstance(node, cst.Call) else spell(node)) in wanted
        if not isinstance(node, cst.Name) or is_use(node, tree.parents.get(node))
    )


def _named(tree: Tree, name: str, *, is_local: bool) -> frozenset[cst.CSTNode]:
    """Find the expressions that bear the cell's last name.

    An attribute of that name goes before a plain name, unless the cell is one: in `self.users = users` the
    parameter is not the cell.
    """
    members = tree.of(cst.Attribute, cst.Subscript, cst.Call) if not is_local else ()
    by_attribute = {node for node in members if _is_member(node, name)}
    if by_attribute:
        return frozenset(by_attribute)
    return frozenset(
        node
        for node in tree.of(cst.Name)
        if isinstance(node, cst.Name) and node.value == name and is_use(node, tree.parents.get(node))
    )


def _is_member(node: cst.CSTNode, name: str) -> bool:
    """Tell `x.name`, `x["name"]` and `getattr(x, "name")`."""
    if isinstance(node, cst.Attribute):
        return node.attr.value == name
    if isinstance(node, cst.Subscript):
        return text_of(subscript_key(node)) == name
    return called_name(node) == "getattr" and _second_text(node) == name


def _second_text(node: cst.CSTNode) -> str | None:
    return text_of(node.args[1].value) if isinstance(node, cst.Call) and len(node.args) > 1 else None


def _written_at_focus(tree: Tree, statement: Statement) -> frozenset[cst.CSTNode]:
    """Find the cell under a name of the function's own: what is written on the line where the facts say so.

    def put(store, key, item):
        store[key] = item
    """
    if statement.role is not Role.WRITTEN:
        return frozenset()
    lines = first_lines(tree)
    wanted = statement.focus - statement.line + 1
    receivers = {
        spell(receiver)
        for node in tree.nodes
        if lines.get(node) == wanted and (receiver := _receiver(node)) is not None
    }
    return frozenset(
        node
        for node in tree.of(cst.Name, cst.Attribute)
        if last_name(node) and spell(node) in receivers
        if not isinstance(node, cst.Name) or is_use(node, tree.parents.get(node))
    )


def _receiver(node: cst.CSTNode) -> cst.BaseExpression | None:
    """Give the container that a node may write: `store` of `store[key] = item` or `store.append(item)`."""
    if isinstance(node, cst.Call):
        return node.func.value if isinstance(node.func, cst.Attribute) else None
    targets: tuple[cst.BaseExpression, ...] = ()
    if isinstance(node, cst.Assign):
        targets = tuple(target.target for target in node.targets)
    elif isinstance(node, cst.AugAssign | cst.AnnAssign | cst.Del):
        targets = (node.target,)
    return next(
        (target.value for target in targets if isinstance(target, cst.Subscript | cst.Attribute)), None
    )


def _assigned(tree: Tree) -> Mapping[str, tuple[cst.BaseExpression, ...]]:
    values: defaultdict[str, list[cst.BaseExpression]] = defaultdict(list)
    for node in tree.of(cst.Assign, cst.AnnAssign, cst.NamedExpr):
        if isinstance(node, cst.Assign):
            for target in node.targets:
                if isinstance(target.target, cst.Name):
                    values[target.target.value].append(node.value)
        elif (
            isinstance(node, cst.AnnAssign | cst.NamedExpr)
            and isinstance(node.target, cst.Name)
            and node.value is not None
        ):
            values[node.target.value].append(node.value)
    return {name: tuple(found) for name, found in values.items()}
