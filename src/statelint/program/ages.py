"""Whether code runs only where something has become too old: a comparison with the clock guards it.

if time.time() - self.made > 60:            stale = now - CONFIG["asked"] > DAY     if self.is_stale():
    self.rates = ask()                      if enabled and stale:                       self.rates = ask()
                                                CONFIG["rates"] = ask()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op, Test
from statelint.program import callees, checked, guards, key_sources, names
from statelint.program.decisions import Decision, puts
from statelint.program.evaluate import evaluate
from statelint.program.values import SERVING, Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_ASKED = Bit.IO_DB | Bit.IO_HTTP | Bit.IO_FILE | Bit.IO_PROCESS
_NOT_COPIED = Bit.RANDOM | Bit.CONNECTION | Bit.TASK
_ASKS = (Test.TRUTHY, Test.FALSY)
_RETURN = 0
_MOST_CALLS = 3
"""Calls between a test and what is then put somewhere; more are not looked at."""
_DEEPEST = 3
"""Names, conditions and functions between a test and the comparison that it is about."""


def renewed(held: Holder) -> Decision | None:
    """D5c: replaced where it is too old, by what no client has sent."""
    adds = puts(held.writes)
    if not adds or len(adds) != len(held.writes) or any(write.method for write in adds):
        return None
    if not all(
        is_refilled(held.heap, write) and _is_under_clock(held.heap, write.context, write.guard)
        for write in adds
    ):
        return None
    return Decision(row="D5c", ephemeral=True, reason="refilled when it is too old")


def is_refilled(heap: Heap, write: Write) -> bool:
    """Whether something is put there where it is too old, and it is neither a client's nor the time alone.

    if now - LAST.get(user, 0) > 1:
        LAST[user] = now                    # how often a client comes is no copy of anything
    """
    if write.augmented:
        return False
    bits = write.value.bits if write.value is not None else 0
    is_own = not bits & Bit.REQUEST or bool(bits & _ASKED)
    if not is_guarded(heap, write.context, write.guard):
        is_drawn = bits & _NOT_COPIED and not bits & _ASKED
        is_whole = is_own and not (is_drawn or write.method)
        return is_whole and _is_called_when_old(heap, write.context)
    if write.value is None or write.method or not _is_under_clock(heap, write.context, write.guard):
        return True
    return is_own if write.key is None else not is_time_of_client(heap, write)


def _is_called_when_old(heap: Heap, context: Context, calls: int = _MOST_CALLS) -> bool:
    """Whether all calls of a function, or of what calls it, stand where something is too old.

    if time.time() - self.made > 60:
        self.refresh()
    """
    callers = [one for one in context.callers if one.era in SERVING]
    if not calls or not callers or context.key in heap.entries:
        return False
    return all(
        _calls_when_old(heap, caller, context) or _is_called_when_old(heap, caller, calls - 1)
        for caller in callers
    )


def _calls_when_old(heap: Heap, caller: Context, context: Context) -> bool:
    tests = [record.guard for record, _ in callees.calls_to(heap, caller, context.uid)]
    return bool(tests) and all(_is_under_clock(heap, caller, guard) for guard in tests)


def _is_under_clock(heap: Heap, context: Context, guard: int) -> bool:
    return any(is_age for *_, is_age in _tests(heap, context, guard))


def is_time_of_client(heap: Heap, write: Write) -> bool:
    """Whether nothing but the time is noted under what a client sent: when it came last."""
    if write.key is None or write.value is None or not write.key.bits & Bit.REQUEST:
        return False
    if any(heap.values.kinds[value] in (Kind.CONTAINER, Kind.OBJECT) for value in write.value.values):
        return False
    return write.value.bits & ~Bit.CONST == Bit.CLOCK and not _is_beside_another(write)


def _is_beside_another(write: Write) -> bool:
    """Whether something else is put somewhere under the same test: the time then says how old that is."""
    body = write.context.body
    return any(
        guard == write.guard and tuple(span) != write.span for _, _, _, _, guard, _, *span in body.writes
    )


def is_guarded(heap: Heap, context: Context, guard: int) -> bool:
    """Tell whether code under a guard runs only where an age was compared with the clock."""
    return any(
        _is_of_clock(heap, context, place, second) if test == Test.COMPARE else is_age
        for test, place, second, is_age in _tests(heap, context, guard)
    )


def _tests(heap: Heap, context: Context, guard: int) -> Iterator[tuple[int, int, int, bool]]:
    """Yield the tests under which code stands, what they compare, and whether that is surely an age."""
    body = context.body
    for one in guards.chain(body, guard):
        _, test, place, second, _ = body.guards[one]
        if test == Test.COMPARE:
            yield test, place, second, any(_is_time(heap, context, p, _DEEPEST) for p in (place, second))
        elif test in _ASKS:
            yield test, place, second, _is_comparison(heap, context, place, _DEEPEST)


def is_asked(heap: Heap, context: Context, container: int) -> bool:
    """Tell whether a function compares the age of what it takes out of a container with the clock.

    entry = CACHE.get(name)
    if entry:
        if time.time() < entry.made + 3600:     # or: `time.time() - entry.made < 3600`
            return entry
        del CACHE[name]
    """
    body = context.body
    for _, test, first, second, _ in body.guards:
        if test != Test.COMPARE or not second:
            continue
        parts = [*_operands(body, first), *_operands(body, second)]
        kept = [part for part in parts if _comes_from(heap, context, part, container)]
        if kept and _is_of_clock(heap, context, *(one for one in parts if one not in kept)):
            return True
    return False


def _operands(body: Body, place: int) -> Sequence[int]:
    """List what an expression is computed from: itself, where it is no computation."""
    return body.joins[body.a[place]] if body.ops[place] == Op.MIX else [place]


def _comes_from(heap: Heap, context: Context, place: int, container: int) -> bool:
    """Whether a place is taken out of a container."""
    way = checked.way(heap, context, place)
    return any(container in evaluate(heap, context, one).values for one in way)


def _is_of_clock(heap: Heap, context: Context, *places: int) -> bool:
    return any(evaluate(heap, context, place).bits & Bit.CLOCK for place in places)


def _is_comparison(heap: Heap, context: Context, place: int, room: int) -> bool:
    """Whether a yes or no is computed from the clock, here or in the function that says it."""
    if not place or not room:
        return False
    body = context.body
    op, first = body.ops[place], body.a[place]
    if op == Op.MIX:
        return any(_is_time(heap, context, one, _DEEPEST) for one in body.joins[first])
    if op == Op.ANY:
        return any(_is_comparison(heap, context, one, room) for one in body.joins[first])
    if op == Op.NAME:
        bound = [value for name, value, *_ in body.binds if name == first]
        return bool(bound) and all(_is_comparison(heap, context, value, room - 1) for value in bound)
    answers = [
        (one, given)
        for one in _asked(heap, context, place)
        for kind, given, *_ in one.body.flows
        if kind == _RETURN and one.body.ops[given] != Op.CONST
    ]
    return bool(answers) and all(_is_comparison(heap, one, given, room - 1) for one, given in answers)


def _is_time(heap: Heap, context: Context, place: int, room: int) -> bool:
    """Whether an expression is computed from the clock itself, not from something that bears a date."""
    found = evaluate(heap, context, place)
    if not found.bits & Bit.CLOCK or not room:
        return False
    if found.bits & ~Bit.CONST == Bit.CLOCK:
        return True
    body = context.body
    op, first = body.ops[place], body.a[place]
    if op == Op.CALL:
        called = callees.names_called(heap, context, body.calls[first][CALL_CALLEE])
        return any("clock" in heap.knowledge.bits(name) for name in called)
    return op in (Op.MIX, Op.NAME) and any(
        _is_time(heap, context, one, room - 1) for one in key_sources.inside(body, place)
    )


def _asked(heap: Heap, context: Context, place: int) -> Iterator[Context]:
    """Yield the functions of the project that answer: `self.is_stale()`, `self.is_stale` as a property."""
    body = context.body
    if body.ops[place] == Op.CALL:
        yield from callees.targets(heap, context, body.calls[body.a[place]][CALL_CALLEE])
    elif body.ops[place] == Op.ATTR:
        name = heap.modules.string(context.module, body.b[place])
        for value in sorted(evaluate(heap, context, body.a[place]).values):
            if heap.values.kinds[value] == Kind.OBJECT:
                found = names.class_attribute(heap, heap.values.parts[value][0], name, context)
                for function in sorted(found[1].values) if found is not None else ():
                    if heap.values.kinds[function] == Kind.FUNCTION:
                        uid = heap.values.parts[function][0]
                        yield from (one for one in heap.contexts_of(uid) if context in one.callers)
