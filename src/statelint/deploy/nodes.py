"""A configuration file as nodes with places, whatever its syntax: scalars, lists, mappings, references.

Nothing is constructed: a tag is kept as text, so `!Ref` and `!!python/object` are data like any other. An
alias stays a reference until somebody looks through it, so an alias bomb costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_DEPTH: Final = 200
MAX_NODES: Final = 1_000_000

# Looking through a document once takes some four steps a node, so only multiplied aliases reach the limit.
BASE_STEPS: Final = 100_000
STEPS_A_NODE: Final = 12

ENDLESS: Final = "YAML is not read further: aliases and merge keys make it endless"
EXPRESSION: Final = "expression"
"""The tag of a scalar that is the text of an expression, so that its value is not known from it."""

NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE: Final = "<<"
_NOTHING: Final[Mapping[str, Sequence[Pair]]] = {}


class _Nameless:
    """A value without names in it."""

    __slots__ = ()

    def peek(self, _name: str) -> Sequence[Pair]:
        """Give nothing, as a mapping does for a name that it does not have."""
        return ()

    def word(self, _name: str) -> str:
        """Give nothing, likewise."""
        return ""


# There are many nodes, and setting six frozen fields takes three times as long: so they are not, and nobody
# changes them.
@dataclass(slots=True, eq=False)
class ScalarNode(_Nameless):
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
        return self.value in NULLS and self.plain


@dataclass(slots=True, eq=False)
class ListNode(_Nameless):
    """A sequence."""

    items: tuple[Node, ...]
    start: int
    end: int
    tag: str


@dataclass(slots=True, eq=False)
class MapNode:
    """A mapping, its pairs in the order of the file, duplicates and merge keys included."""

    pairs: tuple[tuple[Node, Node], ...]
    start: int
    end: int
    tag: str

    def peek(self, _name: str) -> Sequence[Pair] | None:
        """Give the pair with a name, none or one, without a look at others; None if that cannot be told."""
        return None

    def word(self, _name: str) -> str | None:
        """Give the scalar with a name, empty if it is null or there is none; None if that cannot be told."""
        return None

    def names(self) -> Iterable[str] | None:
        """Give the names, each once, without a look at values; None if they cannot be told so."""
        return None

    def plain_pairs(self) -> Mapping[str, Sequence[Pair]]:
        """Give the pairs by name if there are no merges, repeated keys and aliases; else nothing."""
        found: dict[str, Sequence[Pair]] = {}
        for key, value in self.pairs:
            if not isinstance(key, ScalarNode) or isinstance(value, AliasNode):
                return {}
            found[key.value] = (Pair(key, value),)
        return {} if len(found) < len(self.pairs) or _MERGE in found else found


@dataclass(slots=True, eq=False)
class AliasNode:
    """A reference to the anchor with this number in its document."""

    anchor: int
    start: int
    end: int

    def peek(self, _name: str) -> None:
        """Tell nothing: what it refers to is known to the document."""

    def word(self, _name: str) -> None:
        """Tell nothing, likewise."""


Node: TypeAlias = ScalarNode | ListNode | MapNode | AliasNode


class Pair(NamedTuple):
    """A key and its value, aliases resolved."""

    key: ScalarNode
    value: ScalarNode | ListNode | MapNode


class _Step(NamedTuple):
    name: str
    into_items: bool


@lru_cache(maxsize=4096)  # readers and tables have some hundred paths
def _steps(path: str) -> tuple[_Step, ...]:
    parts = path.split(".")
    return tuple(_Step(part.removesuffix("[]").replace("~", "."), part.endswith("[]")) for part in parts)


class OutOfBudgetError(Exception):
    """A document takes more steps to look through than any honest one."""


@dataclass(slots=True, kw_only=True)
class Document:
    """One YAML document, and the ways to look through its aliases and merge keys within a budget.

    `every_duplicate` keeps all values of a repeated key: in a template both branches of a condition stand
    there. Otherwise the last one counts, as it does for those who read the file. `steps` is what is left of
    the budget; `known` are the pairs of mappings that were looked at before, `duplicates` the keys that stand
    twice in one of them.
    """

    root: Node
    anchors: tuple[Node, ...]
    every_duplicate: bool
    steps: int
    duplicates: list[ScalarNode] = field(default_factory=list)
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
        found = self.known.get(id(target))
        if found is None:
            if not isinstance(target, MapNode):
                return _NOTHING
            found = target.plain_pairs() or self._merged_pairs(target)
            self.known[id(target)] = found
        self._spend(1 + len(found))
        return found

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
                if key.value in own:
                    self.duplicates.append(key)
                own[key.value] = [Pair(key, self.resolve(value))]
        return own, merged

    def names(self, node: Node) -> Iterable[str]:
        """Give the names of the pairs of a mapping; nothing if it is none."""
        found = node.names() if isinstance(node, MapNode) else None
        return self.named(node) if found is None else found

    def get(self, node: Node, name: str) -> Sequence[Pair]:
        """Give the pairs of a mapping that have this name: none, one, or several in a template."""
        found = node.peek(name)
        return self.named(node).get(name, ()) if found is None else found

    def at(self, node: Node, path: str) -> Sequence[Pair]:
        """Give the pairs at a dotted path; `key[]` steps into the items of its list, `~` is a dot."""
        first, *others = _steps(path)
        found = self.get(node, first.name)
        into_items = first.into_items
        for step in others:
            if not found:
                break
            inside: Iterable[Node] = [pair.value for pair in found]
            if into_items:
                # Terraform's JSON syntax has one block of many as a mapping, and several as a list.
                inside = chain.from_iterable(
                    [each.items if isinstance(each, ListNode) else (each,) for each in inside]
                )
            found = [pair for each in inside for pair in self.get(each, step.name)]
            into_items = step.into_items
        return found

    def find(self, node: Node, path: str) -> Pair | None:
        """Give the first pair at a path."""
        found: Pair | None = None
        inside = node
        for name, into_items in _steps(path):
            pairs = inside.peek(name)
            if pairs is None:
                pairs = self.named(inside).get(name, ())
            if len(pairs) != 1 or into_items:  # none, or several in a template
                return next(iter(self.at(node, path)), None) if pairs else None
            found = pairs[0]
            inside = found.value
        return found

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
