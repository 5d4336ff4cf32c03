"""What a way back through a solved program is made of: where it stands, and by which calls it got there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from statelint.model.facts import CALL_CALLEE, Op
from statelint.program import callees
from statelint.program.contexts import era_of
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

MOST_FRAMES = 6
"""Calls that are remembered on the way into functions; behind more of them any caller may be meant."""
FOLLOWED = (Kind.OBJECT, Kind.CONTAINER, Kind.EXTERNAL_OBJECT)
"""Values that have fields or elements, and an era in which they were made."""


class Frame(NamedTuple):
    """A call by which a function was entered.

    `bound`: how many parameters are bound before its arguments; `makes`: it makes the object that it enters.
    """

    caller: Context
    number: int
    bound: int
    makes: bool


class Stand(NamedTuple):
    """A place of a context, and the calls by which the way back has entered it, the last one at the end.

    A place of 0 stands for something that no place of the context gives.
    """

    context: Context
    place: int
    frames: tuple[Frame, ...]

    def move(self, place: int) -> Stand:
        """Give another place of the same context."""
        return Stand(self.context, place, self.frames)


LASTS: Final = None
"""The origin of what outlives the request, and of what comes from where nothing is known."""

Origin = Stand | None
"""Where something new is made, or `LASTS`."""


class Way(Protocol):
    """A search for the origins of one value.

    `met` counts how often something was found that explains why a place has a value.
    """

    heap: Heap
    met: int

    def at(self, value: int, stand: Stand) -> Iterator[Origin]:
        """Go back from a place that may be a value."""

    def stored_in(self, owner: int) -> list[Write]:
        """List what statements put into the cells of a value while serving."""


def is_made_in(heap: Heap, context: Context, value: int) -> bool:
    """Whether a value may be one that code of a context makes: it is of the same era."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    era = parts[2] if kind == Kind.CONTAINER else era_of(parts[1])
    return bool(era == context.era)


def callee_at(stand: Stand) -> int:
    """Give the place of what is called where a place is what a call gives; 0 where it is not."""
    body = stand.context.body
    is_call = bool(stand.place) and body.ops[stand.place] == Op.CALL
    return body.calls[body.a[stand.place]][CALL_CALLEE] if is_call else 0


def is_deep_copy(heap: Heap, made: Stand) -> bool:
    """Whether something new is a deep copy: nothing of what was there before is in it."""
    callee = callee_at(made)
    dotted = callees.names_called(heap, made.context, callee) if callee else []
    return bool(dotted) and all(copies_deeply(heap, name) for name in dotted)


def copies_deeply(heap: Heap, name: str) -> bool:
    """Whether a function of a library gives a deep copy."""
    entry = heap.knowledge.function(name)
    return entry is not None and entry.returns.startswith("deep:")
