"""Numbers of processes of this machine: of this one, and of children that it has started.

open(pid_file, "w").write(str(os.getpid()))         file.write(f"{self.proxy.pid}")

A file with nothing else in it tells who starts next on this machine whether that process still runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op
from statelint.program import callees
from statelint.program.evaluate import evaluate
from statelint.program.key_sources import inside
from statelint.program.values import Kind
from statelint.program.watched import is_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_TASK, _CHILD = "task", "io-process"
_DEEPEST = 6
"""Names and expressions inside each other; what lies deeper is taken for something else."""


def is_of_child(heap: Heap, value: int) -> bool:
    """Whether a value is an attribute of a child process: its number names it to whoever asks."""
    owner = heap.values.parts[value][0] if heap.values.kinds[value] == Kind.BOUND else -1
    if owner < 0 or heap.values.kinds[owner] != Kind.EXTERNAL_OBJECT:
        return False
    entries = heap.knowledge.mro(heap.values.parts[owner][0])
    return any(entry.kind == _TASK and _CHILD in entry.bits for entry in entries)


def are_all(heap: Heap, context: Context, places: Sequence[int]) -> bool:
    """Whether expressions are made of such numbers and of constants, and not of these alone."""
    found = [_parts(heap, context, place, _DEEPEST) for place in places]
    return bool(found) and None not in found and any(found)


def _parts(heap: Heap, context: Context, place: int, room: int) -> bool | None:
    """Say whether a number of a process is in an expression; None: something else is."""
    body = context.body
    op = body.ops[place]
    if op == Op.CONST:
        return False
    values = evaluate(heap, context, place).values if place else frozenset()
    if values and all(is_of_child(heap, value) for value in values):
        return True
    if op == Op.CALL:
        callee = body.calls[body.a[place]][CALL_CALLEE]
        called = callees.names_called(heap, context, callee)
        if called and all(_TASK in heap.knowledge.bits(name) for name in called) and not values:
            return True
        is_text = is_shape(heap, context, callee)
        parts = inside(body, place)[1:] if is_text else ()
    else:
        parts = inside(body, place) if op in (Op.NAME, Op.MIX, Op.ANY) else ()
    found = [_parts(heap, context, part, room - 1) for part in parts if part] if room else []
    return None if not found or None in found else any(found)
