"""The walk of the map: statements, and the way into a module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from statelint.model.facts import CallFlag, Field, ImportFact, Test, UnitFlag, WriteHow
from statelint.python.conditions import add_guards, condition
from statelint.python.definitions import annotation
from statelint.python.dispatch import (
    EXPRESSIONS,
    ITERATE,
    NAMED,
    RETURNED,
    STATEMENTS,
    TEST,
    WHOLE,
    block,
    expression,
)
from statelint.python.expressions import call
from statelint.python.targets import augment, bind, bind_name, delete
from statelint.python.unit import CLASS, FUNCTION, MODULE, FileTables

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.python.conditions import Guards
    from statelint.python.unit import UnitColumns

_DROPPED, _AWAITED = CallFlag.DROPPED, CallFlag.AWAITED
_RAISED = CallFlag.RAISED
_ENDLESS = UnitFlag.ENDLESS
_WRITE_NAME = WriteHow.NAME
_EXCEPT, _OTHER, _EACH = Test.EXCEPT, Test.OTHER, Test.EACH
_HELD = Test.HELD
_IN_ENDLESS_LOOP: Guards = ((Test.ENDLESS, 0, 0),)
_IN_FINALLY: Guards = ((Test.FINALLY, 0, 0),)

_REACHED = frozenset({ast.Name, ast.Attribute, ast.Call, ast.Await})
"""Expressions that may give a container that is kept elsewhere."""
_LEAVING = frozenset({ast.Return, ast.Raise, ast.Continue, ast.Break})


def walk_module(tree: ast.Module, columns: Callable[[int, int], int] | None) -> FileTables:
    """Walk a whole module; the first of the units is the module itself."""
    tables = FileTables(columns)
    unit = tables.open(MODULE, "", "", -1)
    block(unit, tree.body)
    unit.end_line = tree.body[-1].end_lineno or 1 if tree.body else 1
    unit.close()
    return tables


def _nested(u: UnitColumns, statements: list[ast.stmt], line: int, guards: Guards = ()) -> None:
    """Walk a block that may run more or less often than the one around it."""
    top, outer = u.top, u.guard
    u.top = False
    add_guards(u, guards, line)
    block(u, statements)
    u.top, u.guard = top, outer


# -- simple statements ------------------------------------------------------------------------------------


def _expression(u: UnitColumns, node: ast.Expr) -> None:
    value = node.value
    kind = value.__class__
    if kind is ast.Call:
        call(u, value, 0, _DROPPED)  # type: ignore[arg-type]
    elif isinstance(value, ast.Await) and isinstance(value.value, ast.Call):
        call(u, value.value, 0, _DROPPED | _AWAITED)
    elif kind is not ast.Constant:
        EXPRESSIONS[kind](u, value, 0)


def _assign(u: UnitColumns, node: ast.Assign) -> None:
    _take_middle(node)
    value, targets = node.value, node.targets
    target = targets[0]
    if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) and _are_pairs(node):
        places = [expression(u, element, WHOLE) for element in value.elts]
        for element, place in zip(target.elts, places, strict=True):
            bind(u, element, place)
        return
    # an attribute may be that of an answer: `resp.media = self.notes`
    is_named = target.__class__ is ast.Name and value.__class__ in _REACHED
    place = EXPRESSIONS[value.__class__](u, value, NAMED if is_named else WHOLE)
    if u.kind == CLASS and value.__class__ is ast.Call:
        # `rows = attr.ib(factory=list)`: what the call gives may say how each object gets its own
        u.fields += [Field(one.id, 0, place, node.lineno) for one in targets if isinstance(one, ast.Name)]
    for target in targets:
        bind(u, target, place)


def _take_middle(node: ast.Assign) -> None:
    """Write `a, *b, c = 1, 2, 3, 4` as the pairs that it means: `a, b, c = 1, [2, 3], 4`."""
    target, value = node.targets[0], node.value
    if not isinstance(target, ast.Tuple | ast.List) or not isinstance(value, ast.Tuple | ast.List):
        return
    left, right = target.elts, value.elts
    stars = [index for index, one in enumerate(left) if one.__class__ is ast.Starred]
    surplus = len(right) - len(left)
    if len(node.targets) > 1 or len(stars) != 1 or surplus < -1:
        return
    if any(one.__class__ is ast.Starred for one in right):
        return
    at = stars[0]
    middle = ast.List(elts=right[at : at + surplus + 1], ctx=ast.Load())
    targets = [*left[:at], left[at].value, *left[at + 1 :]]  # type: ignore[attr-defined]  # it is the star
    values = [*right[:at], ast.copy_location(middle, value), *right[at + surplus + 1 :]]
    node.targets = [ast.copy_location(ast.Tuple(elts=targets, ctx=ast.Store()), target)]
    node.value = ast.copy_location(ast.Tuple(elts=values, ctx=ast.Load()), value)


def _are_pairs(node: ast.Assign) -> bool:
    """Whether each element on the left takes exactly one of those on the right."""
    if len(node.targets) > 1:
        return False
    left, right = node.targets[0].elts, node.value.elts  # type: ignore[attr-defined]
    return len(left) == len(right) and not any(one.__class__ is ast.Starred for one in (*left, *right))


def _annotated(u: UnitColumns, node: ast.AnnAssign) -> None:
    target, value = node.target, node.value
    name = target.id if u.kind == CLASS and isinstance(target, ast.Name) else None
    hint = annotation(u, node.annotation) if name is not None or u.kind == MODULE else 0
    place = expression(u, value, WHOLE)
    if name is not None:
        u.fields.append(Field(name, hint, place, node.lineno))
    if value is not None:
        bind(u, target, place)


def _delete(u: UnitColumns, node: ast.Delete) -> None:
    for target in node.targets:
        delete(u, target)


def _return(u: UnitColumns, node: ast.Return) -> None:
    value = node.value
    if value is not None:
        how = RETURNED if value.__class__ in _REACHED else WHOLE
        u.flow(0, EXPRESSIONS[value.__class__](u, value, how), node.lineno)


def _raise(u: UnitColumns, node: ast.Raise) -> None:
    raised = node.exc
    place = expression(u, raised, WHOLE)
    if isinstance(raised, ast.Name | ast.Attribute):
        u.call((place, [], [], 0, u.guard, _RAISED, *u.span_of(raised)))
    expression(u, node.cause, WHOLE)


def _assert(u: UnitColumns, node: ast.Assert) -> None:
    expression(u, node.test, TEST)


def _declaration(u: UnitColumns, node: ast.Global | ast.Nonlocal) -> None:
    u.declare(node.names)


def _nothing(u: UnitColumns, node: ast.stmt) -> None:
    """Nothing happens here; a type alias makes no value that code at run time would use."""


# -- compound statements ----------------------------------------------------------------------------------


def _if(u: UnitColumns, node: ast.If) -> None:
    """Walk a chain of `elif` in a loop: it may be thousands long."""
    outer = u.guard
    current = node
    while True:
        test, line = current.test, current.lineno
        if _is_type_checking(test):
            _type_imports(u, current.body)
            _nested(u, current.orelse, line)
            u.guard = outer
            return
        positive, negative = condition(u, test)
        _nested(u, current.body, line, positive)
        add_guards(u, negative, line)
        rest = current.orelse
        if len(rest) == 1 and isinstance(rest[0], ast.If):
            current = rest[0]
            continue
        if rest:
            _nested(u, rest, line)
        break
    # `if x: return` guards what follows in the block by the opposite; the block's end takes it back
    if node.orelse or node.body[-1].__class__ not in _LEAVING:
        u.guard = outer


def _is_type_checking(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name == "TYPE_CHECKING"


def _type_imports(u: UnitColumns, statements: list[ast.stmt]) -> None:
    """Bind names that only the type checker imports: annotations need them, nothing runs."""
    for statement in statements:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            STATEMENTS[statement.__class__](u, statement)


def _for(u: UnitColumns, node: ast.For | ast.AsyncFor) -> None:
    line = node.lineno
    source = expression(u, node.iter, ITERATE)
    top, u.top = u.top, False
    bind(u, node.target, u.place(5, source, 0, line))
    u.top = top
    _nested(u, node.body, line, ((_EACH, source, 0),))
    if node.orelse:
        _nested(u, node.orelse, line)


def _while(u: UnitColumns, node: ast.While) -> None:
    line = node.lineno
    if isinstance(node.test, ast.Constant) and node.test.value:
        u.flags |= _ENDLESS
        _nested(u, node.body, line, _IN_ENDLESS_LOOP)
    else:
        positive, _ = condition(u, node.test)
        endless: Guards = ()
        if _runs_until_told(node.test):
            u.flags |= _ENDLESS
            endless = _IN_ENDLESS_LOOP
        _nested(u, node.body, line, (*endless, (_EACH, 0, 0), *positive))
    if node.orelse:
        _nested(u, node.orelse, line)


def _runs_until_told(test: ast.expr) -> bool:
    """Whether a loop asks only for a flag: `while self.running`, `while not stop.is_set()`."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    if isinstance(test, ast.BoolOp):
        return all(_runs_until_told(part) for part in test.values)
    if isinstance(test, ast.Call):
        callee = test.func
        return isinstance(callee, ast.Attribute) and callee.attr in ("is_set", "wait", "isSet")
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return any(word in name.lower() for word in _FLAG_WORDS)


