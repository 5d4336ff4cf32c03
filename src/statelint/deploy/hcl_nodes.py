"""HCL (Terraform, Nomad) and Bicep as nodes with places, in the shape of Terraform's JSON syntax.

Written by hand: `python-hcl2` keeps no places in what it gives, takes thirty times as long and ends in a
RecursionError at 300 nested brackets. A block becomes a mapping below its type and its labels, so that
`resource "a" "b" { c = 1 }` reads as `{resource: {a: {b: {c: 1}}}}`; what is neither literal, list nor object
keeps its text and the tag `EXPRESSION`. Nothing is evaluated, but `jsonencode` and `yamlencode` are looked
through, since what they are given is data. For Bicep there is no parser in Python at all; its objects are
written as in HCL, with other quotes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

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

_AnyNode = TypeVar("_AnyNode", ScalarNode, ListNode, MapNode)

_BLANK: Final = re.compile(r"(?:\s|\#[^\r\n]*|//[^\r\n]*|/\*[\s\S]*?\*/)++")
_SPACE: Final = re.compile(r"(?:[ \t]|/\*[\s\S]*?\*/)++")
_NAME: Final = re.compile(r"[^\W\d][\w-]*+")
_NUMBER: Final = re.compile(r"-?\d[\d.eE+-]*+")
_HEREDOC: Final = re.compile(r"<<[-~]?([^\W\d][\w-]*+)[ \t]*+\r?\n")
_ENCODE: Final = re.compile(r"(?:jsonencode|yamlencode)\s*+\(")
_FOR: Final = re.compile(r"for\b")
_COMMENT: Final = re.compile(r"(?:#|//)[^\r\n]*")
_MOST_LABELS: Final = 8  # no block has more than three, no statement more than four
_MOST_VALUES: Final = MAX_NODES // 4  # each costs four times what it does in YAML
_LITERAL: Final = frozenset({"true", "false", "null"})
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"}
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}


class _Syntax(NamedTuple):
    """What differs: the quotes of strings, and whether a statement may end without a value."""

    name: str
    quote: str
    string_part: re.Pattern[str]
    raw: re.Pattern[str]
    is_bicep: bool


def _syntax(name: str, quote: str, *, is_bicep: bool) -> _Syntax:
    part = rf"[^{quote}\\$%\r\n]++|\\.|\$\$\{{|%%\{{|[$%](?!\{{)"
    raw = rf"[^{quote}\[\](){{}},#/\r\n<]++|//[^\r\n]*|\#[^\r\n]*|/\*[\s\S]*?\*/|[/<]"
    return _Syntax(name, quote, re.compile(part, re.DOTALL), re.compile(raw), is_bicep)


_HCL: Final = _syntax("HCL", '"', is_bicep=False)
_BICEP: Final = _syntax("Bicep", "'", is_bicep=True)
_LONG_STRING: Final = re.compile(r"'''(.*?)'''(?!')", re.DOTALL)
_LOOP: Final = re.compile(r"\[\s*+for\b[^{}\[\]]{0,500}?:\s*+(?=\{|if\b)")
_CONDITION: Final = re.compile(r"if\s*+(?=\()")


class _BrokenError(Exception):
    def __init__(self, offset: int, said: str) -> None:
        super().__init__(said)
        self.offset = offset
        self.said = said


def read_bicep(config: ConfigText) -> tuple[Document, tuple[Problem, ...], tuple[tuple[int, int], ...]]:
    """Read a file in Bicep, as `read_hcl` does."""
    return _read(config, _BICEP)


def read_hcl(config: ConfigText) -> tuple[Document, tuple[Problem, ...], tuple[tuple[int, int], ...]]:
    """Read a file: its document, the first thing that breaks it, and the spans of its comments.

    Blocks before the broken place count.
    """
    return _read(config, _HCL)


def _read(
    config: ConfigText, syntax: _Syntax
) -> tuple[Document, tuple[Problem, ...], tuple[tuple[int, int], ...]]:
    reader = _Reader(config.text, syntax)
    problems: tuple[Problem, ...] = ()
    pairs: list[tuple[Node, Node]] = []
    try:
        reader.read_body(pairs, 0, closing="")
    except _BrokenError as error:
        problems = (config.problem(min(error.offset, max(len(config.text) - 1, 0)), error.said),)
    root = MapNode(tuple(pairs), 0, len(config.text), "")
    steps = BASE_STEPS + STEPS_A_NODE * reader.nodes
    document = Document(root=root, anchors=(), every_duplicate=True, steps=steps)
    return document, problems, tuple(reader.comments)


class _Reader:
    """A recursive descent whose depth is limited, over a position in the text."""

    def __init__(self, text: str, syntax: _Syntax) -> None:
        self.nodes = 0
        self._syntax = syntax
        self.comments: list[tuple[int, int]] = []
        self._text = text
        self._at = 0

    def read_body(self, pairs: list[tuple[Node, Node]], depth: int, closing: str) -> None:
        """Add the attributes and blocks up to the closing brace, or to the end of the text."""
        self._check(depth)
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text):
                if closing:
                    raise _BrokenError(self._at, f"broken {self._syntax.name}: a block is not closed")
                return
            if self._text[self._at] == closing:
                self._at += 1
                return
            if self._syntax.is_bicep and self._peek() in {"@", ","}:  # a decorator
                self._at += 1
                self._raw()
                continue
            pairs.append(self._item(depth))

    def _item(self, depth: int) -> tuple[Node, Node]:
        start = self._at
        key = self._key()
        if key is None:
            raise _BrokenError(
                start, f"broken {self._syntax.name}: `{self._text[start : start + 20].split()[0]}` is no name"
            )
        self._skip(_SPACE)
        if self._peek() in {"=", ":"} and self._text[self._at : self._at + 2] != "==":
            self._at += 1
            return key, self._value(depth + 1)
        labels: list[ScalarNode] = []
        while (label := self._key()) is not None:
            labels.append(label)
            self._check_labels(labels)
            self._skip(_SPACE)
        if self._syntax.is_bicep and self._peek() != "{":
            return key, self._below(labels, self._statement(depth))
        if self._peek() != "{":
            raise _BrokenError(
                start, f"broken {self._syntax.name}: `{key.value[:40]}` has neither `=` nor a block"
            )
        opened = self._at
        self._at += 1
        inner: list[tuple[Node, Node]] = []
        self.read_body(inner, depth + 1, "}")
        return key, self._below(labels, self._node(MapNode(tuple(inner), opened, self._at, "")))

    def _check_labels(self, labels: list[ScalarNode]) -> None:
        if len(labels) > _MOST_LABELS:
            raise _BrokenError(self._at, f"broken {self._syntax.name}: more than {_MOST_LABELS} labels")

    def _statement(self, depth: int) -> Node:
        """Read what a statement of Bicep gives its name: `= {`, `= if (x) {`, `= [for x in y: {`."""
        if self._peek() != "=":
            start = self._at
            self._raw()
            return self._scalar(self._text[start : self._at], start, tag=EXPRESSION)
        self._at += 1
        self._skip(_BLANK)
        if loop := _LOOP.match(self._text, self._at):
            self._at = loop.end()
        if condition := _CONDITION.match(self._text, self._at):
            self._at = condition.end()
            self._pass_group()
        value = self._value(depth + 1)
        if loop:
            self._skip(_BLANK)
            self._expect("]", loop.start())
        return value

    def _pass_group(self) -> None:
        """Step over what stands in brackets."""
        start, depth = self._at, 0
        while self._at < len(self._text):
            here = self._peek()
            if here in ("(", ")"):
                depth += 1 if here == "(" else -1
                self._at += 1
                if not depth:
                    return
            elif here in "[]{},\r\n":
                self._at += 1
            else:
                self._step()
        raise _BrokenError(start, f"broken {self._syntax.name}: `)` is missing")

    def _below(self, labels: list[ScalarNode], value: Node) -> Node:
        for label in reversed(labels):
            value = self._node(MapNode(((label, value),), label.start, self._at, ""))
        return value

    def _key(self) -> ScalarNode | None:
        found = _NAME.match(self._text, self._at)
        start = self._at
        if found is not None:
            self._at = found.end()
            return self._scalar(found.group(), start)
        if self._peek() == self._syntax.quote:
            return self._string()
        if self._peek() == "(":  # a computed key
            self._raw()
            return self._scalar(self._text[start : self._at], start, tag=EXPRESSION)
        return None

    def _value(self, depth: int) -> Node:
        """Read what stands behind `=`: a literal, a list, an object, or the text of an expression."""
        self._check(depth)
        self._skip(_BLANK)
        start = self._at
        mark = self._peek()
        heredoc = _HEREDOC.match(self._text, start)
        if heredoc is not None:
            return self._heredoc(heredoc)
        encode = _ENCODE.match(self._text, start)
        if encode is not None:
            self._at = encode.end()
            inner = self._value(depth + 1)
            self._skip(_BLANK)
            self._expect(")", start)
            return inner
        node: Node | None = None
        if mark == self._syntax.quote:
            node = self._string()
        elif mark in {"[", "{"}:
            node = self._collection(mark, depth)
        elif number := _NUMBER.match(self._text, start):
            self._at = number.end()
            node = self._scalar(number.group(), start)
        elif (name := _NAME.match(self._text, start)) and name.group() in _LITERAL:
            self._at = name.end()
            node = self._scalar(name.group(), start)
        if node is not None and self._ends():
            return node
        self._raw()
        if self._at == start:
            raise _BrokenError(start, f"broken {self._syntax.name}: a value is missing")
        return self._scalar(self._text[start : self._at].rstrip(), start, tag=EXPRESSION)

    def _collection(self, mark: str, depth: int) -> Node | None:
        """Read a list or an object; nothing, and no step forward, where it is a `for` expression."""
        start = self._at
        self._at += 1
        self._skip(_BLANK)
        if _FOR.match(self._text, self._at):
            self._at = start
            return None
        children: list[Node] = []
        pairs: list[tuple[Node, Node]] = []
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text):
                raise _BrokenError(start, f"broken {self._syntax.name}: `{mark}` is not closed")
            here = self._text[self._at]
            if here == _PAIRS[mark]:
                self._at += 1
                break
            if here == ",":
                self._at += 1
            elif self._text.startswith("...", self._at):  # what else belongs to the collection
                self._at += 3
                self._raw()
            elif mark == "[":
                children.append(self._value(depth + 1))
            else:
                pairs.append(self._item(depth))
        if mark == "[":
            return self._node(ListNode(tuple(children), start, self._at, ""))
        return self._node(MapNode(tuple(pairs), start, self._at, ""))

    def _string(self) -> ScalarNode:
        start = self._at
        is_template = self._pass_string()
        text = self._text[start + 1 : self._at - 1]
        value = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text) if "\\" in text else text
        tag = EXPRESSION if is_template else ""
        return self._node(ScalarNode(value, start, self._at, plain=False, block=False, tag=tag))

    def _pass_string(self) -> bool:
        """Step over a string; tell whether it holds an interpolation, which may hold strings itself."""
        start, quote = self._at, self._syntax.quote
        if self._syntax.is_bicep and (found := _LONG_STRING.match(self._text, start)):
            self._at = found.end()
            return False
        is_template = False
        closing = [quote]
        self._at += 1
        while closing:
            here = self._peek()
            in_string = closing[-1] == quote
            if in_string and (part := self._syntax.string_part.match(self._text, self._at)):
                self._at = part.end()
                continue
            if not here or (here in "\r\n" and in_string):
                raise _BrokenError(start, f"broken {self._syntax.name}: a string does not end")
            if here == closing[-1]:
                closing.pop()
            elif here in {quote, "{"}:
                closing.append(quote if here == quote else "}")
            elif in_string:  # `${` or `%{`
                is_template = True
                closing.append("}")
                self._at += 1
            self._at += 1
            self._check(len(closing))
        return is_template

    def _heredoc(self, found: re.Match[str]) -> Node:
        start, body = self._at, found.end()
        closing = rf"^[ \t]*+{re.escape(found[1])}[ \t]*+\r?$"
        end = re.compile(closing, re.MULTILINE).search(self._text, body)
        if end is None:
            raise _BrokenError(
                start, f"broken {self._syntax.name}: the heredoc `{found[1][:40]}` does not end"
            )
        self._at = end.end()
        text = self._text[body : end.start()]
        tag = EXPRESSION if "${" in text or "%{" in text else ""
        return self._node(ScalarNode(text, start, end.start(), plain=False, block=True, tag=tag))

    def _raw(self) -> None:
        """Step over an expression: to the end of its line, or to what closes the list or call around it."""
        start = self._at
        closing: list[str] = []
        while self._at < len(self._text):
            here = self._text[self._at]
            if not closing and here in ",)]}\r\n":
                return
            if here in _PAIRS:
                closing.append(_PAIRS[here])
                self._check(len(closing))
                self._at += 1
            elif here in ")]}":
                if closing.pop() != here:
                    raise _BrokenError(self._at, f"broken {self._syntax.name}: `{here}` closes nothing")
                self._at += 1
            else:
                self._step()
        if closing:
            raise _BrokenError(start, f"broken {self._syntax.name}: `{closing[-1]}` is missing")

    def _step(self) -> None:
        """Step over a string, a heredoc, a comment, or what lies between those and brackets."""
        if self._peek() == self._syntax.quote:
            self._pass_string()
        elif heredoc := _HEREDOC.match(self._text, self._at):
            self._heredoc(heredoc)
        elif part := self._syntax.raw.match(self._text, self._at):
            self._note(part)
            self._at = part.end()
        else:
            self._at += 1

    def _ends(self) -> bool:
        """Tell whether a value is over: what follows belongs to no operator."""
        self._skip(_SPACE)
        here = self._peek()
        return here in {"", "\r", "\n", ",", "]", "}", ")", "#"} or self._text.startswith("//", self._at)

    def _expect(self, mark: str, start: int) -> None:
        if self._peek() != mark:
            raise _BrokenError(start, f"broken {self._syntax.name}: `{mark}` is missing")
        self._at += 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        while found := pattern.match(self._text, self._at):
            self._note(found)
            self._at = found.end()

    def _note(self, found: re.Match[str]) -> None:
        if "statelint:" in found.group():
            for comment in _COMMENT.finditer(self._text, *found.span()):
                self.comments.append(comment.span())

    def _check(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _BrokenError(
                self._at, f"{self._syntax.name} is not read further: nested deeper than {MAX_DEPTH} levels"
            )

    def _scalar(self, text: str, start: int, tag: str = "") -> ScalarNode:
        return self._node(ScalarNode(text, start, start + len(text), plain=True, block=False, tag=tag))

    def _node(self, node: _AnyNode) -> _AnyNode:
        self.nodes += 1
        if self.nodes > _MOST_VALUES:
            raise _BrokenError(
                self._at, f"{self._syntax.name} is not read further: more than {_MOST_VALUES:,} values"
            )
        return node
