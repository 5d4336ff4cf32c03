"""Errors that end a run, each worded as one line that says what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class StatelintError(Exception):
    """A mistake of the user that ends the run: shown as one line, exit status 2."""


class UsageError(StatelintError):
    """A wrong argument: a path that does not exist, a rule that is unknown."""


class ConfigError(StatelintError):
    """A configuration file that cannot be used; the message names the file and the key."""


class KnowledgeError(StatelintError):
    """A knowledge file that breaks its schema; the message names file, key and the nearest valid word."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Find the known word that was probably meant; empty where none is close."""
    import difflib  # only mistakes need it

    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.5)), "")


def hint(word: str, known: Iterable[str]) -> str:
    """Word the end of a message about an unknown word: the one that was probably meant, or all there are."""
    words = sorted(known)
    close = nearest(word, words)
    if close:
        return f"; did you mean `{close}`?"
    return "; there are " + ", ".join(f"`{one}`" for one in words)
