"""Decorators that are used with and without parentheses: what they give a function that they are at work on.

def timed(function=None, *, name=""):
    def decorate(function): ...
    if function is None:        # `@timed(name="tea")`; below `@timed`, nothing is returned here
        return decorate
    return decorate(function)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, Test
from statelint.program import guards
from statelint.program.calling import asked_of
from statelint.program.contexts import decorated_by
from statelint.program.evaluate import evaluate
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_ASKS_WHETHER_MISSING = (Test.IS_NONE, Test.FALSY)
_NAMED = (Op.NAME, Op.ITEM)
"""What stands for an argument; a call tells something else of it (`inspect.isasyncgenfunction(function)`)."""
_CALLABLE = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS)


def is_for_others(heap: Heap, context: Context, guard: int) -> bool:
    """Whether a decorator at work on a function only comes below a guard where it is given none."""
    if not guard or decorated_by(context.run) < 0:
        return False
    body = context.body
    around = guards.chain(body, guard)
    unsure = {body.guards[one][4] for one in around if body.guards[one][1] == Test.ONE_OF}
    for one in around:
        _, test, place, _, line = body.guards[one]
        if test not in _ASKS_WHETHER_MISSING or not place:
            continue
        asked = asked_of(heap, context, place, callable.__name__)  # also beside other tests
        is_sure = body.ops[place] in _NAMED and line not in unsure
        if (asked or is_sure) and _is_function(heap, context, asked or place):
            return True
    return False


def _is_function(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place holds functions and nothing else."""
    found = evaluate(heap, context, place)
    kinds = {heap.values.kinds[value] for value in found.values}
    return bool(kinds) and kinds.issubset(_CALLABLE) and not found.bits & Bit.CONST
