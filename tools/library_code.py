"""Read the code of a library without running it: where a name is defined, and what a call of it takes."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeGuard

from releases import code_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_FARTHEST = 12
"""Re-exports from a name to its definition; more are taken for a circle."""

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a call takes: its arguments in order, the code of their defaults, and whether it takes any other.

    `positional` says how many of them may be given by position.
    """

    arguments: tuple[str, ...] = ()
    positional: int = 0
    defaults: dict[str, str] = field(default_factory=dict)
    any_keyword: bool = False
    any_position: bool = False

    def takes(self, argument: int | str) -> bool:
        """Tell whether an argument may be given, by position or by keyword."""
        if isinstance(argument, int):
            return argument < self.positional or self.any_position
        return argument in self.arguments or self.any_keyword


class Library:
    """The modules of one release, or of several that are installed together."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._sources: dict[str, tuple[str, bool]] = {}
        self._compiled: set[str] = set()
        for name, content in (one for file in files for one in code_in(file)):
            if name.endswith((".so", ".pyd", ".pyx")):
                self._compiled.add(_module_of(name))
            if name == "setup.py":
                self._compiled.update(_extensions(content))
            elif name.endswith(".py"):
                parts = name.removesuffix(".py").split("/")
                is_package = parts[-1] == "__init__"
                module = ".".join(parts[:-1] if is_package else parts)
                self._sources[module] = content.decode("utf-8-sig", "replace"), is_package
        self.tree = cache(self._tree)

    def mentions(self, word: str) -> bool:
        """Tell whether a word stands anywhere in the code."""
        return any(word in source for source, _ in self._sources.values())

    def _tree(self, module: str) -> ast.Module | None:
        try:
            return ast.parse(self._sources[module][0])
        except SyntaxError:
            return None

    def find(self, dotted: str) -> tuple[str, Definition] | None:
        """Find the module and the definition of a dotted name, through re-exports and base classes."""
        parts = dotted.split(".")
        for count in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:count])
            if module in self._sources or module in self._compiled:
                found = self._member(module, parts[count], 0)
                for name in parts[count + 1 :]:
                    found = self._attribute(*found, name) if found is not None else None
                if found is not None:
                    return found
        return None

    def signature(self, module: str, made: Definition) -> Signature | None:
        """Say what a call of a function or class takes; None for what is neither."""
        if isinstance(made, ast.FunctionDef | ast.AsyncFunctionDef):
            return _of_function(made, bound=0)
        return self._of_class(module, made) if isinstance(made, ast.ClassDef) else None

    # -- from names to definitions ------------------------------------------------------------------------

    def _member(self, module: str, name: str, depth: int) -> tuple[str, Definition] | None:
        if module in self._compiled:
            return module, _anything(name)
        tree = self.tree(module) if module in self._sources and depth < _FARTHEST else None
        if tree is None:
            return None
        stars = []
        for node in _statements(tree):
            if _defines(node, name):
                return self._aliased(module, node, depth) or (module, node)
            if isinstance(node, ast.ImportFrom):
                source = self._absolute(module, node)
                told = {alias.asname or alias.name: alias.name for alias in node.names}
                found = self._member(source, told[name], depth + 1) if name in told else None
                if found is not None:
                    return found
                stars += [source] * ("*" in told)
        taken = (self._member(source, name, depth + 1) for source in stars)
        return next((one for one in taken if one is not None), None) or self._lazy(module, tree, name, depth)

    def _aliased(self, module: str, node: Definition, depth: int) -> tuple[str, Definition] | None:
        """Follow `MemorySaver = InMemorySaver`."""
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        return self._member(module, value.id, depth + 1) if isinstance(value, ast.Name) else None

    def _lazy(self, module: str, tree: ast.Module, name: str, depth: int) -> tuple[str, Definition] | None:
        """Find what a package offers by `__getattr__`, in a module that it names, be it another library's."""
        if not any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
            return None
        if not any(isinstance(node, ast.Constant) and node.value == name for node in ast.walk(tree)):
            return None
        for home in _homes(tree, name):
            found = self._member(home, name, depth + 1) if home != module else None
            if found is not None:
                return found
        for other in sorted(self._sources):
            if other.startswith(f"{module.partition('.')[0]}."):
                other_tree = self.tree(other)
                for node in other_tree.body if other_tree is not None else ():
                    if isinstance(node, ast.ClassDef) and node.name == name:
                        return other, node
        return None

    def _absolute(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = module.split(".")
        level = node.level - (1 if self._sources[module][1] else 0)
        home = parts[: len(parts) - level] if level else parts
        return ".".join([*home, *([node.module] if node.module else [])])

    def _attribute(self, module: str, owner: Definition, name: str) -> tuple[str, Definition] | None:
        """Find an attribute of a class, its own or inherited, or of the class of an object."""
        if module in self._compiled:
            return module, _anything(name)
        if isinstance(owner, ast.Assign | ast.AnnAssign):
            made = owner.value.func if isinstance(owner.value, ast.Call) else None
            home = self._member(module, made.id, 1) if isinstance(made, ast.Name) else None
            return self._attribute(*home, name) if home is not None else None
        for where, base in self._ancestors(module, owner):
            for node in _statements(base):
                if _defines(node, name):
                    return where, node
        return None

    def _ancestors(self, module: str, made: Definition) -> Iterator[tuple[str, ast.ClassDef]]:
        waiting = [(module, made)]
        seen: set[int] = set()
        for where, node in waiting:  # grows while it is read
            if not isinstance(node, ast.ClassDef) or id(node) in seen:
                continue
            seen.add(id(node))
            yield where, node
            for base in node.bases:
                plain = base.value if isinstance(base, ast.Subscript) else base
                name = ast.unparse(plain)
                found = self._member(where, name, 1) if "." not in name else self._through(where, name)
                if found is not None:
                    waiting.append(found)

    def _through(self, module: str, dotted: str) -> tuple[str, Definition] | None:
        """Find `base_server.BaseServer` where the module is imported by `from . import base_server`."""
        first, _, rest = dotted.partition(".")
        tree = self.tree(module)
        for node in _statements(tree) if tree is not None else ():
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == first:
                        return self.find(f"{self._absolute(module, node)}.{alias.name}.{rest}")
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if (alias.asname or alias.name.partition(".")[0]) == first:
                        return self.find(dotted if not alias.asname else f"{alias.name}.{rest}")
        return None

    # -- signatures ---------------------------------------------------------------------------------------

    def _of_class(self, module: str, made: ast.ClassDef) -> Signature:
        """Read `__init__`, or the fields of a class that has none of its own, nearest class first."""
        fields: dict[str, str | None] = {}
        whole = Signature()
        constructors = []
        for _, node in self._ancestors(module, made):
            own = [
                one
                for one in node.body
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
                and one.name in ("__init__", "__new__")
                and not _is_overload(one)
            ]
            constructors += own[:1]
            for one in node.body:
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                    default = ast.unparse(one.value) if one.value is not None else None
                    fields.setdefault(one.target.id, default)
        if not constructors:
            told = {name: value for name, value in fields.items() if value is not None}
            return Signature(arguments=tuple(fields), positional=len(fields), defaults=told)
        whole = _of_function(constructors[0], bound=1)
        for other in constructors[1:]:
            if not whole.any_keyword:
                break
            below = _of_function(other, bound=1)
            whole = Signature(
                arguments=tuple(dict.fromkeys([*whole.arguments, *below.arguments])),
                positional=max(whole.positional, below.positional if whole.any_position else 0),
                defaults={**below.defaults, **whole.defaults},
                any_keyword=below.any_keyword or not below.arguments,
                any_position=whole.any_position and below.any_position,
            )
        return whole


def _extensions(setup: bytes) -> Iterator[str]:
    """List the modules that sources build from another language: `Extension("leveldb", ["leveldb.cc"])`."""
    try:
        tree = ast.parse(setup)
    except SyntaxError:  # written for another Python
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Extension":
            names = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "name")]
            yield from (str(one.value) for one in names if isinstance(one, ast.Constant))


