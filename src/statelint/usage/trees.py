"""One parsed statement: its nodes in order, and what each stands in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from libcst.metadata import MetadataWrapper, PositionProvider

from statelint.python.source import parse_statement
from statelint.usage.walking import children

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The nodes of a statement, parents before their children; nodes are compared by identity.

    `offset` is the number of lines put before the statement to parse it.
    """

    module: cst.Module
    nodes: tuple[cst.CSTNode, ...]
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    offset: int

    def of(self, *kinds: type[cst.CSTNode]) -> list[cst.CSTNode]:
        """List the nodes of some kinds in order, by their exact type: nodes of trees are of no other.

        The classes are abstract ones, of which `isinstance` costs more than the work on the few that fit.
        """
        return [node for node in self.nodes if type(node) in kinds]


# Several cells are touched in one function: a statement comes again soon. Trees are large: not all can stay.
@lru_cache(maxsize=64)
def plant(text: str) -> Tree | None:
    """Parse a statement once, or give None where that is not safe."""
    module = parse_statement(text)
    if module is None:
        return None
    nodes: list[cst.CSTNode] = []
    parents: dict[cst.CSTNode, cst.CSTNode] = {}
    waiting: list[cst.CSTNode] = [module]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        below = tuple(children(node))
        parents.update(dict.fromkeys(below, node))
        waiting.extend(reversed(below))
    return Tree(module=module, nodes=tuple(nodes), parents=parents, offset=int(text[:1] in {" ", "\t"}))


def first_lines(tree: Tree) -> Mapping[cst.CSTNode, int]:
    """Map nodes to the line of the statement on which they begin, the first being 1."""
    # The tree is our own and no node stands in it twice, so that it need not be copied.
    wrapper = MetadataWrapper(tree.module, unsafe_skip_copy=True)
    return {node: place.start.line - tree.offset for node, place in wrapper.resolve(PositionProvider).items()}
