"""How an entry is named in a finding: `POST /cart`, by what the call that registers it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.contexts import Entry
from statelint.program.evaluate import evaluate
from statelint.program.library import dotted_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.knowledge import RegisterEntry
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_NAME_OF_CALL = "*"
"""What `method` says where the name of the call itself is the method (`app.post`, `router.add_get`)."""


class Label(NamedTuple):
    """What a registering call says of a route; `route` is a name that another call gives a path."""

    method: str = ""
    path: str = ""
    route: str = ""

    def entry(self, kind: str, function: int | str = "") -> Entry:
        """Make the entry that is called so; a method alone is followed by the function (`tool add`)."""
        at = function if self.method and not self.path and not self.route else self.route
        return Entry(kind, f"{self.method} {self.path}".strip(), 0, at)


def worded(heap: Heap, entry: Entry) -> Entry:
    """Put the path into the label of an entry that only names its route, or the class that a table names."""
    if entry.at == "":
        return entry
    if isinstance(entry.at, int):
        path = heap.class_paths.get(entry.at) or heap.modules.units[entry.at].name
    else:
        path = heap.route_paths.get(entry.at, entry.at)
    return entry._replace(label=f"{entry.label} {path}".strip(), at="")


def label_of(heap: Heap, context: Context, number: int, entry: RegisterEntry, name: str) -> Label:
    """Read method and path of a route from the call that registers it; `name` is what is called."""
    if number < 0:
        return Label()
    callee, arguments, keyword_places, *_ = context.body.calls[number]
    strings = heap.modules.facts[context.module].strings
    keywords = {strings[word]: place for word, place in keyword_places}
    texts = (_text_at(heap, context, _place_of(one, arguments, keywords)) for one in entry.path)
    path = next((text for text in texts if text is not None), "")
    listed = keywords.get(entry.methods, 0) if entry.methods else 0
    method = _listed_methods(heap, context, listed) or _method(entry, name)
    route = (
        "" if entry.route is None else _text_at(heap, context, _place_of(entry.route, arguments, keywords))
    )
    if not path and route:
        return Label(method, "", route)
    if path and route:
        heap.route_paths.setdefault(route, path)
    return Label(method, f"{_prefix(heap, context, callee)}{path}")


def _method(entry: RegisterEntry, name: str) -> str:
    if entry.method != _NAME_OF_CALL:
        return entry.method
    return name.rpartition(".")[2].rpartition("_")[2].upper()


def _place_of(position: int | str, arguments: Sequence[int], keywords: dict[str, int]) -> int:
    if isinstance(position, str):
        return keywords.get(position, 0)
    return arguments[position] if position < len(arguments) else 0


def _text_at(heap: Heap, context: Context, place: int) -> str | None:
    text = constant(heap, context, place) if place else NOT_CONSTANT
    return text if isinstance(text, str) else None


def _listed_methods(heap: Heap, context: Context, place: int) -> str:
    """Join the methods in `methods=["GET", "POST"]`, or give the one in `method="POST"`."""
    body = context.body
    if not place:
        return ""
    if body.ops[place] != Op.SITE:
        return _text_at(heap, context, place) or ""
    pairs = body.sites[body.a[place]][1]
    words = [constant(heap, context, value) for value in pairs[1::2]]
    return "/".join(word for word in words if isinstance(word, str))


def _prefix(heap: Heap, context: Context, callee: int) -> str:
    """Find what the router of a route puts before it: `APIRouter(prefix="/cart")`, its name bound once."""
    body = context.body
    if body.ops[callee] != Op.ATTR or body.ops[body.a[callee]] != Op.NAME:
        return ""
    text = body.a[body.a[callee]]
    made = [value for name, value, *_ in body.binds if name == text and body.ops[value] == Op.CALL]
    if len(set(made)) != 1:
        return ""
    maker, arguments, keyword_places, *_ = body.calls[body.a[made[0]]]
    strings = heap.modules.facts[context.module].strings
    for value in evaluate(heap, context, maker).values:
        entry = heap.knowledge.types.get(dotted_names(heap, value)[0])
        if entry is not None and entry.prefix is not None:
            keywords = {strings[name]: place for name, place in keyword_places}
            return _text_at(heap, context, _place_of(entry.prefix, arguments, keywords)) or ""
    return ""
