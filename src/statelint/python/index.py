"""The map: one pass over one file that yields its facts.

`ast.NodeVisitor` and `ast.walk` cost as much as parsing; this walk dispatches on the class of a node and
writes columns. It knows no rule and no framework.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from typing import TYPE_CHECKING

import msgspec

from statelint.model.diagnostics import Problem
from statelint.model.facts import ModuleFacts
from statelint.python.allows import find_allows
from statelint.python.walk import ModuleWalk

if TYPE_CHECKING:
    from statelint.model.files import SourceFile
    from statelint.model.suppressions import Suppression

WALK_FRAMES = 2600
"""Python frames that the walk may use: a fixed number, so that the interpreter's own limit changes no result."""

_encoder = msgspec.msgpack.Encoder()


def index_module(file: SourceFile, data: bytes) -> ModuleFacts:
    """Read one Python file; what cannot be read becomes a problem of the (then empty) facts."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _unreadable(file, digest, _syntax_problem(file.path, error))
    walk = ModuleWalk(file.path, None if data.isascii() else _Columns(data))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_frames_in_use() + WALK_FRAMES)
    try:
        walk.module(tree)
    except RecursionError:
        problem = Problem(path=file.path, line=0, message="nested too deeply to be analysed")
        return _unreadable(file, digest, problem)
    finally:
        sys.setrecursionlimit(limit)
    allows, problems = _suppressions(file.path, data, tree)
    return ModuleFacts(
        path=file.path,
        module=file.module,
        role=file.role,
        digest=digest,
        strings=tuple(map(_encodable, walk.strings)),
        constants=tuple(_encodable(c) if isinstance(c, str) else c for c in walk.constants),
        imports=tuple(walk.imports),
        units=tuple(unit.freeze(_encoder) for unit in walk.units),
        allows=allows,
        problems=problems,
    )


class _Columns:
    """Turns the UTF-8 byte columns of `ast` into columns in code points, from 1."""

    def __init__(self, data: bytes) -> None:
        text = data.removeprefix(b"\xef\xbb\xbf")
        normal = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._lines = normal.split(b"\n")

    def __call__(self, line: int, offset: int) -> int:
        if line > len(self._lines):
            return offset + 1
        return len(self._lines[line - 1][:offset].decode("utf-8", "replace")) + 1


def _unreadable(file: SourceFile, digest: str, problem: Problem) -> ModuleFacts:
    return ModuleFacts(
        path=file.path,
        module=file.module,
        role=file.role,
        digest=digest,
        strings=(),
        constants=(),
        imports=(),
        units=(),
        allows=(),
        problems=(problem,),
    )


def _syntax_problem(path: str, error: BaseException) -> Problem:
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    match error:
        case SyntaxError(lineno=line, msg=message):
            return Problem(path=path, line=line or 0, message=f"not valid {python}: {message}")
        case RecursionError() | MemoryError():
            return Problem(path=path, line=0, message=f"nested too deeply for {python} to parse")
        case _:
            return Problem(path=path, line=0, message=f"not valid {python}: {error}")


def _frames_in_use() -> int:
    frame = sys._getframe()  # noqa: SLF001 - the only way to count frames without building a traceback
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back  # type: ignore[assignment]
    return depth


def _encodable(text: str) -> str:
    """Escape lone surrogates, which msgspec refuses to encode."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _suppressions(
    path: str, data: bytes, tree: ast.Module
) -> tuple[tuple[Suppression, ...], tuple[Problem, ...]]:
    """The comments that allow a finding; only a file that has the word is looked at a second time."""
    if b"statelint:" not in data:
        return (), ()
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    strings = []
    statements = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        ):
            strings.append((node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0))
        elif isinstance(node, ast.stmt):
            statements.append(_statement_lines(node))
    return find_allows(lines, sorted(strings), sorted(statements)), ()


def _statement_lines(node: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement's own text: a compound statement ends where its body begins."""
    body = getattr(node, "body", None)
    last = node.end_lineno or node.lineno
    if isinstance(body, list) and body:
        last = max(node.lineno, min(body[0].lineno - 1, last))
    return node.lineno, last


