"""Read one statement into a concrete syntax tree, but never one that could take the process with it.

libcst is native code without limits of its own: 1,290 open brackets end the process, mapping patterns inside
each other multiply the time per level, and long chains take quadratic time. So a text goes to it only after
`ast` has parsed it and only below limits at which libcst was seen to answer in well under a second. Beyond
them there is no tree, and whoever asked stays with what the facts say.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

MAX_LENGTH = 48_000
MAX_LINES = 1_500
MAX_NODES = 20_000
MAX_DEPTH = 80
MAX_LITERALS_IN_A_ROW = 200
MAX_CASES = 200
MAX_PATTERN_DEPTH = 4

# Brackets that follow each other directly leave no trace in the tree of `ast`: `(((x)))`, `[[[x]]]`.
_OPENED = r"(?:[(\[{](?:[^\S\n]|\\?\n|#[^\n]*\n)*+)"
_MANY_BRACKETS = re.compile(_OPENED + "{25}")
# libcst tries each reading of a bracketed pattern, so that three in a row are already too many.
_THREE_BRACKETS = re.compile(_OPENED + "{3}")


def parse_statement(text: str) -> cst.Module | None:
    """Parse a simple statement or a function as it stands in its file, or give None where that is not safe.

    An indented statement stands in the tree below an `if 1:`, one line further down than in `text`.
    """
    source = f"if 1:\n{text}" if text[:1] in {" ", "\t"} else text
    if not _is_harmless(source):
        return None
    import libcst as cst

    try:
        return cst.parse_module(source)
    except (cst.ParserSyntaxError, RecursionError, UnicodeError):
        return None


def _is_harmless(source: str) -> bool:
    if len(source) > MAX_LENGTH or source.count("\n") > MAX_LINES or _MANY_BRACKETS.search(source):
        return False
    try:
        with warnings.catch_warnings():
            # "\\d" in the code that is read is nothing to tell its reader about
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return _is_shallow(tree, source)


def _is_shallow(tree: ast.Module, source: str) -> bool:
    """Walk without recursion: how deep a tree may be must not depend on the interpreter that runs."""
    encoded = source.encode()
    starts = [0, *(match.end() for match in re.finditer(rb"\r\n?|\n", encoded))]
    left = MAX_NODES
    cases = 0
    waiting: list[tuple[ast.AST, int, int]] = [(tree, 1, 0)]
    while waiting:
        node, depth, pattern = waiting.pop()
        left -= 1
        cases += isinstance(node, ast.match_case)
        depth += _hidden_depth(node, encoded, starts)
        pattern += isinstance(node, ast.pattern)
        if left < 0 or depth > MAX_DEPTH or pattern > MAX_PATTERN_DEPTH or cases > MAX_CASES:
            return False
        waiting.extend((child, depth + 1, pattern) for child in ast.iter_child_nodes(node))
    return not (cases and _THREE_BRACKETS.search(source))


def _hidden_depth(node: ast.AST, encoded: bytes, starts: list[int]) -> int:
    """Count the levels that libcst makes of what `ast` keeps flat.

    `a and b and c` and `for a in b for c in d` nest, so do the dots of `import a.b.c` and literals in a row
    (`"a" "b" "c"`), which `ast` has joined.
    """
    if isinstance(node, ast.BoolOp):
        return len(node.values)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        return len(node.generators)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return max(name.count(".") for name in _dotted_names(node))
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    ):
        return MAX_DEPTH if _quotes(node, encoded, starts) > 2 * MAX_LITERALS_IN_A_ROW else 0
    return 0


def _dotted_names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        yield node.module or ""


def _quotes(node: ast.expr, encoded: bytes, starts: list[int]) -> int:
    """Count the quotes in a literal's own text: at least twice the number of literals joined in it."""
    if node.end_lineno is None or node.end_col_offset is None or node.end_lineno > len(starts):
        return 0
    begin = starts[node.lineno - 1] + node.col_offset
    text = encoded[begin : starts[node.end_lineno - 1] + node.end_col_offset]
    return text.count(b'"') + text.count(b"'")
