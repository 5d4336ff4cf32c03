"""What functions ask of the world, by themselves and by what they call: a database, a service, chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program import callees
from statelint.program.values import Bit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.calling import CallRecord
    from statelint.program.heap import Context, Heap


class Asked(NamedTuple):
    """One call that gets something from outside the program: its number in its context, what it is called."""

    context: Context
    number: int
    record: CallRecord
    name: str
    bits: int


class Asking:
    """The calls between contexts of all eras, and what each context asks of libraries, found when needed."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self._called: dict[Context, list[Context]] | None = None
        self._own: dict[Context, tuple[Asked, ...]] = {}

    def bits(self, contexts: Iterable[Context]) -> int:
        """Unite the bits of all that contexts ask, and of what they call asks."""
        bits = 0
        for asked in self.below(contexts):
            bits |= asked.bits
        return bits

    def below(self, contexts: Iterable[Context]) -> Iterator[Asked]:
        """Yield what contexts and all that they call ask, the nearest first."""
        called = self._calls()
        waiting = list(contexts)
        seen = set(waiting)
        for context in waiting:  # grows while it is read: breadth first
            yield from self._asked(context)
            for one in called.get(context, ()):
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)

    def _calls(self) -> dict[Context, list[Context]]:
        if self._called is None:
            self._called = {}
            for key in sorted(self._heap.contexts):
                context = self._heap.contexts[key]
                for caller in context.callers if context.passes else ():
                    self._called.setdefault(caller, []).append(context)
        return self._called

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
