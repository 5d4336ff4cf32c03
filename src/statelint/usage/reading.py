"""Ask how it is read: one entry by its key, or all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.walking import called_name, is_constant, spell, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown

_BY_KEY = frozenset({"get", "pop"})
_TAKES = frozenset({"pop"})
_LISTING = frozenset({"list", "sorted", "tuple"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The expression that reads an entry by a key that varies, and the one that gives all; empty if none.

    `collected` takes an entry out by its key to use it, `looped` goes through all of them.
    """

    by_key: str = ""
    collected: str = ""
    listed: str = ""
    looped: str = ""

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        found = (
            (self.by_key, "read by key"),
            (self.collected, "collected by key"),
            (self.listed, "listed"),
            (self.looped, "looped over"),
        )
        return tuple(f"{what} (`{text}`)" for text, what in found if text)


def find_reading(shown: Sequence[Shown]) -> Reading:
    """Look at what is read, not at the targets of writes."""
    by_key = (text for look in shown for text in _by_key(look.scene))
    collected = (text for look in shown for text in _by_key(look.scene, _TAKES))
    listed = (text for look in shown for text in _listed(look.scene))
    looped = (text for look in shown for text in _looped(look))
    return Reading(
        by_key=next(by_key, ""),
        collected=next(collected, ""),
        listed=next(listed, ""),
        looped=next(looped, ""),
    )


def _by_key(scene: Scene, methods: frozenset[str] = _BY_KEY) -> Iterator[str]:
    for node in scene.tree.nodes:
        part = scene.part(node)
        if part is None or part.depth != 1 or part.key is None or is_constant(part.key):
            continue
        parent = scene.tree.parents.get(node)
        got = isinstance(node, cst.Call) and called_name(node) in methods
        if got and isinstance(parent, cst.Expr):
            continue  # what `carts.pop(key)` gives is dropped
        target = isinstance(parent, cst.AssignTarget | cst.AugAssign | cst.Del)
        subscript = isinstance(node, cst.Subscript) and not target and methods is _BY_KEY
        if got or subscript:
            yield spell(node)


def _listed(scene: Scene) -> Iterator[str]:
    for node in scene.tree.of(cst.Return):
        if isinstance(node, cst.Return) and node.value is not None:
            yield from (spell(below) for below in walk(node.value) if _is_all(scene, below))


def _is_all(scene: Scene, node: cst.CSTNode) -> bool:
    """Tell the cell handed out whole, in a view or as a copy, from a question about it (`len`, `in`)."""
    part = scene.part(node)
    if part is None or part.depth:
        return False
    parent = scene.tree.parents.get(node)
    if isinstance(parent, cst.Attribute):
        return False
    if isinstance(parent, cst.Arg):
        return called_name(scene.tree.parents[parent]) in _LISTING | {"jsonify", "dumps", "join"}
    return not isinstance(parent, cst.Subscript | cst.ComparisonTarget | cst.Comparison)


def _looped(look: Shown) -> Iterator[str]:
    """Find the loop over all entries that removes none of them: what is dropped in one is trimmed."""
    for node in look.scene.tree.of(cst.For, cst.CompFor):
        if isinstance(node, cst.For | cst.CompFor):
            part = look.scene.part(node.iter)
            if part is not None and not part.depth and not look.removed:
                yield spell(node.iter)
