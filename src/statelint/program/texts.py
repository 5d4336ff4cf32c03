"""Texts as far as they are known: addresses and paths, whole or how they begin."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_TEXTS = 12
"""More alternatives than this say nothing about one of them."""

_HOLE = "{"
"""Where the first part that is filled in begins in `"sqlite:///{}".format(path)`."""


class Text(NamedTuple):
    """One text that an expression may be.

    `pieces` are its known parts in order, None what is not known. `setting` names what is asked before it
    holds (an environment variable). `path` and `line` are where its first known piece stands.
    """

    pieces: tuple[str | None, ...]
    setting: str = ""
    path: str = ""
    line: int = 0

    @property
    def head(self) -> str:
        """How it begins; empty where that is not known."""
        return self.pieces[0] or "" if self.pieces else ""

    @property
    def whole(self) -> str | None:
        """All of it; None where a part is not known."""
        return None if None in self.pieces else "".join(piece for piece in self.pieces if piece)

    def holds(self, word: str) -> bool:
        """Whether a word stands in a known part, whatever its case."""
        return any(word in piece.lower() for piece in self.pieces if piece)


class Texts(NamedTuple):
    """All texts that an expression may be; `unknown`: it may be something else too."""

    known: tuple[Text, ...] = ()
    unknown: bool = False


NOTHING, UNKNOWN = Texts(), Texts((), unknown=True)


def unite(parts: Iterable[Texts]) -> Texts:
    """Unite alternatives, each once."""
    found: dict[Text, None] = {}
    unknown = False
    for part in parts:
        found.update(dict.fromkeys(part.known))
        unknown |= part.unknown
    if len(found) > MOST_TEXTS:
        return Texts(tuple(found)[:MOST_TEXTS], unknown=True)
    return Texts(tuple(found), unknown)


def opened(text: Text) -> Text:
    """Cut a text where something will be filled in."""
    pieces = [piece.partition(_HOLE)[0] if piece else piece for piece in text.pieces]
    return text._replace(pieces=(*pieces, None))


def joined(parts: Sequence[Texts]) -> Texts:
    """Put texts one after the other; what may be anything is one piece that is not known."""
    unknown = [Text((None,))]
    choices = [list(part.known) + (unknown if part.unknown or not part.known else []) for part in parts]
    found = []
    for combination in product(*choices):
        pieces = tuple(piece for text in combination for piece in text.pieces)
        setting = next((text.setting for text in combination if text.setting), "")
        told = next((text for text in combination if text.line), None)
        path, line = (told.path, told.line) if told is not None else ("", 0)
        found.append(Text(pieces, setting, path, line))
        if len(found) >= MOST_TEXTS:
            return Texts(tuple(found), unknown=True)
    return Texts(tuple(dict.fromkeys(found)))
