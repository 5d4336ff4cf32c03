"""What a process finds out once about where it runs, and answers alike ever after (row D7).

if SUPPORTS_DATES is None:
    try:
        library.parse("2000-01-01")
    except ValueError:
        SUPPORTS_DATES = False
    else:
        SUPPORTS_DATES = True
return SUPPORTS_DATES
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Test
from statelint.program import guards, key_sources
from statelint.program.evaluate import evaluate
from statelint.program.reads import cells_at
from statelint.program.values import Bit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_OF_MANY = Bit.REQUEST | Bit.CONNECTION | Bit.IO_DB | Bit.IO_HTTP | Bit.CLOCK
"""What is another thing for the next client, for the next process, or later."""


def is_found_once(heap: Heap, writes: Sequence[Write]) -> bool:
    """Whether constants are all that is put there, where nothing is yet, and no client decides which."""
    return bool(writes) and all(_is_constant(w) and _is_first(heap, w) for w in writes)


def _is_constant(write: Write) -> bool:
    if write.key is not None or write.removes or write.augmented or write.method:
        return False
    return write.constant_value and not write.puts_none


def _is_first(heap: Heap, write: Write) -> bool:
    """Whether a write stands under `is None` of its own cell, and under no test of what a client sent."""
    body, is_asked = write.context.body, False
    for one in guards.chain(body, write.guard):
        _, test, place, second, _ = body.guards[one]
        if test == Test.IS_NONE and write.cell in cells_at(heap, write.context, place):
            is_asked = True
        elif any(_differs(heap, write.context, part) for part in (place, second) if part):
            return False
    return is_asked


def _differs(heap: Heap, context: Context, place: int) -> bool:
    found = evaluate(heap, context, place)
    return bool(found.bits & _OF_MANY) or key_sources.is_request(heap, found)
