"""What functions that run by themselves do: change something outside, tidy up this process, or unknown."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op, Test
from statelint.program import guards, handover, names
from statelint.program.calling import call_record
from statelint.program.evaluate import evaluate
from statelint.program.library import container_type, dotted_names
from statelint.program.modules import BUILTINS
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.calling import CallRecord
    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.filewrites import FileWrite
    from statelint.program.heap import Heap

_OWN = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS, Kind.OBJECT, Kind.PARTIAL, Kind.COROUTINE, Kind.PROVIDER)
_GET, _PUT = "get", "put"
_HARMLESS_TYPES = frozenset({"logger", "metrics", "lock", "container", "plain", "record", "per-request"})
_OUTSIDE = Bit.IO_DB | Bit.IO_HTTP | Bit.IO_PROCESS | Bit.IO_FILE


class Effect(IntEnum):
    """What a function and all that it calls do, least first."""

    INSIDE = 0
    UNKNOWN = 1
    OUTSIDE = 2


class Act(NamedTuple):
    """A call that changes something outside of this instance, and how it is called."""

    context: Context
    line: int
    name: str


class Outward:
    """Answers what contexts and everything that they call do."""

    def __init__(self, heap: Heap, calls: CallSites, files: Iterable[FileWrite]) -> None:
        self._heap = heap
        self._calls = calls
        self._effects: dict[Context, Effect] = {}
        self._loops: dict[int, bool] = {}
        self._consumers: dict[int, bool] = {}
        self._called: dict[Context, list[Context]] = {}
        for context in heap.contexts.values():
            for caller in context.callers:
                if context.era == Era.SERVE and caller.era == Era.SERVE:
                    self._called.setdefault(caller, []).append(context)
        self._own: dict[Context, list[Act]] = {}
        self._files = {(write.context.key, write.call): write.name for write in files}

    def closure(self, roots: Iterable[Context]) -> list[Context]:
        """List contexts and all that they call while serving, nearest first."""
        found = dict.fromkeys(sorted(roots, key=lambda context: context.key))
        waiting = list(found)
        for context in waiting:  # grows while it is read
            for new in sorted(self._called.get(context, ()), key=lambda one: one.key):
                if new not in found:
                    found[new] = None
                    waiting.append(new)
        return waiting

    def act(self, roots: Iterable[Context]) -> Act | None:
        """Give the first change outside of this instance that functions make; None where none is known.

        A file on the local disk is none: it has a finding of its own, and goes with the instance as well.
        """
        return next((act for one in self.closure(roots) for act in self._acts(one)), None)

    def effect(self, roots: Iterable[Context]) -> Effect:
        """Tell the worst that functions do."""
        return max((self._effect(one) for one in self.closure(roots)), default=Effect.UNKNOWN)

    def _acts(self, context: Context) -> list[Act]:
        """List the changes outside of this instance that one context makes itself."""
        known = self._own.get(context)
        if known is None:
            known = self._own[context] = []
            for number in range(len(context.body.calls)):
                effect, name = self._of_call(context, number)
                if effect == Effect.OUTSIDE and (context.key, number) not in self._files:
                    known.append(Act(context, call_record(context.body, number).line, name))
        return known

    def _effect(self, context: Context) -> Effect:
        known = self._effects.get(context)
        if known is None:
            numbers = range(len(context.body.calls))
            known = max((self._of_call(context, number)[0] for number in numbers), default=Effect.INSIDE)
            self._effects[context] = known
        return known

    def _of_call(self, context: Context, number: int) -> tuple[Effect, str]:
        heap = self._heap
        if (context.key, number) in self._files:
            return Effect.OUTSIDE, self._files[context.key, number].rpartition(".")[2]
        callee = call_record(context.body, number).callee
        values = evaluate(heap, context, callee).values
        if not values:
            return self._unresolved(context, callee)
        found = [self._of_value(value) for value in sorted(values)]
        return max(found)

    def _unresolved(self, context: Context, callee: int) -> tuple[Effect, str]:
        """Judge a call of something that is not known by the name of the method alone."""
        if context.body.ops[callee] != Op.ATTR:
            return Effect.UNKNOWN, ""
        word = self._heap.modules.string(context.module, context.body.b[callee])
        if word in self._heap.knowledge.act_words:
            return Effect.OUTSIDE, word
        owner = evaluate(self._heap, context, context.body.a[callee])
        if (
            word in self._heap.knowledge.row_words and owner.bits & Bit.IO_DB
        ):  # `for task in Task.objects.all()`
            return Effect.OUTSIDE, word
        return Effect.UNKNOWN, ""

    def _of_value(self, value: int) -> tuple[Effect, str]:
        heap = self._heap
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind in _OWN:
            return Effect.INSIDE, ""
        dotted = dotted_names(heap, value)
        for name in dotted:
            if heap.knowledge.acts_outside(name):
                return Effect.OUTSIDE, name.rpartition(".")[2]
        if dotted and all(_only_tidies(heap, name) for name in dotted):
            return Effect.INSIDE, ""
        if kind == Kind.BOUND:
            return self._of_method(parts[0], parts[1])
        if kind != Kind.EXTERNAL:
            return Effect.INSIDE, ""
        return (Effect.INSIDE if _is_inside(heap, dotted[0]) else Effect.UNKNOWN), ""

    def _of_method(self, owner: int, method: str) -> tuple[Effect, str]:
        heap = self._heap
        if heap.values.kinds[owner] in (Kind.CONTAINER, Kind.VIEW, Kind.PAIR, *_OWN):
            return Effect.INSIDE, ""
        if heap.values.kinds[owner] == Kind.EXTERNAL_OBJECT and heap.values.parts[owner][0] in BUILTINS:
            return Effect.INSIDE, ""
        types = [entry for name in dotted_names(heap, owner) for entry in heap.knowledge.mro(name)]
        if not types and method in heap.knowledge.act_words:
            return Effect.OUTSIDE, method
        harmless = bool(types) and all(entry.kind in _HARMLESS_TYPES and not entry.bits for entry in types)
        return (Effect.INSIDE if harmless else Effect.UNKNOWN), ""

    # -- targets ------------------------------------------------------------------------------------------

    def contexts_of(self, uid: int) -> list[Context]:
        """List the contexts in which a function runs while serving."""
        return [one for one in self._calls.contexts.get(uid, ()) if one.era == Era.SERVE]

    def targets(self, context: Context, place: int) -> list[int]:
        """List the units of the functions that an argument may be."""
        if not place:
            return []
        values = handover.callables(self._heap, evaluate(self._heap, context, place))
        units = (handover.unit_of(self._heap, value) for value in values)
        return sorted({uid for uid in units if uid >= 0})

    def is_loop(self, uid: int) -> bool:
        """Whether a function waits for a time in a loop of its own that does not end by itself."""
        known = self._loops.get(uid)
        if known is None:
            known = self._loops[uid] = any(
                self._in_loop(context, record.guard) and self._sleeps(context, record.callee)
                for context, record in self._calls_of(uid)
            )
        return known

    def is_consumer(self, uid: int) -> bool:
        """Whether a function takes one thing after the other from a queue, a socket or a broker."""
        known = self._consumers.get(uid)
        if known is None:
            known = self._consumers[uid] = any(
                self._in_loop(context, record.guard) and self._takes(context, record.callee)
                for context, record in self._calls_of(uid)
            )
        return known

    def lasts(self, roots: Iterable[Context]) -> bool:
        """Whether functions, or what they call, run until the process ends."""
        units = {context.uid for context in self.closure(roots)}
        return any(self.is_loop(uid) or self.is_consumer(uid) for uid in sorted(units))

    def _calls_of(self, uid: int) -> Iterator[tuple[Context, CallRecord]]:
        for context in self.contexts_of(uid):
            for number in range(len(context.body.calls)):
                yield context, call_record(context.body, number)

    def _takes(self, context: Context, callee: int) -> bool:
        heap = self._heap
        if context.body.ops[callee] != Op.ATTR:
            return False
        word = heap.modules.string(context.module, context.body.b[callee])
        if word in heap.knowledge.take_words:
            return True
        for value in evaluate(heap, context, callee).values:
            kind, parts = heap.values.kinds[value], heap.values.parts[value]
            if kind == Kind.BOUND:
                method = heap.knowledge.method(container_type(heap, parts[0]), word)
                if method.changes and method.gives:
                    return True
            elif kind == Kind.METHOD and word == _GET and self._is_queue(parts[1]):
                return True
        return False

    def _is_queue(self, value: int) -> bool:
        """Whether an object of the project is a queue by its methods."""
        kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
        order = names.ancestors(self._heap, parts[0]) if kind == Kind.OBJECT else ()
        bound = {name for item in order if isinstance(item, int) for name in self._heap.modules.locals[item]}
        return {_GET, _PUT} <= bound

    def _in_loop(self, context: Context, guard: int) -> bool:
        for one in guards.chain(context.body, guard):
            _, test, place, *_ = context.body.guards[one]
            if test == Test.ENDLESS or (test == Test.EACH and not place):
                return True
        return False

    def _sleeps(self, context: Context, callee: int) -> bool:
        for value in evaluate(self._heap, context, callee).values:
            if any(name in self._heap.knowledge.sleeps for name in dotted_names(self._heap, value)):
                return True
        return False


def _is_inside(heap: Heap, name: str) -> bool:
    """Whether a function or class of a library is known to touch nothing outside."""
    if any(Bit.NAMES[word] & _OUTSIDE for word in heap.knowledge.bits(name)):
        return False
    top = name.partition(".")[0]
    return heap.knowledge.type_of(name) is not None or name in BUILTINS or top in sys.stdlib_module_names


def _only_tidies(heap: Heap, name: str) -> bool:
    """Whether a call removes a file of this machine, or looks at what is there."""
    entry = heap.knowledge.function(name)
    if entry is None or entry.writes_file is not None or entry.temporary:
        return False
    return entry.removes_file or tuple(entry.bits) == ("io-file",)
