"""Slots: what one cell may hold, who reads it, and how much it may hold before it is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.found import NOTHING

if TYPE_CHECKING:
    from statelint.program.contexts import Context

MOST_VALUES = 12
"""More possible values than this tell nothing that a finding could stand on."""


class Limit(NamedTuple):
    """How many values, and how many functions beside them, a cell may hold before it is unknown."""

    values: int
    functions: int


FEW = Limit(MOST_VALUES, 48)
"""Of data structures a cell never holds more; a name may mean one of many commands, which are exact."""

RECEIVERS = Limit(96, 48)
"""A method of a widely used base class keeps its receivers apart: they are exact, there are just many."""

PLAIN = Limit(MOST_VALUES, 0)
"""A parameter whose annotation says that it is a text or a number is never a function or a list."""

_ELEMENTS = Limit(48, 512)
"""A table is longer than any other set of values, and by far if all handlers are in it or go through it."""

MOST_LOADED = 100
"""Modules or classes that one name may mean; more of them are no family of plug-ins.

They count apart, and so do their objects: each is exact, whichever of them a service is told to load.
"""

_CLASSES = Limit(MOST_LOADED, 0)
"""Heirs of a class, or classes of a metaclass: each is exact."""

LIMITS = {
    "E": _ELEMENTS,
    "U": _ELEMENTS,
    "I": Limit(MOST_VALUES, 512),
    "*": _ELEMENTS,
    "H": _CLASSES,
    "N": _CLASSES,
}
"""By the kind of a cell, where that is not the usual limit."""


class Slot:
    """What one cell may hold; only grows. `found` is replaced, never changed.

    Most cells are read by one context: `reader` is the first, `mask` has a bit for each of its records that
    read the cell, and `readers` has the same of all others.
    """

    __slots__ = ("found", "limit", "mask", "reader", "readers", "unknown")

    def __init__(self, limit: Limit = FEW) -> None:
        self.found = NOTHING
        self.limit = limit
        self.unknown = False
        self.reader: Context | None = None
        self.mask = 0
        self.readers: dict[Context, int] | None = None

    @property
    def values(self) -> frozenset[int]:
        """The values that it may hold; empty where that is unknown."""
        return self.found.values

    @property
    def bits(self) -> int:
        """Where what it holds comes from."""
        return self.found.bits

    def forget_readers(self) -> None:
        """Forget who read it: it will not grow any more."""
        self.reader = self.readers = None
