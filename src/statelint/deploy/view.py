"""What every reader of a configuration format needs: parts of files, nodes with places, what was found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.nodes import EXPRESSION, ListNode, MapNode, Node, Pair, ScalarNode
from statelint.model.deployment import Attribute, DeploymentFact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.affinity import Setting
    from statelint.deploy.nodes import Document
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import Claim, Environment, Front, Image, Scaler, Value, Workload
    from statelint.model.diagnostics import Problem
    from statelint.model.places import Place

MAX_SHOWN: Final = 60
_MAX_DIGITS: Final = 9
_VARIABLE: Final = re.compile(r"(?:\$\{\s*((?:var|local)\.[\w.-]+)\s*\}|((?:var|local)\.[\w.-]+))\Z")
_CHART_VALUE: Final = re.compile(r"\{\{-?\s*\(?\s*\$?\.Values\.([\w.]+)\s*\)?\s*(?:\|[^{}|]*)*-?\}\}\Z")


class Part(NamedTuple):
    """A piece of a configuration: a whole file, or text inside a value.

    `at` is set where offsets in the piece are none of the file (text in quotes): then everything is placed
    there. `service` is the resource that a patch is for, if that is said outside of it.
    """

    config: ConfigText
    start: int
    end: int
    at: Place | None = None
    service: str = ""


@dataclass(slots=True, kw_only=True)
class Collected:
    """What the readers found in one file, in the order of finding."""

    facts: list[DeploymentFact] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)
    scalers: list[Scaler] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    fronts: list[Front] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    environments: list[Environment] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)

    def statements(self) -> list[Place]:
        """Give the places that findings may stand on."""
        places = [fact.place for fact in self.facts]
        places += [mount.place for workload in self.workloads for mount in workload.mounts]
        return places + [claim.place for claim in self.claims]


class View(NamedTuple):
    """One document of a part: its nodes, looked through, with their places and their templates."""

    part: Part
    document: Document

    def pairs(self, node: Node) -> dict[str, Pair]:
        """Give the pairs of a mapping by name, of a repeated key the first; nothing if it is no mapping."""
        return {name: pairs[0] for name, pairs in self.document.named(node).items() if pairs}

    def find(self, node: Node, path: str) -> Pair | None:
        """Give the first pair at a dotted path."""
        return self.document.find(node, path)

    def text(self, node: Node, path: str) -> str:
        """Give the scalar at a dotted path as it is written, empty if there is none."""
        # Asked for most often: what a file without templates says is known without a node for it.
        if not self.part.config.templated and path.isidentifier():
            word = node.word(path)
            if word is not None:
                return word
        found = self.document.text_at(node, path)
        return "" if found is None or found.is_null else self.written(found)

    def texts(self, node: Node, path: str = "") -> tuple[str, ...]:
        """Give the scalars of the list at a path, or the one scalar that stands there."""
        if path:
            pair = self.find(node, path)
            if pair is None:
                return ()
            node = pair.value
        target = self.document.resolve(node)
        if isinstance(target, ScalarNode):
            return () if target.is_null else (self.written(target),)
        items = map(self.document.resolve, self.items(target))
        return tuple(self.written(item) for item in items if isinstance(item, ScalarNode))

    def words(self, node: Node, *paths: str) -> tuple[tuple[str, ...], tuple[Place, ...]]:
        """Give the scalars at some paths, one after the other, and the place of each."""
        texts: list[str] = []
        places: list[Place] = []
        for path in paths:
            pair = self.find(node, path)
            if pair is None:
                continue
            target = self.document.resolve(pair.value)
            given = (
                (target,)
                if isinstance(target, ScalarNode)
                else map(self.document.resolve, self.items(target))
            )
            for each in given:
                if isinstance(each, ScalarNode) and not each.is_null:
                    texts.append(self.written(each))
                    places.append(self.place_of(pair) if each is target else self.place_of_node(each))
        return tuple(texts), tuple(places)

    def labels(self, node: Node, path: str) -> tuple[str, ...]:
        """Give the pairs of the mapping at a path as `name=value`, sorted."""
        holder = self.find(node, path)
        if holder is None:
            return ()
        inside = holder.value
        is_plain = not self.part.config.templated and isinstance(inside, MapNode)
        found: list[str] = []
        for name in self.document.names(inside):
            word = inside.word(name) if is_plain else None
            if not word:
                value = self.document.get(inside, name)[0].value
                word = self.written(value) if isinstance(value, ScalarNode) else None
            if word is not None:
                found.append(f"{name}={word}")
        return tuple(sorted(found))

    def items(self, node: Node) -> tuple[Node, ...]:
        """Give the items of a list; nothing if it is none."""
        target = self.document.resolve(node)
        return () if isinstance(target, (ScalarNode, MapNode)) else target.items

    def maps(self, node: Node, path: str) -> Iterator[MapNode]:
        """Yield the mappings at a dotted path, also those in lists."""
        resolve = self.document.resolve
        for pair in self.document.at(node, path):
            value = pair.value
            for each in value.items if isinstance(value, ListNode) else (value,):
                target = resolve(each)
                if isinstance(target, MapNode):
                    yield target

    def texts_below(self, node: Node, path: str) -> tuple[str, ...]:
        """Give the scalars of the mapping or list at a path, or the one that stands there."""
        pair = self.find(node, path) if path else None
        if pair is None:
            return ()
        inside = [each.value for each in self.document.pairs(pair.value)]
        return tuple(each.value for each in inside if isinstance(each, ScalarNode)) or self.texts(pair.value)

    def texts_at(self, node: Node, path: str) -> tuple[str, ...]:
        """Give every scalar at a dotted path, also in lists."""
        values = (pair.value for pair in self.document.at(node, path))
        return tuple(self.written(value) for value in values if isinstance(value, ScalarNode))

    def blocks(self, node: Node) -> Iterator[MapNode]:
        """Yield the mapping that stands there, or those in the list that does."""
        for each in self.items(node) or (node,):
            target = self.document.resolve(each)
            if isinstance(target, MapNode):
                yield target

    def is_open(self, node: ScalarNode) -> bool:
        """Tell whether the value is not known from this place: a template or an expression gives it."""
        config = self.part.config
        return node.tag == EXPRESSION or (config.templated and config.is_templated(node.start, node.end))

    def literal(self, node: ScalarNode) -> str:
        """Give the value of a scalar, empty where it is not known from this place."""
        return "" if self.is_open(node) or node.is_null else node.value

    def written(self, node: ScalarNode) -> str:
        """Give a scalar as it is written, where a template or an expression fills it in; else its value."""
        if self.is_open(node):
            return " ".join(self.part.config.text[node.start : node.end].strip("'\"").split())
        return node.value

    def reference(self, node: ScalarNode) -> str:
        """Name what fills the scalar in (`Values.replicas`, `var.copies`), empty if no single name."""
        if not self.is_open(node):
            return ""
        written = self.written(node)
        if node.tag == EXPRESSION:
            found = _VARIABLE.match(written)
            return found[1] or found[2] if found else ""
        found = _CHART_VALUE.match(written)
        return f"Values.{found[1]}" if found else ""

    def number(self, node: Node | None) -> int | None:
        """Give the whole number that stands there, None for anything else."""
        if not isinstance(node, ScalarNode) or self.is_open(node):
            return None
        text = node.value.strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None

    def place_of(self, pair: Pair) -> Place:
        """Place a key, with its value where that stands on the same line."""
        part, key, value = self.part, pair.key, pair.value
        if part.at is not None:
            return part.at
        start, end = key.start, key.end
        if isinstance(value, ScalarNode) and value.end > end:
            return part.config.place_on_line(start, value.end, end)
        return part.config.place(start, end)

    def place_of_node(self, node: Node) -> Place:
        """Place a value that stands in a list; a mapping or list by where it begins."""
        part = self.part
        if part.at is not None:
            return part.at
        return part.config.place_on_line(node.start, node.end)

    def settings(self, row: Setting, node: Node) -> Iterator[Pair]:
        """Yield what stands in a resource where a row of the table looks, if what it needs is there."""
        if not all(self.text(node, path) in words for path, words in row.needs.items()):
            return
        if not row.where:
            yield from self.document.at(node, row.path)
            return
        for each in self.maps(node, row.path):
            if all(self.text(each, key) == word for key, word in row.where.items()):
                yield from self.document.at(each, row.value)

    def judge(self, row: Setting, pair: Pair, service: str, *, target: str = "") -> DeploymentFact | None:
        """Make a fact of a setting whose value is on, or waits for a value of another file; else None."""
        if row.switch and isinstance(pair.value, (ListNode, MapNode)):
            pair = self._switch_of(row, pair)
        value = pair.value
        decisive = None
        waits_for = ""
        if isinstance(value, ScalarNode) and not value.is_null:
            decisive = row.decisive(value.value)
            if self.is_open(value) and decisive in {None, value.value}:
                decisive, waits_for = None, self.reference(value)
        elif isinstance(value, MapNode) and (row.test == "present" or row.switch):
            decisive = ""
        if decisive is None and not waits_for:
            return None
        return DeploymentFact(
            service=service,
            attribute=Attribute.AFFINITY,
            value=decisive or "",
            spelling=row.spelling(decisive or ""),
            remedy=row.off,
            place=self.place_of(pair),
            unit=row.unit,
            target=target,
            reference=waits_for,
            setting=row.id if waits_for else "",
        )

    def _switch_of(self, row: Setting, block: Pair) -> Pair:
        """Give the argument that switches a block off or on; the block itself where nobody does so."""
        inner = next(iter(self.items(block.value)), block.value)
        switch = self.find(inner, row.switch)
        if switch is None or (isinstance(switch.value, ScalarNode) and switch.value.is_null):
            return Pair(block.key, self.document.resolve(inner))
        return switch


def mappings(document: Document, root: Node) -> Iterator[MapNode]:
    """Yield each mapping at and below a node once."""
    waiting: list[Node] = [root]
    seen: set[int] = set()
    while waiting:
        node = document.resolve(waiting.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ListNode):
            waiting.extend(reversed(node.items))
        elif isinstance(node, MapNode):
            yield node
            waiting.extend(pair.value for pair in reversed(document.pairs(node)))


def shown(text: str) -> str:
    """Cut what is quoted from a file to a length that a line of a report bears."""
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_SHOWN else f"{flat[:MAX_SHOWN]}..."
