"""Ask under which test it is filled: only what is absent, or what has become too old.

if key not in CACHE:                 cached = CACHE.get(key)          try:
    CACHE[key] = load(key)           if cached is not None:               return CACHE[key]
                                         return cached                except KeyError:
                                     CACHE[key] = load(key)               ...
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.walking import called_name, is_blank, is_constant, spell, walk
from statelint.usage.writes import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The test that comes before a write that fills the cell; empty where there is none.

    `computed` is true where what is filled in is the result of a call, `blank` where it is new and empty,
    `grows` where it is a new entry, made of nothing that was asked for or changed later: no copy of anything.
    """

    absent: str = ""
    computed: bool = False
    blank: bool = False
    grows: bool = False
    aged: str = ""

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        absent = (f"filled when absent (`{self.absent}`)",) if self.absent else ()
        return (*absent, f"compared with the time (`{self.aged}`)") if self.aged else absent


def find_guards(shown: Sequence[Shown]) -> Guards:
    """Look for the absence tests of all writes that fill, and for tests of age."""
    guarded = [
        (look.scene, write, test)
        for look in shown
        for write in look.added
        if write.act in {Act.ITEM, Act.REBIND, Act.FIELD} and write.target.depth == 0
        if (test := _absence(look.scene, write))
    ]
    aged = (spell(node) for look in shown for node in age_tests(look.scene, look.scene.tree.module))
    return Guards(
        absent=guarded[0][2] if guarded else "",
        computed=any(_is_computed(scene, write.value) for scene, write, _ in guarded),
        blank=bool(guarded) and all(is_blank(write.value) for _, write, _ in guarded),
        grows=bool(guarded)
        and all(_is_new(scene, write.value) for scene, write, _ in guarded)
        and (
            any(write.target.depth for look in shown for write in look.writes)
            or not any(_is_computed(scene, write.value) for scene, write, _ in guarded)
        ),
        aged=next(aged, ""),
    )


def age_tests(scene: Scene, node: cst.CSTNode) -> Iterator[cst.Comparison]:
    """Yield the comparisons of something kept with the time: `now - cell[k].at > 60`."""
    for below in walk(node):
        if isinstance(below, cst.Comparison) and isinstance(
            below.comparisons[0].operator,
            cst.LessThan | cst.LessThanEqual | cst.GreaterThan | cst.GreaterThanEqual,
        ):
            reached = tuple(scene.reach(below))
            if any(part in scene.parts for part in reached) and scene.is_clock(below) and not _is_size(below):
                yield below


def _is_size(node: cst.Comparison) -> bool:
    return called_name(node.left) == "len"


def _absence(scene: Scene, write: Write) -> str:
    if write.method == "setdefault" and write.value is not None and not is_constant(write.value):
        return "setdefault"
    inner: cst.CSTNode = write.node
    for above in scene.above(write.node):
        if isinstance(above, cst.If):
            absent = inner is above.body and tests(scene, above.test, present=False)
            other = inner is above.orelse and tests(scene, above.test, present=True)
            if (absent or (other and not _takes_out(scene, above.body))) and _is_of(write, above.test):
                return spell(above.test)
        elif isinstance(above, cst.ExceptHandler) and _catches_missing(above):
            return f"except {spell(above.type) if above.type else ''}".strip()
        elif isinstance(above, cst.FunctionDef):
            return _left_early(scene, above, write)
        inner = above
    return ""


def _is_of(write: Write, test: cst.BaseExpression) -> bool:
    """Tell a test that asks for what is written: of the fields of an object, each has its own."""
    return write.act is not Act.FIELD or bool(re.search(rf"\b{re.escape(write.method)}\b", spell(test)))


def _takes_out(scene: Scene, body: cst.BaseSuite) -> bool:
    """Tell whether a block removes what it finds, so that nobody finds it twice."""
    removed = (node.target for node in walk(body) if isinstance(node, cst.Del))
    return any(part.depth == 1 for node in removed if (part := scene.part(node)) is not None) or any(
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in {"pop", "remove", "discard"}
        and (part := scene.part(node.func.value)) is not None
        and not part.depth
        for node in walk(body)
    )


def _is_new(scene: Scene, value: cst.BaseExpression | None) -> bool:
    """Tell an entry made on the spot, of a class or as a display: `Cart(user)`, `{"count": 0}`."""
    stood_for = scene.values.get(value.value, ()) if isinstance(value, cst.Name) else (value,)
    return bool(stood_for) and all(
        isinstance(node, cst.Dict | cst.List | cst.Set) or is_blank(node) or called_name(node)[:1].isupper()
        for node in stood_for
        if node is not None
    )


def _left_early(scene: Scene, function: cst.FunctionDef, write: Write) -> str:
    """Find the test after which a function returns what is there already."""
    for node in walk(function):
        early = isinstance(node, cst.If) and _returns(node.body) and tests(scene, node.test, present=True)
        if isinstance(node, cst.If) and early and _is_of(write, node.test):
            return spell(node.test)
        if (
            isinstance(node, cst.Try)
            and any(map(_catches_missing, node.handlers))
            and _reads(scene, node.body)
        ):
            return "except KeyError"
    return ""


def _reads(scene: Scene, body: cst.BaseSuite) -> bool:
    return _returns(body) and any(scene.touches(body))


def _returns(body: cst.BaseSuite) -> bool:
    """Tell whether a block gives back a value; a bare `return` is a refusal, no use of a memo."""
    return any(isinstance(node, cst.Return) and node.value is not None for node in walk(body))


def _catches_missing(handler: cst.ExceptHandler) -> bool:
    return handler.type is not None and any(
        name in spell(handler.type) for name in ("KeyError", "AttributeError", "LookupError")
    )


def tests(scene: Scene, test: cst.BaseExpression, *, present: bool) -> bool:
    """Tell whether a test holds only where the cell has (or lacks) what is asked for."""
    match test:
        case cst.UnaryOperation(operator=cst.Not()):
            return tests(scene, test.expression, present=not present)
        case cst.BooleanOperation():
            return tests(scene, test.left, present=present) or tests(scene, test.right, present=present)
        case cst.Comparison():
            return _compares(scene, test, present=present)
        case _:
            return present and scene.part(test) is not None


def _compares(scene: Scene, test: cst.Comparison, *, present: bool) -> bool:
    first = test.comparisons[0]
    wanted: type[cst.BaseCompOp]
    if isinstance(first.operator, cst.In | cst.NotIn):
        wanted = cst.In if present else cst.NotIn
        return isinstance(first.operator, wanted) and scene.part(first.comparator) is not None
    wanted = cst.IsNot if present else cst.Is
    is_none = isinstance(first.comparator, cst.Name) and first.comparator.value == "None"
    return isinstance(first.operator, wanted) and is_none and scene.part(test.left) is not None


def _is_computed(scene: Scene, value: cst.BaseExpression | None) -> bool:
    """Tell a result that is worth keeping from the new entry that a session begins with: `Cart()`."""
    if value is None:
        return False
    calls = [node for node in scene.reach(value) if isinstance(node, cst.Call | cst.Await)]
    if any(isinstance(node, cst.Await) for node in calls):
        return True
    return any(isinstance(node, cst.Call) and node.args and called_name(node)[:1].islower() for node in calls)
