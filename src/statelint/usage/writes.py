"""Find the writes of the cell in a statement, and what they write."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

import libcst as cst

from statelint.model.diagnostics import Role
from statelint.usage.walking import called_name, subscript_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.usage.parts import Part
    from statelint.usage.scene import Scene

_ADD = frozenset({"add", "append", "appendleft", "put", "put_nowait", "push", "insert", "extend", "update"})
_REMOVE = frozenset({"remove", "discard", "pop", "popleft", "popitem", "clear"})


MAX_WRITES = 24


class Act(StrEnum):
    """What a write does to its target."""

    ITEM = "item"  # carts[k] = v, carts.setdefault(k, v)
    FIELD = "field"  # cart.paid = v
    REBIND = "rebind"  # carts = v
    AUGMENT = "augment"  # hits[k] += 1
    ADD = "add"  # items.append(v)
    REMOVE = "remove"  # del carts[k], items.pop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write: `target` is what changes, in `carts[k] = v` the cell, in `carts[k].x = v` an element.

    `key` is the cell's key that is written, `node` where it happens, `method` the method called, if one is.
    """

    act: Act
    target: Part
    node: cst.CSTNode
    key: cst.BaseExpression | None = None
    value: cst.BaseExpression | None = None
    method: str = ""


def find_writes(scene: Scene) -> tuple[Write, ...]:
    """Find the first writes of a statement, none in the one that declares the cell."""
    if scene.statement.role is Role.DECLARED:
        return ()
    writing = scene.tree.of(cst.Assign, cst.AnnAssign, cst.AugAssign, cst.Del, cst.Call)
    found = (write for node in writing for write in _writes(node, scene))
    return tuple(islice(found, MAX_WRITES))


def _writes(node: cst.CSTNode, scene: Scene) -> Iterator[Write]:
    match node:
        case cst.Assign():
            for target in node.targets:
                yield from _to_target(target.target, node.value, node, scene)
        case cst.AnnAssign() if node.value is not None:
            yield from _to_target(node.target, node.value, node, scene)
        case cst.AugAssign():
            part = scene.part(node.target)
            if part is not None:
                yield Write(act=Act.AUGMENT, target=part, node=node, key=part.key, value=node.value)
        case cst.Del():
            for part in _deleted(node.target, scene):
                yield Write(act=Act.REMOVE, target=part, node=node, key=part.key)
        case cst.Call():
            yield from _by_call(node, scene)


def _to_target(
    target: cst.BaseExpression, value: cst.BaseExpression | None, node: cst.CSTNode, scene: Scene
) -> Iterator[Write]:
    if isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from _to_target(element.value, None, node, scene)
    elif isinstance(target, cst.Subscript) and (whole := scene.part(target.value)) is not None:
        key = whole.key if whole.depth else subscript_key(target)
        yield Write(act=Act.ITEM, target=whole, node=node, key=key, value=value)
    elif isinstance(target, cst.Attribute) and (whole := scene.part(target.value)) is not None:
        yield Write(
            act=Act.FIELD, target=whole, node=node, key=whole.key, value=value, method=target.attr.value
        )
    elif (part := scene.part(target)) is not None and part.depth == 0 and not _is_alias(target, value, scene):
        yield Write(act=Act.REBIND, target=part, node=node, value=value)


def _is_alias(target: cst.BaseExpression, value: cst.BaseExpression | None, scene: Scene) -> bool:
    """Tell `carts = self._carts`, which only names the cell again, from `carts = {}`."""
    part = scene.part(value)
    filtered = isinstance(value, cst.ListComp | cst.SetComp)
    return isinstance(target, cst.Name) and part is not None and part.depth == 0 and not filtered


def _deleted(target: cst.CSTNode, scene: Scene) -> Iterator[Part]:
    targets = [element.value for element in target.elements] if isinstance(target, cst.Tuple) else [target]
    yield from (part for node in targets if (part := scene.part(node)) is not None)


def _by_call(node: cst.Call, scene: Scene) -> Iterator[Write]:
    arguments = [argument.value for argument in node.args if not argument.star and argument.keyword is None]
    name = called_name(node)
    owner = scene.part(node.func.value) if isinstance(node.func, cst.Attribute) else None
    if owner is None:
        yield from _by_function(name, arguments, node, scene)
        return
    last = arguments[-1] if arguments else None
    if name in {"setdefault", "__setitem__"} and arguments:
        key = owner.key or arguments[0]
        value = arguments[1] if len(arguments) > 1 else None
        yield Write(act=Act.ITEM, target=owner, node=node, key=key, value=value, method=name)
    elif name in _ADD:
        added = owner.key or (last if name == "add" else None)
        yield Write(act=Act.ADD, target=owner, node=node, key=added, value=last, method=name)
    elif name in _REMOVE:
        by_key = arguments[0] if arguments and not isinstance(arguments[0], cst.Integer) else None
        yield Write(act=Act.REMOVE, target=owner, node=node, key=owner.key or by_key, method=name)


def _by_function(
    name: str, arguments: list[cst.BaseExpression], node: cst.Call, scene: Scene
) -> Iterator[Write]:
    """Model `heappush(queue, v)`, `heappop(queue)`, `next(ids)` and `setattr(state, "paused", v)`."""
    part = scene.part(arguments[0]) if arguments else None
    if part is None:
        return
    match name:
        case "heappush":
            yield Write(act=Act.ADD, target=part, node=node, key=part.key, value=arguments[-1], method=name)
        case "heappop":
            yield Write(act=Act.REMOVE, target=part, node=node, key=part.key, method=name)
        case "next" if not isinstance(arguments[0], cst.GeneratorExp):
            yield Write(act=Act.AUGMENT, target=part, node=node, key=part.key, method=name)
        case "setattr" if len(arguments) > 2:
            key = part.key or arguments[1]
            yield Write(act=Act.ITEM, target=part, node=node, key=key, value=arguments[2], method=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What every question is asked of: one scene and the writes in it."""

    scene: Scene
    writes: tuple[Write, ...]

    @property
    def added(self) -> tuple[Write, ...]:
        """The writes that put something in."""
        return tuple(write for write in self.writes if write.act is not Act.REMOVE)

    @property
    def removed(self) -> tuple[Write, ...]:
        """The writes that take something out."""
        return tuple(write for write in self.writes if write.act is Act.REMOVE)