def _homes(tree: ast.Module, name: str) -> Iterator[str]:
    """List the modules to which tables lead: `{"Chroma": "langchain_community.vectorstores"}`."""
    for node in ast.walk(tree):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and key.value == name and isinstance(value, ast.Constant):
                yield str(value.value)


def _module_of(name: str) -> str:
    """Name the compiled module in a file: `lmdb/cpython.cpython-311-x86_64-linux-gnu.so`."""
    folder, _, file = name.rpartition("/")
    words = [*folder.split("/"), file.partition(".")[0]]
    return ".".join(word for word in words if word not in {"", "__init__"})


def _anything(name: str) -> Definition:
    """Stand for what is compiled, and cannot be read: it may take any argument."""
    (made,) = ast.parse(f"def {name}(*arguments, **keywords): ...").body
    assert isinstance(made, ast.FunctionDef)  # noqa: S101 - for mypy
    return made


def _of_function(node: ast.FunctionDef | ast.AsyncFunctionDef, *, bound: int) -> Signature:
    arguments = node.args
    by_position = [*arguments.posonlyargs, *arguments.args]
    is_method = bound or (by_position and by_position[0].arg in ("self", "cls"))
    by_position = by_position[1:] if is_method else by_position
    defaults = dict(
        zip(
            (one.arg for one in reversed(by_position)),
            map(ast.unparse, reversed(arguments.defaults)),
            strict=False,
        )
    )
    for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            defaults[one.arg] = ast.unparse(value)
    return Signature(
        arguments=tuple(one.arg for one in (*by_position, *arguments.kwonlyargs)),
        positional=len(by_position),
        defaults=defaults,
        any_keyword=arguments.kwarg is not None,
        any_position=arguments.vararg is not None,
    )


def _statements(node: ast.Module | ast.ClassDef) -> Iterator[ast.stmt]:
    """Give the statements of a body, those under `if` and `try` included."""
    waiting = list(node.body)
    for one in waiting:  # grows while it is read
        yield one
        if isinstance(one, ast.With):
            waiting += one.body
        elif isinstance(one, ast.If):
            waiting += [*one.body, *one.orelse]
        elif isinstance(one, ast.Try):
            waiting += [
                *one.body,
                *one.orelse,
                *(inner for handler in one.handlers for inner in handler.body),
            ]


def _defines(node: ast.stmt, name: str) -> TypeGuard[Definition]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name == name and not _is_overload(node)
    return isinstance(node, ast.Assign | ast.AnnAssign) and _binds(node, name)


def _is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a definition is only for type checkers: one of several signatures of what follows."""
    return any(ast.unparse(one).rpartition(".")[2] == "overload" for one in node.decorator_list)


def _binds(node: ast.Assign | ast.AnnAssign, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)
