"""Calls of a file that describes infrastructure (AWS CDK): names, literal arguments and places."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from statelint.model.constructs import Argument, WrittenCall
from statelint.model.places import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MOST_CALLS: Final = 20_000
_LONGEST: Final = 60
_LONGEST_NAME: Final = 40  # parts of a dotted name


def written_calls(path: str, data: bytes, packages: Collection[str] = ()) -> tuple[WrittenCall, ...]:
    """Give the calls of a file that imports one of the packages, of any file if none are named.

    A broken file has no calls.
    """
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()  # the map has told so
    if packages and not any(name.partition(".")[0] in packages for name in _imported(tree)):
        return ()
    return tuple(_Reader(path, data).calls(tree))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


class _Reader:
    """Walks a tree with a stack of its own, so that its depth is no matter."""

    def __init__(self, path: str, data: bytes) -> None:
        self._path = path
        text = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._lines = text.split(b"\n")

    def calls(self, tree: ast.Module) -> list[WrittenCall]:
        found: list[WrittenCall] = []
        waiting: list[tuple[ast.AST, int, str, str]] = [(tree, -1, "", "")]
        while waiting and len(found) < MOST_CALLS:
            node, within, target, function = waiting.pop()
            if isinstance(node, ast.Call):
                call = self._call(node, within, target, function)
                if call is not None:
                    found.append(call)
                    within = len(found) - 1
            target = ""
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                function = node.name
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                target = dotted(targets[0])
            inside = [(child, within, target, function) for child in ast.iter_child_nodes(node)]
            waiting.extend(reversed(inside))
        return found

    def _call(self, node: ast.Call, within: int, target: str, function: str) -> WrittenCall | None:
        called = node.func
        if isinstance(called, ast.Attribute):
            name, receiver = called.attr, dotted(called.value)
        elif isinstance(called, ast.Name):
            name, receiver = called.id, ""
        else:
            return None
        line, end = called.end_lineno or called.lineno, called.end_col_offset or 0
        return WrittenCall(
            name=name,
            receiver=receiver,
            target=target,
            within=within,
            function=function,
            arguments=tuple(self._arguments(node)),
            place=self._place(line, end - len(name.encode()), line, end),
        )

    def _arguments(self, node: ast.Call) -> Iterator[Argument]:
        for value in node.args:
            yield self._argument("", value, value.lineno, value.col_offset)
        for keyword in node.keywords:
            if keyword.arg is not None:
                yield self._argument(keyword.arg, keyword.value, keyword.lineno, keyword.col_offset)

    def _argument(self, name: str, value: ast.expr, line: int, column: int) -> Argument:
        end_line, end = value.end_lineno or value.lineno, value.end_col_offset or 0
        is_beside = end_line == line
        if not is_beside:  # a value over many lines: its name, or its first line
            end = column + len(name.encode()) if name else len(self._line(line).rstrip())
        text = self._line(value.lineno)[value.col_offset : end if is_beside else None]
        return Argument(
            name=name,
            text=_cut(" ".join(text.decode("utf-8", "replace").split())),
            value=_literal(value),
            items=tuple(_items(value)),
            place=self._place(line, column, line, end),
        )

    def _line(self, number: int) -> bytes:
        return self._lines[number - 1] if number <= len(self._lines) else b""

    def _place(self, line: int, column: int, end_line: int, end: int) -> Place:
        return Place(self._path, line, self._column(line, column), end_line, self._column(end_line, end))

    def _column(self, line: int, offset: int) -> int:
        """Turn an offset in bytes, as `ast` has it, into a column in code points."""
        return len(self._line(line)[:offset].decode("utf-8", "replace")) + 1


def dotted(node: ast.AST) -> str:
    """Give `self.service.target_group` as it is written, empty for what is no chain of names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < _LONGEST_NAME:
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join(reversed([*parts, node.id]))


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, (str, int))):
        return str(node.value)
    return None


def _items(node: ast.expr) -> Iterator[str]:
    if isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            value = _literal(item)
            if value is not None:
                yield value


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}..."
