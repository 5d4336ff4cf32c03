"""What an expression may be: values, and the bits of where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Found(NamedTuple):
    """What an expression may be: values and the bits of where they come from."""

    values: frozenset[int]
    bits: int


NOTHING = Found(frozenset(), 0)


def with_bits(found: Found, bits: int) -> Found:
    """Give the same values with some bits more; the same object where it has them, so that cells share it."""
    values, known = found
    return found if known | bits == known else Found(values, known | bits)


def union(parts: Sequence[Found]) -> Found:
    """Unite the values and bits of several."""
    if len(parts) > 2:
        return _union_of_many(parts)
    found = NOTHING
    for part in parts:
        if found is NOTHING:
            found = part
        elif part is not NOTHING and part is not found:
            (values, bits), (more, more_bits) = found, part
            if more and more is not values:
                values = values | more if values else more
            found = Found(values, bits | more_bits)
    return found


def _union_of_many(parts: Sequence[Found]) -> Found:
    bits = 0
    sets = []
    for values, more_bits in parts:
        bits |= more_bits
        if values:
            sets.append(values)
    if not sets:
        return Found(NOTHING.values, bits) if bits else NOTHING
    return Found(sets[0].union(*sets[1:]) if len(sets) > 1 else sets[0], bits)
