"""Read a file with libcst so that what it keeps can be moved about, and write it anew."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import (
    ExpressionContext,
    ExpressionContextProvider,
    FunctionScope,
    GlobalScope,
    MetadataWrapper,
    ParentNodeProvider,
    ScopeProvider,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from libcst.metadata import Scope

Files = dict[str, str]

BY_NAME = re.compile(r"\b(?:globals|vars|locals)\(|sys\.modules|statelint:")
"""What reaches a name by its text, or speaks of a line: such a file stays as it is."""

CONTAINERS = frozenset(
    {
        "dict", "list", "set", "deque", "defaultdict", "OrderedDict", "Counter", "count", "SimpleNamespace",
        "Queue", "bytearray", "WeakSet", "WeakValueDictionary",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One name that one line binds, and its uses elsewhere; `home` is the function around it, if any."""

    name: str
    home: cst.FunctionDef | None
    line: cst.SimpleStatementLine
    uses: frozenset[cst.Name]
    is_rebound: bool

    @property
    def code(self) -> str:
        """The line that binds it."""
        return code_of(self.line).strip()

    @property
    def attribute(self) -> str:
        """How an object calls it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One file with what libcst knows of its names; nodes are compared by identity."""

    tree: cst.Module
    cells: tuple[Cell, ...]
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    stored: frozenset[cst.CSTNode]
    names: frozenset[str]
    top: frozenset[str]

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield a node and what stands around it, innermost first."""
        found: cst.CSTNode | None = node
        while found is not None:
            yield found
            found = self.parents.get(found)

    def fresh(self, name: str) -> str:
        """Give a name that the file does not use yet."""
        return name if name not in self.names else self.fresh(f"{name}_")


@functools.lru_cache(maxsize=16)
def read(text: str) -> Reading:
    """Read one file, and find the names that can be moved about."""
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    found = wrapper.resolve_many((ParentNodeProvider, ExpressionContextProvider, ScopeProvider))
    parents, contexts = found[ParentNodeProvider], found[ExpressionContextProvider]
    finder = _Finder(wrapper.module, parents, contexts, found[ScopeProvider])
    return Reading(
        tree=wrapper.module,
        cells=tuple(finder.cells()),
        parents=parents,
        stored=frozenset(node for node, context in contexts.items() if context is not ExpressionContext.LOAD),
        names=frozenset(node.value for node in parents if isinstance(node, cst.Name)),
        top=frozenset(finder.top()),
    )


class _Finder:
    """Finds the cells of one file: names that are bound once, under no condition, and used in a function."""

    def __init__(
        self,
        tree: cst.Module,
        parents: Mapping[cst.CSTNode, cst.CSTNode],
        contexts: Mapping[cst.CSTNode, ExpressionContext],
        scopes: Mapping[cst.CSTNode, Scope],
    ) -> None:
        self._tree, self._parents, self._contexts, self._scopes = tree, parents, contexts, scopes
        self._uses: dict[tuple[Scope, str], list[cst.Name]] = {}
        for node in contexts:
            if isinstance(node, cst.Name) and (home := self._home(node)) is not None:
                self._uses.setdefault((home, node.value), []).append(node)

    def cells(self) -> Iterator[Cell]:
        """Yield them in the order of their first use."""
        for (home, name), uses in self._uses.items():
            if not isinstance(home, GlobalScope | FunctionScope):
                continue
            stores = [node for node in uses if self._contexts[node] is not ExpressionContext.LOAD]
            own = [node for node in stores if self._scopes.get(node) is home]
            line = self._binding(own[0]) if len(own) == 1 else None
            others = frozenset(uses) - frozenset(own)
            if line is None or len(home[name]) > len(stores) or not self._is_movable(line, home, others):
                continue
            yield Cell(
                name=name,
                home=home.node if isinstance(home, FunctionScope) else None,
                line=line,
                uses=others,
                is_rebound=len(stores) > 1,
            )

    def top(self) -> Iterator[str]:
        """Yield the names that the module binds, imports left out."""
        for (home, name), uses in self._uses.items():
            stores = [node for node in uses if self._contexts[node] is not ExpressionContext.LOAD]
            if isinstance(home, GlobalScope) and stores:
                yield name

    def _home(self, node: cst.Name) -> Scope | None:
        scope = self._scopes.get(node)
        found = {one.scope for one in scope[node.value]} if scope is not None else set()
        return found.pop() if len(found) == 1 else None

    def _binding(self, name: cst.Name) -> cst.SimpleStatementLine | None:
        """Give the line that binds a name, if it does nothing else, under no condition."""
        small = self._parents[name]
        if isinstance(small, cst.AssignTarget):
            small = self._parents[small]
            if not isinstance(small, cst.Assign) or len(small.targets) > 1:
                return None
        elif not isinstance(small, cst.AnnAssign) or small.value is None:
            return None
        line = self._parents[small]
        block = self._parents[line]
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
            return None
        return line if block is self._tree or isinstance(self._parents[block], cst.FunctionDef) else None

    def _is_movable(self, line: cst.SimpleStatementLine, home: Scope, uses: frozenset[cst.Name]) -> bool:
        """Tell a container from an application: that one stays where servers look for it."""
        inner = [node for node in uses if self._is_inside(node, home)]
        return bool(inner) and (is_plain(value_of(line)) or len(inner) == len(uses))

    def _is_inside(self, node: cst.Name, home: Scope) -> bool:
        scope = self._scopes.get(node)
        while scope is not None and scope is not home and not isinstance(scope, GlobalScope):
            if isinstance(scope, FunctionScope):
                return True
            scope = scope.parent
        return False


# -- asking -----------------------------------------------------------------------------------------------


def value_of(line: cst.SimpleStatementLine) -> cst.BaseExpression:
    """Give what a line assigns."""
    small = line.body[0]
    assert isinstance(small, cst.Assign | cst.AnnAssign)
    assert small.value is not None
    return small.value


def is_plain(value: cst.BaseExpression) -> bool:
    """Tell a display, a constant, or a container of the standard library."""
    if not isinstance(value, cst.Call):
        return not isinstance(value, cst.Name | cst.Attribute | cst.Lambda) or is_constant(value)
    func = value.func.attr if isinstance(value.func, cst.Attribute) else value.func
    return isinstance(func, cst.Name) and func.value in CONTAINERS


def is_constant(value: cst.BaseExpression) -> bool:
    """Tell what nobody can change."""
    if isinstance(value, cst.Name):
        return value.value in {"None", "True", "False"}
    return isinstance(value, cst.BaseNumber | cst.BaseString)


def code_of(node: cst.CSTNode) -> str:
    """Write a node as it stands in its file."""
    return cst.Module(body=[]).code_for_node(node)


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and all below it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(current.children)


def names_in(node: cst.CSTNode) -> set[str]:
    """List the names in a node that are no attributes and no keywords."""
    nodes = list(walk(node))
    labels = {id(one.attr) for one in nodes if isinstance(one, cst.Attribute)}
    labels |= {id(one.keyword) for one in nodes if isinstance(one, cst.Arg)}
    return {one.value for one in nodes if isinstance(one, cst.Name) and id(one) not in labels}


def bound_by(statement: cst.CSTNode) -> set[str]:
    """List the names that a statement at the top of a module binds, imports left out."""
    if isinstance(statement, cst.FunctionDef | cst.ClassDef):
        return {statement.name.value}
    found = set()
    for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
        if isinstance(small, cst.Assign):
            found |= {target.target.value for target in small.targets if isinstance(target.target, cst.Name)}
        elif isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name):
            found.add(small.target.value)
    return found


def imported_by(statement: cst.CSTNode) -> set[str]:
    """List the names that an import at the top of a file binds."""
    found = set()
    for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
        if isinstance(small, cst.Import | cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
            found |= {
                alias.evaluated_alias or alias.evaluated_name.partition(".")[0] for alias in small.names
            }
    return found


def is_python(files: Files, path: str) -> bool:
    """Tell a file that may be rewritten."""
    return path.endswith(".py") and not BY_NAME.search(files[path])


def is_mentioned(files: Files, path: str, name: str) -> bool:
    """Tell whether another file speaks of a module and of a name in it."""
    words = [re.compile(rf"\b{re.escape(word)}\b") for word in (PurePosixPath(path).stem, name)]
    return any(all(word.search(text) for word in words) for other, text in files.items() if other != path)


# -- writing ----------------------------------------------------------------------------------------------


class Rewriter(cst.CSTTransformer):
    """Puts other expressions in place of some, other statements in place of lines, and opens blocks.

    `opened` maps blocks to the lines that then stand at their top, below docstring and declarations.
    """

    def __init__(
        self,
        *,
        expressions: Mapping[cst.CSTNode, str],
        lines: Mapping[cst.CSTNode, Sequence[cst.BaseStatement]] | None = None,
        opened: Mapping[cst.CSTNode, Sequence[str]] | None = None,
        undeclared: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__()
        self._expressions, self._undeclared = expressions, undeclared
        self._lines, self._opened = lines or {}, opened or {}

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> object:
        """Replace what the maps name, open blocks, and cut declarations."""
        if (text := self._expressions.get(original_node)) is not None:
            return cst.parse_expression(text)
        if (statements := self._lines.get(original_node)) is not None:
            return cst.FlattenSentinel(statements)
        updated = super().on_leave(original_node, updated_node)
        if isinstance(updated, cst.IndentedBlock) and (lines := self._opened.get(original_node)):
            return _opened(updated, lines)
        return _declaring(updated, self._undeclared) if isinstance(updated, cst.Global) else updated


def _opened(block: cst.IndentedBlock, lines: Sequence[str]) -> cst.IndentedBlock:
    head = next((number for number, one in enumerate(block.body) if not _is_head(one)), 0)
    first = [one for text in lines for one in statements_of(text)]
    return block.with_changes(body=[*block.body[:head], *first, *block.body[head:]])


def _declaring(node: cst.Global, undeclared: frozenset[str]) -> cst.BaseSmallStatement:
    kept = [item.name.value for item in node.names if item.name.value not in undeclared]
    if not kept:
        return cst.Pass()
    return node.with_changes(names=[cst.NameItem(cst.Name(name)) for name in kept])


def _is_head(statement: cst.BaseStatement) -> bool:
    """Tell a docstring, and a declaration, which must stand above what it declares."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    is_docstring = isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString)
    return is_docstring or isinstance(small, cst.Global | cst.Nonlocal)


