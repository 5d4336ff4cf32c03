"""What a name surely is where a statement stands: the solver joins all that a function binds to it.

hub = self.hub
if hub.listens_everywhere:
    hub = copy.deepcopy(hub)
    hub.address = "127.0.0.1"      # of the copy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import BIND_GUARD, Op, Record
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
    value = _last_bound(body, body.a[place], position, guard)
    if not value:
        return _NOTHING
    return evaluate(heap, context, place).values - evaluate(heap, context, value).values


def _last_bound(body: Body, name: int, position: int, guard: int) -> int:
    """Give the place of the value that a name was bound to last, if that always ran before a statement.

    It did if it stands in the same block, or in one around it and no loop can bring another value back.
    """
    bound = [number for number, bind in enumerate(body.binds) if bind[0] == name]
    at = {code >> 2: index for index, code in enumerate(body.order) if code & 3 == Record.BIND}
    before = [number for number in bound if at[number] < position]
    if not before:
        return 0
    last = before[-1]
    around = body.binds[last][BIND_GUARD]
    is_in_block = around == guard
    is_around = bound[-1] == last and guards.is_under(body, guard, (around,))
    return body.binds[last][1] if is_in_block or is_around or (not around and bound[-1] == last) else 0
