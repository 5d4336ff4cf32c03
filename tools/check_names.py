"""Look up the names of knowledge files in the sources of the libraries themselves, without importing them.

    python tools/check_names.py FOLDER FILE.toml...

FOLDER holds unpacked packages, as in a `site-packages`. A name whose top-level package is not there is
skipped; one that the package does not define, import or inherit is printed. Exit status 1 if there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import tomli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_KINDS = (
    "type",
    "register",
    "base",
    "function",
    "command",
    "keeper",
    "timer",
    "text",
    "act",
    "secret",
    "writer",
    "process",
    "sleep",
)
_DEEPEST = 12
"""Imports that are followed from one name; what is deeper goes in circles."""


def main(arguments: list[str]) -> int:
    """Print each name that its library does not have."""
    folder, *files = arguments
    lost = [f"{Path(file).name}: {name}" for file in files for name in missing([Path(folder)], Path(file))]
    print(*lost, sep="\n", end="\n" if lost else "")
    return int(bool(lost))


def missing(
    folders: Sequence[Path], file: Path, others: Callable[[str], Iterable[str]] = lambda _: ()
) -> list[str]:
    """List the names of a knowledge file that none of the folders has in which their package is.

    `others` gives what a name is right for, too: those that types have which inherit it.
    """
    lost = (name for name in names_of(file) if not _is_there(folders, name))
    return [name for name in lost if not any(_is_there(folders, one, needed=True) for one in others(name))]


def names_of(file: Path) -> list[str]:
    """List the names of a knowledge file that a library must have."""
    data = tomli.loads(file.read_text("utf-8"))
    return sorted({name for kind in _KINDS for entry in data.get(kind, ()) for name in entry["names"]})


def _is_there(folders: Sequence[Path], name: str, *, needed: bool = False) -> bool:
    top = name.partition(".")[0]
    asked = [one for one in folders if (one / top).exists() or (one / f"{top}.py").exists()]
    return (not asked and not needed) or any(_has(one, name, 0) for one in asked)


def _has(folder: Path, name: str, depth: int) -> bool:
    """Tell whether a dotted name can be reached: a module, then what it binds, then members of classes."""
    if depth > _DEEPEST:
        return False
    parts = name.split(".")
    homes = [n for n in range(len(parts), 0, -1) if _file_of(folder, tuple(parts[:n])) is not None]
    # An object may have the name of the module that it comes from: `nicegui.context`.
    for count in homes[: 2 if depth == 0 else 1]:
        file, rest = _file_of(folder, tuple(parts[:count])), parts[count:]
        if file and (not rest or _in_module(folder, file, ".".join(parts[:count]), rest, depth)):
            return True
        stub = file.with_suffix(".pyi") if file else None  # what only the stub of a compiled module tells
        if stub and stub.is_file() and _in_module(folder, stub, ".".join(parts[:count]), rest, depth):
            return True
    return depth == 0 and _is_assigned(folder, parts)


def _is_assigned(folder: Path, parts: list[str]) -> bool:
    """Tell whether the package puts it on a module while it runs: `cherrypy.session = ...`."""
    return ".".join(parts) in _assigned(folder, parts[0])


@cache
def _assigned(folder: Path, top: str) -> frozenset[str]:
    """List the dotted names below a package's own name that its code assigns."""
    put = re.compile(rf"(?m)^[ \t]*({re.escape(top)}(?:\.\w+)+) = ")
    files = sorted((folder / top).rglob("*.py"))
    return frozenset(name for file in files for name in put.findall(file.read_text("utf-8", "replace")))


@cache
def _file_of(folder: Path, parts: tuple[str, ...]) -> Path | None:
    path = folder.joinpath(*parts)
    candidates = (
        path / "__init__.py",
        path / "__init__.pyi",
        path.with_suffix(".py"),
        path.with_suffix(".pyi"),
        path.with_suffix(".pyx"),
        *path.parent.glob(f"{path.name}.*.so"),
    )
    return next((one for one in candidates if one.is_file()), path if path.is_dir() else None)


@cache
def _tree(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_bytes() if file.is_file() else b"")
    except SyntaxError:  # written for another Python
        return ast.Module([], [])


def _in_module(folder: Path, file: Path, module: str, rest: list[str], depth: int) -> bool:
    if file.suffix in {".so", ".pyx"}:
        return True  # compiled, and cannot be read
    for node in _statements(_tree(file).body):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == rest[0]:
            return _in_definition(folder, node, module, rest[1:], depth)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(one, ast.Name) and one.id == rest[0] for one in targets):
                return True  # what it holds is not followed
        if isinstance(node, ast.Import | ast.ImportFrom):
            package = module if file.name.startswith("__init__") else module.rpartition(".")[0]
            if _in_import(folder, package, node, rest, depth):
                return True  # else another branch of a `try` may bind it
    text = file.read_text("utf-8", "replace") if file.is_file() else ""
    return f'"{rest[0]}"' in text or f"'{rest[0]}'" in text  # a table of lazy imports


def _in_import(
    folder: Path, package: str, node: ast.Import | ast.ImportFrom, rest: list[str], depth: int
) -> bool:
    """Follow an import, if it is one that binds the name."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if (alias.asname or alias.name.partition(".")[0]) == rest[0]:
                target = alias.name if alias.asname else rest[0]
                return _has(folder, ".".join([target, *rest[1:]]), depth + 1)
        return False
    source = _source(package, node)
    for alias in node.names:
        if alias.name == "*" and _has(folder, ".".join([source, *rest]), depth + 1):
            return True
        if (alias.asname or alias.name) == rest[0]:
            outside = _file_of(folder, (source.partition(".")[0],)) is None
            return outside or _has(folder, ".".join([source, alias.name, *rest[1:]]), depth + 1)
    return False


def _source(package: str, node: ast.ImportFrom) -> str:
    parents = package.split(".")
    origin = parents[: len(parents) - node.level + 1] if node.level else []
    return ".".join([*origin, *([node.module] if node.module else [])])


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """List the statements of a module, those under `if` and `try` too."""
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        for field in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                found += _statements(getattr(node, field, []))
        for handler in getattr(node, "handlers", []):
            found += _statements(handler.body)
    return found


def _in_definition(
    folder: Path,
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
    module: str,
    rest: list[str],
    depth: int,
) -> bool:
    if not rest or not isinstance(node, ast.ClassDef):
        return not rest
    for one in ast.walk(node):
        bound = getattr(one, "name", None) or getattr(one, "id", None) or getattr(one, "attr", None)
        if bound == rest[0]:
            return True
    bases = [ast.unparse(base).partition("[")[0] for base in node.bases]
    return any(_has(folder, f"{module}.{base}.{rest[0]}", depth + 1) for base in bases)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
