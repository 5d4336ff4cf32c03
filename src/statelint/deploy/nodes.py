"""A configuration file as nodes with places, whatever its syntax: scalars, lists, mappings, references.

Nothing is constructed: a tag is kept as text, so `!Ref` and `!!python/object` are data like any other. An
alias stays a reference until somebody looks through it, so an alias bomb costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_DEPTH: Final = 200
MAX_NODES: Final = 1_000_000

# Looking through a document once takes some four steps a node, so only multiplied aliases reach the limit.
BASE_STEPS: Final = 100_000
STEPS_A_NODE: Final = 12

ENDLESS: Final = "YAML is not read further: aliases and merge keys make it endless"
EXPRESSION: Final = "expression"
"""The tag of a scalar that is the text of an expression, so that its value is not known from it."""

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE: Final = "<<"


class ScalarNode(NamedTuple):
    """A value as text; `plain` is without quotes, `block` is `|` or `>`."""

    value: str
    start: int
    end: int
    plain: bool
    block: bool
    tag: str

    @property
    def is_null(self) -> bool:
        """Tell whether the value is absent: nothing, `~` or `null` without quotes."""
        return self.plain and self.value in _NULLS


class ListNode(NamedTuple):
    """A sequence."""

    items: tuple[Node, ...]
    start: int
    end: int
    tag: str


class MapNode(NamedTuple):
    """A mapping, its pairs in the order of the file, duplicates and merge keys included."""

    pairs: tuple[tuple[Node, Node], ...]
    start: int
    end: int
    tag: str


class AliasNode(NamedTuple):
    """A reference to the anchor with this number in its document."""

    anchor: int
    start: int
    end: int


Node: TypeAlias = ScalarNode | ListNode | MapNode | AliasNode


class Pair(NamedTuple):
    """A key and its value, aliases resolved."""

    key: ScalarNode
    value: ScalarNode | ListNode | MapNode


class OutOfBudgetError(Exception):
    """A document takes more steps to look through than any honest one."""


@dataclass(slots=True, kw_only=True)
class Document:
    """One YAML document, and the ways to look through its aliases and merge keys within a budget.

    `every_duplicate` keeps all values of a repeated key: in a template both branches of a condition stand
    there. Otherwise the last one counts, as it does for those who read the file. `steps` is what is left of
    the budget, `known` the pairs of mappings that were looked at before.
    """

    root: Node
    anchors: tuple[Node, ...]
    duplicates: tuple[ScalarNode, ...]
    every_duplicate: bool
    steps: int
    known: dict[int, Mapping[str, Sequence[Pair]]] = field(default_factory=dict)

    def resolve(self, node: Node) -> ScalarNode | ListNode | MapNode:
        """Follow an alias; an alias never leads to another one."""
        if not isinstance(node, AliasNode):
            return node
        self._spend(1)
        target = self.anchors[node.anchor]
        if isinstance(target, AliasNode):
            raise OutOfBudgetError
        return target

    def pairs(self, node: Node) -> tuple[Pair, ...]:
        """Give the pairs of a mapping with its merge keys followed; nothing if it is no mapping.

        A key of the mapping itself beats a merged one, an earlier merged one beats a later.
        """
        return tuple([pair for pairs in self.named(node).values() for pair in pairs])

    def named(self, node: Node) -> Mapping[str, Sequence[Pair]]:
        """Give the same pairs by name."""
        target = self.resolve(node)
        if not isinstance(target, MapNode):
            return {}
        found = self.known.get(id(target))
        if found is None:
            found = self._plain_pairs(target) or self._merged_pairs(target)
            self.known[id(target)] = found
        self._spend(1 + len(found))
        return found

    def _plain_pairs(self, node: MapNode) -> Mapping[str, Sequence[Pair]]:
        """Give the pairs of a mapping without merges, repeated keys and aliases; else nothing."""
        found: dict[str, Sequence[Pair]] = {}
        for key, value in node.pairs:
            if key.__class__ is not ScalarNode or value.__class__ is AliasNode:
                return {}
            found[key.value] = (Pair(key, value),)  # type: ignore[arg-type] # as was just seen
        return {} if len(found) < len(node.pairs) or _MERGE in found else found

    def _merged_pairs(self, node: MapNode) -> Mapping[str, Sequence[Pair]]:
        found: dict[str, list[Pair]] = {}
        waiting: list[Node] = [node]
        seen: set[int] = set()
        while waiting:
            target = self.resolve(waiting.pop())
            self._spend(1)
            if id(target) in seen:
                continue
            if isinstance(target, ListNode) and seen:
                waiting.extend(reversed(target.items))
            seen.add(id(target))
            if not isinstance(target, MapNode):
                continue
            own, merged = self._split(target)
            for name, pairs in own.items():
                found.setdefault(name, pairs)
            waiting.extend(reversed(merged))
        return found

    def _split(self, node: MapNode) -> tuple[dict[str, list[Pair]], list[Node]]:
        own: dict[str, list[Pair]] = {}
        merged: list[Node] = []
        self._spend(len(node.pairs))
        for key_node, value in node.pairs:
            key = self.resolve(key_node)
            if not isinstance(key, ScalarNode):
                continue
            if key.value == _MERGE and key.plain:
                merged.append(value)
            elif self.every_duplicate:
                own.setdefault(key.value, []).append(Pair(key, self.resolve(value)))
            else:
                own[key.value] = [Pair(key, self.resolve(value))]
        return own, merged

    def at(self, node: Node, path: str) -> Iterator[Pair]:
        """Yield the pairs at a dotted path; `key[]` steps into the items of its list, `~` is a dot."""
        head, _, rest = path.partition(".")
        name = head.removesuffix("[]").replace("~", ".")
        for pair in self.named(node).get(name, ()):
            inner: tuple[Node, ...] = (pair.value,)
            if head.endswith("[]"):
                # Terraform's JSON syntax has one block of many as a mapping, and several as a list.
                inner = pair.value.items if isinstance(pair.value, ListNode) else inner
            if not rest:
                yield pair
                continue
            for item in inner:
                yield from self.at(item, rest)

    def find(self, node: Node, path: str) -> Pair | None:
        """Give the first pair at a path."""
        if "." not in path and "[" not in path:  # most paths have one step
            pairs = self.named(node).get(path.replace("~", "."))
            return pairs[0] if pairs else None
        return next(self.at(node, path), None)

    def text_at(self, node: Node, path: str) -> ScalarNode | None:
        """Give the scalar at a path, if there is one."""
        first = self.find(node, path)
        if first is None:
            return None
        if isinstance(first.value, ScalarNode):
            return first.value
        values = (pair.value for pair in self.at(node, path))
        return next((value for value in values if isinstance(value, ScalarNode)), None)

    def _spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise OutOfBudgetError
