"""Ask whether it is trimmed, and by what: by the age of what is kept, or by how much there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.guards import age_tests
from statelint.usage.walking import called_name, spell, walk
from statelint.usage.writes import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimming:
    """The test by which old entries, or too many of them, are dropped; empty where there is none."""

    by_time: str = ""
    by_length: str = ""

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        by_time = (f"trimmed by age (`{self.by_time}`)",) if self.by_time else ()
        return (*by_time, f"trimmed by length (`{self.by_length}`)") if self.by_length else by_time


def find_trimming(shown: Sequence[Shown]) -> Trimming:
    """Look at what is removed, and at what is rebuilt by filtering."""
    by_time = (spell(test) for look in shown for test in _by_time(look))
    by_length = (text for look in shown for text in _by_length(look))
    return Trimming(by_time=next(by_time, ""), by_length=next(by_length, ""))


def _by_time(look: Shown) -> Iterator[cst.Comparison]:
    for write in look.removed:
        for test in tests_around(look.scene, write.node):
            yield from age_tests(look.scene, test)
    for node in look.scene.tree.of(cst.CompFor):
        if isinstance(node, cst.CompFor) and any(look.scene.touches(node.iter)):
            for condition in node.ifs:
                yield from age_tests(look.scene, condition.test)


def _by_length(look: Shown) -> Iterator[str]:
    for write in look.removed:
        for test in tests_around(look.scene, write.node):
            if any(called_name(node) == "len" and any(look.scene.touches(node)) for node in walk(test)):
                yield spell(test)
    for node in look.scene.tree.of(cst.Call):
        if called_name(node) == "deque" and isinstance(node, cst.Call):
            yield from (
                spell(argument)
                for argument in node.args
                if argument.keyword and argument.keyword.value == "maxlen"
            )
    yield from (spell(write.value) for write in look.added if write.value is not None and _is_tail(write))


def _is_tail(write: Write) -> bool:
    """Tell `recent = recent[-50:]`."""
    rebuilt = write.act in {Act.REBIND, Act.ITEM} and isinstance(write.value, cst.Subscript)
    return (
        rebuilt
        and isinstance(write.value, cst.Subscript)
        and isinstance(write.value.slice[0].slice, cst.Slice)
    )


def tests_around(scene: Scene, node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """Yield the tests of the `if` and `while` blocks that a node stands in, up to its function."""
    for above in scene.above(node):
        if isinstance(above, cst.FunctionDef):
            return
        if isinstance(above, cst.If | cst.While):
            yield above.test
