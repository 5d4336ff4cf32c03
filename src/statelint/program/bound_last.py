"""What a name surely is where a statement stands: the solver joins all that a function binds to it.

hub = self.hub
if hub.listens_everywhere:
    hub = copy.deepcopy(hub)
    hub.address = "127.0.0.1"      # of the copy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import BIND_GUARD, BIND_LINE, CALL_LINE, Op, Record, Test
from statelint.program import guards
from statelint.program.evaluate import evaluate

if TYPE_CHECKING:
    from statelint.model.facts import Body
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_NOTHING = frozenset[int]()


def bound_elsewhere(heap: Heap, context: Context, position: int, place: int, guard: int) -> frozenset[int]:
    """Give the values of a name that it cannot have at a statement, as it was bound anew before.

    `position` is that of the statement in `Body.order`, `guard` the one that it stands under.
    """
    body = context.body
    if not place or body.ops[place] != Op.NAME or context.split:
        return _NOTHING  # what stands before a loop that serves was bound at start-up
    last = _last_bound(body, body.a[place], position, guard)
    if last is None:
        return _NOTHING
    return evaluate(heap, context, place).values - evaluate(heap, context, body.binds[last][1]).values


def _last_bound(body: Body, name: int, position: int, guard: int) -> int | None:
    """Give the number of the bind that a name was given its value by, if that always ran before a statement.

    It did if it stands in the same block, or in one around it and nothing after the statement, which a loop
    may bring back, binds the name; a `try` that was left in between may have ended before it.
    """
    bound = {at: code >> 2 for at, code in enumerate(body.order) if code & 3 == Record.BIND}
    own = {at: number for at, number in bound.items() if body.binds[number][0] == name}
    before = [at for at in own if at < position]
    if not before:
        return None
    last = own[before[-1]]
    around, line = body.binds[last][BIND_GUARD], body.binds[last][BIND_LINE]
    is_last = len(before) == len(own) and (not around or guards.is_under(body, guard, (around,)))
    return (
        last if (around == guard or is_last) and not _may_have_failed(body, around, line, position) else None
    )


def _may_have_failed(body: Body, around: int, line: int, position: int) -> bool:
    """Whether a handler of exceptions in the block of a bind stands between it and a later statement."""
    code = body.order[position]
    records = body.writes if code & 3 == Record.WRITE else body.calls
    until = records[code >> 2][CALL_LINE]
    return any(
        test == Test.EXCEPT and parent == around and line < at <= until
        for parent, test, _, _, at in body.guards
    )
