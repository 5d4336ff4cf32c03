"""Ask whether something is sent to each of its elements, or to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from statelint.usage.walking import called_name, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.usage.scene import Scene
    from statelint.usage.writes import Shown

# Only a connection to a client has these.
_SOCKET = frozenset({"send_text", "send_json", "send_bytes", "send_str", "write_message", "sendMessage"})
# These mean a broadcast only when every element gets one.
_EACH = _SOCKET | {"send", "emit", "put", "put_nowait", "publish", "push", "send_message", "deliver"}
_WRITER = frozenset({"write", "drain"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcasting:
    """The method by which elements are sent to: `each` of them in a loop, or a single `one`."""

    each: str = ""
    one: str = ""

    def facts(self) -> tuple[str, ...]:
        """Say it for `explain`."""
        if self.each:
            return (f"each element is sent to (`{self.each}`)",)
        return (f"an element is sent to (`{self.one}`)",) if self.one else ()


def find_broadcasting(shown: Sequence[Shown]) -> Broadcasting:
    """Look for the methods called on elements, in a loop over the cell and outside."""
    each = (name for look in shown for name in _to_each(look.scene))
    one = (name for look in shown for name in _sends(look.scene, look.scene.tree.module) if name in _SOCKET)
    return Broadcasting(each=next(each, ""), one=next(one, ""))


def _to_each(scene: Scene) -> Iterator[str]:
    for node in scene.tree.of(cst.For, cst.ListComp, cst.GeneratorExp):
        if isinstance(node, cst.For) and scene.part(node.iter) is not None:
            yield from _sends(scene, node.body)
        elif isinstance(node, cst.ListComp | cst.GeneratorExp) and scene.part(node.for_in.iter) is not None:
            yield from _sends(scene, node.elt)


def _sends(scene: Scene, node: cst.CSTNode) -> Iterator[str]:
    for below in walk(node):
        if isinstance(below, cst.Call) and isinstance(below.func, cst.Attribute):
            part = scene.part(below.func.value)
            name = called_name(below)
            # `message.send()` sends the element; `socket.send(text)` sends to it
            if (
                part is not None
                and part.depth
                and (name == "drain" or (below.args and name in _EACH | _WRITER))
            ):
                yield name
