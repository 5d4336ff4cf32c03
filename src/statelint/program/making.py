"""What a function makes before it keeps it: writes to that are part of the making, however deep they go.

if language not in TABLES:
    table = defaultdict(list)
    for word in words(language):
        table[word[0]].append(word)         # a list in a dict that nobody else has seen
    TABLES[language] = table
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import key_sources, library
from statelint.program.accesses import changed_by, given_by
from statelint.program.calling import call_record
from statelint.program.evaluate import evaluate
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_DEEPEST = 8
"""Names, fields and items between what is written to and what was made."""
_PARTS = (Op.ATTR, Op.ITEM, Op.ELEMENT, Op.AWAIT, Op.SLICE)


def is_of_making(heap: Heap, write: Write, fills: Sequence[Write]) -> bool:
    """Whether a write changes what its function has just made, of nothing but what the key of a fill says."""
    context = write.context
    keys = [places[0] for fill in fills if (places := key_sources.places_of(fill)) is not None]
    if not keys or not all(key_sources.is_made_of(heap, context, keys, one) for one in given_by(write)):
        return False
    targets = changed_by(write)
    return bool(targets) and all(_is_made_here(heap, context, one, _DEEPEST) for one in targets)


def _is_made_here(heap: Heap, context: Context, place: int, room: int) -> bool:
    """Whether a place is, or lies in, what a display or a call of a class has made in this very call."""
    body = context.body
    op, a = body.ops[place], body.a[place]
    if not place or not room:
        return False
    if op == Op.SITE:
        return True
    if op in _PARTS:
        return _is_made_here(heap, context, a, room - 1)
    if op == Op.CALL:
        return _is_call_making(heap, context, place, room)
    if op == Op.ANY:
        parts: Sequence[int] = body.joins[a]
    else:
        parts = [value for text, value, *_ in body.binds if text == a] if op == Op.NAME else []
    return bool(parts) and all(_is_made_here(heap, context, one, room - 1) for one in parts)


def _is_call_making(heap: Heap, context: Context, place: int, room: int) -> bool:
    """Whether a call makes a new object, or gives what lies in one: `groups.setdefault(name, [])`."""
    body = context.body
    callee = call_record(body, body.a[place]).callee
    if body.ops[callee] == Op.ATTR:
        held = evaluate(heap, context, body.a[callee]).values
        if held and all(library.container_type(heap, value) for value in held):
            return _is_made_here(heap, context, body.a[callee], room - 1)
    kinds, parts = heap.values.kinds, heap.values.parts
    makers = evaluate(heap, context, callee).values
    if makers and all(kinds[one] == Kind.CLASS for one in makers):
        return True
    made = evaluate(heap, context, place).values
    return bool(made) and all(kinds[one] == Kind.CONTAINER and parts[one][0] == context.uid for one in made)
