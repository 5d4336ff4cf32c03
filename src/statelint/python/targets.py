"""Targets: what an assignment, a loop, a `with` or a `del` does to the place on its left."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from statelint.model.facts import Op, WriteHow
from statelint.python.dispatch import EXPRESSIONS, RECEIVER, WHOLE
from statelint.python.unit import CLASS, FUNCTION

if TYPE_CHECKING:
    from statelint.python.unit import Span, UnitColumns

_MIX = Op.MIX
_ITEM, _ATTR, _NAME, _INPLACE = (
    int(how) for how in (WriteHow.ITEM, WriteHow.ATTR, WriteHow.NAME, WriteHow.INPLACE)
)
_DEL_ITEM, _DEL_ATTR, _DEL_NAME = WriteHow.DEL_ITEM, WriteHow.DEL_ATTR, WriteHow.DEL_NAME


def bind(u: UnitColumns, target: ast.expr, value: int) -> None:
    """Record that a target takes a value, elements by position."""
    kind = target.__class__
    if kind is ast.Name:
        bind_name(u, target.id, value, u.span_of(target))  # type: ignore[attr-defined]
    elif kind is ast.Tuple or kind is ast.List:
        _unpack(u, target, value)  # type: ignore[arg-type]
    else:
        _store(u, target, value, 0)


def _unpack(u: UnitColumns, target: ast.Tuple | ast.List, value: int) -> None:
    line = target.lineno
    starred = False
    for index, element in enumerate(target.elts):
        if isinstance(element, ast.Starred):
            starred = True
            bind(u, element.value, u.place(15, value, index + 1, line))
        elif starred:
            bind(u, element, u.place(5, value, 0, line))
        else:
            key = u.place(1, u.constants[index], 0, line)
            bind(u, element, u.place(4, value, key, line))


def _store(u: UnitColumns, target: ast.expr, value: int, augmented: int) -> None:
    """Record that an attribute or an item takes a value."""
    kind = target.__class__
    if kind is ast.Attribute:
        base = _base(u, target)  # type: ignore[arg-type]
        u.write(base, _ATTR, u.strings[target.attr], value, augmented, u.span_of(target))  # type: ignore[attr-defined]
    elif kind is ast.Subscript:
        base = _base(u, target)  # type: ignore[arg-type]
        u.write(base, _ITEM, _key(u, target.slice), value, augmented, u.span_of(target))  # type: ignore[attr-defined]


def _base(u: UnitColumns, target: ast.Attribute | ast.Subscript) -> int:
    return EXPRESSIONS[target.value.__class__](u, target.value, RECEIVER)


def _key(u: UnitColumns, node: ast.expr) -> int:
    return 0 if node.__class__ is ast.Slice else EXPRESSIONS[node.__class__](u, node, WHOLE)


def bind_name(u: UnitColumns, name: str, value: int, span: Span, augmented: int = 0) -> None:
    """Record that a name takes a value: a write if it belongs to a scope around this one."""
    if name in u.not_local:
        u.write(u.place(2, u.strings[name], 0, span[0]), _NAME, 0, value, augmented, span)
        return
    if u.top and u.kind == FUNCTION and name in u.seen:
        _new_version(u, name)
    elif u.kind == CLASS and name not in u.bound:
        u.look_outside(name)
    version = u.versions.get(name, name)
    u.bound[version] = None
    u.seen.add(name)
    u.bind(u.strings[version], value, span)


def _new_version(u: UnitColumns, name: str) -> None:
    """Give a name that is bound anew at the top of a function a value of its own."""
    u.versions[name] = f"{name}@{int(u.versions.get(name, '@1').partition('@')[2]) + 1}"
    u.names.pop(name, None)


def augment(u: UnitColumns, node: ast.AugAssign) -> None:
    """Record `target += value`: a list or a set is changed in place, and the target is bound again."""
    target, line = node.target, node.lineno
    value = EXPRESSIONS[node.value.__class__](u, node.value, WHOLE)
    if not isinstance(target, ast.Name):
        before = EXPRESSIONS[target.__class__](u, target, 0)
        _store(u, target, u.join(_MIX, [before, value], line), 1)
        return
    name, span = target.id, u.span_of(target)
    if u.kind == FUNCTION and name not in u.not_local:
        place = EXPRESSIONS[ast.Name](u, target, 0)
        u.write(place, _INPLACE, 0, value, 1, span)
        mixed = u.join(_MIX, [place, value], line)
        version = u.versions.get(name, name)
        u.bind(u.strings[version], mixed, span)
        u.bound[version] = None
    else:
        place = u.place(2, u.strings[name], 0, line)
        u.write(place, _INPLACE, 0, value, 1, span)
        bind_name(u, name, u.join(_MIX, [place, value], line), span, 1)


def delete(u: UnitColumns, target: ast.expr) -> None:
    """Record `del target`; a local name is nobody else's business."""
    if isinstance(target, ast.Attribute):
        u.write(_base(u, target), _DEL_ATTR, u.strings[target.attr], 0, 0, u.span_of(target))
    elif isinstance(target, ast.Subscript):
        base = _base(u, target)
        u.write(base, _DEL_ITEM, _key(u, target.slice), 0, 0, u.span_of(target))
    elif isinstance(target, ast.Name) and target.id in u.not_local:
        place = u.place(2, u.strings[target.id], 0, target.lineno)
        u.write(place, _DEL_NAME, 0, 0, 0, u.span_of(target))
