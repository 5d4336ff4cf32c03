"""Conditions: which guards hold where a test is true, and where it is false."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from statelint.model.facts import Test
from statelint.python.asked_names import asked_by_name, attribute, attribute_in, named
from statelint.python.dispatch import EXPRESSIONS, TEST, WHOLE

if TYPE_CHECKING:
    from statelint.python.unit import UnitColumns

    Guard = tuple[int, int, int]
    """A test, its place, its second place; not yet numbered."""

    Guards = tuple[Guard, ...]

_IS_NONE, _NOT_NONE = Test.IS_NONE, Test.NOT_NONE
_ABSENT, _PRESENT = Test.ABSENT, Test.PRESENT
_TRUTHY, _FALSY = Test.TRUTHY, Test.FALSY
_COMPARE, _OTHER = Test.COMPARE, Test.OTHER

_ONE_OF = (Test.ONE_OF, 0, 0)
_MAIN: tuple[Guards, Guards] = ((Test.MAIN, 0, 0),), ((Test.NOT_MAIN, 0, 0),)
_MEMBERSHIP = (ast.In, ast.NotIn)
_ORDERS = frozenset({ast.Lt, ast.LtE, ast.Gt, ast.GtE})


def add_guards(u: UnitColumns, guards: Guards, line: int) -> None:
    """Give numbers to guards; the last one then holds, each below the one before."""
    for test, place, second in guards:
        u.guards.append((u.guard, test, place, second, line))
        u.guard = len(u.guards) - 1


def condition(u: UnitColumns, node: ast.expr) -> tuple[Guards, Guards]:
    """Give the guards that hold where a test is true, and where it is false."""
    if isinstance(node, ast.UnaryOp) and node.op.__class__ is ast.Not:
        yes, no = condition(u, node.operand)
        return no, yes
    if isinstance(node, ast.BoolOp):
        return _boolean(u, node)
    if isinstance(node, ast.Compare):
        return _comparison(u, node) if len(node.ops) == 1 else _chain(u, node)
    if isinstance(node, ast.Call) and (name := named(node, "hasattr")):
        place = attribute(u, node.args[0], name, node.lineno)
        return ((_NOT_NONE, place, 0),), ((_IS_NONE, place, 0),)
    place = asked_by_name(u, node) or EXPRESSIONS[node.__class__](u, node, TEST)
    return ((_TRUTHY, place, 0),), ((_FALSY, place, 0),)


def _boolean(u: UnitColumns, node: ast.BoolOp) -> tuple[Guards, Guards]:
    """Give the guards of all parts on both sides: where one of several holds, each may be the reason.

    `if X is None or stale(): X = make()` makes X late, and `if X and fresh(): return X` guards the making.
    """
    pairs = [condition(u, value) for value in node.values]
    yes, no = (tuple(guard for pair in pairs for guard in pair[side]) for side in (0, 1))
    return ((_ONE_OF, *yes), no) if node.op.__class__ is ast.Or else (yes, (_ONE_OF, *no))


def _chain(u: UnitColumns, node: ast.Compare) -> tuple[Guards, Guards]:
    """Give the guards of a chain of comparisons, which all hold: `first < middle < last`."""
    values = [node.left, *node.comparators]
    places = [EXPRESSIONS[value.__class__](u, value, WHOLE) for value in values]
    both = tuple(
        (_COMPARE if operator.__class__ in _ORDERS else _OTHER, place, after)
        for operator, place, after in zip(node.ops, places, places[1:], strict=False)
    )
    return both, both


def _comparison(u: UnitColumns, node: ast.Compare) -> tuple[Guards, Guards]:
    left, operator, right = node.left, node.ops[0].__class__, node.comparators[0]
    if _is_main(left, right) or _is_main(right, left):
        return _MAIN if operator is ast.Eq else (_MAIN[1], _MAIN[0])
    if operator in _MEMBERSHIP and (place := attribute_in(u, left, right)):
        yes, no = ((_NOT_NONE, place, 0),), ((_IS_NONE, place, 0),)
        return (yes, no) if operator is ast.In else (no, yes)
    is_none = isinstance(right, ast.Constant) and right.value is None
    left_place = (is_none and asked_by_name(u, left)) or EXPRESSIONS[left.__class__](u, left, WHOLE)
    if is_none:
        u.hows[left_place] |= TEST
        yes, no = ((_IS_NONE, left_place, 0),), ((_NOT_NONE, left_place, 0),)
        return (yes, no) if operator is ast.Is or operator is ast.Eq else (no, yes)
    if operator in _MEMBERSHIP:
        right_place = EXPRESSIONS[right.__class__](u, right, TEST)
        yes, no = ((_PRESENT, right_place, left_place),), ((_ABSENT, right_place, left_place),)
        return (yes, no) if operator is ast.In else (no, yes)
    right_place = EXPRESSIONS[right.__class__](u, right, WHOLE)
    both = ((_COMPARE if operator in _ORDERS else _OTHER, left_place, right_place),)
    return both, both


def _is_main(name: ast.expr, text: ast.expr) -> bool:
    return (
        isinstance(name, ast.Name)
        and name.id == "__name__"
        and isinstance(text, ast.Constant)
        and text.value == "__main__"
    )
