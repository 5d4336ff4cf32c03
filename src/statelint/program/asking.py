"""What functions ask of the world, by themselves and by what they call: a database, a service, chance."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from statelint.program import callees
from statelint.program.reach import Reach
from statelint.program.values import ERAS, Bit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap


class Asked(NamedTuple):
    """One call that gets something from outside the program: its number in its context, what it is called."""

    context: Context
    number: int
    record: CallRecord
    name: str
    bits: int


class Asking:
    """What each context asks of libraries, itself and by what it calls in whatever era; found when needed."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self._own: dict[Context, tuple[Asked, ...]] = {}

    def bits(self, contexts: Iterable[Context]) -> int:
        """Unite the bits of all that contexts ask, and of what they call asks."""
        bits = 0
        for asked in self.below(contexts):
            bits |= asked.bits
        return bits

    def below(self, contexts: Iterable[Context]) -> Iterator[Asked]:
        """Yield what contexts and all that they call ask, the nearest first."""
        for context in self._reach.below(contexts):
            yield from self._asked(context)

    @cached_property
    def _reach(self) -> Reach:
        return Reach(self._heap, ERAS)

    def _asked(self, context: Context) -> tuple[Asked, ...]:
        found = self._own.get(context)
        if found is None:
            found = self._own[context] = tuple(self._find(context))
        return found

    def _find(self, context: Context) -> Iterator[Asked]:
        knowledge = self._heap.knowledge
        for number, record in callees.calls_of(context):
            for name in callees.names_called(self._heap, context, record.callee):
                bits = 0
                for word in knowledge.bits(name):
                    bits |= Bit.NAMES[word]
                if bits and not self._is_of_an_answer(name):
                    yield Asked(context, number, record, name, bits)

    def _is_of_an_answer(self, name: str) -> bool:
        """Whether a call is one of a method of what was answered: that asks nobody."""
        knowledge = self._heap.knowledge
        owner = knowledge.mro(knowledge.owner_of(name.rpartition(".")[0]))
        return "()" in name or (bool(owner) and owner[0].kind == "plain" and "io-http" in owner[0].bits)
