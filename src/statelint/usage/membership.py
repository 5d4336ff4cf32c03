"""Ask whether a key is looked up before it is noted, and whether it is forgotten again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.guards import age_tests
from statelint.usage.trimming import tests_around
from statelint.usage.walking import called_name, is_blank, is_constant, spell, walk
from statelint.usage.writes import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The membership test; empty where there is none.

    `noted` is true where the function that asks also adds the key, `released` where it removes it again,
    `removed` where another function does; dropping old entries is neither. `refused` is true where whoever
    finds the key there is turned away.
    """

    test: str = ""
    noted: bool = False
    refused: bool = False
    released: bool = False
    removed: bool = False

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        if not self.test:
            return ()
        noted = ", and noted there" if self.noted else ""
        released = ", and released there" if self.released else ""
        return (f"asked for membership (`{self.test}`){noted}{released}",)


def find_membership(shown: Sequence[Shown]) -> Membership:
    """Look at membership tests, and at what their functions do with the key."""
    tests = [(look, test) for look in shown for test in _tests(look.scene)]
    noted = released = False
    for look, test in tests:
        function = look.scene.function(test)
        here = [write for write in look.writes if look.scene.function(write.node) is function]
        adds = [place for place, write in enumerate(here) if _notes(look.scene, write)]
        noted = noted or any(_same_key(here[place], test) for place in adds)
        released = released or any(
            _forgets(look.scene, write) and not _instead(look.scene, here[adds[0]], write)
            for write in _after(here, adds)
        )
    return Membership(
        test=spell(tests[0][1]) if tests else "",
        noted=noted,
        refused=any(_refuses(look.scene, test) for look, test in tests),
        released=released,
        removed=not released and any(_forgets(look.scene, write) for look in shown for write in look.removed),
    )


def _tests(scene: Scene) -> Iterator[cst.Comparison]:
    for node in scene.tree.of(cst.Comparison):
        if isinstance(node, cst.Comparison) and isinstance(node.comparisons[0].operator, cst.In | cst.NotIn):
            part = scene.part(node.comparisons[0].comparator)
            # `"parsers" in modules` asks for something that the code knows, not for what a request names
            if part is not None and part.depth == 0 and not is_constant(node.left):
                yield node


def _refuses(scene: Scene, test: cst.Comparison) -> bool:
    """Tell whether a block under the test gives up: it raises, or returns nothing of what is kept.

    if key in CLAIMS:
        return False
    """
    above = scene.tree.parents.get(test)
    if not isinstance(above, cst.If) or not isinstance(test.comparisons[0].operator, cst.In):
        return False
    if any(isinstance(node, cst.Raise | cst.Continue) for node in walk(above.body)):
        return True
    returned = [node for node in walk(above.body) if isinstance(node, cst.Return)]
    return bool(returned) and not any(any(scene.touches(node)) for node in returned)


def _after(writes: list[Write], adds: list[int]) -> list[Write]:
    """Give the writes after the first that adds: what is removed before is no release."""
    return writes[adds[0] :] if adds else []


def _instead(scene: Scene, add: Write, removal: Write) -> bool:
    """Tell whether one of two writes stands in the other arm of a test: it happens in its place."""
    above = [*scene.above(add.node)]
    other = [*scene.above(removal.node)]
    return any(
        isinstance(node, cst.If) and node.body in above and node.orelse is not None and node.orelse in other
        for node in above
    )


def _notes(scene: Scene, write: Write) -> bool:
    """Tell a key that is noted from a new, empty entry that is to be filled, and from one that is trimmed."""
    if write.act not in {Act.ADD, Act.ITEM} or write.target.depth:
        return False
    return not is_blank(write.value) and (write.act is Act.ADD or scene.part(write.value) is None)


def _same_key(write: Write, test: cst.Comparison) -> bool:
    return write.key is not None and spell(write.key) == spell(test.left)


def _forgets(scene: Scene, write: Write) -> bool:
    """Tell the removal of one named key from the dropping of what is old or too much."""
    if write.act is not Act.REMOVE or write.key is None or write.target.depth > 1:
        return False
    return not any(
        any(age_tests(scene, test)) or any(called_name(node) == "len" for node in walk(test))
        for test in tests_around(scene, write.node)
    ) and not _in_loop_over_old(scene, write)


def _in_loop_over_old(scene: Scene, write: Write) -> bool:
    """Tell `for k in [k for k, at in seen.items() if at < since]: del seen[k]`."""
    return any(
        isinstance(above, cst.For) and any(age_tests(scene, above)) for above in scene.above(write.node)
    ) or any(isinstance(above, cst.For) and scene.is_clock(above.iter) for above in scene.above(write.node))
