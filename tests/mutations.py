"""Rewrite the project of a spec so that it does the same and looks different.

Where a value is kept does not change what a service forgets: the verdict and the kind of state must be the
same for a container that lies in another file, in an object of a class, behind another name, or in a factory.
Each mutation takes the files of a project and gives those of the mutated one, or nothing where it does not
apply: where no file has a name that it could move without changing what the program does.
"""

from __future__ import annotations

import itertools
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import libcst as cst

from class_mutations import attributes_renamed, classes_moved, given
from rewriting import (
    Cell,
    Files,
    Reading,
    Rewriter,
    beside,
    bound_by,
    code_of,
    each_file,
    imports_for,
    is_constant,
    is_mentioned,
    names_in,
    read,
    statements_of,
    value_of,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Mutation = Callable[[Files], Files | None]

APPLICATIONS = ("app", "application")
"""The names under which servers look for an application."""


def _module_cells(files: Files, path: str) -> list[Cell]:
    """List the cells of a module that no other file speaks of."""
    found = [cell for cell in read(files[path]).cells if cell.home is None]
    return [cell for cell in found if not is_mentioned(files, path, cell.name)]


def _replaced(
    reading: Reading,
    cells: Sequence[Cell],
    spelled: Callable[[Cell], str],
    line: Callable[[Cell], str],
) -> str:
    """Write a file anew, with other expressions for some cells, and other lines where they are bound."""
    rewriter = Rewriter(
        expressions={use: spelled(cell) for cell in cells for use in cell.uses},
        lines={cell.line: statements_of(line(cell)) for cell in cells},
        undeclared=frozenset(cell.name for cell in cells),
    )
    return reading.tree.visit(rewriter).code


# -- another file -----------------------------------------------------------------------------------------


def moved_by_name(files: Files) -> Files | None:
    """Bind the names in another file, and import each of them."""

    def rewrite(files: Files, path: str) -> Files | None:
        cells = [cell for cell in read(files[path]).cells if cell.home is None and not cell.is_rebound]
        cells = [cell for cell in cells if not _is_bound_elsewhere(files, path, cell.name)]
        _, dots, stem = beside(files, path)
        return _moved(
            files, path, cells, lambda cell: cell.name, lambda cell: f"from {dots}{stem} import {cell.name}"
        )

    return each_file(files, rewrite)


def moved_by_module(files: Files) -> Files | None:
    """Bind the names in another file, and reach them as attributes of that module."""

    def rewrite(files: Files, path: str) -> Files | None:
        _, dots, stem = beside(files, path)
        line = f"from {dots} import {stem}" if dots else f"import {stem}"
        cells = _module_cells(files, path)
        return _moved(files, path, cells, lambda cell: f"{stem}.{cell.name}", lambda _: line)

    return each_file(files, rewrite)


def _is_bound_elsewhere(files: Files, path: str, name: str) -> bool:
    attribute = re.compile(rf"\.{re.escape(name)}\b *(?:[-+*/|&]?=(?!=)|:)")
    return any(attribute.search(text) for other, text in files.items() if other != path)


def _moved(
    files: Files,
    path: str,
    cells: Sequence[Cell],
    spelled: Callable[[Cell], str],
    line: Callable[[Cell], str],
) -> Files | None:
    """Move to a new file the cells whose values need nothing of the old one."""
    needs = {cell.name: imports_for(files, path, cell.line, {cell.name}) for cell in cells}
    moved = [cell for cell in cells if needs[cell.name] is not None]
    imports = dict.fromkeys(line for cell in moved for line in needs[cell.name] or ())
    text = "\n".join((*imports, *(cell.code for cell in moved), ""))
    new_file, _, _ = beside(files, path)
    return {path: _replaced(read(files[path]), moved, spelled, line), new_file: text} if moved else None


# -- a class, a function ----------------------------------------------------------------------------------


def _behind(
    files: Files, written: Callable[[Cell, str], str], spelled: Callable[[Cell, str], str]
) -> Files | None:
    """Put a definition with a new name in place of each cell's line, and that in place of each use.

    A container that is bound anew stays the list that it was for whoever was given it, so it is left alone.
    """

    def rewrite(files: Files, path: str) -> Files | None:
        cells = _module_cells(files, path)
        if written is not _wrapped:
            cells = [c for c in cells if not c.is_rebound or is_constant(value_of(c.line))]
        if written in {_handed_out, _behind_property}:
            cells = [c for c in cells if not c.is_rebound]
        reading = read(files[path])
        new = {cell.name: reading.fresh(f"Holder{number or ''}") for number, cell in enumerate(cells)}
        text = _replaced(
            reading,
            cells,
            lambda cell: spelled(cell, new[cell.name]),
            lambda cell: written(cell, new[cell.name]),
        )
        return {path: text} if cells else None

    return each_file(files, rewrite)


def _wrapped(cell: Cell, name: str) -> str:
    line = cell.code.replace(cell.name, cell.attribute, 1)
    return f"class {name}:\n    def __init__(self):\n        self.{line}\n\n\n{name.lower()} = {name}()\n"


def wrapped(files: Files) -> Files | None:
    """Make each cell an attribute of the one object of a class."""
    return _behind(files, _wrapped, lambda cell, name: f"{name.lower()}.{cell.attribute}")


def _passed(cell: Cell, name: str) -> str:
    init = f"    def __init__(self, {cell.attribute}):\n        self.{cell.attribute} = {cell.attribute}\n"
    return f"{cell.code}\n\n\nclass {name}:\n{init}\n\n{name.lower()} = {name}({cell.name})\n"


def passed(files: Files) -> Files | None:
    """Hand each cell to the constructor of an object, which everybody then asks."""
    return _behind(files, _passed, lambda cell, name: f"{name.lower()}.{cell.attribute}")


def _shared(cell: Cell, name: str) -> str:
    return f"{cell.code}\n\n\nclass {name}:\n    {cell.attribute} = {cell.name}\n"


def shared(files: Files) -> Files | None:
    """Give each cell a second name in the body of a class."""
    return _behind(files, _shared, lambda cell, name: f"{name}.{cell.attribute}")


def _behind_property(cell: Cell, name: str) -> str:
    own = f"own_{cell.attribute.strip('_')}"
    init = f"    def __init__(self, found):\n        self.{own} = found\n"
    get = f"    @property\n    def {cell.attribute}(self):\n        return self.{own}\n"
    return f"{cell.code}\n\n\nclass {name}:\n{init}\n{get}\n\n{name.lower()} = {name}(found={cell.name})\n"


def behind_property(files: Files) -> Files | None:
    """Let a property of an object return each cell."""
    return _behind(files, _behind_property, lambda cell, name: f"{name.lower()}.{cell.attribute}")


def _handed_out(cell: Cell, name: str) -> str:
    return f"{cell.code}\n\n\ndef get_{name.lower()}():\n    return {cell.name}\n"


def handed_out(files: Files) -> Files | None:
    """Let a function return each cell, which everybody then calls."""
    return _behind(files, _handed_out, lambda _, name: f"get_{name.lower()}()")


# -- another name -----------------------------------------------------------------------------------------


def renamed(files: Files) -> Files | None:
    """Give each cell of a module a second name there, which everybody then uses."""

    def rewrite(files: Files, path: str) -> Files | None:
        cells = [cell for cell in _module_cells(files, path) if not cell.is_rebound]
        reading = read(files[path])
        alias = {cell.name: reading.fresh(f"a_{cell.name.lower().strip('_')}") for cell in cells}
        text = _replaced(
            reading,
            cells,
            lambda cell: alias[cell.name],
            lambda cell: f"{cell.code}\n{alias[cell.name]} = {cell.name}\n",
        )
        return {path: text} if cells else None

    return each_file(files, rewrite)


def renamed_inside(files: Files) -> Files | None:
    """Let each function give a cell a name of its own before it does anything else."""

    def rewrite(files: Files, path: str) -> Files | None:
        reading = read(files[path])
        names: dict[cst.CSTNode, str] = {}
        opened: dict[cst.CSTNode, dict[str, None]] = {}
        for cell in reading.cells:
            alias = reading.fresh(f"own_{cell.name.lower().strip('_')}")
            for use in cell.uses if not cell.is_rebound else ():
                body = _body_with(reading, use, cell.home)
                if body is not None:
                    names[use] = alias
                    opened.setdefault(body, {})[f"{alias} = {cell.name}"] = None
        lines = {body: sorted(texts) for body, texts in opened.items()}
        return {path: reading.tree.visit(Rewriter(expressions=names, opened=lines)).code} if names else None

    return each_file(files, rewrite)


def _body_with(reading: Reading, use: cst.Name, home: cst.FunctionDef | None) -> cst.CSTNode | None:
    """Find the body of the outermost function below a cell's home that has a use of it."""
    chain = list(reading.above(use))
    if home is not None:
        chain = chain[: chain.index(home)]
    bodies = [
        below
        for below, node in itertools.pairwise(chain)
        if isinstance(node, cst.FunctionDef) and below is node.body and isinstance(below, cst.IndentedBlock)
    ]
    return bodies[-1] if bodies else None


# -- a factory --------------------------------------------------------------------------------------------


def nested(files: Files) -> Files | None:
    """Move all but the imports of a module with an application into a function that makes it."""

    def rewrite(files: Files, path: str) -> Files | None:
        tree = read(files[path]).tree
        last = [one for one in tree.body if _is_main(one)]
        first = [one for one in tree.body if _is_import(one)]
        inside = [one for one in tree.body if one not in first and one not in last]
        bound = {name for one in inside for name in bound_by(one)}
        application = next((name for name in APPLICATIONS if name in bound), None)
        used = {name for one in last for name in names_in(one)}
        if application is None or (used & bound) - {application} or not _declared(tree) <= bound:
            return None
        if _is_imported(files, path, bound - {application}):
            return None
        block = cst.IndentedBlock(body=[*inside, *statements_of(f"return {application}")])
        factory = cst.FunctionDef(
            name=cst.Name("create_app"), params=cst.Parameters(), body=block.visit(_Enclosed())
        )
        call = statements_of(f"{application} = create_app()")
        return {path: tree.with_changes(body=[*first, factory, *call, *last]).code}

    return each_file(files, rewrite)


class _Enclosed(cst.CSTTransformer):
    """Makes `nonlocal` of `global`."""

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> object:
        updated = super().on_leave(original_node, updated_node)
        return cst.Nonlocal(names=updated.names) if isinstance(updated, cst.Global) else updated


def _is_import(statement: cst.CSTNode) -> bool:
    """Tell what stays at the top of a module: its docstring and its imports."""
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, cst.Import | cst.ImportFrom)
        or (isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString))
        for small in statement.body
    )


