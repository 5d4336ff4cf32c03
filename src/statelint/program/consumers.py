"""Programs that take messages in a loop of their own: what stands before it runs in boot, the loop serves.

async for message in consumer: ...
while True: message = consumer.poll(1.0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, CALL_GUARD, Op, Test, UnitKind
from statelint.program.contexts import Entry, in_era
from statelint.program.evaluate import evaluate
from statelint.program.guards import chain
from statelint.program.library import dotted_names
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.facts import Body
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_BESIDE = ("task", "background")
"""Kinds of entries that go on beside the rest of the program."""

_ITERATED = ("__iter__", "__aiter__")
_RUNNING = (UnitKind.MODULE, UnitKind.FUNCTION)


def plant_consumers(heap: Heap) -> None:
    """Split the functions that take messages in a loop, and make entries of their loops."""
    if not any(
        fact.module.partition(".")[0] in heap.knowledge.message_packages
        for module in heap.modules.facts
        for fact in module.imports
    ):
        return
    for context in tuple(heap.contexts.values()):
        if not context.passes:
            continue
        if context.era == Era.SERVE:
            _note_listener(heap, context)
        if context.era not in (Era.BOOT, Era.CLI) or context.split:
            continue
        if heap.looked_for_loops.get(context) == context.passes:
            continue  # nothing has been found out about it since
        heap.looked_for_loops[context] = context.passes
        loops = frozenset(_loops(heap, context))
        if not loops or heap.modules.units[context.uid].kind not in _RUNNING:
            continue
        if context.era == Era.CLI:  # the command is a server; next time it is found to run in boot
            heap.server_starts.add(context)
        else:
            _split(heap, context, loops)


def _note_listener(heap: Heap, context: Context) -> None:
    """Make messages of what a task or thread takes in a loop: what sets it off is whoever sends them."""
    entry = heap.entries.get(context.key)
    if entry is None or entry.kind not in _BESIDE or heap.looked_for_loops.get(context) == context.passes:
        return
    heap.looked_for_loops[context] = context.passes
    if list(_loops(heap, context)):
        heap.entries[context.key] = entry._replace(kind="message")


def _split(heap: Heap, context: Context, loops: frozenset[int]) -> None:
    serving = heap.context(context.uid, in_era(context.run, Era.SERVE))
    serving.env |= context.env
    for one in (context, serving):
        one.split = True
        one.loops = loops
        one.name_slots.clear()
        heap.wake_all(one)
    unit = heap.modules.units[context.uid]
    label = unit.qualified or heap.modules.facts[context.module].path
    heap.entries.setdefault(serving.key, Entry("message", label, 0))


def _loops(heap: Heap, context: Context) -> Iterator[int]:
    """List the guards of loops over messages, and of endless loops in which one is taken."""
    body = context.body
    for number, (_, test, place, _, _) in enumerate(body.guards):
        if test == Test.EACH and place and _gives_messages(heap, context, place):
            yield number
    for call in body.calls if any(_is_while(body, one) for one in range(1, len(body.guards))) else ():
        outer = [one for one in chain(body, call[CALL_GUARD]) if _is_while(body, one)]
        if outer and _takes(heap, context, call[CALL_CALLEE]):
            yield outer[-1]


def _is_while(body: Body, guard: int) -> bool:
    _, test, place, *_ = body.guards[guard]
    return test == Test.ENDLESS or (test == Test.EACH and not place)


def _gives_messages(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place is iterated to take messages."""
    body = context.body
    if body.ops[place] == Op.CALL and _takes(heap, context, body.calls[body.a[place]][CALL_CALLEE]):
        return True
    return any(
        _is_known_to_take(heap, context, f"{heap.values.parts[value][0]}.{method}")
        for value in evaluate(heap, context, place).values
        if heap.values.kinds[value] == Kind.EXTERNAL_OBJECT
        for method in _ITERATED
    )


def _takes(heap: Heap, context: Context, callee: int) -> bool:
    values = evaluate(heap, context, callee).values
    return any(_is_known_to_take(heap, context, name) for one in values for name in dotted_names(heap, one))


def _is_known_to_take(heap: Heap, context: Context, name: str) -> bool:
    entry = heap.knowledge.function(name)
    if entry is None or not entry.takes:
        return False
    return not entry.listens or heap.background.get(context.key) in _BESIDE
