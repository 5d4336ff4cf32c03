"""Expressions: each handler returns the place of a value, and notes what the value is used for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from statelint.model.facts import CallFlag, Op, UnitFlag
from statelint.python.conditions import add_guards, condition
from statelint.python.dispatch import (
    CALLED,
    EXPRESSIONS,
    GET,
    ITERATE,
    LENGTH,
    RECEIVER,
    TEST,
    WHOLE,
    expression,
)
from statelint.python.targets import bind, bind_name

if TYPE_CHECKING:
    from statelint.python.unit import UnitColumns

LONGEST_TEXT = 120
"""Longer constants are never keys, routes or settings that matter."""

LARGEST_NUMBER = 1_000_000
"""Numbers from here on, in both directions, are kept as numbers without a value."""

MOST_ELEMENTS = 64
"""Elements of one display that are kept; the rest would only repeat the kind of the first."""

_ANY, _MIX = Op.ANY, Op.MIX
_AWAITED = CallFlag.AWAITED
_GENERATOR = UnitFlag.GENERATOR


# The columns of a call are made here and not by `UnitColumns.span_of`, places not by `UnitColumns.place`:
# these four handlers see nine of ten expressions.


def _name(u: UnitColumns, node: ast.Name, how: int) -> int:
    name = node.id
    place = u.names.get(name)
    if place is not None:
        u.hows[place] |= how
        return place
    u.seen.add(name)
    new = len(u.lines)
    place = u.names[name] = u.places.setdefault((2, u.strings[u.versions.get(name, name)], 0), new)
    if place == new:
        u.lines.append(node.lineno)
        u.hows.append(how)
    else:
        u.hows[place] |= how
    return place


def _attribute(u: UnitColumns, node: ast.Attribute, how: int) -> int:
    value = node.value
    base = EXPRESSIONS[value.__class__](u, value, RECEIVER)
    new = len(u.lines)
    place = u.places.setdefault((3, base, u.strings[node.attr]), new)
    if place == new:
        u.lines.append(node.lineno)
        u.hows.append(how)
    else:
        u.hows[place] |= how
    return place


def _constant(u: UnitColumns, node: ast.Constant, how: int) -> int:
    value = node.value
    kind = value.__class__
    if kind is str:
        number = u.constants[value] if len(value) <= LONGEST_TEXT else -1  # type: ignore[arg-type, index]
    elif value is None or (kind is int and -LARGEST_NUMBER < value < LARGEST_NUMBER):  # type: ignore[operator]
        number = u.constants[value]  # type: ignore[index]
    elif kind is bool:
        number = u.constants[(value,)]  # type: ignore[index]
    else:
        number = -1
    new = len(u.lines)
    place = u.places.setdefault((1, number, 0), new)
    if place == new:
        u.lines.append(node.lineno)
        u.hows.append(how)
    else:
        u.hows[place] |= how
    return place


def call(u: UnitColumns, node: ast.Call, how: int, flags: int = 0) -> int:
    """Give the place of what a call returns; `flags` say how the call stands in its statement."""
    function, line = node.func, node.lineno
    callee = EXPRESSIONS[function.__class__](u, function, CALLED)
    star = 0
    arguments = []
    keywords = []
    if node.args:
        use = LENGTH if function.__class__ is ast.Name and function.id == "len" else WHOLE
        for argument in node.args:
            kind = argument.__class__
            if kind is ast.Starred:
                star = expression(u, argument.value, WHOLE)  # type: ignore[attr-defined]
                arguments.append(u.place(5, star, 0, line))
            else:
                arguments.append(EXPRESSIONS[kind](u, argument, use))
    for keyword in node.keywords:
        node_value = keyword.value
        value = EXPRESSIONS[node_value.__class__](u, node_value, WHOLE)
        if keyword.arg is None:
            star = u.join(_ANY, [star, value], line)
        else:
            keywords.append((u.strings[keyword.arg], value))
    calls = u.calls
    number = len(calls)
    u.order.append(4 * number)
    if u.columns is None:
        column, end_line = node.col_offset + 1, node.end_lineno or line
        end_column = (node.end_col_offset or 0) + 1
    else:
        _, column, end_line, end_column = u.span_of(node)
    calls.append((callee, arguments, keywords, star, u.guard, flags, line, column, end_line, end_column))
    place = u.places[6, number, 0] = len(u.lines)
    u.lines.append(line)
    u.hows.append(how)
    return place


def _await(u: UnitColumns, node: ast.Await, how: int) -> int:
    value = node.value
    if value.__class__ is ast.Call:
        return call(u, value, how, _AWAITED)
    return u.place(14, EXPRESSIONS[value.__class__](u, value, 0), 0, node.lineno, how)


def _subscript(u: UnitColumns, node: ast.Subscript, how: int) -> int:
    value, key = node.value, node.slice
    base = EXPRESSIONS[value.__class__](u, value, GET)
    if key.__class__ is ast.Slice:
        _slice(u, key, 0)
        return u.place(15, base, _first_taken(key) + 1, node.lineno, how)
    if key.__class__ is ast.UnaryOp and (from_end := _negative(key)):
        return u.place(4, base, u.place(1, u.constants[from_end], 0, node.lineno), node.lineno, how)
    return u.place(4, base, EXPRESSIONS[key.__class__](u, key, WHOLE), node.lineno, how)


def _negative(node: ast.UnaryOp) -> int:
    """Give the number in `rows[-1]`; 0 where the key is something else."""
    number = node.operand.value if isinstance(node.operand, ast.Constant) else None
    if node.op.__class__ is not ast.USub or not isinstance(number, int) or number >= LARGEST_NUMBER:
        return 0
    return -number


def _first_taken(node: ast.Slice) -> int:
    """Give the number of the first element in `rows[1:3]`; -1 where it cannot be seen."""
    lower = node.lower.value if isinstance(node.lower, ast.Constant) else node.lower or 0
    if node.step is not None or not isinstance(lower, int):
        return -1
    return lower if lower < LARGEST_NUMBER else -1


def _slice(u: UnitColumns, node: ast.Slice, how: int) -> int:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            EXPRESSIONS[part.__class__](u, part, WHOLE)
    u.hows[0] |= how
    return 0


def _starred(u: UnitColumns, node: ast.Starred, how: int) -> int:
    return u.place(5, EXPRESSIONS[node.value.__class__](u, node.value, WHOLE), 0, node.lineno, how)


# -- displays and comprehensions --------------------------------------------------------------------------


def _site(u: UnitColumns, kind: str, pairs: list[int], line: int, how: int) -> int:
    u.sites.append((kind, pairs))
    return u.place(7, len(u.sites) - 1, 0, line, how)


def _list(u: UnitColumns, node: ast.List | ast.Set, how: int) -> int:
    pairs: list[int] = []
    for index, element in enumerate(node.elts):
        value = EXPRESSIONS[element.__class__](u, element, WHOLE)
        if index < MOST_ELEMENTS:
            pairs += (0, value)
    return _site(u, "list" if node.__class__ is ast.List else "set", pairs, node.lineno, how)


def _tuple(u: UnitColumns, node: ast.Tuple, how: int) -> int:
    pairs: list[int] = []
    for index, element in enumerate(node.elts):
        kind = element.__class__
        value = EXPRESSIONS[kind](u, element, WHOLE)
        if index < MOST_ELEMENTS:
            key = 0 if kind is ast.Starred else u.place(1, u.constants[index], 0, node.lineno)
            pairs += (key, value)
    return _site(u, "tuple", pairs, node.lineno, how)


def _dict(u: UnitColumns, node: ast.Dict, how: int) -> int:
    pairs: list[int] = []
    for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
        where = 0 if key is None else EXPRESSIONS[key.__class__](u, key, WHOLE)
        what = EXPRESSIONS[value.__class__](u, value, WHOLE)
        if key is None:  # {**other}
            what = u.place(5, what, 0, node.lineno)
        if index < MOST_ELEMENTS:
            pairs += (where, what)
    return _site(u, "dict", pairs, node.lineno, how)


_COMPREHENSIONS = {ast.ListComp: "elements", ast.SetComp: "set", ast.GeneratorExp: "generator"}


def _comprehension(u: UnitColumns, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, how: int) -> int:
    outer = _generators(u, node.generators, node)
    pairs = [0, EXPRESSIONS[node.elt.__class__](u, node.elt, WHOLE)]
    u.versions, u.names, u.top = outer
    return _site(u, _COMPREHENSIONS[node.__class__], pairs, node.lineno, how)


def _dict_comprehension(u: UnitColumns, node: ast.DictComp, how: int) -> int:
    outer = _generators(u, node.generators, node)
    pairs = [expression(u, node.key, WHOLE), expression(u, node.value, WHOLE)]
    u.versions, u.names, u.top = outer
    return _site(u, "dict", pairs, node.lineno, how)


def _generators(
    u: UnitColumns, generators: list[ast.comprehension], node: ast.expr
) -> tuple[dict[str, str], dict[str, int], bool]:
    """Bind the targets of a comprehension to versions of their own; returns what held before."""
    outer = u.versions, u.names, u.top
    line = node.lineno
    versions = u.versions = dict(u.versions)
    u.top = False
    for generator in generators:
        source = EXPRESSIONS[generator.iter.__class__](u, generator.iter, ITERATE)
        for name in _names_in(generator.target):
            versions[name] = f"{name}@{line}.{node.col_offset}"
        u.names = {}
        bind(u, generator.target, u.place(5, source, 0, line))
        for test in generator.ifs:
            EXPRESSIONS[test.__class__](u, test, TEST)
    return outer


def _names_in(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


# -- what is computed -------------------------------------------------------------------------------------


def _binary(u: UnitColumns, node: ast.BinOp, how: int) -> int:
    parts = []
    current: ast.expr = node
    while isinstance(current, ast.BinOp):
        parts.append(EXPRESSIONS[current.right.__class__](u, current.right, WHOLE))
        current = current.left
    parts.append(EXPRESSIONS[current.__class__](u, current, WHOLE))
    parts.reverse()
    return u.join(_MIX, parts, node.lineno, how)


def _boolean(u: UnitColumns, node: ast.BoolOp, how: int) -> int:
    *first, last = node.values
    parts = [expression(u, value, TEST | WHOLE) for value in first]
    parts.append(expression(u, last, WHOLE))
    return u.join(_ANY, parts, node.lineno, how)


def _conditional(u: UnitColumns, node: ast.IfExp, how: int) -> int:
    positive, negative = condition(u, node.test)
    outer, line = u.guard, node.lineno
    add_guards(u, positive, line)
    yes = expression(u, node.body)
    u.guard = outer
    add_guards(u, negative, line)
    no = expression(u, node.orelse)
    u.guard = outer
    return u.join(_ANY, [yes, no], line, how)


def _unary(u: UnitColumns, node: ast.UnaryOp, how: int) -> int:
    inner: ast.expr = node.operand
    while isinstance(inner, ast.UnaryOp):
        inner = inner.operand
    return u.join(_MIX, [EXPRESSIONS[inner.__class__](u, inner, TEST)], node.lineno, how)


def _compare(u: UnitColumns, node: ast.Compare, how: int) -> int:
    parts = [expression(u, node.left, WHOLE)]
    for operator, right in zip(node.ops, node.comparators, strict=True):
        member = operator.__class__ is ast.In or operator.__class__ is ast.NotIn
        parts.append(EXPRESSIONS[right.__class__](u, right, TEST if member else WHOLE))
    return u.join(_MIX, parts, node.lineno, how)


def _template(u: UnitColumns, node: ast.JoinedStr, how: int) -> int:
    """Mix the parts of an f-string, or of a t-string."""
    parts = [
        _constant(u, part, WHOLE) if part.__class__ is ast.Constant else expression(u, part.value, WHOLE)  # type: ignore[attr-defined]
        for part in node.values
    ]
    return u.join(_MIX, parts, node.lineno, how)


def _named(u: UnitColumns, node: ast.NamedExpr, how: int) -> int:
    place = EXPRESSIONS[node.value.__class__](u, node.value, how)
    bind_name(u, node.target.id, place, u.span_of(node.target))
    return place


def _yield(u: UnitColumns, node: ast.Yield, how: int) -> int:
    u.flags |= _GENERATOR
    u.flow(1, expression(u, node.value, WHOLE), node.lineno)
    u.hows[0] |= how
    return 0


def _yield_from(u: UnitColumns, node: ast.YieldFrom, how: int) -> int:
    u.flags |= _GENERATOR
    source = expression(u, node.value, ITERATE)
    u.flow(1, u.place(5, source, 0, node.lineno), node.lineno)
    u.hows[0] |= how
    return 0


EXPRESSIONS.update(
    {
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Constant: _constant,
        ast.Call: call,
        ast.Await: _await,
        ast.Subscript: _subscript,
        ast.Slice: _slice,
        ast.Starred: _starred,
        ast.List: _list,
        ast.Set: _list,
        ast.Tuple: _tuple,
        ast.Dict: _dict,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.DictComp: _dict_comprehension,
        ast.BinOp: _binary,
        ast.BoolOp: _boolean,
        ast.IfExp: _conditional,
        ast.UnaryOp: _unary,
        ast.Compare: _compare,
        ast.JoinedStr: _template,
        ast.NamedExpr: _named,
        ast.Yield: _yield,
        ast.YieldFrom: _yield_from,
    }
)
if hasattr(ast, "TemplateStr"):  # Python 3.14
    EXPRESSIONS[ast.TemplateStr] = _template
