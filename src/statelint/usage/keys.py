"""Ask under which key it is kept, what the value is, and whether the key is handed out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.walking import called_name, is_constant, spell, text_of, walk
from statelint.usage.words import split
from statelint.usage.writes import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown, Write

_SELF = "self"
_COOKIE_SETTERS = frozenset({"set_cookie", "set_signed_cookie", "set_secure_cookie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The key and the value written, as the user spells them; empty where none was seen.

    `words` are the words of the key and of what it is computed from, `shared` those of them that every key
    has. `constant` is true where every key is a literal, `random` where a key is drawn, `handed_out` where it
    then leaves in an answer. `passed` is true where key and value come in as parameters, `given` where a key
    that came in gets what was computed, `itself` where an object puts itself under a name of its own.
    """

    key: str = ""
    value: str = ""
    words: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    constant: bool = False
    random: bool = False
    handed_out: bool = False
    passed: bool = False
    given: bool = False
    itself: bool = False

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        if self.key:
            drawn = ", drawn at random and handed out" if self.handed_out else ""
            return (f"written under the key `{self.key}`{drawn}",)
        return ("written under constant keys only",) if self.constant else ()


def find_keys(shown: Sequence[Shown]) -> Keys:
    """Find the key of the first write that has one which is not constant."""
    keyed = [(look.scene, write) for look in shown for write in look.added if write.key is not None]
    varying = [
        (scene, write, write.key) for scene, write in keyed if write.key and not is_constant(write.key)
    ]
    if varying:
        words = (split(*_names(scene, key)) for scene, _, key in varying)
        return replace(
            _keys(*varying[0]),
            shared=frozenset.intersection(*words),
            passed=any(
                _came_in(scene, write, key) and _came_in(scene, write, write.value)
                for scene, write, key in varying
            ),
            given=any(
                _came_in(scene, write, key) and _is_result(write.value) for scene, write, key in varying
            ),
        )
    values = (write.value for look in shown for write in look.added if not _is_reset(write))
    value = next((spell(value) for value in values if value is not None), "")
    return Keys(value=value, constant=bool(keyed))


def _keys(scene: Scene, write: Write, key: cst.BaseExpression) -> Keys:
    random = scene.is_random(key)
    return Keys(
        key=spell(key),
        value="" if write.value is None else spell(write.value),
        words=split(*_names(scene, key)),
        random=random,
        handed_out=random and _leaves(scene, write, key),
        itself=write.value is not None and spell(write.value) == _SELF and spell(key).startswith(f"{_SELF}."),
    )


def _is_result(value: cst.BaseExpression | None) -> bool:
    """Tell what a call gives from an object that is only made of what came in: `Message(topic, text)`."""
    call = value.expression if isinstance(value, cst.Await) else value
    return isinstance(call, cst.Call) and called_name(call)[:1].islower()


def _came_in(scene: Scene, write: Write, node: cst.BaseExpression | None) -> bool:
    """Tell a parameter of the function that puts something under a key: `def put(self, key, value)`."""
    function = scene.function(write.node)
    if write.act is not Act.ITEM or write.target.depth or not isinstance(function, cst.FunctionDef):
        return False
    taken = {below.name.value for below in walk(function.params) if isinstance(below, cst.Param)}
    return isinstance(node, cst.Name) and node.value in taken


def _names(scene: Scene, key: cst.BaseExpression) -> Iterator[str]:
    for node in scene.reach(key):
        if isinstance(node, cst.Name):
            yield node.value
        elif (text := text_of(node)) is not None and len(text) < 40:
            yield text


def _leaves(scene: Scene, write: Write, key: cst.BaseExpression) -> bool:
    """Tell whether the key is returned or put into a cookie by the function that writes it."""
    wanted = spell(key)
    for node in walk(scene.function(write.node)):
        leaves = isinstance(node, cst.Return | cst.Yield) or called_name(node) in _COOKIE_SETTERS
        if leaves and any(
            isinstance(below, cst.Name) and below.value == wanted for below in scene.reach(node)
        ):
            return True
    return False


def _is_reset(write: Write) -> bool:
    return write.act is Act.REBIND and write.value is not None and is_constant(write.value)
