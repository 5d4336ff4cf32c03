"""Ask whether it is counted, and whether it is held against a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.model.diagnostics import Role
from statelint.usage.walking import called_name, spell
from statelint.usage.words import split
from statelint.usage.writes import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown, Write

_LIMIT = frozenset({"limit", "max", "maximum", "threshold", "quota", "burst", "allowed", "capacity", "rate"})
_ORDER = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How it is counted (`hits[ip] += 1`), and the test of a count against a `limit`.

    `inside` counts something about an entry (`players[k].points += 1`), `number` is the test of the number of
    entries. Each is empty where there is none.
    """

    counted: str = ""
    inside: str = ""
    limit: str = ""
    number: str = ""

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        counted = tuple(f"counted (`{found}`)" for found in (self.counted, self.inside) if found)
        limit = (f"held against a limit (`{self.limit}`)",) if self.limit else ()
        number = (f"the number of entries is held against a limit (`{self.number}`)",) if self.number else ()
        return (*counted, *limit, *number)


def find_counting(shown: Sequence[Shown]) -> Counting:
    """Look for values computed from themselves, and for comparisons with a number."""
    number = any(_declares_number(look.scene) for look in shown)
    counts = [write for look in shown for write in look.added if _is_count(look.scene, write, number=number)]
    tests = [test for look in shown for test in _limits(look.scene)]
    return Counting(
        counted=next((spell(write.node) for write in counts if _depth(write) <= 1), ""),
        inside=next((spell(write.node) for write in counts if _depth(write) > 1), ""),
        limit=next((spell(test) for test in tests if not _is_number_of(test)), ""),
        number=next((spell(test) for test in tests if _is_number_of(test)), ""),
    )


def _depth(write: Write) -> int:
    """Tell how far inside the cell that lies which is counted."""
    return write.target.depth + (write.act in {Act.ITEM, Act.FIELD})


def _is_number_of(test: cst.Comparison) -> bool:
    return "len" in {called_name(test.left), called_name(test.comparisons[0].comparator)}


def _declares_number(scene: Scene) -> bool:
    return scene.statement.role is Role.DECLARED and any(
        isinstance(node, cst.Assign | cst.AnnAssign) and isinstance(node.value, cst.BaseNumber)
        for node in scene.tree.of(cst.Assign, cst.AnnAssign)
    )


def _is_count(scene: Scene, write: Write, *, number: bool) -> bool:
    if write.method == "next":
        return True
    if isinstance(write.node, cst.AugAssign):
        arithmetic = isinstance(write.node.operator, cst.AddAssign | cst.SubtractAssign)
        return arithmetic and (number or _is_number(write.node.value))
    return any(
        isinstance(node, cst.BinaryOperation)
        and isinstance(node.operator, cst.Add | cst.Subtract)
        and (number or _is_number(node.right))
        and any(below in scene.parts for below in scene.reach(node.left))
        for node in _sums(scene, write.value)
    )


def _sums(scene: Scene, value: cst.BaseExpression | None) -> Iterator[cst.BaseExpression]:
    """Yield what may be a sum: the value, what a name stands for, or the parts of `(count + 1, since)`."""
    if isinstance(value, cst.Tuple | cst.List):
        yield from (element.value for element in value.elements)
    elif isinstance(value, cst.Name):
        yield from scene.values.get(value.value, ())
    elif value is not None:
        yield value


def _is_number(node: cst.BaseExpression) -> bool:
    """Tell what can be added to a number from what extends a list or a text."""
    return isinstance(node, cst.BaseNumber) or called_name(node) in {"len", "sum", "int", "float"}


def _limits(scene: Scene) -> Iterator[cst.Comparison]:
    for node in scene.tree.of(cst.Comparison):
        if isinstance(node, cst.Comparison) and isinstance(node.comparisons[0].operator, _ORDER):
            left, right = node.left, node.comparisons[0].comparator
            if (_asks(scene, left) and _is_limit(left, right)) or (
                _asks(scene, right) and _is_limit(right, left)
            ):
                yield node


def _asks(scene: Scene, node: cst.BaseExpression) -> bool:
    """Tell a count kept, or the number of entries kept, from a time."""
    return not scene.is_clock(node) and any(below in scene.parts for below in scene.reach(node))


def _is_limit(asked: cst.BaseExpression, node: cst.BaseExpression) -> bool:
    """Tell a number, a name that says so, and whatever the number of entries is compared with."""
    if isinstance(node, cst.Integer):
        return node.value != "0"
    if called_name(asked) == "len":
        return isinstance(node, cst.Name | cst.Attribute)
    return isinstance(node, cst.Name | cst.Attribute | cst.Subscript) and bool(split(spell(node)) & _LIMIT)
