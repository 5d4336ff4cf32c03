"""YAML as nodes with places, read from parser events so that no input can hurt.

Depth, nodes and documents are limited while the events arrive, before damage is done.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from statelint.deploy import yaml_composed as composed
from statelint.deploy.nodes import (
    BASE_STEPS,
    MAX_DEPTH,
    MAX_NODES,
    STEPS_A_NODE,
    AliasNode,
    Document,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    # What attributes an event has depends on its class; each event of a text has marks.
    _Event: TypeAlias = Any
    _GetEvent: TypeAlias = Callable[[], _Event]

    from statelint.deploy.text import ConfigText
    from statelint.model.diagnostics import Problem

MAX_DOCUMENTS: Final = 10_000

# libyaml takes these for line breaks, YAML 1.2 does not; a letter of the same length keeps offsets.
_OTHER_BREAKS: Final = str.maketrans("\x85\u2028\u2029", "___")
_TOO_MANY: Final = f"YAML is not read further: more than {MAX_DOCUMENTS:,} documents"
_TOO_DEEP: Final = f"nested deeper than {MAX_DEPTH} levels"

_SCALAR: Final = yaml.ScalarEvent
_STREAM_END: Final = yaml.StreamEndEvent
_STARTS: Final = frozenset({yaml.MappingStartEvent, yaml.SequenceStartEvent})
_ENDS: Final = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})
_BLOCK_STYLES: Final = frozenset({"|", ">"})

# The pure Python parser is thirty times slower; it is used only where PyYAML was built without libyaml.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlFile(NamedTuple):
    """The documents before the first error, the error if any, and all scalars of a file that speaks to us."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    scalars: tuple[ScalarNode, ...]


def read_yaml(config: ConfigText, start: int = 0, end: int | None = None) -> YamlFile:
    """Read the documents of a file, or of a part of it that is YAML itself.

    Whatever keeps a document from being read becomes one problem; the documents before it still count.
    """
    if (start, end) == (0, None) and composed.PARSER and "statelint:" not in config.text:
        source = _parsed_text(config.masked)
        if composed.may_compose(source):
            with suppress(composed.TooDeepError):
                return _compose(config, source)
    builder = _Builder(
        base=start, every_duplicate=config.templated, keeps_scalars="statelint:" in config.text
    )
    problems = _feed(config, start, len(config.masked) if end is None else end, builder.take_all)
    return YamlFile(documents=tuple(builder.documents), problems=problems, scalars=tuple(builder.scalars))


def check_yaml(config: ConfigText) -> tuple[Problem, ...]:
    """Tell what is wrong with a file that is not looked into; costs a fraction of reading it."""
    source = _parsed_text(config.masked)
    if composed.PARSER and composed.may_compose(source) and composed.is_shallow(source):
        return _told(config, source, 0, lambda loader: loader.raw_parse(), composed.PARSER)
    return _feed(config, 0, len(config.masked), _check_all)


def _compose(config: ConfigText, source: str) -> YamlFile:
    documents: list[Document] = []

    def take_all(loader: Any) -> None:  # noqa: ANN401 - a class of PyYAML
        while loader.check_node():
            root = loader.get_node()
            if len(documents) >= MAX_DOCUMENTS:
                raise _StopError(root.start_mark.index, _TOO_MANY)
            documents.append(
                Document(
                    root=composed.wrap(root),
                    anchors=(),
                    every_duplicate=config.templated,
                    steps=BASE_STEPS + STEPS_A_NODE * len(source),
                )
            )

    problems = _told(config, source, 0, take_all, composed.parser_of(source))
    return YamlFile(documents=tuple(documents), problems=problems, scalars=())


def _check_all(get_event: _GetEvent) -> None:
    depth = 0
    anchors: set[str | None] = set()
    while (kind := (event := get_event()).__class__) is not _STREAM_END:
        if kind is _SCALAR and not event.anchor:
            continue  # most events
        if kind in _ENDS:
            depth -= 1
        elif kind is yaml.DocumentStartEvent:
            anchors.clear()
        elif kind is yaml.AliasEvent:
            if event.anchor not in anchors:
                raise _StopError.unknown_alias(event)
        elif kind is _SCALAR or kind in _STARTS:
            depth += kind is not _SCALAR
            if depth > MAX_DEPTH:
                raise _StopError.unread(event, _TOO_DEEP)
            anchors.add(event.anchor)


def _feed(
    config: ConfigText, start: int, end: int, take_all: Callable[[_GetEvent], None]
) -> tuple[Problem, ...]:
    source = config.masked if (start, end) == (0, len(config.masked)) else config.masked[start:end]
    # Events are fetched one by one: `yaml.parse` asks twice for each.
    return _told(config, _parsed_text(source), start, lambda loader: take_all(loader.get_event), _LOADER)


