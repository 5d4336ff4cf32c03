"""Constants where they are written, and the keys under which things lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import names
from statelint.program.found import Found
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

NOT_CONSTANT = object()

SOME_CONSTANT = Found(frozenset(), Bit.CONST)


def constant(heap: Heap, context: Context, place: int) -> object:
    """Give the constant at a place, or `NOT_CONSTANT`; a name of a module-level constant is none."""
    body = context.body
    if body.ops[place] == Op.CONST and body.a[place] >= 0:
        return heap.modules.facts[context.module].constants[body.a[place]]
    return NOT_CONSTANT


class KeyName(str):
    """A name that stands for the key of an application bag: `app[STORE]`."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show it as it is written."""
        return str(self)


def key_of(heap: Heap, context: Context, place: int, owner: int) -> object:
    """Give the constant key under which something lies; in a bag, a global name does for one."""
    key = constant(heap, context, place)
    body = context.body
    if (
        key is NOT_CONSTANT
        and heap.values.kinds[owner] == Kind.EXTERNAL_OBJECT
        and body.ops[place] == Op.NAME
    ):
        name = heap.modules.string(context.module, body.a[place])
        is_own = name in heap.modules.locals[context.uid] and heap.modules.units[context.uid].parent >= 0
        if not is_own and names.owner_of_name(heap, context, name)[0] == "module":
            return KeyName(name)
    return key
