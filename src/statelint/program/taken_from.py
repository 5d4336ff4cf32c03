"""By which name a function has the object of a library whose attribute it sets or asks for.

All that one class of a library makes is one value, wherever it is kept:

JOB = multiprocessing.Process(target=convert)       CLEANUP = multiprocessing.Process(target=tidy)
JOB.progress = 0.5                                  # says nothing of `CLEANUP`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, Op, WriteHow
from statelint.program.evaluate import evaluate
from statelint.program.reads import cells_at
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

_NAMED = ("G", "F", "L")
_BY_TEXT = ("setattr", "getattr", "delattr")


def taken_from(heap: Heap, context: Context, cell: SlotKey) -> frozenset[SlotKey | None]:
    """Find the named cells out of which a function takes the object whose attribute a cell is.

    `None` stands for an object that the function makes itself. Empty where it has the object otherwise, as
    an argument, say.
    """
    found: set[SlotKey | None] = set()
    for place in _bases(heap, context, cell[2]):
        if cell[1] in evaluate(heap, context, place).values:
            named = [one for one in cells_at(heap, context, place) if one[0] in _NAMED]
            if not named and not _is_made_here(heap, context, place):
                return frozenset()
            found.update(named or (None,))
    return frozenset(found)


def _bases(heap: Heap, context: Context, name: str) -> Iterator[int]:
    """List the places of which a function uses an attribute of a name."""
    body, facts = context.body, heap.modules.facts[context.module]
    strings = facts.strings
    for place in range(1, len(body.ops)):
        if body.ops[place] == Op.ATTR and strings[body.b[place]] == name:
            yield body.a[place]
    for target, how, key, *_ in body.writes:
        if how in (WriteHow.ATTR, WriteHow.DEL_ATTR) and strings[key] == name:
            yield target
    for record in body.calls:
        callee, arguments = record[CALL_CALLEE], record[CALL_ARGUMENTS]
        if len(arguments) > 1 and body.ops[callee] == Op.NAME and strings[body.a[callee]] in _BY_TEXT:
            text = body.a[arguments[1]] if body.ops[arguments[1]] == Op.CONST else -1
            if text >= 0 and facts.constants[text] == name:
                yield arguments[0]


def _is_made_here(heap: Heap, context: Context, place: int) -> bool:
    """Whether a local name stands for nothing but what a library has given to this function."""
    body = context.body
    if body.ops[place] != Op.NAME:
        return False
    bound = [value for name, value, *_ in body.binds if name == body.a[place]]
    return bool(bound) and all(
        body.ops[value] == Op.CALL and _is_of_library(heap, context, body.calls[body.a[value]][CALL_CALLEE])
        for value in bound
    )


def _is_of_library(heap: Heap, context: Context, callee: int) -> bool:
    values = evaluate(heap, context, callee).values
    return bool(values) and all(heap.values.kinds[value] == Kind.EXTERNAL for value in values)
