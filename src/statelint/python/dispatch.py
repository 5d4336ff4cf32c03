"""The two tables through which the walk descends: which function handles a node of which class.

A handler takes the unit that the node stands in. One of an expression returns the place of its value, and is
told what that value is used for. The modules that define handlers enter them here, so that expressions,
conditions, targets and statements can hold each other without importing each other.

The tables are built once a process, and `EXPRESSIONS[node.__class__](...)` is written out where it matters: a
function in between would cost as much as a handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statelint.model.facts import How

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from statelint.python.unit import UnitColumns

EXPRESSIONS: dict[type, Callable[[UnitColumns, Any, int], int]] = {}
STATEMENTS: dict[type, Callable[[UnitColumns, Any], None]] = {}

WHOLE, GET, TEST, ITERATE, LENGTH, CALLED, RECEIVER, NAMED, RETURNED = (int(how) for how in How)


def expression(u: UnitColumns, node: ast.expr | None, how: int = 0) -> int:
    """Give the place of an expression, which may be missing."""
    return EXPRESSIONS[node.__class__](u, node, how) if node is not None else 0


def block(u: UnitColumns, statements: list[ast.stmt]) -> None:
    """Walk a block; after `if x: return` the rest of the block is guarded by the opposite."""
    outer = u.guard
    for statement in statements:
        STATEMENTS[statement.__class__](u, statement)
    u.guard = outer
