"""YAML as nodes with places, read from parser events so that no input can hurt.

Nothing is constructed: a tag is kept as text, so `!Ref` and `!!python/object` are data like any other. An
alias stays a reference until somebody looks through it, so an alias bomb costs nothing. Depth, nodes and
documents are limited while the events arrive, before damage is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.diagnostics import Problem

MAX_DEPTH: Final = 200
MAX_NODES: Final = 1_000_000
MAX_DOCUMENTS: Final = 10_000

# Looking through a document once takes some four steps a node, so only multiplied aliases reach the limit.
BASE_STEPS: Final = 100_000
STEPS_A_NODE: Final = 12

# libyaml takes these for line breaks, YAML 1.2 does not; a letter of the same length keeps offsets.
_OTHER_BREAKS: Final = str.maketrans("\x85\u2028\u2029", "___")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE: Final = "<<"
ENDLESS: Final = "YAML is not read further: aliases and merge keys make it endless"
_TOO_DEEP: Final = f"nested deeper than {MAX_DEPTH} levels"

# The pure Python parser is thirty times slower; it is used only where PyYAML was built without libyaml.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    the budget.
    """

    root: Node
    anchors: tuple[Node, ...]
    duplicates: tuple[ScalarNode, ...]
    every_duplicate: bool
    steps: int

    def resolve(self, node: Node) -> ScalarNode | ListNode | MapNode:
        """Follow an alias; an alias never leads to another one."""
        self._spend(1)
        target = self.anchors[node.anchor] if isinstance(node, AliasNode) else node
        if isinstance(target, AliasNode):
            raise OutOfBudgetError
        return target

    def pairs(self, node: Node) -> tuple[Pair, ...]:
        """Give the pairs of a mapping with its merge keys followed; nothing if it is no mapping.

        A key of the mapping itself beats a merged one, an earlier merged one beats a later.
        """
        found: dict[str, list[Pair]] = {}
        waiting: list[Node] = [node]
        seen: set[int] = set()
        while waiting:
            target = self.resolve(waiting.pop())
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
        return tuple(pair for pairs in found.values() for pair in pairs)

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
        """Yield the pairs at a dotted path of keys; `key[]` steps into each item of its list."""
        head, _, rest = path.partition(".")
        name = head.removesuffix("[]")
        for pair in self.pairs(node):
            if pair.key.value != name:
                continue
            inner: tuple[Node, ...] = (pair.value,)
            if head.endswith("[]"):
                inner = pair.value.items if isinstance(pair.value, ListNode) else ()
            if not rest:
                yield pair
                continue
            for item in inner:
                yield from self.at(item, rest)

    def text_at(self, node: Node, path: str) -> ScalarNode | None:
        """Give the scalar at a path, if there is one."""
        for pair in self.at(node, path):
            if isinstance(pair.value, ScalarNode):
                return pair.value
        return None

    def _spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise OutOfBudgetError


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """The documents that were read before the first error, the error if any, and the spans of all scalars."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    scalars: tuple[ScalarNode, ...]


def read_yaml(config: ConfigText, start: int = 0, end: int | None = None) -> YamlFile:
    """Read the documents of a file, or of a part of it that is YAML itself.

    Whatever keeps a document from being read becomes one problem; the documents before it still count.
    """
    builder = _Builder(base=start, every_duplicate=config.templated)
    problems = _feed(config, start, len(config.masked) if end is None else end, builder.take)
    return YamlFile(documents=tuple(builder.documents), problems=problems, scalars=tuple(builder.scalars))


def check_yaml(config: ConfigText) -> tuple[Problem, ...]:
    """Tell what is wrong with a file that is not looked into; costs half of reading it."""
    depth = 0
    anchors: set[str | None] = set()

    def take(event: yaml.Event) -> None:
        nonlocal depth
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _StopError.unread(event, _TOO_DEEP)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            anchors.clear()
        if isinstance(event, yaml.AliasEvent) and event.anchor not in anchors:
            raise _StopError.unknown_alias(event)
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            anchors.add(event.anchor)

    return _feed(config, 0, len(config.masked), take)


def _feed(
    config: ConfigText, start: int, end: int, take: Callable[[yaml.Event], None]
) -> tuple[Problem, ...]:
    source = config.masked[start:end].translate(_OTHER_BREAKS)
    try:
        for event in yaml.parse(source, Loader=_LOADER):
            take(event)
    except yaml.reader.ReaderError:
        return (config.problem(*_control_character(source, start)),)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = min(start + (mark.index if mark else 0), max(end - 1, 0))
        said = ", ".join(filter(None, (error.context, error.problem)))
        return (config.problem(offset, f"broken YAML: {said}"),)
    except _StopError as error:
        return (config.problem(start + error.offset, error.said),)
    return ()


def _control_character(source: str, base: int) -> tuple[int, str]:
    found = yaml.reader.Reader.NON_PRINTABLE.search(source)
    if found is None:
        return base, "broken YAML: a character that is not allowed"
    return base + found.start(), f"broken YAML: the character U+{ord(found.group()):04X} is not allowed"


class _StopError(Exception):
    def __init__(self, offset: int, said: str) -> None:
        super().__init__(said)
        self.offset = offset
        self.said = said

    @classmethod
    def unread(cls, event: yaml.Event, said: str) -> _StopError:
        return cls(_index(event.start_mark), f"YAML is not read further: {said}")

    @classmethod
    def unknown_alias(cls, event: yaml.AliasEvent) -> _StopError:
        return cls(_index(event.start_mark), f"broken YAML: the alias `*{event.anchor}` has no anchor")


class _Mark(Protocol):
    @property
    def index(self) -> int: ...


def _index(mark: _Mark | None) -> int:
    # Each event of a text has marks; only those that programs make do without.
    return mark.index if mark else 0


class _Frame(NamedTuple):
    """A collection whose end has not come yet."""

    is_map: bool
    children: list[Node]
    start: int
    tag: str
    anchor: int


_PENDING: Final = ScalarNode("", 0, 0, plain=True, block=False, tag="")


class _Builder:
    """Turns parser events into documents, with a stack of its own in place of recursion."""

    def __init__(self, base: int, *, every_duplicate: bool) -> None:
        self.documents: list[Document] = []
        self.scalars: list[ScalarNode] = []
        self._base = base
        self._every_duplicate = every_duplicate
        self._nodes = 0
        self._start_document()

    def _start_document(self) -> None:
        self._frames: list[_Frame] = []
        self._anchors: list[Node] = []
        self._numbers: dict[str, int] = {}
        self._duplicates: list[ScalarNode] = []
        self._root: Node | None = None

    def take(self, event: yaml.Event) -> None:
        """Add one event; raises `_StopError` where an honest file would have ended long ago."""
        if isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._start_document()
            if len(self.documents) >= MAX_DOCUMENTS:
                raise _StopError.unread(event, f"more than {MAX_DOCUMENTS:,} documents")
        elif isinstance(event, yaml.DocumentEndEvent) and self._root is not None:
            document = Document(
                root=self._root,
                anchors=tuple(self._anchors),
                duplicates=tuple(self._duplicates),
                every_duplicate=self._every_duplicate,
                steps=BASE_STEPS + STEPS_A_NODE * self._nodes,
            )
            self.documents.append(document)

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        node = ScalarNode(
            event.value,
            self._base + _index(event.start_mark),
            self._base + _index(event.end_mark),
            event.style is None or not event.style,
            event.style in {"|", ">"},
            event.tag or "",
        )
        self.scalars.append(node)
        if event.anchor:
            self._anchors[self._declare(event.anchor)] = node
        self._add(node, event)

    def _take_alias(self, event: yaml.AliasEvent) -> None:
        start, end = self._base + _index(event.start_mark), self._base + _index(event.end_mark)
        number = self._numbers.get(str(event.anchor))
        if number is None:
            raise _StopError.unknown_alias(event)
        self._add(AliasNode(number, start, end), event)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._frames) >= MAX_DEPTH:
            raise _StopError.unread(event, _TOO_DEEP)
        anchor = self._declare(event.anchor) if event.anchor else -1
        start = self._base + _index(event.start_mark)
        is_map = isinstance(event, yaml.MappingStartEvent)
        self._frames.append(_Frame(is_map, [], start, event.tag or "", anchor))

    def _close(self, event: yaml.CollectionEndEvent) -> None:
        frame = self._frames.pop()
        end = self._base + _index(event.end_mark)
        node: Node
        if frame.is_map:
            pairs = tuple(zip(frame.children[::2], frame.children[1::2], strict=True))
            node = MapNode(pairs, frame.start, end, frame.tag)
            self._find_duplicates(node)
        else:
            node = ListNode(tuple(frame.children), frame.start, end, frame.tag)
        if frame.anchor >= 0:
            self._anchors[frame.anchor] = node
        self._add(node, event)

    def _find_duplicates(self, node: MapNode) -> None:
        keys = [key for key, _ in node.pairs if isinstance(key, ScalarNode) and key.value != _MERGE]
        if len({key.value for key in keys}) == len(keys):
            return
        seen: set[str] = set()
        for key in keys:
            if key.value in seen:
                self._duplicates.append(key)
            seen.add(key.value)

    def _declare(self, name: str) -> int:
        number = len(self._anchors)
        self._numbers[name] = number
        self._anchors.append(_PENDING)
        return number

    def _add(self, node: Node, event: yaml.Event) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _StopError.unread(event, f"more than {MAX_NODES:,} values")
        if self._frames:
            self._frames[-1].children.append(node)
        else:
            self._root = node
