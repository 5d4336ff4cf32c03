"""Options of the command line whose defaults the code states: `add_argument("--storage", default="memory://")`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.callsites import argument
from statelint.program.constants import constant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import TextEntry
    from statelint.program.callsites import CallSite, CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_NAME = "dest"
"""The argument that names an option otherwise than its spelling does."""


class Option(NamedTuple):
    """One option: where its default stands, and the unit that it is a parameter of (-1: an attribute)."""

    context: Context
    default: int
    uid: int


def options_of(heap: Heap, calls: CallSites) -> dict[str, list[Option]]:
    """List the options that code defines, by the names under which their values are found."""
    found: dict[str, list[Option]] = {}
    entries = {name: entry for name, entry in heap.knowledge.texts.items() if entry.option}
    words = {name.rpartition(".")[2]: entry for name, entry in entries.items()}
    for name in sorted(calls.of_name):
        # `parser.add_argument_group().add_argument` is known by its last word
        entry = entries.get(name) or (words.get(name.rpartition(".")[2]) if "()." in name else None)
        for site in calls.of_name[name] if entry is not None else ():
            place = _default(heap, site, entry) if entry is not None else 0
            decorated = heap.modules.decorated_by(site.context.uid, site.number)
            for word in _names(heap, site) if place else ():
                found.setdefault(word, []).append(Option(site.context, place, decorated))
    return found


def _default(heap: Heap, site: CallSite, entry: TextEntry) -> int:
    return next((place for at in entry.default if (place := argument(heap, site, at))), 0)


def _names(heap: Heap, site: CallSite) -> Iterator[str]:
    """Give the name under which the value of an option is found: `storage_uri` of `--storage-uri`."""
    named = argument(heap, site, _NAME)
    given = [named] if named else site.record.arguments
    texts = [text for place in given if isinstance(text := constant(heap, site.context, place), str)]
    bare = [text for text in texts if text.isidentifier()]
    long = [text for text in texts if text.startswith("--")]
    for text in (bare or long or texts)[:1]:
        yield text.partition("/")[0].lstrip("-").replace("-", "_")
