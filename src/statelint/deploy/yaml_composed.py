"""The quick way to read YAML: libyaml composes nodes, and ours are made of those that somebody looks at.

Composing takes as long as the events alone, and what follows from events takes as long again. But it recurses
on the stack of the process and shares the nodes of aliases, so it is only for texts that are shallow and have
none; `yaml_nodes.py` reads whatever else there is, and both give the same nodes.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from statelint.deploy.nodes import MAX_DEPTH, NULLS, ListNode, MapNode, Node, Pair, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

LONGEST: Final = 250_000
"""Characters above which a text is read by events, which are counted while they come.

A composed node takes some 700 bytes, and a text may be nothing but short ones.
"""

# Each level of blocks begins in a column of its own, but for a list that stands below its key; each other
# level begins with a bracket.
_MOST_BRACKETS: Final = MAX_DEPTH // 2
_DEEP_BLOCK: Final = re.compile(rf"^[ \t?:-]{{{MAX_DEPTH // 4},}}", re.MULTILINE)
_INDENTED: Final = " " * (MAX_DEPTH // 8)
# libyaml takes no other characters for a name; `"0 3 * * *"` is none.
_NAME: Final = re.compile(r"(?:^|[\s\[{,:?-])[&*][\w-]", re.MULTILINE)
_BLOCK_STYLES: Final = frozenset({"|", ">"})
_MERGE: Final = "<<"
_UNREAD: Final[dict[str, Any]] = {}
_RAW_PAIR: Final = 2  # key and value; a pair of ours stands alone
_Raw: Final = yaml.ScalarNode
_RawMap: Final = yaml.MappingNode


class TooDeepError(Exception):
    """A text is nested too deep to be composed."""


def may_compose(text: str) -> bool:
    """Tell whether a text is not long and surely has no anchors; `parser_of` gives the parser for it."""
    # Searches for a word are much quicker than those for a pattern, and mostly spare them.
    may_have_names = "&" in text or "*" in text
    return len(text) <= LONGEST and not (may_have_names and _NAME.search(text))


def is_shallow(text: str) -> bool:
    """Tell whether a text is surely not deep, whatever stands in it."""
    may_be_deep = _INDENTED in text or "- -" in text or ("?" in text and "? " in text) or "\t" in text
    return text.count("{") + text.count("[") < _MOST_BRACKETS and not (
        may_be_deep and _DEEP_BLOCK.search(text)
    )


def _make_parsers() -> tuple[Callable[[str], Any] | None, Callable[[str], Any] | None]:
    if not yaml.__with_libyaml__:
        return None, None
    base: Any = importlib.import_module("yaml.cyaml").CParser

    class Untyped(base):  # type: ignore[misc] # the types of PyYAML do not know its methods
        """Leave open what a scalar without a tag is: we resolve that ourselves, where it matters.

        The parser calls these for each node: what takes anything and gives "" is quickest as a method in C.
        """

        resolve = descend_resolver = ascend_resolver = "".format

    class Bounded(base):  # type: ignore[misc]
        """Count levels; most brackets stand in texts, and only the parser knows."""

        depth = 0
        resolve = "".format

        def descend_resolver(self, _parent: object, _index: object) -> None:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise TooDeepError

        def ascend_resolver(self) -> None:
            self.depth -= 1

    return Untyped, Bounded


PARSER, _BOUNDED = _make_parsers()
"""The parser of libyaml, None where PyYAML was built without it."""


def parser_of(text: str) -> Callable[[str], Any] | None:
    """Choose the parser for a text; the one for what may be deep raises `TooDeepError` where it is."""
    return PARSER if is_shallow(text) else _BOUNDED


# What is not asked of most nodes is a property, in place of the slot of the same name.
class _Scalar(ScalarNode):
    """A scalar whose places are those of the parser's node."""

    __slots__ = ("raw",)
    raw: Any
    start = property(lambda self: self.raw.start_mark.index)
    end = property(lambda self: self.raw.end_mark.index)
    plain = property(lambda self: not self.raw.style)
    block = property(lambda self: self.raw.style in _BLOCK_STYLES)


class _Map(MapNode):
    """A mapping whose pairs are made one by one; `index` has PyYAML's, and ours once they were asked for.

    All of ours are kept, as documents know nodes by their identity.
    """

    __slots__ = ("index", "raw")
    raw: Any
    index: dict[str, Any] | None
    start = property(lambda self: self.raw.start_mark.index)
    end = property(lambda self: self.raw.end_mark.index)
    tag = property(lambda self: self.raw.tag)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        # The slot is still empty.
        if name == "pairs":
            self.pairs = tuple([(wrap(key), wrap(value)) for key, value in self.raw.value])
        return object.__getattribute__(self, name)

    def peek(self, name: str) -> Sequence[Pair] | None:
        index = self.index
        if index is _UNREAD:
            index = self.index = _indexed(self.raw.value)
        if index is None:
            return None
        found = index.get(name, ())
        if len(found) == _RAW_PAIR:
            # As `Pair(...)` does it, at half the cost.
            found = index[name] = (_new_tuple(Pair, (_scalar(found[0]), wrap(found[1]))),)
        return found  # type: ignore[no-any-return]

    def word(self, name: str) -> str | None:
        index = self.index
        if index is _UNREAD:
            index = self.index = _indexed(self.raw.value)
        if index is None:
            return None
        pair = index.get(name)
        if pair is None:
            return ""
        if len(pair) != _RAW_PAIR:
            value = pair[0].value
            return None if value.__class__ is not _Scalar or value.tag else _word(value.raw)
        value = pair[1]
        return None if value.__class__ is not _Raw or value.tag else _word(value)

    def names(self) -> Iterable[str] | None:
        self.peek("")
        return self.index

    def plain_pairs(self) -> Mapping[str, Sequence[Pair]]:
        self.peek("")
        # Each name is there, so each is found.
        return {name: self.peek(name) or () for name in self.index or ()}


def _word(raw: Any) -> str:  # noqa: ANN401
    value: str = raw.value
    return "" if value in NULLS and not raw.style else value


def _indexed(pairs: Sequence[Any]) -> dict[str, Any] | None:
    """Give pairs of PyYAML by name; None where a key is repeated, merged or no scalar."""
    try:
        index = {pair[0].value: pair for pair in pairs}
    except TypeError:  # a key that is a list or a mapping
        return None
    return None if len(index) < len(pairs) or _MERGE in index else index


class _List(ListNode):
    __slots__ = ("raw",)
    raw: Any
    start = property(lambda self: self.raw.start_mark.index)
    end = property(lambda self: self.raw.end_mark.index)
    tag = property(lambda self: self.raw.tag)


_new_tuple: Final = tuple.__new__
_new_scalar, _new_map, _new_list = _Scalar.__new__, _Map.__new__, _List.__new__


def wrap(raw: Any) -> Node:  # noqa: ANN401 - a node of PyYAML, which has no types for its parser in C
    """Give our node for one of PyYAML's; what is inside of a mapping follows when it is asked for."""
    kind = raw.__class__
    if kind is _Raw:
        return _scalar(raw)
    if kind is _RawMap:
        mapping = _new_map(_Map)
        mapping.raw, mapping.index = raw, _UNREAD
        return mapping
    sequence = _new_list(_List)
    sequence.raw, sequence.items = raw, tuple([wrap(item) for item in raw.value])
    return sequence


def _scalar(raw: Any) -> ScalarNode:  # noqa: ANN401
    scalar = _new_scalar(_Scalar)
    scalar.raw, scalar.value, scalar.tag = raw, raw.value, raw.tag
    return scalar
