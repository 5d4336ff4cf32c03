"""Numbers of the places where a unit makes containers.

A display has the number of its place in the unit, which is positive. What else makes one counts down from
zero, each kind further down than any unit has calls, so that no two containers of a unit are taken for one.
"""

from __future__ import annotations

_REST, _KEYWORDS = -1, -2
_FIRST_CALL = -10
_FACTORIES = -1_000_000
_ROWS = -2_000_000
_COPIES = -3_000_000
_DECORATORS = -4_000_000


def by_call(call: int) -> int:
    """Give the place of what a call makes."""
    return _FIRST_CALL - call


def is_made_by_call(site: int, call: int) -> bool:
    """Whether a place is that of what a call makes."""
    return site == _FIRST_CALL - call


def by_factory(call: int) -> int:
    """Give the place of what the factory of a container makes that a call has made: `defaultdict(list)`."""
    return _FACTORIES + _FIRST_CALL - call


def row_by_call(call: int) -> int:
    """Give the place of the tuples in the sequence that a call makes: `zip(names, carts)`."""
    return _ROWS + _FIRST_CALL - call


def copied_by_call(call: int) -> int:
    """Give the place of the containers inside of a deep copy, one for all of a type."""
    return _COPIES - call


def by_parameter(decorated: int, *, is_rest: bool) -> int:
    """Give the place of what `*args` or `**kwargs` holds.

    `decorated`: for a decorator at work on a function, the number of that function from 1 on; 0 for others.
    """
    site = _REST if is_rest else _KEYWORDS
    return site + _DECORATORS - 2 * decorated if decorated else site