def _parsed_text(source: str) -> str:
    return source if source.isascii() else source.translate(_OTHER_BREAKS)


def _told(
    config: ConfigText,
    source: str,
    start: int,
    work: Callable[[Any], None],
    parser: Callable[[str], Any] | None,
) -> tuple[Problem, ...]:
    """Let a parser work, and give the problem that ends it, if one does."""
    try:
        loader = (parser or _LOADER)(source)
        try:
            work(loader)
        finally:
            loader.dispose()
    except yaml.reader.ReaderError:
        return (config.problem(*_control_character(source, start)),)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = min(start + (mark.index if mark else 0), max(start + len(source) - 1, 0))
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
    def unread(cls, event: _Event, said: str) -> _StopError:
        return cls(event.start_mark.index, f"YAML is not read further: {said}")

    @classmethod
    def unknown_alias(cls, event: _Event) -> _StopError:
        return cls(event.start_mark.index, f"broken YAML: the alias `*{event.anchor}` has no anchor")


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

    def __init__(self, base: int, *, every_duplicate: bool, keeps_scalars: bool) -> None:
        self.documents: list[Document] = []
        self.scalars: list[ScalarNode] = []
        self._keeps_scalars = keeps_scalars
        self._base = base
        self._every_duplicate = every_duplicate
        self._nodes = 0
        self._reset()

    def _start_document(self, event: _Event) -> None:
        if len(self.documents) >= MAX_DOCUMENTS:
            raise _StopError(event.start_mark.index, _TOO_MANY)
        self._reset()

    def _reset(self) -> None:
        self._top: list[Node] = []
        self._children = self._top
        self._frames: list[_Frame] = []
        self._anchors: list[Node] = []
        self._numbers: dict[str, int] = {}

    def take_all(self, get_event: _GetEvent) -> None:
        """Add all events; raises `_StopError` where an honest file would have ended long ago."""
        base, keeps_scalars = self._base, self._keeps_scalars
        takers = {
            yaml.AliasEvent: self._take_alias,
            yaml.DocumentEndEvent: self._end_document,
            yaml.DocumentStartEvent: self._start_document,
            yaml.MappingEndEvent: self._close,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceEndEvent: self._close,
            yaml.SequenceStartEvent: self._open,
        }
        # Most events are scalars: no call is made for those without an anchor.
        while (kind := (event := get_event()).__class__) is not _STREAM_END:
            if kind is _SCALAR:
                style = event.style
                start, end = base + event.start_mark.index, base + event.end_mark.index
                is_block = style in _BLOCK_STYLES if style else False
                node = ScalarNode(event.value, start, end, not style, is_block, event.tag or "")
                if keeps_scalars:
                    self.scalars.append(node)
                if event.anchor:
                    self._anchors[self._declare(event.anchor)] = node
                self._children.append(node)
                self._nodes += 1
            elif kind in takers:
                takers[kind](event)
            if self._nodes > MAX_NODES:
                raise _StopError.unread(event, f"more than {MAX_NODES:,} values")

    def _end_document(self, _event: _Event) -> None:
        for root in self._top[:1]:
            document = Document(
                root=root,
                anchors=tuple(self._anchors),
                every_duplicate=self._every_duplicate,
                steps=BASE_STEPS + STEPS_A_NODE * self._nodes,
            )
            self.documents.append(document)

    def _take_alias(self, event: _Event) -> None:
        number = self._numbers.get(str(event.anchor))
        if number is None:
            raise _StopError.unknown_alias(event)
        start, end = event.start_mark.index, event.end_mark.index
        self._children.append(AliasNode(number, self._base + start, self._base + end))
        self._nodes += 1

    def _open(self, event: _Event) -> None:
        if len(self._frames) >= MAX_DEPTH:
            raise _StopError.unread(event, _TOO_DEEP)
        anchor = self._declare(event.anchor) if event.anchor else -1
        start = self._base + event.start_mark.index
        is_map = event.__class__ is yaml.MappingStartEvent
        self._children = []
        self._frames.append(_Frame(is_map, self._children, start, event.tag or "", anchor))

    def _close(self, event: _Event) -> None:
        is_map, children, start, tag, anchor = self._frames.pop()
        end = self._base + event.end_mark.index
        node: Node
        if is_map:
            keys = children[::2]
            node = MapNode(tuple(zip(keys, children[1::2], strict=True)), start, end, tag)
        else:
            node = ListNode(tuple(children), start, end, tag)
        if anchor >= 0:
            self._anchors[anchor] = node
        self._children = self._frames[-1].children if self._frames else self._top
        self._children.append(node)
        self._nodes += 1

    def _declare(self, name: str) -> int:
        number = len(self._anchors)
        self._numbers[name] = number
        self._anchors.append(_PENDING)
        return number
