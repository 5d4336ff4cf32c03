"""Ask whether it stands around a piece of work, as a lock or as a flag that is set and set back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.guards import tests
from statelint.usage.walking import called_name, spell
from statelint.usage.writes import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.writes import Shown, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What keeps work apart: `held` a lock that is entered, `around` a flag that is set, then set back."""

    held: str = ""
    around: str = ""

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        if self.held:
            return (f"held around work (`{self.held}`)",)
        return (f"set before work and set back after it (`{self.around}`)",) if self.around else ()


def find_flags(shown: Sequence[Shown]) -> Flags:
    """Look for entered contexts, for `acquire`, and for a flag that one function sets both ways."""
    held = (text for look in shown for text in _held(look))
    around = (text for look in shown for text in _around(look))
    return Flags(held=next(held, ""), around=next(around, ""))


def _held(look: Shown) -> Iterator[str]:
    for node in look.scene.tree.of(cst.WithItem, cst.Call):
        if isinstance(node, cst.WithItem) and _is_lock(look, node.item):
            yield f"with {spell(node.item)}"
        elif called_name(node) == "acquire" and _receives(look, node):
            yield spell(node)


def _receives(look: Shown, node: cst.CSTNode) -> bool:
    called = node.func if isinstance(node, cst.Call) else None
    return isinstance(called, cst.Attribute) and _is_lock(look, called.value)


def _is_lock(look: Shown, node: cst.CSTNode) -> bool:
    """Tell the cell, or one of many in it, from a lock that what is kept there has for itself."""
    part = look.scene.part(node)
    return part is not None and part.depth <= 1


def _around(look: Shown) -> Iterator[str]:
    for write in look.writes:
        if not _is_truth(write, "True"):
            continue
        function = look.scene.function(write.node)
        back = any(
            _is_truth(other, "False") and look.scene.function(other.node) is function and other.key is None
            for other in look.writes
        )
        if back and _is_asked(look):
            yield spell(write.node)


def _is_truth(write: Write, value: str) -> bool:
    scalar = write.act in {Act.REBIND, Act.FIELD, Act.ITEM}
    return scalar and write.value is not None and spell(write.value) == value


def _is_asked(look: Shown) -> bool:
    return any(
        isinstance(node, cst.If | cst.While)
        and (tests(look.scene, node.test, present=True) or tests(look.scene, node.test, present=False))
        for node in look.scene.tree.of(cst.If, cst.While)
    )
