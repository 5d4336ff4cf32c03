"""Split names into words: `_userCarts` is `user` and `cart`."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KEEP = frozenset({"status", "progress", "process", "address", "access", "redis", "canvas", "alias"})


def split(*names: str) -> frozenset[str]:
    """Split names at underscores, dots and capitals into words of lower case, without the plural."""
    return frozenset(_singular(word.lower()) for name in names for word in _WORD.findall(name))


def last_word(name: str) -> str:
    """Give the word that says what a thing is: `thread` of `WorkerThread`; empty where there is none."""
    words = _WORD.findall(name)
    return _singular(words[-1].lower()) if words else ""


def _singular(word: str) -> str:
    if word in _KEEP or len(word) < 4 or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "shes", "ches")):
        return word[:-2]
    return word.removesuffix("s")
