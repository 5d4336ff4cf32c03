"""Ask what kind of value is kept: a constant, a time, a record with a status, running work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.names import is_queue
from statelint.usage.walking import called_name, is_blank, is_constant, last_name, spell, text_of
from statelint.usage.words import split
from statelint.usage.writes import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown, Write

_PROGRESS = frozenset({"status", "progress", "percent", "result", "finished", "done", "completed"})
_STARTERS = frozenset(
    {
        "create_task", "ensure_future", "submit", "Thread", "Popen", "Process", "Future", "apply_async",
        "run_in_executor", "spawn", "start_soon", "create_subprocess_exec", "create_subprocess_shell",
    }
)  # fmt: skip
_TIMERS = frozenset({"call_later", "call_at", "callLater", "spawn_later", "Timer"})
_UPLOAD = frozenset({"upload", "uploaded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What the values written have in common.

    `progress` names the field that tells how far some work is, `work` what started it, `timer` what lets it
    begin later. `upload` is true where
    the content of an uploaded file is kept, `truth` where only True and False are written, `plain` where each
    value is a constant or a time, so that the key alone says something. `mixed` is true where a value has
    parts that are neither times nor numbers. `queue` names the class of values that are queues, `touched` the
    field of an entry that is set to the time. `switched` is true where one function sets what another sets to
    None.
    """

    constant: bool = False
    plain: bool = False
    clock: bool = False
    truth: bool = False
    progress: str = ""
    work: str = ""
    timer: str = ""
    upload: bool = False
    mixed: bool = False
    queue: str = ""
    touched: str = ""
    switched: bool = False

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        found = (
            (self.truth, "only True and False are written"),
            (self.constant and not self.truth, "only constants are written"),
            (self.clock, "the value is a time"),
            (bool(self.progress), f"the value tells the `{self.progress}` of some work"),
            (bool(self.work), f"the value is running work, started by `{self.work}`"),
            (bool(self.timer), f"the value is work that begins later (`{self.timer}`)"),
            (self.upload, "the value is the content of an uploaded file"),
            (bool(self.queue), f"the value is a queue (`{self.queue}`)"),
            (bool(self.touched), f"the `{self.touched}` of an entry is set to the time"),
            (self.switched, "one function sets it, another one sets it to nothing"),
        )
        return tuple(sentence for holds, sentence in found if holds)


def find_values(shown: Sequence[Shown]) -> Values:
    """Look at everything that is put in, but for the None and the empty container that reset a cell."""
    written = [
        (look.scene, write.value, write.target.depth)
        for look in shown
        for write in look.added
        if write.value is not None and write.act is not Act.AUGMENT and not _is_reset(write)
    ]
    values = [(scene, value) for scene, value, _ in written]
    # What an object that is kept has for itself tells nothing of the cell.
    near = [(scene, value) for scene, value, depth in written if depth <= bool(scene.statement.names)]
    return Values(
        constant=bool(values) and all(is_constant(value) for _, value in values),
        plain=bool(values)
        and all(
            not depth and (is_constant(value) or _is_bare_time(scene, value))
            for scene, value, depth in written
        ),
        clock=any(_is_time(scene, value) for scene, value in values),
        truth=bool(values) and all(spell(value) in {"True", "False"} for _, value in values),
        progress=next(_progress(shown), ""),
        work=next((name for scene, value in near if (name := _started(scene, value, _STARTERS))), ""),
        timer=next((name for scene, value in near if (name := _started(scene, value, _TIMERS))), ""),
        upload=any(_is_upload(scene, value) for scene, value in values),
        mixed=any(not depth and _is_mixed(scene, value) for scene, value, depth in written),
        queue=next(
            (made for scene, value, depth in written if not depth and (made := _queue(scene, value))), ""
        ),
        touched=next(_touched(shown), ""),
        switched=_is_switched(shown),
    )


def _is_reset(write: Write) -> bool:
    return write.act in {Act.REBIND, Act.ITEM} and is_blank(write.value)


def _is_time(scene: Scene, value: cst.BaseExpression) -> bool:
    """Tell a time, a list of times or a filtered one from a record that merely has a time in it."""
    if isinstance(value, cst.List | cst.Tuple):
        return bool(value.elements) and scene.is_clock(value.elements[0].value)
    if isinstance(value, cst.Dict | cst.ListComp | cst.SetComp):
        return False
    record = isinstance(value, cst.Call) and bool(value.args) and called_name(value)[:1].isupper()
    return not record and _computed_from_clock(scene, value)


