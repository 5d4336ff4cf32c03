"""Stores whose key is computed from what they hold: filled like a memo, and asked by who cannot fill them.

    @app.post("/pictures")
    def add():
        key = sha256(request.data).hexdigest()
        if key not in PICTURES:
            PICTURES[key] = request.data
        return key

    @app.get("/pictures/<key>")
    def show(key):
        return PICTURES[key]

Whoever computes a value anew where it is missing has a memo. Who only has its key has lost it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import How, Op
from statelint.program.evaluate import evaluate
from statelint.program.reach import Reach
from statelint.program.values import SENT, SERVING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from statelint.program.accesses import Read, Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap


def is_store(held: Holder, fills: Sequence[Write]) -> bool:
    """Whether a client hands in a key with which an entry looks something up that it could not compute."""
    tables = {write.cell[1] for write in fills if write.cell[0] in ("E", "I")}
    fillers = {write.context for write in fills}
    asked = {read.context: None for read in held.own_reads if _takes(held.heap, read, tables)}
    if not fillers or not asked:
        return False
    reach = Reach(held.heap, SERVING)
    return any(_has_no_way(held.heap, reach, one, fillers) for one in asked)


def _takes(heap: Heap, read: Read, tables: set[object]) -> bool:
    """Whether a read takes what lies under a key that a client sent, and fails where nothing lies there."""
    context, body = read.context, read.context.body
    if not read.how & How.GET or read.method or context.era not in SERVING:
        return False
    for place in range(1, len(body.ops)):
        if body.ops[place] != Op.ITEM or body.line_of(place) != read.line:
            continue
        is_table = not tables.isdisjoint(evaluate(heap, context, body.a[place]).values)
        if is_table and evaluate(heap, context, body.b[place]).bits & SENT:
            return True
    return False


def _has_no_way(heap: Heap, reach: Reach, context: Context, fillers: Collection[Context]) -> bool:
    """Whether an entry gets to a context and, whatever else it calls, to none that fills the table."""
    seen, waiting = {context}, [context]
    for one in waiting:  # grows while it is read
        for caller in sorted(one.callers, key=lambda each: each.key):
            if caller not in seen and caller.era in SERVING:
                seen.add(caller)
                waiting.append(caller)
    entries = [one for one in waiting if one.key in heap.entries]
    return any(not set(fillers).intersection(reach.below([entry])) for entry in entries)
