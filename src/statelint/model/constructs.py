"""Calls that describe infrastructure in Python, as they are written: nothing is run to know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statelint.model.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument: `name` is empty for a positional one, `text` what is written, cut where it is long.

    `value` is what a literal says (`None` and a number as text), None for anything that must be computed;
    `items` are the literals of a list.
    """

    name: str
    text: str
    value: str | None
    items: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCall:
    """One call: `name` is the last part of what is called, `receiver` what stands before it.

    `target` is the name that the result is bound to, `within` the number of the call around it, or -1;
    `function` is the function of the file in which it stands.
    """

    name: str
    receiver: str
    target: str
    within: int
    function: str
    arguments: tuple[Argument, ...]
    place: Place

    def argument(self, name: str, position: int = -1) -> Argument | None:
        """Give the argument with a name, else the one at a position."""
        named = next((each for each in self.arguments if each.name == name), None)
        if named is None and 0 <= position < len(self.arguments) and not self.arguments[position].name:
            return self.arguments[position]
        return named