def statements_of(text: str) -> list[cst.BaseStatement]:
    """Parse a few statements."""
    return [one for one in cst.parse_module(text).body if isinstance(one, cst.BaseStatement)]


def each_file(files: Files, rewrite: Callable[[Files, str], Files | None]) -> Files | None:
    """Rewrite each Python file that can be rewritten; nothing where none can."""
    found: Files = {}
    for path in files:
        found |= (rewrite(files, path) or {}) if is_python(files, path) else {}
    return {**files, **found} if found else None


def beside(files: Files, path: str) -> tuple[str, str, str]:
    """Give a new file beside another one: its path, the dots by which it is imported, and its name."""
    pure = PurePosixPath(path)
    dots = "." if str(pure.parent / "__init__.py") in files else ""
    name = f"kept_{pure.stem.strip('_')}"
    return str(pure.parent / f"{name}.py"), dots, name


def imports_for(files: Files, path: str, node: cst.CSTNode, own: set[str]) -> list[str] | None:
    """List the imports that a node needs in a file of its own; None where it needs more of its old file."""
    tree = read(files[path]).tree
    needed = names_in(node) - own
    if needed & read(files[path]).top:
        return None
    lines = [one for one in tree.body if needed & imported_by(one)]
    stem = re.compile(rf"\b{re.escape(PurePosixPath(path).stem)}\b")
    for other, text in files.items():
        imported = any(PurePosixPath(other).stem in names_in_import(one) for one in lines)
        if other != path and imported and stem.search(text):
            return None  # the new file and the old one would import each other
    return [code_of(one).strip() for one in lines]


def names_in_import(line: cst.CSTNode) -> set[str]:
    """List the words of an import: modules and what is imported from them."""
    return set(re.findall(r"\w+", code_of(line)))
