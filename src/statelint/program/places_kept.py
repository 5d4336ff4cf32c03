"""Where a text says that something is kept: on this machine, on another one, or nowhere for long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.knowledge import Keeps
    from statelint.model.places import Place
    from statelint.program.contexts import Context
    from statelint.program.texts import Text, Texts

_WHOLE = "$"
"""Ends a pattern that is all of a text, not only how it begins."""


class Here(NamedTuple):
    """One way in which something is kept here: by a text, by leaving it out, or by a line of a table."""

    text: Text | None
    omitted: bool
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One place where a library keeps state here.

    `symbol` is how it is called or set (`sqlite3.connect`, `DATABASES`), `holder` names it in its module.
    `text` is what it is told that keeps it here; None where that is left out or not known. `omitted` tells
    that nothing is said at all, `is_absent` that the setting is missing from the settings at `place`.
    `context` is where it runs; `started` are the calls that start it, `jobs` those that give it something to
    do, `changed` those that use it. `harmless` gives the reason why it is no state after all.
    """

    entry: Keeps
    context: Context
    place: Place
    symbol: str
    holder: str
    text: Text | None
    omitted: bool
    started: tuple[Place, ...] = ()
    jobs: tuple[Place, ...] = ()
    changed: tuple[Place, ...] = ()
    harmless: str = ""
    is_setting: bool = False
    is_absent: bool = False


def where_kept(texts: Texts, entry: Keeps, *, at_boot: bool) -> Here | None:
    """Say which of the texts keeps the state here; None: none that is known does.

    One alternative is enough: the default of a setting, or the fallback where another back end is missing.
    """
    for text in texts.known:
        if is_here(text, entry, at_boot=at_boot):
            return Here(text, omitted=False)
    if entry.unknown == "here" and (texts.unknown or not texts.known):
        return Here(None, omitted=False)
    return None


def is_here(text: Text, entry: Keeps, *, at_boot: bool, any_place: bool = False) -> bool:
    """Whether one text keeps the state on this machine; `any_place`: all that is not elsewhere does."""
    if any(text.holds(word) for word in entry.unless) or begins(text, entry.outside):
        return False
    if begins(text, entry.scratch):
        return at_boot
    if entry.local and not any_place:
        return begins(text, entry.local)
    return any(text.pieces) or entry.unknown == "here"


def begins(text: Text, patterns: Sequence[str]) -> bool:
    """Whether a text begins with one of the patterns, or is one that ends in `$`."""
    head = text.head.lower()
    whole = text.whole
    for pattern in patterns:
        if pattern.endswith(_WHOLE):
            if whole is not None and whole.lower() == pattern[:-1]:
                return True
        elif head.startswith(pattern):
            return True
    return False
