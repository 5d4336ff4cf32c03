"""Who calls, and what a call hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.model.facts import Op

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.facts import Body
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap


class CallRecord(NamedTuple):
    """One of `Body.calls`, its columns by name: places, string numbers of keywords, `CallFlag` bits."""

    callee: int
    arguments: tuple[int, ...]
    keywords: tuple[tuple[int, int], ...]
    star: int
    guard: int
    flags: int
    line: int
    column: int
    end_line: int
    end_column: int


def call_record(body: Body, number: int) -> CallRecord:
    """Give a call of a body by name; the solver itself unpacks its columns, which is faster."""
    return CallRecord._make(body.calls[number])


def is_call(body: Body, place: int, number: int) -> bool:
    """Tell whether a place is what a call gives."""
    return body.ops[place] == Op.CALL and body.a[place] == number


def asked_of(heap: Heap, context: Context, place: int, builtin: str) -> int:
    """Give the place of the only argument of a builtin (`id(socket)`); 0 where a place is no such call."""
    body = context.body
    if body.ops[place] != Op.CALL:
        return 0
    record = call_record(body, body.a[place])
    if body.ops[record.callee] != Op.NAME or len(record.arguments) != 1:
        return 0
    is_meant = heap.modules.string(context.module, body.a[record.callee]) == builtin
    return record.arguments[0] if is_meant else 0


class Arguments(NamedTuple):
    """What a call hands over; `star` is what `*args` and `**kwargs` bring.

    The elements of `*args` count from the position `star_at` (-1: there is none); what stands there in
    `positional` may be any of them. `written` is the context and the call in which they stand, one by one,
    and how many stand before the first.
    """

    positional: Sequence[Found]
    keywords: Mapping[str, Found]
    star: Found | None = None
    star_at: int = -1
    written: tuple[Context, int, int] | None = None

    def at(self, position: int | str) -> Found | None:
        """Give the argument at a position or with a keyword; None where it is not given."""
        if isinstance(position, str):
            return self.keywords.get(position)
        return self.positional[position] if position < len(self.positional) else None

    def all(self) -> list[Found]:
        """Every argument, in order."""
        return [*self.positional, *self.keywords.values()]


NO_ARGUMENTS = Arguments((), {})


MEDIUM: Final = 1
"""The confidence in a step that a name or a shape tells alone; 0 is the best."""

HANDED_OVER: Final = -2
"""Stands for the call record where no code of the project calls: a library or a framework does, later."""


class Caller(NamedTuple):
    """Who calls: the context, the era in which the callee runs, the call record (-1: none stands for it).

    `line` is where the call stands; `confidence` counts from 0 (high) to 2 (low).
    """

    context: Context
    era: int
    call: int = -1
    line: int = 0
    confidence: int = 0

    def in_era(self, era: int) -> Caller:
        """Give the same call, its callee run in another era."""
        return self._replace(era=era)