def _is_main(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.If) and "__name__" in code_of(statement.test)


def _declared(tree: cst.Module) -> set[str]:
    """List the names that functions of a module declare global."""
    return {item.name.value for node in walk(tree) if isinstance(node, cst.Global) for item in node.names}


def _is_imported(files: Files, path: str, names: set[str]) -> bool:
    """Tell whether another file imports a module, or speaks of something in it."""
    stem = re.escape(PurePosixPath(path).stem)
    imports = re.compile(rf"^\s*(?:from|import) .*\b{stem}\b", re.MULTILINE)
    spoken = re.compile(rf"\b{stem}[.:](?:{'|'.join(map(re.escape, sorted(names))) or '(?!)'})\b")
    return any(
        spoken.search(text) or (other.endswith(".py") and imports.search(text))
        for other, text in files.items()
        if other != path
    )


def _then(first: Mutation, second: Mutation) -> Mutation:
    def both(files: Files) -> Files | None:
        changed = first(files)
        return second(changed) if changed is not None else None

    return both


MUTATIONS: Mapping[str, Mutation] = {
    "moved, imported by name": moved_by_name,
    "moved, reached by module": moved_by_module,
    "wrapped in a class": wrapped,
    "passed to a constructor": passed,
    "shared by a class body": shared,
    "handed out by a function": handed_out,
    "behind a property": behind_property,
    "renamed in the module": renamed,
    "renamed in each function": renamed_inside,
    "nested in a factory": nested,
    "class moved": classes_moved,
    "field given to the constructor": given,
    "field renamed in each method": attributes_renamed,
    "nested, then renamed in each function": _then(nested, renamed_inside),
    "wrapped, handed out, then nested": _then(_then(wrapped, handed_out), nested),
    "class moved, then nested": _then(classes_moved, nested),
}
