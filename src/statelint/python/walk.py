"""The walk of the map: from statements and expressions to places and records."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from statelint.model.facts import (
    CallFlag,
    Field,
    How,
    ImportFact,
    Op,
    Param,
    Test,
    UnitFlag,
    UnitKind,
    WriteHow,
)
from statelint.python.unit import UnitColumns

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_TEXT = 120
"""Longer constants are never keys, routes or settings that matter."""

MOST_ELEMENTS = 64
"""Elements of one display that are kept; the rest would only repeat the kind of the first."""

_OPPOSITE = {
    Test.IS_NONE: Test.NOT_NONE,
    Test.NOT_NONE: Test.IS_NONE,
    Test.ABSENT: Test.PRESENT,
    Test.PRESENT: Test.ABSENT,
    Test.TRUTHY: Test.FALSY,
    Test.FALSY: Test.TRUTHY,
    Test.MAIN: Test.NOT_MAIN,
    Test.NOT_MAIN: Test.MAIN,
}

_WHOLE, _GET, _TEST = int(How.WHOLE), int(How.GET), int(How.TEST)
_ITERATE, _LENGTH, _CALLED, _RECEIVER = int(How.ITERATE), int(How.LENGTH), int(How.CALLED), int(How.RECEIVER)

Guard = tuple[int, int, int]
"""A test, its place, its second place; not yet numbered."""


class ModuleWalk:
    """Walks one module; afterwards `units`, `strings`, `constants` and `imports` hold its facts.

    `columns` turns a line and a byte offset into a column from 1; None where bytes are characters.
    """

    def __init__(self, path: str, columns: Callable[[int, int], int] | None) -> None:
        self.path = path
        self.units: list[UnitColumns] = []
        self.strings: list[str] = []
        self.constants: list[str | int | bool | None] = []
        self.imports: list[ImportFact] = []
        self._string_numbers: dict[str, int] = {}
        self._constant_numbers: dict[tuple[type, object], int] = {}
        self._columns = columns
        self._expressions: dict[type, Callable[..., int]] = {
            getattr(ast, name[6:]): getattr(self, name)
            for name in dir(self)
            if name.startswith("_expr_") and hasattr(ast, name[6:])
        }
        self._statements: dict[type, Callable[..., None]] = {
            getattr(ast, name[6:]): getattr(self, name)
            for name in dir(self)
            if name.startswith("_stmt_") and hasattr(ast, name[6:])
        }
        self._statements[ast.AsyncFunctionDef] = self._stmt_FunctionDef
        self._statements[ast.AsyncFor] = self._stmt_For
        self._statements[ast.AsyncWith] = self._stmt_With
        if hasattr(ast, "TryStar"):
            self._statements[ast.TryStar] = self._stmt_Try
        self.u = UnitColumns(UnitKind.MODULE, "", "", -1, 0)

    def module(self, tree: ast.Module) -> None:
        """Walk the whole module."""
        self.units.append(self.u)
        self._body(tree.body)
        self.u.end_line = tree.body[-1].end_lineno or 1 if tree.body else 1

    # -- small things ---------------------------------------------------------------------------------

    def _string(self, text: str) -> int:
        number = self._string_numbers.get(text)
        if number is None:
            number = self._string_numbers[text] = len(self.strings)
            self.strings.append(text)
        return number

    def _constant(self, value: str | int | bool | None) -> int:
        key = (value.__class__, value)
        number = self._constant_numbers.get(key)
        if number is None:
            number = self._constant_numbers[key] = len(self.constants)
            self.constants.append(value)
        return number

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
        line, end_line = node.lineno, node.end_lineno or node.lineno
        if self._columns is None:
            return line, node.col_offset + 1, end_line, (node.end_col_offset or 0) + 1
        columns = self._columns
        return line, columns(line, node.col_offset), end_line, columns(end_line, node.end_col_offset or 0)

    def expr(self, node: ast.expr | None, how: int = 0) -> int:
        """The place of an expression; `how` says what the value is used for."""
        if node is None:
            return 0
        place = self._expressions[node.__class__](node)
        if how:
            self.u.hows[place] |= how
        return place

    def _name(self, name: str) -> str:
        """The version of a name that holds here."""
        return self.u.versions.get(name, name)

    # -- expressions ----------------------------------------------------------------------------------

    def _expr_Name(self, node: ast.Name) -> int:
        u, name = self.u, node.id
        u.seen.add(name)
        return u.place(2, self._string(u.versions.get(name, name)), 0, node.lineno)

    def _expr_Attribute(self, node: ast.Attribute) -> int:
        base = self._expressions[node.value.__class__](node.value)
        u = self.u
        u.hows[base] |= _RECEIVER
        return u.place(3, base, self._string(node.attr), node.lineno)

    def _expr_Constant(self, node: ast.Constant) -> int:
        value = node.value
        if value is None or value.__class__ is bool:
            number = self._constant(value)  # type: ignore[arg-type]
        elif value.__class__ is str and len(value) <= LONGEST_TEXT:  # type: ignore[arg-type]
            number = self._constant(value)  # type: ignore[arg-type]
        elif value.__class__ is int and -1_000_000 < value < 1_000_000:  # type: ignore[operator]
            number = self._constant(value)  # type: ignore[arg-type]
        else:
            number = -1
        return self.u.place(1, number, 0, node.lineno)

    def _expr_Call(self, node: ast.Call) -> int:
        return self._call(node, 0)

    def _call(self, node: ast.Call, flags: int) -> int:
        u = self.u
        callee = self.expr(node.func, _CALLED)
        star = 0
        arguments = []
        length = callee and node.func.__class__ is ast.Name and node.func.id == "len"  # type: ignore[attr-defined]
        for argument in node.args:
            if argument.__class__ is ast.Starred:
                star = self.expr(argument.value, _WHOLE)  # type: ignore[attr-defined]
                arguments.append(u.place(5, star, 0, node.lineno))
            else:
                arguments.append(self.expr(argument, _LENGTH if length else _WHOLE))
        keywords = []
        for keyword in node.keywords:
            value = self.expr(keyword.value, _WHOLE)
            if keyword.arg is None:
                star = star or value
            else:
                keywords.append((self._string(keyword.arg), value))
        number = u.call((callee, arguments, keywords, star, u.guard, flags, *self._span(node)))
        return u.place(6, number, 0, node.lineno)

    def _expr_Await(self, node: ast.Await) -> int:
        value = node.value
        if value.__class__ is ast.Call:
            return self._call(value, int(CallFlag.AWAITED))  # type: ignore[arg-type]
        return self.u.place(14, self.expr(value), 0, node.lineno)

    def _expr_Subscript(self, node: ast.Subscript) -> int:
        base = self.expr(node.value, _GET)
        if node.slice.__class__ is ast.Slice:
            self.expr(node.slice)
            return self.u.place(15, base, 0, node.lineno)
        return self.u.place(4, base, self.expr(node.slice, _WHOLE), node.lineno)

    def _expr_Slice(self, node: ast.Slice) -> int:
        for part in (node.lower, node.upper, node.step):
            self.expr(part, _WHOLE)
        return 0

    def _expr_Starred(self, node: ast.Starred) -> int:
        return self.u.place(5, self.expr(node.value, _WHOLE), 0, node.lineno)

    def _site(self, kind: str, pairs: list[int], line: int) -> int:
        u = self.u
        u.sites.append((kind, pairs))
        return u.place(7, len(u.sites) - 1, 0, line)

    def _expr_List(self, node: ast.List | ast.Tuple | ast.Set) -> int:
        kind = node.__class__.__name__.lower()
        pairs = []
        for index, element in enumerate(node.elts):
            value = self.expr(element, _WHOLE)
            if index < MOST_ELEMENTS:
                key = 0
                if kind == "tuple" and element.__class__ is not ast.Starred:
                    key = self.u.place(1, self._constant(index), 0, node.lineno)
                pairs += (key, value)
        return self._site(kind, pairs, node.lineno)

    _expr_Tuple = _expr_List
    _expr_Set = _expr_List

    def _expr_Dict(self, node: ast.Dict) -> int:
        pairs = []
        for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            where = self.expr(key, _WHOLE) if key is not None else 0
            what = self.expr(value, _WHOLE)
            if key is None:  # {**other}
                what = self.u.place(5, what, 0, node.lineno)
            if index < MOST_ELEMENTS:
                pairs += (where, what)
        return self._site("dict", pairs, node.lineno)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, kind: str) -> int:
        u = self.u
        outer = u.versions
        u.versions = dict(outer)
        top, u.top = u.top, False
        for generator in node.generators:
            source = self.expr(generator.iter, _ITERATE)
            for name in _names_in(generator.target):
                u.versions[name] = f"{name}@{node.lineno}.{node.col_offset}"
            self._bind(generator.target, u.place(5, source, 0, node.lineno))
            for condition in generator.ifs:
                self.expr(condition, _TEST)
        if node.__class__ is ast.DictComp:
            pairs = [self.expr(node.key, _WHOLE), self.expr(node.value, _WHOLE)]  # type: ignore[union-attr]
        else:
            pairs = [0, self.expr(node.elt, _WHOLE)]  # type: ignore[union-attr]
        u.versions = outer
        u.top = top
        return self._site(kind, pairs, node.lineno)

    def _expr_ListComp(self, node: ast.ListComp) -> int:
        return self._comprehension(node, "list")

    def _expr_SetComp(self, node: ast.SetComp) -> int:
        return self._comprehension(node, "set")

    def _expr_DictComp(self, node: ast.DictComp) -> int:
        return self._comprehension(node, "dict")

    def _expr_GeneratorExp(self, node: ast.GeneratorExp) -> int:
        return self._comprehension(node, "generator")

    def _expr_BinOp(self, node: ast.BinOp) -> int:
        parts = []
        current: ast.expr = node
        while current.__class__ is ast.BinOp:
            parts.append(self.expr(current.right, _WHOLE))  # type: ignore[attr-defined]
            current = current.left  # type: ignore[attr-defined]
        parts.append(self.expr(current, _WHOLE))
        return self.u.join(Op.MIX, parts, node.lineno)

    def _expr_BoolOp(self, node: ast.BoolOp) -> int:
        *first, last = node.values
        parts = [self.expr(value, _TEST | _WHOLE) for value in first]
        return self.u.join(Op.ANY, [*parts, self.expr(last, _WHOLE)], node.lineno)

    def _expr_IfExp(self, node: ast.IfExp) -> int:
        u = self.u
        positive, negative = self._test(node.test)
        outer = u.guard
        u.guard = self._guard(positive, node.lineno)
        yes = self.expr(node.body)
        u.guard = outer
        u.guard = self._guard(negative, node.lineno)
        no = self.expr(node.orelse)
        u.guard = outer
        return u.join(Op.ANY, [yes, no], node.lineno)

    def _expr_UnaryOp(self, node: ast.UnaryOp) -> int:
        inner: ast.expr = node.operand
        while inner.__class__ is ast.UnaryOp:
            inner = inner.operand  # type: ignore[attr-defined]
        return self.u.join(Op.MIX, [self.expr(inner, _TEST)], node.lineno)

    def _expr_Compare(self, node: ast.Compare) -> int:
        parts = [self.expr(node.left, _WHOLE)]
        for operator, right in zip(node.ops, node.comparators, strict=True):
            member = operator.__class__ is ast.In or operator.__class__ is ast.NotIn
            parts.append(self.expr(right, _TEST if member else _WHOLE))
        return self.u.join(Op.MIX, parts, node.lineno)

    def _expr_JoinedStr(self, node: ast.JoinedStr) -> int:
        parts = [
            self.expr(value.value, _WHOLE) for value in node.values if value.__class__ is ast.FormattedValue  # type: ignore[attr-defined]
        ]
        return self.u.join(Op.MIX, parts, node.lineno)

    _expr_TemplateStr = _expr_JoinedStr

    def _expr_FormattedValue(self, node: ast.FormattedValue) -> int:
        return self.expr(node.value, _WHOLE)

    def _expr_NamedExpr(self, node: ast.NamedExpr) -> int:
        value = self.expr(node.value)
        self._bind(node.target, value)
        return value

    def _expr_Lambda(self, node: ast.Lambda) -> int:
        number = self._open(UnitKind.LAMBDA, "<lambda>", node)
        self._parameters(node.args, number)
        outer = self._enter(number)
        u = self.u
        u.flow(0, self.expr(node.body, _WHOLE), node.lineno)
        self.u = outer
        return outer.place(11, number, 0, node.lineno)

    def _expr_Yield(self, node: ast.Yield) -> int:
        u = self.u
        u.flags |= UnitFlag.GENERATOR
        u.flow(1, self.expr(node.value, _WHOLE), node.lineno)
        return 0

    def _expr_YieldFrom(self, node: ast.YieldFrom) -> int:
        u = self.u
        u.flags |= UnitFlag.GENERATOR
        source = self.expr(node.value, _ITERATE)
        u.flow(1, u.place(5, source, 0, node.lineno), node.lineno)
        return 0

    # -- annotations ----------------------------------------------------------------------------------

    def _annotation(self, node: ast.expr | None) -> int:
        """The place of an annotation: `X | None` is one of both, a quoted name is that name."""
        if node is None:
            return 0
        if node.__class__ is ast.Constant:
            text = node.value  # type: ignore[attr-defined]
            if text.__class__ is str and text.replace(".", "").isidentifier() and "." not in (text[:1], text[-1:]):
                return self._dotted(text, node.lineno)
            return 0
        if node.__class__ is ast.BinOp:
            parts = []
            current: ast.expr = node
            while current.__class__ is ast.BinOp:
                parts.append(self._annotation(current.right))  # type: ignore[attr-defined]
                current = current.left  # type: ignore[attr-defined]
            return self.u.join(Op.ANY, [self._annotation(current), *parts], node.lineno)
        return self.expr(node)

    def _dotted(self, text: str, line: int) -> int:
        first, *rest = text.split(".")
        place = self.u.place(2, self._string(first), 0, line)
        for part in rest:
            place = self.u.place(3, place, self._string(part), line)
        return place

    # -- guards ---------------------------------------------------------------------------------------

    def _guard(self, guards: list[Guard], line: int) -> int:
        u = self.u
        for test, place, second in guards:
            u.guards.append((u.guard, test, place, second, line))
            u.guard = len(u.guards) - 1
        return u.guard

    def _test(self, node: ast.expr) -> tuple[list[Guard], list[Guard]]:
        """The guards that hold where a test is true, and where it is false."""
        kind = node.__class__
        if kind is ast.UnaryOp and node.op.__class__ is ast.Not:  # type: ignore[attr-defined]
            yes, no = self._test(node.operand)  # type: ignore[attr-defined]
            return no, yes
        if kind is ast.BoolOp:
            return self._bool_test(node)  # type: ignore[arg-type]
        if kind is ast.Compare and len(node.ops) == 1:  # type: ignore[attr-defined]
            return self._compare_test(node)  # type: ignore[arg-type]
        if kind is ast.Call and _is_hasattr(node):  # type: ignore[arg-type]
            base = self.expr(node.args[0], _RECEIVER)  # type: ignore[attr-defined]
            name = self._string(node.args[1].value)  # type: ignore[attr-defined]
            place = self.u.place(3, base, name, node.lineno)
            return [(Test.NOT_NONE, place, 0)], [(Test.IS_NONE, place, 0)]
        place = self.expr(node, _TEST)
        return [(Test.TRUTHY, place, 0)], [(Test.FALSY, place, 0)]

    def _bool_test(self, node: ast.BoolOp) -> tuple[list[Guard], list[Guard]]:
        pairs = [self._test(value) for value in node.values]
        every = [guard for yes, _ in pairs for guard in yes]
        none = [guard for _, no in pairs for guard in no]
        unknown: list[Guard] = [(Test.OTHER, 0, 0)]
        if node.op.__class__ is ast.And:
            return every, unknown
        return unknown, none

    def _compare_test(self, node: ast.Compare) -> tuple[list[Guard], list[Guard]]:
        operator, right = node.ops[0], node.comparators[0]
        if _is_main(node):
            return [(Test.MAIN, 0, 0)], [(Test.NOT_MAIN, 0, 0)]
        member = operator.__class__ in (ast.In, ast.NotIn)
        left_place = self.expr(node.left, _WHOLE)
        if right.__class__ is ast.Constant and right.value is None:  # type: ignore[attr-defined]
            self.u.hows[left_place] |= _TEST
            yes: Guard = (Test.IS_NONE, left_place, 0)
            no: Guard = (Test.NOT_NONE, left_place, 0)
            return ([yes], [no]) if operator.__class__ in (ast.Is, ast.Eq) else ([no], [yes])
        right_place = self.expr(right, _TEST if member else _WHOLE)
        if member:
            present: Guard = (Test.PRESENT, right_place, left_place)
            absent: Guard = (Test.ABSENT, right_place, left_place)
            return ([present], [absent]) if operator.__class__ is ast.In else ([absent], [present])
        test = Test.COMPARE if operator.__class__ in (ast.Lt, ast.LtE, ast.Gt, ast.GtE) else Test.OTHER
        guard: Guard = (test, left_place, right_place)
        return [guard], [guard]

    # -- statements -----------------------------------------------------------------------------------

    def _body(self, statements: list[ast.stmt]) -> None:
        """Walk a block; after `if x: return` the rest of the block is guarded by the opposite."""
        u = self.u
        outer = u.guard
        handlers = self._statements
        for statement in statements:
            handlers[statement.__class__](statement)
        u.guard = outer

    def _nested(self, statements: list[ast.stmt], guards: list[Guard], line: int) -> None:
        u = self.u
        top, outer = u.top, u.guard
        u.top = False
        self._guard(guards, line)
        self._body(statements)
        u.top, u.guard = top, outer

    def _stmt_Expr(self, node: ast.Expr) -> None:
        value = node.value
        kind = value.__class__
        if kind is ast.Constant:
            return
        if kind is ast.Call:
            self._call(value, int(CallFlag.DROPPED))  # type: ignore[arg-type]
        elif kind is ast.Await and value.value.__class__ is ast.Call:  # type: ignore[attr-defined]
            self._call(value.value, int(CallFlag.DROPPED | CallFlag.AWAITED))  # type: ignore[attr-defined]
        else:
            self.expr(value)

    def _stmt_Assign(self, node: ast.Assign) -> None:
        value = node.value
        target = node.targets[0]
        pairwise = (
            len(node.targets) == 1
            and target.__class__ is ast.Tuple
            and value.__class__ is ast.Tuple
            and len(target.elts) == len(value.elts)  # type: ignore[attr-defined]
        )
        if pairwise and not any(e.__class__ is ast.Starred for e in (*target.elts, *value.elts)):  # type: ignore[attr-defined]
            places = [self.expr(element, _WHOLE) for element in value.elts]  # type: ignore[attr-defined]
            for element, place in zip(target.elts, places, strict=True):  # type: ignore[attr-defined]
                self._bind(element, place)
            return
        place = self.expr(value, _WHOLE)
        for one in node.targets:
            self._bind(one, place)

    def _stmt_AnnAssign(self, node: ast.AnnAssign) -> None:
        u = self.u
        in_class = u.kind == UnitKind.CLASS and node.target.__class__ is ast.Name
        annotation = self._annotation(node.annotation) if in_class or u.kind == UnitKind.MODULE else 0
        place = self.expr(node.value, _WHOLE)
        if in_class:
            name = node.target.id  # type: ignore[union-attr]
            u.fields.append(Field(name, annotation, place, node.lineno))
        if node.value is not None:
            self._bind(node.target, place)

    def _stmt_AugAssign(self, node: ast.AugAssign) -> None:
        u, target = self.u, node.target
        value = self.expr(node.value, _WHOLE)
        if target.__class__ is ast.Name:
            name = target.id
            if u.kind == UnitKind.FUNCTION and name not in u.not_local:
                place = self._expr_Name(target)
                u.write(place, WriteHow.INPLACE, 0, value, 1, self._span(target))
                mixed = u.join(Op.MIX, [place, value], node.lineno)
                u.bind(self._string(self._name(name)), mixed, self._span(target))
                u.bound[self._name(name)] = None
            else:
                place = u.place(2, self._string(name), 0, node.lineno)
                u.write(place, WriteHow.INPLACE, 0, value, 1, self._span(target))
                self._store(target, u.join(Op.MIX, [place, value], node.lineno), augmented=1)
        else:
            before = self.expr(target)
            self._store(target, u.join(Op.MIX, [before, value], node.lineno), augmented=1)

    def _bind(self, target: ast.expr, value: int) -> None:
        """Record that a target takes a value, elements by position."""
        kind = target.__class__
        if kind is ast.Tuple or kind is ast.List:
            u = self.u
            starred = False
            for index, element in enumerate(target.elts):  # type: ignore[attr-defined]
                if element.__class__ is ast.Starred:
                    starred = True
                    self._bind(element.value, u.place(15, value, 0, target.lineno))
                elif starred:
                    self._bind(element, u.place(5, value, 0, target.lineno))
                else:
                    key = u.place(1, self._constant(index), 0, target.lineno)
                    self._bind(element, u.place(4, value, key, target.lineno))
            return
        self._store(target, value, augmented=0)

    def _store(self, target: ast.expr, value: int, *, augmented: int) -> None:
        u, kind = self.u, target.__class__
        if kind is ast.Name:
            self._store_name(target, value, augmented)  # type: ignore[arg-type]
        elif kind is ast.Attribute:
            base = self.expr(target.value, _RECEIVER)  # type: ignore[attr-defined]
            key = self._string(target.attr)  # type: ignore[attr-defined]
            u.write(base, WriteHow.ATTR, key, value, augmented, self._span(target))
        elif kind is ast.Subscript:
            base = self.expr(target.value, _RECEIVER)  # type: ignore[attr-defined]
            key = 0 if target.slice.__class__ is ast.Slice else self.expr(target.slice, _WHOLE)  # type: ignore[attr-defined]
            u.write(base, WriteHow.ITEM, key, value, augmented, self._span(target))
        elif kind is ast.Starred:
            self._store(target.value, value, augmented=augmented)  # type: ignore[attr-defined]

    def _store_name(self, target: ast.Name, value: int, augmented: int) -> None:
        u, name = self.u, target.id
        if name in u.not_local:
            place = u.place(2, self._string(name), 0, target.lineno)
            u.write(place, WriteHow.NAME, 0, value, augmented, self._span(target))
            return
        if "@" not in u.versions.get(name, "") or "." not in u.versions[name]:
            self._new_version(name)
        version = u.versions.get(name, name)
        u.bound[version] = None
        u.seen.add(name)
        u.bind(self._string(version), value, self._span(target))

    def _new_version(self, name: str) -> None:
        """Give a name that is bound anew at the top of a function a value of its own."""
        u = self.u
        if u.top and u.kind == UnitKind.FUNCTION and name in u.seen:
            u.versions[name] = f"{name}@{int(u.versions.get(name, '@1').partition('@')[2]) + 1}"

    def _stmt_Delete(self, node: ast.Delete) -> None:
        u = self.u
        for target in node.targets:
            kind = target.__class__
            if kind is ast.Attribute:
                base = self.expr(target.value, _RECEIVER)  # type: ignore[attr-defined]
                key = self._string(target.attr)  # type: ignore[attr-defined]
                u.write(base, WriteHow.DEL_ATTR, key, 0, 0, self._span(target))
            elif kind is ast.Subscript:
                base = self.expr(target.value, _RECEIVER)  # type: ignore[attr-defined]
                is_slice = target.slice.__class__ is ast.Slice  # type: ignore[attr-defined]
                key = 0 if is_slice else self.expr(target.slice, _WHOLE)  # type: ignore[attr-defined]
                u.write(base, WriteHow.DEL_ITEM, key, 0, 0, self._span(target))
            elif kind is ast.Name and target.id in u.not_local:  # type: ignore[attr-defined]
                place = u.place(2, self._string(target.id), 0, target.lineno)  # type: ignore[attr-defined]
                u.write(place, WriteHow.DEL_NAME, 0, 0, 0, self._span(target))

    def _stmt_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.u.flow(0, self.expr(node.value, _WHOLE), node.lineno)

    def _stmt_If(self, node: ast.If) -> None:
        """Walk a chain of `elif` in a loop: it may be thousands long."""
        u = self.u
        outer = u.guard
        current = node
        while True:
            if _is_type_checking(current.test):
                self._type_imports(current.body)
                self._nested(current.orelse, [], current.lineno)
                u.guard = outer
                return
            positive, negative = self._test(current.test)
            self._nested(current.body, positive, current.lineno)
            self._guard(negative, current.lineno)
            rest = current.orelse
            if len(rest) == 1 and rest[0].__class__ is ast.If:
                current = rest[0]  # type: ignore[assignment]
                continue
            self._nested(rest, [], current.lineno)
            break
        ends = not node.orelse and _leaves(node.body)
        # `if x: return` guards what follows in the block by the opposite; the block's end takes it back
        u.guard = u.guard if ends else outer

    def _type_imports(self, statements: list[ast.stmt]) -> None:
        """Bind names that only the type checker imports: annotations need them, nothing runs."""
        for statement in statements:
            if statement.__class__ in (ast.Import, ast.ImportFrom):
                self._statements[statement.__class__](statement)

    def _stmt_For(self, node: ast.For) -> None:
        u = self.u
        source = self.expr(node.iter, _ITERATE)
        top, u.top = u.top, False
        self._bind(node.target, u.place(5, source, 0, node.lineno))
        u.top = top
        self._nested(node.body, [(Test.EACH, source, 0)], node.lineno)
        self._nested(node.orelse, [], node.lineno)

    def _stmt_While(self, node: ast.While) -> None:
        endless = node.test.__class__ is ast.Constant and bool(node.test.value)  # type: ignore[attr-defined]
        if endless:
            self.u.flags |= UnitFlag.ENDLESS
        else:
            positive, _ = self._test(node.test)
        guards = [(Test.ENDLESS, 0, 0)] if endless else [(Test.EACH, 0, 0), *positive]
        self._nested(node.body, guards, node.lineno)  # type: ignore[arg-type]
        self._nested(node.orelse, [], node.lineno)

    def _stmt_With(self, node: ast.With) -> None:
        u = self.u
        for item in node.items:
            value = self.expr(item.context_expr, _WHOLE)
            entered = u.place(10, value, 0, node.lineno)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, entered)
        self._body(node.body)

    def _stmt_Try(self, node: ast.Try) -> None:
        u = self.u
        self._nested(node.body, [], node.lineno)
        last = self._last_read(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self.expr(handler.type)
            if handler.name:
                u.bound[handler.name] = None
            self._nested(handler.body, [(Test.EXCEPT, last, 0)], handler.lineno)
        self._nested(node.orelse, [], node.lineno)
        self._nested(node.finalbody, [(Test.FINALLY, 0, 0)], node.lineno)

    def _last_read(self, statements: list[ast.stmt]) -> int:
        """The place that a one-statement try body reads: `try: return cls._instance`."""
        if len(statements) != 1:
            return 0
        value = getattr(statements[0], "value", None)
        return self.expr(value) if isinstance(value, ast.Attribute | ast.Name | ast.Subscript) else 0

    def _stmt_Match(self, node: ast.Match) -> None:
        subject = self.expr(node.subject, _WHOLE)
        u = self.u
        for case in node.cases:
            top, u.top = u.top, False
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    self._store_name(ast.Name(id=name, lineno=node.lineno, col_offset=node.col_offset,
                                              end_lineno=node.lineno, end_col_offset=node.col_offset), subject, 0)
            u.top = top
            self._nested(case.body, [(Test.OTHER, subject, 0)], node.lineno)

    def _stmt_Raise(self, node: ast.Raise) -> None:
        self.expr(node.exc, _WHOLE)

    def _stmt_Assert(self, node: ast.Assert) -> None:
        self.expr(node.test, _TEST)

    def _stmt_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self.u.not_local.update(node.names)

    _stmt_Nonlocal = _stmt_Global

    def _stmt_Pass(self, node: ast.stmt) -> None:
        """Nothing happens here."""

    _stmt_Break = _stmt_Pass
    _stmt_Continue = _stmt_Pass

    def _stmt_TypeAlias(self, node: ast.stmt) -> None:
        """A type alias makes no value that code at run time would use."""

    def _stmt_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            local = alias.asname or alias.name.partition(".")[0]
            module = alias.name if alias.asname else local
            self._import(ImportFact(local, module, "", 0, node.lineno), node)
            if not alias.asname and "." in alias.name:
                # `import a.b` binds a, and loads a.b: it has to be known as an attribute of a
                self.imports.append(ImportFact("", alias.name, "", 0, node.lineno))

    def _stmt_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            fact = ImportFact(alias.asname or alias.name, node.module or "", alias.name, node.level, node.lineno)
            self._import(fact, node)

    def _import(self, fact: ImportFact, node: ast.stmt) -> None:
        u = self.u
        self.imports.append(fact)
        place = u.place(13, len(self.imports) - 1, 0, node.lineno)
        if fact.local == "*":
            u.bind(self._string("*"), place, self._span(node))
        elif fact.local in u.not_local:
            name = u.place(2, self._string(fact.local), 0, node.lineno)
            u.write(name, WriteHow.NAME, 0, place, 0, self._span(node))
        else:
            u.bound[fact.local] = None
            u.bind(self._string(fact.local), place, self._span(node))

    # -- definitions ----------------------------------------------------------------------------------

    def _open(self, kind: UnitKind, name: str, node: ast.expr | ast.stmt) -> int:
        u = self.u
        if u.kind in (UnitKind.FUNCTION, UnitKind.LAMBDA):
            qualified = f"{u.qualified}.<locals>.{name}"
        else:
            qualified = f"{u.qualified}.{name}" if u.qualified else name
        number = len(self.units)
        unit = UnitColumns(kind, name, qualified, u.number, number)
        unit.span = self._header_span(node)
        unit.end_line = node.end_lineno or node.lineno
        self.units.append(unit)
        return number

    def _header_span(self, node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
        line, column, end_line, end_column = self._span(node)
        if isinstance(node, ast.expr):
            return line, column, end_line, end_column
        words = {ast.ClassDef: "class ", ast.AsyncFunctionDef: "async def "}.get(node.__class__, "def ")
        return line, column, line, column + len(words) + len(node.name)  # type: ignore[attr-defined]

    def _enter(self, number: int) -> UnitColumns:
        outer = self.u
        self.u = self.units[number]
        return outer

    def _parameters(self, arguments: ast.arguments, number: int) -> None:
        """Record parameters; defaults and annotations are evaluated in the unit around the function."""
        unit = self.units[number]
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
        rows = [(argument, default, 0) for argument, default in zip(positional, defaults, strict=True)]
        if arguments.vararg:
            rows.append((arguments.vararg, None, 2))
        rows += [(a, d, 1) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
        if arguments.kwarg:
            rows.append((arguments.kwarg, None, 3))
        for argument, default, kind in rows:
            place = self.expr(default, _WHOLE)
            unit.params.append(Param(argument.arg, kind, place, self._annotation(argument.annotation)))
            unit.bound[argument.arg] = None
            unit.seen.add(argument.arg)

    def _stmt_FunctionDef(self, node: ast.FunctionDef) -> None:
        u = self.u
        decorators = [self.expr(decorator) for decorator in node.decorator_list]
        number = self._open(UnitKind.FUNCTION, node.name, node)
        unit = self.units[number]
        unit.flags = _flags(node)
        unit.decorators = decorators
        self._parameters(node.args, number)
        self._enter(number)
        self._body(node.body)
        self.u = u
        place = u.place(11, number, 0, node.lineno)
        self._bind_definition(node, self._decorated(place, node, decorators))

    def _decorated(self, place: int, node: ast.FunctionDef | ast.ClassDef, decorators: list[int]) -> int:
        u = self.u
        for decorator, expression in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
            if decorator and not _is_plain_decorator(expression):
                u.hows[decorator] |= _CALLED
                span = self._span(expression)
                number = u.call((decorator, [place], [], 0, u.guard, int(CallFlag.DECORATOR), *span))
                place = u.place(6, number, 0, node.lineno)
        return place

    def _bind_definition(self, node: ast.FunctionDef | ast.ClassDef, place: int) -> None:
        u = self.u
        if u.kind == UnitKind.CLASS and node.__class__ is not ast.ClassDef and _is_accessor(node):
            return  # `@x.setter def x`: the property keeps its getter; the setter is found by its flag
        line, column, end_line, end_column = self._header_span(node)
        span = (line, end_column - len(node.name), end_line, end_column)
        if node.name in u.not_local:
            name = u.place(2, self._string(node.name), 0, node.lineno)
            u.write(name, WriteHow.NAME, 0, place, 0, span)
            return
        u.bound[self._name(node.name)] = None
        u.bind(self._string(self._name(node.name)), place, span)

    def _stmt_ClassDef(self, node: ast.ClassDef) -> None:
        u = self.u
        decorators = [self.expr(decorator) for decorator in node.decorator_list]
        bases = [self.expr(base) for base in node.bases]
        for keyword in node.keywords:
            self.expr(keyword.value)
        number = self._open(UnitKind.CLASS, node.name, node)
        unit = self.units[number]
        unit.bases = [base for base in bases if base]
        unit.decorators = decorators
        self._enter(number)
        self._body(node.body)
        self.u = u
        place = u.place(12, number, 0, node.lineno)
        self._bind_definition(node, self._decorated(place, node, decorators))


# -- what an expression looks like ------------------------------------------------------------------------


def _names_in(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def _is_main(node: ast.Compare) -> bool:
    sides = (node.left, node.comparators[0])
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    texts = [side.value for side in sides if isinstance(side, ast.Constant)]
    return names == ["__name__"] and texts == ["__main__"]


def _is_hasattr(node: ast.Call) -> bool:
    return (
        isinstance(node.func, ast.Name)
        and node.func.id == "hasattr"
        and len(node.args) == 2  # noqa: PLR2004 - hasattr(object, name)
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    )


def _is_type_checking(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name == "TYPE_CHECKING"


def _leaves(statements: list[ast.stmt]) -> bool:
    return isinstance(statements[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)


_PLAIN = {
    "property": UnitFlag.PROPERTY,
    "cached_property": UnitFlag.PROPERTY,
    "abstractproperty": UnitFlag.PROPERTY,
    "staticmethod": UnitFlag.STATIC,
    "classmethod": UnitFlag.CLASSMETHOD,
    "setter": UnitFlag.SETTER,
    "deleter": UnitFlag.SETTER,
    "abstractmethod": UnitFlag(0),
    "overload": UnitFlag(0),
    "override": UnitFlag(0),
    "final": UnitFlag(0),
}
"""Decorators of the language itself, whose meaning is the flag."""


def _last_word(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_plain_decorator(node: ast.expr) -> bool:
    return _last_word(node) in _PLAIN


def _is_accessor(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return any(_last_word(decorator) in ("setter", "deleter") for decorator in node.decorator_list)


def _flags(node: ast.FunctionDef) -> int:
    flags = UnitFlag.ASYNC if isinstance(node, ast.AsyncFunctionDef) else UnitFlag(0)
    for decorator in node.decorator_list:
        flags |= _PLAIN.get(_last_word(decorator), UnitFlag(0))
    if node.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        flags |= UnitFlag.CLASSMETHOD
    return int(flags)
