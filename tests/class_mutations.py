"""Mutations of classes: the class in another file, its containers from outside, or under local names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from rewriting import (
    Files,
    Reading,
    Rewriter,
    beside,
    code_of,
    each_file,
    imports_for,
    is_constant,
    is_plain,
    is_python,
    read,
    statements_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    Fields = dict[str, cst.Assign | cst.AnnAssign]


def classes_moved(files: Files) -> Files | None:
    """Move the classes that need nothing of their file to another one, and import them."""

    def rewrite(files: Files, path: str) -> Files | None:
        new_file, dots, stem = beside(files, path)
        moved: dict[cst.CSTNode, list[str]] = {}
        for one in read(files[path]).tree.body:
            if isinstance(one, cst.ClassDef) and not _is_configured(files, one.name.value):
                imports = imports_for(files, path, one, {one.name.value})
                if imports is not None:
                    moved[one] = imports
        if not moved or new_file in files:
            return None
        lines = {node: statements_of(f"from {dots}{stem} import {node.name.value}") for node in moved}
        text = read(files[path]).tree.visit(Rewriter(expressions={}, lines=lines)).code
        imports = dict.fromkeys(line for lines in moved.values() for line in lines)
        return {path: text, new_file: "\n".join((*imports, *(code_of(node) for node in moved)))}

    return each_file(files, rewrite)


def _is_configured(files: Files, name: str) -> bool:
    """Tell whether something that is no code knows a class by where it lies."""
    return any(re.search(rf"\b{name}\b", text) for path, text in files.items() if not path.endswith(".py"))


def given(files: Files) -> Files | None:
    """Let each object be given the containers of its fields by whoever makes it."""
    for path in files:
        if not is_python(files, path):
            continue
        for node in read(files[path]).tree.body:
            if isinstance(node, cst.ClassDef) and (changed := _given(files, path, node)) is not None:
                return changed
    return None


def _given(files: Files, path: str, node: cst.ClassDef) -> Files | None:
    """Rewrite one class and all calls of it; nothing where it is used in another way."""
    init = next((one for one in _methods(node) if one.name.value == "__init__"), None)
    fields = dict(_fields(init)) if init is not None else {}
    calls = list(_calls(files, node))
    if init is None or not fields or not calls or any(call is None for _, call in calls):
        return None
    if init.params.kwonly_params or init.params.star_kwarg or re.search(r"\bcls\(|__class__", code_of(node)):
        return None
    names = ", ".join(fields)
    known = code_of(init.params).rstrip(", ")
    header = statements_of(f"def __init__({known}, {names}): pass")[0]
    assert isinstance(header, cst.FunctionDef)
    expressions = {small.value: name for name, small in fields.items() if small.value is not None}
    found = dict(files)
    for other in {file for file, _ in calls} | {path}:
        swapped = {
            call: code_of(call).rstrip(" )").rstrip(",") + (", " if call.args else "") + f"{values})"
            for file, call in calls
            if file == other and call is not None
            for values in [", ".join(code_of(small.value) for small in fields.values() if small.value)]
        }
        own = expressions if other == path else {}
        tree = read(files[other]).tree.visit(Rewriter(expressions={**swapped, **own}))
        found[other] = tree.code
    changed = read(found[path]).tree
    method = next(
        one
        for top in changed.body
        if isinstance(top, cst.ClassDef) and top.name.value == node.name.value
        for one in _methods(top)
        if one.name.value == "__init__"
    )
    found[path] = changed.deep_replace(method, method.with_changes(params=header.params)).code
    return found


def _methods(node: cst.ClassDef) -> Iterator[cst.FunctionDef]:
    yield from (one for one in node.body.body if isinstance(one, cst.FunctionDef))


def _fields(method: cst.FunctionDef) -> Iterator[tuple[str, cst.Assign | cst.AnnAssign]]:
    """Yield the fields that a method sets to a container, by lines of its own."""
    for line in method.body.body:
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
        target = None
        if isinstance(small, cst.Assign) and len(small.targets) == 1:
            target = small.targets[0].target
        elif isinstance(small, cst.AnnAssign) and small.value is not None:
            target = small.target
        if not isinstance(target, cst.Attribute) or not isinstance(small, cst.Assign | cst.AnnAssign):
            continue
        value = small.value
        if (
            value is not None
            and code_of(target.value) == "self"
            and is_plain(value)
            and not is_constant(value)
            and not re.search(r"\w\.\w", code_of(value))
        ):
            yield target.attr.value.strip("_"), small


def _calls(files: Files, node: cst.ClassDef) -> Iterator[tuple[str, cst.Call | None]]:
    """Yield the calls of a class, and None for a use of it that is neither call, import nor annotation."""
    for path in files:
        if not path.endswith(".py"):
            continue
        reading = read(files[path])
        for name, parent in list(reading.parents.items()):
            if not isinstance(name, cst.Name) or name.value != node.name.value or parent is node:
                continue
            if isinstance(parent, cst.Call) and parent.func is name:
                yield path, parent
            elif not isinstance(parent, cst.ImportAlias | cst.Annotation):
                yield path, None


def attributes_renamed(files: Files) -> Files | None:
    """Let each method give the containers of its object local names before it does anything else."""
    bound = {name for path in files if path.endswith(".py") for name in _bound_attributes(read(files[path]))}

    def rewrite(files: Files, path: str) -> Files | None:
        reading = read(files[path])
        expressions: dict[cst.CSTNode, str] = {}
        opened: dict[cst.CSTNode, list[str]] = {}
        for node in (one for one in reading.tree.body if isinstance(one, cst.ClassDef)):
            inits = [method for method in _methods(node) if method.name.value == "__init__"]
            attributes = {
                small.targets[0].target.attr.value
                for init in inits
                for _, small in _fields(init)
                if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Attribute)
            }
            for method in _methods(node):
                if method in inits or not isinstance(method.body, cst.IndentedBlock):
                    continue
                for name in sorted(attributes - bound):
                    uses = [
                        use
                        for use in reading.parents
                        if isinstance(use, cst.Attribute)
                        and code_of(use) == f"self.{name}"
                        and method.body in reading.above(use)
                    ]
                    if uses:
                        alias = reading.fresh(f"own_{name.strip('_')}")
                        expressions |= dict.fromkeys(uses, alias)
                        opened.setdefault(method.body, []).append(f"{alias} = self.{name}")
        rewriter = Rewriter(expressions=expressions, opened=opened)
        return {path: reading.tree.visit(rewriter).code} if opened else None

    return each_file(files, rewrite)


def _bound_attributes(reading: Reading) -> Iterator[str]:
    """Yield the attributes that are bound, or deleted, outside of constructors."""
    for node in reading.stored:
        if isinstance(node, cst.Attribute):
            around = next((one for one in reading.above(node) if isinstance(one, cst.FunctionDef)), None)
            if around is None or around.name.value != "__init__":
                yield node.attr.value
