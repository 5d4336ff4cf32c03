"""Definitions: a function, a class or a lambda is a unit of its own, and a value of the unit around it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from statelint.model.facts import CallFlag, Op, Param, UnitFlag, WriteHow
from statelint.python.dispatch import CALLED, EXPRESSIONS, STATEMENTS, WHOLE, block, expression
from statelint.python.unit import CLASS, FUNCTION, LAMBDA

if TYPE_CHECKING:
    from statelint.python.unit import Span, UnitColumns

    Function = ast.FunctionDef | ast.AsyncFunctionDef

_ANY = Op.ANY
_WRITE_NAME = WriteHow.NAME
_DECORATOR = CallFlag.DECORATOR
_ASYNC, _CLASSMETHOD = UnitFlag.ASYNC, UnitFlag.CLASSMETHOD

_PLAIN = {
    "property": UnitFlag.PROPERTY,
    "cached_property": UnitFlag.PROPERTY,
    "abstractproperty": UnitFlag.PROPERTY,
    "staticmethod": UnitFlag.STATIC,
    "classmethod": _CLASSMETHOD,
    "setter": UnitFlag.SETTER,
    "deleter": UnitFlag.SETTER,
    "abstractmethod": 0,
    "overload": 0,
    "override": 0,
    "final": 0,
}
"""Decorators of the language itself, whose meaning is the flag."""

_CLASSMETHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


def _function(u: UnitColumns, node: Function) -> None:
    decorators = [expression(u, decorator) for decorator in node.decorator_list]
    unit, name_span = _open(u, FUNCTION, node, "def " if node.__class__ is ast.FunctionDef else "async def ")
    unit.flags = _flags(node)
    unit.decorators = decorators
    _parameters(u, unit, node.args)
    block(unit, node.body)
    unit.close()
    place = u.place(11, unit.number, 0, node.lineno)
    if decorators:
        place = _decorated(u, place, node, decorators)
        if u.kind == CLASS and any(_last_word(one) in {"setter", "deleter"} for one in node.decorator_list):
            return  # `@x.setter def x`: the property keeps its getter; the setter is found by its flag
    _bind_definition(u, node.name, place, name_span)


def _class(u: UnitColumns, node: ast.ClassDef) -> None:
    decorators = [expression(u, decorator) for decorator in node.decorator_list]
    bases = [expression(u, base) for base in node.bases]
    given = {keyword.arg: expression(u, keyword.value) for keyword in node.keywords}
    unit, name_span = _open(u, CLASS, node, "class ")
    unit.bases = [base for base in bases if base]
    unit.metaclass = given.get("metaclass", 0)
    unit.decorators = decorators
    block(unit, node.body)
    unit.close()
    place = u.place(12, unit.number, 0, node.lineno)
    _bind_definition(u, node.name, _decorated(u, place, node, decorators), name_span)


def _lambda(u: UnitColumns, node: ast.Lambda, how: int) -> int:
    line = node.lineno
    unit = u.tables.open(LAMBDA, "<lambda>", _qualified(u, "<lambda>"), u.number)
    unit.span = u.span_of(node)
    unit.end_line = unit.span[2]
    _parameters(u, unit, node.args)
    unit.flow(0, EXPRESSIONS[node.body.__class__](unit, node.body, WHOLE), line)
    unit.close()
    return u.place(11, unit.number, 0, line, how)


def _open(u: UnitColumns, kind: int, node: Function | ast.ClassDef, keyword: str) -> tuple[UnitColumns, Span]:
    """Start the unit of a definition; returns the span of its name too."""
    name, line = node.name, node.lineno
    unit = u.tables.open(kind, name, _qualified(u, name), u.number)
    column = node.col_offset + 1 if u.columns is None else u.columns(line, node.col_offset)
    start = column + len(keyword)
    unit.span = line, column, line, start + len(name)
    unit.end_line = node.end_lineno or line
    return unit, (line, start, line, start + len(name))


def _qualified(u: UnitColumns, name: str) -> str:
    if u.kind >= FUNCTION:
        return f"{u.qualified}.<locals>.{name}"
    return f"{u.qualified}.{name}" if u.qualified else name


def _bind_definition(u: UnitColumns, name: str, place: int, span: Span) -> None:
    if name in u.not_local:
        u.write(u.place(2, u.strings[name], 0, span[0]), _WRITE_NAME, 0, place, 0, span)
        return
    version = u.versions.get(name, name)
    u.bound[version] = None
    u.bind(u.strings[version], place, span)


# -- parameters -------------------------------------------------------------------------------------------


def _parameters(u: UnitColumns, unit: UnitColumns, arguments: ast.arguments) -> None:
    """Record parameters; defaults and annotations are evaluated in the unit around the function."""
    positional = arguments.args
    if arguments.posonlyargs:
        positional = arguments.posonlyargs + positional
    defaults = arguments.defaults
    first = len(positional) - len(defaults)
    for index, argument in enumerate(positional):
        _parameter(u, unit, argument, 0, defaults[index - first] if index >= first else None)
    if arguments.vararg:
        _parameter(u, unit, arguments.vararg, 2, None)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        _parameter(u, unit, argument, 1, default)
    if arguments.kwarg:
        _parameter(u, unit, arguments.kwarg, 3, None)


def _parameter(u: UnitColumns, unit: UnitColumns, node: ast.arg, kind: int, default: ast.expr | None) -> None:
    name, hint = node.arg, node.annotation
    place = 0 if default is None else EXPRESSIONS[default.__class__](u, default, WHOLE)
    unit.params.append(Param(name, kind, place, 0 if hint is None else annotation(u, hint)))
    unit.bound[name] = None
    unit.seen.add(name)


def annotation(u: UnitColumns, node: ast.expr) -> int:
    """Give the place of an annotation: `X | None` is one of both, a quoted name is that name."""
    kind = node.__class__
    if kind is ast.Constant:
        text = node.value  # type: ignore[attr-defined]
        is_name = isinstance(text, str) and text.replace(".", "").isidentifier()
        if is_name and "." not in (text[:1], text[-1:]):
            return _dotted(u, text, node.lineno)
        return 0
    if kind is ast.BinOp:
        parts = []
        current: ast.expr = node
        while isinstance(current, ast.BinOp):
            parts.append(annotation(u, current.right))
            current = current.left
        parts.append(annotation(u, current))
        return u.join(_ANY, parts, node.lineno)
    return EXPRESSIONS[kind](u, node, 0)


def _dotted(u: UnitColumns, text: str, line: int) -> int:
    first, *rest = text.split(".")
    place = u.place(2, u.strings[first], 0, line)
    for part in rest:
        place = u.place(3, place, u.strings[part], line)
    return place


# -- decorators -------------------------------------------------------------------------------------------


def _decorated(u: UnitColumns, place: int, node: Function | ast.ClassDef, decorators: list[int]) -> int:
    """Give the place of what the decorators make of a definition; those of the language leave it as it is."""
    for decorator, node_of_it in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
        if decorator and _last_word(node_of_it) not in _PLAIN:
            u.hows[decorator] |= CALLED
            number = u.call((decorator, [place], [], 0, u.guard, _DECORATOR, *u.span_of(node_of_it)))
            place = u.place(6, number, 0, node.lineno)
    return place


def _last_word(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _flags(node: Function) -> int:
    flags = _ASYNC if node.__class__ is ast.AsyncFunctionDef else 0
    for decorator in node.decorator_list:
        flags |= _PLAIN.get(_last_word(decorator), 0)
    if node.name in _CLASSMETHODS:
        flags |= _CLASSMETHOD
    return flags


EXPRESSIONS[ast.Lambda] = _lambda
STATEMENTS.update({ast.FunctionDef: _function, ast.AsyncFunctionDef: _function, ast.ClassDef: _class})