_FLAG_WORDS = ("run", "stop", "alive", "active", "shut", "exit", "quit", "close", "done", "terminat", "abort")
"""Words in the names of flags that end a loop from outside."""


def _with(u: UnitColumns, node: ast.With | ast.AsyncWith) -> None:
    line, outer = node.lineno, u.guard
    for item in node.items:
        place = expression(u, item.context_expr, WHOLE)
        entered = u.place(10, place, 0, line)
        if item.optional_vars is not None:
            bind(u, item.optional_vars, entered)
        elif u.kind == FUNCTION:  # entering may do something even if nobody names what it gives
            u.bind(u.strings["@with"], entered, u.span_of(item.context_expr))
        else:  # a module has no local names: what is entered counts as given back, which nobody reads
            u.flow(0, entered, line)
        add_guards(u, ((_HELD, place, 0),), line)
    block(u, node.body)
    u.guard = outer


def _try(u: UnitColumns, node: ast.Try) -> None:
    line = node.lineno
    _nested(u, node.body, line)
    last = _last_read(u, node.body)
    for handler in node.handlers:
        caught = expression(u, handler.type)
        if handler.name:
            top, u.top = u.top, False
            bind_name(u, handler.name, u.place(16, caught, 0, handler.lineno), u.span_of(handler))
            u.top = top
        _nested(u, handler.body, handler.lineno, ((_EXCEPT, last, 0),))
    if node.orelse:
        _nested(u, node.orelse, line)
    _nested(u, node.finalbody, line, _IN_FINALLY)
    # `try: return C[k]`, `except KeyError: pass`: what follows in the block runs where that has failed
    if last and node.body[-1].__class__ in _LEAVING:
        add_guards(u, ((_EXCEPT, last, 0),), line)


