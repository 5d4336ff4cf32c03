"""Parameters for which all calls of a context give a constant: what stands under a test of one may never run.

def evaluate(model, folder=None):
    if not folder:
        return report(model)
    write_report(model, folder)

@app.post("/evaluate")
def answer():
    return evaluate(MODEL)      # a command gives the folder
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from statelint.model.facts import CALL_GUARD, Op, ParamKind, Test
from statelint.program import callees, guards
from statelint.program.calling import call_record
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.values import Era

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.model.facts import Param
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

    Call = tuple[int, int]
    """The number of a call in its context, and how many parameters are bound before its arguments."""

_HOLDS: Mapping[int, Callable[[object], bool]] = {
    Test.TRUTHY: bool,
    Test.FALSY: operator.not_,
    Test.NOT_NONE: lambda given: given is not None,
    Test.IS_NONE: lambda given: given is None,
}
"""With which constants a test is passed."""
_MOST_NESTED = 12
"""Calls that hand on a parameter, one inside the other; behind more of them anything may be given."""


def left_out(heap: Heap) -> LeftOut:
    """Give what calls of a solved program leave out."""
    if heap.answers.left_out is None:
        heap.answers.left_out = LeftOut(heap)
    return heap.answers.left_out


class LeftOut:
    """What calls give and leave out; found when it is asked for.

    Who calls must be known: what an entry, a decorator or a library is given may be anything.
    """

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self._given: dict[tuple[Context, int], frozenset[object] | None] = {}
        self._never: dict[Context, bool] = {}

    def is_nothing(self, context: Context, number: int) -> bool:
        """Whether a parameter is given nothing but constants that stand for nothing: `None`, `False`."""
        given = self._constants(context, number, _MOST_NESTED)
        return given is not None and not any(given)

    def runs(self, context: Context, guard: int) -> bool:
        """Whether what stands under a guard of a context may run."""
        return not (self._is_shut(context, guard) or self._never_runs(context, _MOST_NESTED))

    def _never_runs(self, context: Context, room: int) -> bool:
        """Whether each call of a context stands where nothing runs."""
        known = self._never.get(context)
        if known is None:
            self._never[context] = False  # what calls itself runs if anybody else calls it
            known = self._never[context] = bool(room) and self._is_called_nowhere(context, room - 1)
        return known

    def _is_called_nowhere(self, context: Context, room: int) -> bool:
        calls = self._calls_of(context)
        if not calls:
            return False
        return all(
            self._is_shut(caller, caller.body.calls[number][CALL_GUARD]) or self._never_runs(caller, room)
            for caller, (number, _) in calls
        )

    def _is_shut(self, context: Context, guard: int) -> bool:
        """Whether a test around something asks for a parameter that is left out."""
        body = context.body
        around = guards.chain(body, guard)
        unsure = {body.guards[one][4] for one in around if body.guards[one][1] == Test.ONE_OF}
        for one in around:
            _, test, place, _, line = body.guards[one]
            if test in _HOLDS and line not in unsure and body.ops[place] == Op.NAME:
                number = self._parameter(context, place)
                given = self._constants(context, number, _MOST_NESTED) if number >= 0 else None
                if given is not None and not any(map(_HOLDS[test], given)):
                    return True
        return False

    # -- what parameters are given ----------------------------------------------------------------------

    def _constants(self, context: Context, number: int, room: int) -> frozenset[object] | None:
        """Give the constants that a parameter may be; None where it may be anything else."""
        key = (context, number)
        if key not in self._given:
            self._given[key] = None  # what calls itself may give anything
            self._given[key] = self._collect(context, number, room - 1) if room else None
        return self._given[key]

    def _collect(self, context: Context, number: int, room: int) -> frozenset[object] | None:
        param = self._heap.modules.units[context.uid].params[number]
        if param.kind not in (ParamKind.POSITIONAL, ParamKind.KEYWORD_ONLY):
            return None
        found: set[object] = set()
        for caller, call in self._calls_of(context) or ():
            more = self._at_call(caller, call, context, number, room)
            if more is None:
                return None
            found |= more
        return frozenset(found) or None

    def _at_call(
        self, caller: Context, call: Call, context: Context, number: int, room: int
    ) -> frozenset[object] | None:
        """Give the constants that one call gives for a parameter."""
        record, index = call_record(caller.body, call[0]), number - call[1]
        param = self._heap.modules.units[context.uid].params[number]
        if record.star or index < 0:
            return None
        place = callees.given(
            self._heap, caller, record, param.name, index if param.kind == ParamKind.POSITIONAL else -1
        )
        if not place:
            return _known(self._default(context, param))
        own = self._parameter(caller, place) if caller.body.ops[place] == Op.NAME else -1
        if own >= 0:
            return self._constants(caller, own, room)
        return _known(constant(self._heap, caller, place))

    def _default(self, context: Context, param: Param) -> object:
        """Give the constant that a parameter has by default, which stands in the unit around the function."""
        around = self._heap.contexts.get((self._heap.modules.parent(context.uid), Era.BOOT))
        return constant(self._heap, around, param.default) if around and param.default else NOT_CONSTANT

    def _parameter(self, context: Context, place: int) -> int:
        """Give the number of the parameter that a name stands for; -1 where it may be bound to more."""
        body, text = context.body, context.body.a[place]
        name = self._heap.modules.string(context.module, text)
        if any(bind[0] == text for bind in body.binds):
            return -1
        params = self._heap.modules.units[context.uid].params
        return next((number for number, param in enumerate(params) if param.name == name), -1)

    # -- who calls --------------------------------------------------------------------------------------

    def _calls_of(self, context: Context) -> list[tuple[Context, Call]] | None:
        """List the calls of a context; None where somebody else may call it, too."""
        heap = self._heap
        if context.key in heap.entries or not context.callers:
            return None
        found: list[tuple[Context, Call]] = []
        for caller in context.callers:
            calls = callees.calls_in(heap, caller).get(context.uid)
            if calls is None or callees.is_handed_over(heap, caller, context):
                return None
            found += [(caller, call) for call in calls]
        return found


def _known(found: object) -> frozenset[object] | None:
    """Give a constant; None for what is none."""
    return frozenset((found,)) if found is not NOT_CONSTANT else None
