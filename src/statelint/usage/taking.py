"""Ask whether what one puts in is taken out again by another, from the other end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.guards import age_tests
from statelint.usage.trimming import tests_around
from statelint.usage.walking import called_name, spell, walk
from statelint.usage.writes import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown, Write

_PUT = frozenset({"put", "put_nowait", "append", "appendleft", "heappush", "insert", "extend"})
_QUEUE_GET = frozenset({"get", "get_nowait"})
_FIRST = frozenset({"popleft", "heappop"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """How things go in (`put`) and come out to be used: `taken` at once, `due` when their time has come.

    `picked` is the test by which the first that waits is given out, to be removed when it is done.
    """

    put: str = ""
    taken: str = ""
    due: str = ""
    picked: str = ""

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        put = f"put in by `{self.put}`, " if self.put else ""
        taken = (f"{put}taken out by `{self.taken}`",) if self.taken else ()
        due = (f"taken out when it is due (`{self.due}`)",) if self.due else ()
        picked = (f"the first is given out for which `{self.picked}`",) if self.picked else ()
        return (*taken, *due, *picked)


def find_taking(shown: Sequence[Shown]) -> Taking:
    """Look at both ends; what is dropped for its age or number is trimmed, not taken."""
    put = next((write.method for look in shown for write in look.added if write.method in _PUT), "")
    front = put == "appendleft"
    found = (
        name
        for look in shown
        for name in (*_taken(look, front=front), *_got(look, put), *_drained(look, put))
    )
    due = (text for look in shown for text in _due(look))
    removed = any(write.method == "remove" for look in shown for write in look.removed)
    picked = (text for look in shown for text in _picked(look.scene))
    return Taking(
        put=put,
        taken=next(found, ""),
        due=next(due, ""),
        picked=next(picked, "") if removed else "",
    )


def _taken(look: Shown, *, front: bool) -> Iterator[str]:
    for write in look.removed:
        node = write.node
        if not isinstance(node, cst.Call) or _is_trimmed(look.scene, node):
            continue
        first = [argument.value for argument in node.args if argument.keyword is None]
        at_zero = bool(first) and isinstance(first[0], cst.Integer) and first[0].value == "0"
        at_end = front and not first
        oldest = any(argument.keyword and argument.keyword.value == "last" for argument in node.args)
        if write.method in _FIRST or (write.method == "pop" and (at_zero or at_end)) or oldest:
            yield f"{write.method}(0)" if at_zero else write.method


def _is_trimmed(scene: Scene, node: cst.CSTNode) -> bool:
    """Tell whether the result is dropped, or the entry is only taken because it is old or one too many."""
    if isinstance(scene.tree.parents.get(node), cst.Expr):
        return True
    return any(
        any(age_tests(scene, test)) or any(called_name(below) == "len" for below in walk(test))
        for test in tests_around(scene, node)
        if not isinstance(test, cst.Call)
    )


def _due(look: Shown) -> Iterator[str]:
    """Find what is taken for its time and then used: `if tasks[0].at <= now: task = tasks.pop(0)`."""
    for write in look.removed:
        if write.method in _FIRST | {"pop"} and not isinstance(
            look.scene.tree.parents.get(write.node), cst.Expr
        ):
            for test in tests_around(look.scene, write.node):
                yield from (spell(compared) for compared in age_tests(look.scene, test))


def _got(look: Shown, put: str) -> Iterator[str]:
    """Find `queue.get()`, which unlike that of a mapping names no key."""
    for node in look.scene.tree.of(cst.Call):
        if (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and called_name(node) in _QUEUE_GET
        ):
            part = look.scene.part(node.func.value)
            keys = [
                argument for argument in node.args if argument.keyword is None and _is_key(argument.value)
            ]
            if part is not None and not keys and (put.startswith("put") or not (put or node.args)):
                yield called_name(node)


def _is_key(node: cst.BaseExpression) -> bool:
    return not (isinstance(node, cst.Name) and node.value in {"True", "False"})


def _drained(look: Shown, put: str) -> Iterator[str]:
    """Find the buffer that whoever has read all of it empties: `batch = list(BUFFER); BUFFER.clear()`."""
    if put not in _PUT:
        return
    for write in look.writes:
        if _empties(write):
            function = look.scene.function(write.node)
            if any(_reads_all(look.scene, node) for node in walk(function)):
                yield "clear"


def _empties(write: Write) -> bool:
    if write.target.depth:
        return False
    empty = isinstance(write.value, cst.List) and not write.value.elements
    return write.method == "clear" or (write.act is Act.REBIND and empty)


def _reads_all(scene: Scene, node: cst.CSTNode) -> bool:
    """Tell a loop over the cell, a copy of it, or its hand-over to a call."""
    source: cst.CSTNode | None = None
    if isinstance(node, cst.For):
        source = node.iter
    elif isinstance(node, cst.Call) and node.args and called_name(node) != "len":
        source = node.args[0].value
    elif isinstance(node, cst.Assign) and isinstance(node.targets[0].target, cst.Name):
        source = node.value
    part = scene.part(source)
    return part is not None and part.depth == 0


def _picked(scene: Scene) -> Iterator[str]:
    """Find where the first element is given out that fits a test of its own, not one that the caller names.

    for job in jobs:                  return next((job for job in jobs if not job.taken), None)
        if job.state == "waiting":
            return job
    """
    for node in scene.tree.of(cst.For, cst.Call):
        if isinstance(node, cst.For) and _is_whole(scene, node.iter):
            for below in walk(node.body):
                if isinstance(below, cst.If) and _gives(scene, below.body) and _is_own(scene, below.test):
                    yield spell(below.test)
        elif called_name(node) == "next" and isinstance(node, cst.Call) and node.args:
            given = node.args[0].value
            if isinstance(given, cst.GeneratorExp) and _is_whole(scene, given.for_in.iter):
                yield from (spell(one.test) for one in given.for_in.ifs if _is_own(scene, one.test))


def _is_whole(scene: Scene, node: cst.CSTNode) -> bool:
    part = scene.part(node)
    return part is not None and part.depth == 0 and not isinstance(node, cst.Call)


def _gives(scene: Scene, body: cst.BaseSuite) -> bool:
    """Tell a block that returns the element itself."""
    returned = (node.value for node in walk(body) if isinstance(node, cst.Return))
    return any(part.depth == 1 for value in returned if (part := scene.part(value)) is not None)


def _is_own(scene: Scene, test: cst.BaseExpression) -> bool:
    """Tell a test of the element alone from one against what the function was given."""
    function = scene.function(test)
    if not isinstance(function, cst.FunctionDef) or not any(scene.touches(test)):
        return False
    params = {node.name.value for node in walk(function.params) if isinstance(node, cst.Param)}
    names = {node.value for node in scene.reach(test) if isinstance(node, cst.Name)}
    return not names & (params - {"self", "cls"} | {"request"})
