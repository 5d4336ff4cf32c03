"""The map: one pass over one file that yields its facts.

`ast.NodeVisitor` and `ast.walk` cost as much as parsing; this walk dispatches on the class of a node and
writes columns. It knows no rule and no framework.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Problem
from statelint.model.facts import ModuleFacts
from statelint.python.allows import find_allows
from statelint.python.server_settings import server_settings
from statelint.python.walk import walk_module

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import FrameType

    from statelint.model.files import SourceFile
    from statelint.model.suppressions import Suppression
    from statelint.python.unit import ConstantKey

WALK_FRAMES = 2600
"""Python frames that the walk may use: fixed, so that the interpreter's own limit changes no result."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def index_module(file: SourceFile, data: bytes) -> ModuleFacts:
    """Read one Python file; what cannot be read becomes a problem of the (then empty) facts."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _unreadable(file, digest, _syntax_problem(file.path, error))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_frames_in_use() + WALK_FRAMES)
    try:
        tables = walk_module(tree, None if data.isascii() else _Columns(data))
    except RecursionError:
        problem = Problem(path=file.path, line=0, message="nested too deeply to be analysed")
        return _unreadable(file, digest, problem)
    finally:
        sys.setrecursionlimit(limit)
    return ModuleFacts(
        path=file.path,
        module=file.module,
        role=file.role,
        digest=digest,
        strings=_strings(tables.strings),
        constants=_constants(tables.constants),
        imports=tuple(tables.imports),
        units=tuple(tables.units),
        allows=_suppressions(data, tree),
        problems=(),
        deployment=server_settings(file.path, tree),
    )


class _Columns:
    """Turns the UTF-8 byte columns of `ast` into columns in code points, from 1."""

    def __init__(self, data: bytes) -> None:
        lines = _normal_ends(data.removeprefix(_BYTE_ORDER_MARK)).split(b"\n")
        self._wide = {number: line for number, line in enumerate(lines, 1) if not line.isascii()}

    def __call__(self, line: int, offset: int) -> int:
        wide = self._wide.get(line)
        return offset + 1 if wide is None else len(wide[:offset].decode("utf-8", "replace")) + 1


def _normal_ends(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


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
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - the only way to count frames without building a traceback
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth


def _strings(texts: Collection[str]) -> tuple[str, ...]:
    """Give the texts, lone surrogates escaped: msgspec refuses to encode those."""
    return tuple(texts) if "".join(texts).isascii() else tuple(map(_encodable, texts))


def _constants(keys: Collection[ConstantKey]) -> tuple[str | int | bool | None, ...]:
    constants = [key[0] if isinstance(key, tuple) else key for key in keys]
    if "".join([one for one in constants if isinstance(one, str)]).isascii():
        return tuple(constants)
    return tuple(_encodable(one) if isinstance(one, str) else one for one in constants)


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _suppressions(data: bytes, tree: ast.Module) -> tuple[Suppression, ...]:
    """Find the comments that allow a finding; only a file that has the word is looked at a second time."""
    if b"statelint:" not in data:
        return ()
    text = _normal_ends(data.removeprefix(_BYTE_ORDER_MARK)).decode("utf-8", "replace")
    lines = text.split("\n")
    strings = []
    statements = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        ):
            strings.append((node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0))
        elif isinstance(node, ast.stmt):
            statements.append(_statement_lines(node, lines))
    return find_allows(lines, sorted(strings), sorted(statements))


def _statement_lines(node: ast.stmt, lines: list[str]) -> tuple[int, int]:
    """First and last line of a statement's own text.

    A definition begins at its first decorator. A compound statement ends with its header: comments between
    that and the body belong to what they stand above.
    """
    first, last = _first_line(node), node.end_lineno or node.lineno
    match getattr(node, "body", None):
        case [ast.stmt() as inner, *_]:
            last = min(_first_line(inner) - 1, last)
            while last > node.lineno and lines[last - 1].lstrip()[:1] in {"", "#"}:
                last -= 1
            last = max(node.lineno, last)
    return first, last


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return decorators[0].lineno if decorators else node.lineno