def _is_bare_time(scene: Scene, value: cst.BaseExpression) -> bool:
    return not isinstance(value, cst.List | cst.Tuple) and _is_time(scene, value)


def _computed_from_clock(scene: Scene, value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.Name):
        stood_for = scene.values.get(value.value, ())
        return any(
            isinstance(node, cst.Call | cst.BinaryOperation) and scene.is_clock(node) for node in stood_for
        )
    return scene.is_clock(value)


def _progress(shown: Sequence[Shown]) -> Iterator[str]:
    for look in shown:
        for write in look.added:
            if isinstance(write.value, cst.Dict) and write.target.depth == 0:
                names = (
                    text_of(element.key)
                    for element in write.value.elements
                    if isinstance(element, cst.DictElement)
                )
                yield from (name for name in names if name in _PROGRESS)
            if write.target.depth == 1 and (field := _field(write)) in _PROGRESS:
                yield field


def _field(write: Write) -> str:
    """Give the constant name under which an element is written: `status` of `jobs[k]["status"] = v`."""
    if write.act is Act.FIELD:
        return write.method
    if isinstance(write.node, cst.Assign):
        for target in write.node.targets:
            if isinstance(target.target, cst.Subscript):
                index = target.target.slice[0].slice
                return (text_of(index.value) if isinstance(index, cst.Index) else None) or ""
    return ""


def _started(scene: Scene, value: cst.BaseExpression, starters: frozenset[str]) -> str:
    stood_for = scene.values.get(value.value, ()) if isinstance(value, cst.Name) else (value,)
    return next((name for node in stood_for if (name := called_name(node)) in starters), "")


def _is_upload(scene: Scene, value: cst.BaseExpression) -> bool:
    return any(
        isinstance(node, cst.Attribute)
        and node.attr.value in {"read", "file"}
        and bool(split(last_name(node.value)) & _UPLOAD)
        for node in scene.reach(value)
    )


def _is_mixed(scene: Scene, value: cst.BaseExpression) -> bool:
    """Tell a record, of which the time is only one part, from a time, a count, or both."""
    stood_for = scene.values.get(value.value, ()) if isinstance(value, cst.Name) else (value,)
    return any(not _is_quantity(scene, part) for node in stood_for for part in _record(node))


def _record(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Yield the parts of a record: of a dict with names for keys, a tuple, or what an object is made of."""
    if isinstance(node, cst.Tuple):
        yield from (element.value for element in node.elements)
    elif isinstance(node, cst.Dict):
        yield from (element.value for element in node.elements if isinstance(element, cst.DictElement))
    elif isinstance(node, cst.Call) and called_name(node)[:1].isupper():
        yield from (argument.value for argument in node.args if argument.keyword is not None)


def _is_quantity(scene: Scene, node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Name) and node.value not in scene.values:
        return scene.part(node) is not None  # `count, since = windows[ip]`
    number = is_constant(node) or is_blank(node) or isinstance(node, cst.BinaryOperation)
    return number or called_name(node) in {"len", "int", "float", "min", "max"} or scene.is_clock(node)


def _queue(scene: Scene, value: cst.BaseExpression) -> str:
    """Give the class of which a value is made, if it calls itself a queue: `asyncio.Queue(9)`."""
    stood_for = scene.values.get(value.value, ()) if isinstance(value, cst.Name) else (value,)
    return next((made for node in stood_for if is_queue(made := called_name(node))), "")


def _touched(shown: Sequence[Shown]) -> Iterator[str]:
    for look in shown:
        for write in look.added:
            if write.target.depth == 1 and write.value is not None and _is_bare_time(look.scene, write.value):
                yield from filter(None, [_field(write)])


def _is_switched(shown: Sequence[Shown]) -> bool:
    """Tell what is set in one function and set to None in another, as a whole and under no test."""
    emptied: set[cst.CSTNode] = set()
    filled: set[cst.CSTNode] = set()
    for look in shown:
        for write in look.added:
            if write.act in {Act.REBIND, Act.FIELD} and not write.target.depth and write.value is not None:
                side = emptied if spell(write.value) == "None" else filled
                side.add(look.scene.function(write.node))
    return bool(emptied and filled) and not emptied & filled
