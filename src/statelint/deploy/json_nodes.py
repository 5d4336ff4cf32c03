"""JSON as nodes with places.

Written by hand, because the parsers that exist keep no places, and the YAML parser does not read all of JSON:
escapes of surrogate pairs, keys of more than 1,024 characters and DEL break it. Comments and commas that are
too many are read over, since many configuration files are written for parsers that do so, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.nodes import (
    BASE_STEPS,
    EXPRESSION,
    MAX_DEPTH,
    MAX_NODES,
    STEPS_A_NODE,
    Document,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
)

if TYPE_CHECKING:
    from statelint.deploy.text import ConfigText
    from statelint.model.diagnostics import Problem

_TOKEN: Final = re.compile(
    r"""
      (?P<blank>[\s,]++ | //[^\r\n]*+ | /\*[\s\S]*?\*/)
    | (?P<text>"(?:[^"\\\r\n]|\\.)*+")
    | (?P<mark>[][{}:])
    | (?P<word>[^][{}:,"\s]++)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class _BrokenError(Exception):
    def __init__(self, offset: int, said: str) -> None:
        super().__init__(said)
        self.offset = offset
        self.said = said


def read_json(config: ConfigText) -> tuple[Document | None, tuple[Problem, ...]]:
    """Read one JSON text; what breaks it becomes a problem, and nothing of it is kept."""
    reader = _Reader(config.masked)
    try:
        root = reader.read()
    except _BrokenError as error:
        return None, (config.problem(error.offset, error.said),)
    if root is None:
        return None, ()
    steps = BASE_STEPS + STEPS_A_NODE * reader.nodes
    document = Document(root=root, anchors=(), every_duplicate=config.templated, steps=steps)
    return document, ()


class _Reader:
    """Builds nodes from tokens with a stack of its own: each open collection, its children, its start."""

    def __init__(self, text: str) -> None:
        self.nodes = 0
        self._text = text
        self._stack: list[tuple[str, list[Node], int]] = []
        self._root: Node | None = None

    def read(self) -> Node | None:
        """Give the root; raises `_BrokenError` where the text is no JSON."""
        at, end = 0, len(self._text)
        while at < end:
            found = _TOKEN.match(self._text, at)
            if found is None:
                raise _BrokenError(at, "broken JSON: a string or comment does not end")
            at = found.end()
            kind, text = found.lastgroup, found.group()
            if kind == "mark":
                self._mark(text, found.start())
            elif kind != "blank":
                value = _unescaped(text[1:-1]) if kind == "text" else text
                tag = EXPRESSION if "${" in value else ""
                self._add(
                    ScalarNode(value, found.start(), at, plain=kind == "word", block=False, tag=tag), at
                )
        if self._stack:
            raise _BrokenError(self._stack[-1][2], f"broken JSON: `{self._stack[-1][0]}` is not closed")
        return self._root

    def _mark(self, mark: str, at: int) -> None:
        if mark in "[{":
            if len(self._stack) >= MAX_DEPTH:
                raise _BrokenError(at, f"JSON is not read further: nested deeper than {MAX_DEPTH} levels")
            self._stack.append((mark, [], at))
        elif mark in "]}":
            self._close(mark, at)
        elif not self._stack or self._stack[-1][0] != "{" or len(self._stack[-1][1]) % 2 == 0:
            raise _BrokenError(at, "broken JSON: `:` without a key before it")

    def _close(self, mark: str, at: int) -> None:
        if not self._stack or self._stack[-1][0] != ("[" if mark == "]" else "{"):
            raise _BrokenError(at, f"broken JSON: `{mark}` closes nothing")
        _, children, start = self._stack.pop()
        if mark == "]":
            self._add(ListNode(tuple(children), start, at + 1, ""), at)
            return
        if len(children) % 2:
            raise _BrokenError(children[-1].start, "broken JSON: a key without a value")
        pairs = tuple(zip(children[::2], children[1::2], strict=True))
        self._add(MapNode(pairs, start, at + 1, ""), at)

    def _add(self, node: Node, at: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _BrokenError(at, f"JSON is not read further: more than {MAX_NODES:,} values")
        if self._stack:
            self._stack[-1][1].append(node)
        elif self._root is None:
            self._root = node
        else:
            raise _BrokenError(node.start, "broken JSON: text after the end")


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    whole = _ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPED.get(found[2], found[2]), text
    )
    # Two escapes make one character beyond the basic plane; half of such a pair is no text.
    return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