def _last_read(u: UnitColumns, statements: list[ast.stmt]) -> int:
    """Give the place that a one-statement try body reads: `try: return cls._instance`."""
    if len(statements) != 1:
        return 0
    value = getattr(statements[0], "value", None)
    return expression(u, value) if isinstance(value, ast.Attribute | ast.Name | ast.Subscript) else 0


def _match(u: UnitColumns, node: ast.Match) -> None:
    line = node.lineno
    subject = expression(u, node.subject, WHOLE)
    column = u.span_of(node)[1]
    for case in node.cases:
        top, u.top = u.top, False
        for part in ast.walk(case.pattern):
            name = getattr(part, "name", None) or getattr(part, "rest", None)
            if isinstance(name, str):
                bind_name(u, name, subject, (line, column, line, column))
        u.top = top
        _nested(u, case.body, line, ((_OTHER, subject, 0),))


# -- imports ----------------------------------------------------------------------------------------------


def _import(u: UnitColumns, node: ast.Import) -> None:
    line = node.lineno
    for alias in node.names:
        local = alias.asname or alias.name.partition(".")[0]
        module = alias.name if alias.asname else local
        _bind_import(u, ImportFact(local, module, "", 0, line), node)
        if not alias.asname and "." in alias.name:
            # `import a.b` binds a, and loads a.b: it has to be known as an attribute of a
            u.tables.imports.append(ImportFact("", alias.name, "", 0, line))


def _import_from(u: UnitColumns, node: ast.ImportFrom) -> None:
    for alias in node.names:
        name = alias.name
        fact = ImportFact(alias.asname or name, node.module or "", name, node.level, node.lineno)
        _bind_import(u, fact, node)


def _bind_import(u: UnitColumns, fact: ImportFact, node: ast.stmt) -> None:
    imports, local, span = u.tables.imports, fact.local, u.span_of(node)
    place = u.place(13, len(imports), 0, span[0])
    imports.append(fact)
    if local in u.not_local:
        name = u.place(2, u.strings[local], 0, span[0])
        u.write(name, _WRITE_NAME, 0, place, 0, span)
        return
    if local != "*":
        u.bound[local] = None
    u.bind(u.strings[local], place, span)


STATEMENTS.update(
    {
        ast.Expr: _expression,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: augment,
        ast.Delete: _delete,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Assert: _assert,
        ast.Global: _declaration,
        ast.Nonlocal: _declaration,
        ast.Pass: _nothing,
        ast.Break: _nothing,
        ast.Continue: _nothing,
        ast.If: _if,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.While: _while,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.Match: _match,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
    }
)
if hasattr(ast, "TypeAlias"):  # Python 3.12
    STATEMENTS[ast.TypeAlias] = _nothing
