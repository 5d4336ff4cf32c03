"""Attributes that a condition asks for by a name in quotes: they count as attributes that stand there.

hasattr(app, "client")              getattr(app, "client", None) is None
"client" in vars(app)               app.__dict__.get("client") is None
"CLIENT" in globals()
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from statelint.python.dispatch import EXPRESSIONS, RECEIVER, TEST, expression

if TYPE_CHECKING:
    from statelint.python.unit import UnitColumns

_MANGLED = re.compile(r"_[^_]\w*?(__\w*[^_]_?)")
"""How Python itself writes `__name` of a class: `_Class__name`."""


def asked_by_name(u: UnitColumns, node: ast.expr) -> int:
    """Give the place that `getattr(x, "name", None)` or `vars(x).get("name")` asks for; 0 for none."""
    if not isinstance(node, ast.Call) or node.keywords:
        return 0
    name = named(node, "getattr")
    if name and _is_nothing(node.args[2:]):
        return attribute(u, node.args[0], name, node.lineno, TEST)
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr == "get" and _is_nothing(node.args[1:]):
        return attribute_in(u, node.args[0], function.value) if node.args else 0
    return 0


def attribute_in(u: UnitColumns, key: ast.expr, table: ast.expr) -> int:
    """Give the place of an attribute by its key and the table of its owner (`x.__dict__`); 0 for none."""
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return 0
    if _calls(table, "globals", 0):
        return EXPRESSIONS[ast.Name](u, ast.copy_location(ast.Name(key.value, ast.Load()), key), TEST)
    owner = None
    if isinstance(table, ast.Attribute) and table.attr == "__dict__":
        owner = table.value
    elif isinstance(table, ast.Call) and _calls(table, "vars", 1):
        owner = table.args[0]
    if owner is None:
        return 0
    mangled = _MANGLED.fullmatch(key.value)
    return attribute(u, owner, mangled[1] if mangled else key.value, key.lineno, TEST)


def attribute(u: UnitColumns, owner: ast.expr, name: str, line: int, how: int = 0) -> int:
    """Give the place of an attribute, noting for what it is asked."""
    place = u.place(3, expression(u, owner, RECEIVER), u.strings[name], line)
    u.hows[place] |= how
    return place


def named(node: ast.Call, function: str) -> str:
    """Give the constant name in `hasattr(object, "name")`; empty for any other call."""
    if not isinstance(node.func, ast.Name) or node.func.id != function or len(node.args) < 2:
        return ""
    name = node.args[1]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""


def _calls(node: ast.expr, function: str, arguments: int) -> bool:
    if not isinstance(node, ast.Call) or len(node.args) != arguments or node.keywords:
        return False
    return isinstance(node.func, ast.Name) and node.func.id == function


def _is_nothing(default: list[ast.expr]) -> bool:
    """Whether a default, if there is one, is `None` or false."""
    return len(default) < 2 and all(isinstance(one, ast.Constant) and not one.value for one in default)
