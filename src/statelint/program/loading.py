"""What is loaded by a name that only a run knows: a back end that settings choose, a plug-in out of a table.

`import_string(settings["STORE"])` may give each class, function and module of the project whose dotted name
stands in a text of the project: a default, a table of plug-ins. Where no text names any, or too many do, the
name of an attribute tells what is meant: `backend.load_from_config(config)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_KEYWORDS, Op, UnitKind
from statelint.model.files import FileRole
from statelint.program import names
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.heap import MOST_VALUES, NOTHING, Found, NamedInTexts, union
from statelint.program.values import LOADED, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import ModuleFacts
    from statelint.program.calling import Caller
    from statelint.program.heap import Context, Heap
    from statelint.program.names import Named

_MOST_FUNCTIONS = 32
"""Steps of a start-up that a module lists by name are more than the values of anything else."""

_DEEPEST_TEXT = 4
"""Expressions around the text that is loaded: `load(config.get("store", "app.stores.Memory").strip())`."""


def load(heap: Heap, caller: Caller, *, module_only: bool) -> Found:
    """Give what a call may load whose first argument is a dotted name; `module_only`: up to the module."""
    context = caller.context
    place = _first_argument(caller)
    text = constant(heap, context, place) if place else NOT_CONSTANT
    if isinstance(text, str) and text:
        text = _absolute(heap, context, text)
        one = _named(heap, text)
        if module_only or one is None:
            return names.module_value(heap, text)
        return names.of_modules(heap, context, [one])
    pieces = _pieces(heap, context, place)
    if pieces:
        meant = [(number, "") for number in _modules_with(heap, pieces)] if module_only else []
        return names.of_modules(heap, context, meant) if len(meant) <= MOST_VALUES else NOTHING
    texts = _texts(heap)
    near = {one for word in _texts_below(heap, context, place) if (one := _named(heap, word)) is not None}
    meant = sorted(near) or texts.by_module[context.module] or texts.all
    if module_only:
        meant = sorted({(module, "") for module, _ in meant})
    anything = heap.one(Kind.EXTERNAL_OBJECT, LOADED, Era.BOOT)
    return union([names.of_modules(heap, context, _few_of(heap, meant)), anything])


def _few_of(heap: Heap, meant: Sequence[Named]) -> list[Named]:
    """Keep functions or other things only where they are few enough to tell something."""
    functions: list[Named] = []
    others: list[Named] = []
    for one in meant:
        (functions if heap.modules.defines(*one, UnitKind.FUNCTION) else others).append(one)
    few = functions if len(functions) <= _MOST_FUNCTIONS else []
    return sorted([*few, *others]) if len(others) <= MOST_VALUES else few


def _absolute(heap: Heap, context: Context, text: str) -> str:
    """Give the whole name of a module that is named from here: `config.include(".routes")`."""
    name = text.lstrip(".")
    level = len(text) - len(name)
    return heap.modules.absolute(context.module, name, level) if level else text


def _pieces(heap: Heap, context: Context, place: int) -> list[str]:
    """List what is written of a name that is put together: `.forms` in `f"{package}.forms"`."""
    body = context.body
    if body.ops[place] == Op.NAME:
        place = next((bind[1] for bind in body.binds if bind[0] == body.a[place]), place)
    if body.ops[place] != Op.MIX:
        return []
    written = (constant(heap, context, part) for part in body.joins[body.a[place]])
    return [text for text in written if isinstance(text, str) and text.strip(".")]


def _modules_with(heap: Heap, pieces: list[str]) -> list[int]:
    """List the modules of the application in whose name all these pieces stand, the last one at its end."""
    return [
        number
        for number, module in enumerate(heap.modules.facts)
        if module.role == FileRole.APPLICATION
        and f".{module.module}".endswith(pieces[-1])
        and all(piece in f".{module.module}" for piece in pieces)
    ]


def computed_attribute(heap: Heap, context: Context, value: int) -> Found:
    """Give what `getattr(module, name)` may be: what texts name as being of that module, or of any."""
    texts = _texts(heap)
    is_module = heap.values.kinds[value] == Kind.MODULE
    meant = texts.of_module.get(heap.values.parts[value][0], ()) if is_module else texts.all
    return names.of_modules(heap, context, _few_of(heap, meant))


def _first_argument(caller: Caller) -> int:
    if caller.call < 0:
        return 0
    record = caller.context.body.calls[caller.call]
    places = [*record[CALL_ARGUMENTS], *(place for _, place in record[CALL_KEYWORDS])]
    return places[0] if places else 0


def _texts(heap: Heap) -> NamedInTexts:
    """Give what the texts of the application name; found once, they do not change."""
    if heap.named is None:
        by_module = [
            sorted(set(_named_by(heap, module))) if module.role == FileRole.APPLICATION else []
            for module in heap.modules.facts
        ]
        everything = sorted({one for named in by_module for one in named})
        of_module: dict[int, list[Named]] = {}
        for one in everything:
            of_module.setdefault(one[0], []).append(one)
        heap.named = NamedInTexts(by_module, everything, of_module)
    return heap.named


def _named_by(heap: Heap, module: ModuleFacts) -> Iterator[Named]:
    for text in module.constants:
        if isinstance(text, str) and "." in text:
            one = _named(heap, text)
            if one is not None and one[1]:
                yield one


def _named(heap: Heap, text: str) -> Named | None:
    """Find the class, function or module that a dotted name means: `app.stores.Memory`, `app.main:create`."""
    modules = heap.modules
    owner, _, name = text.replace(":", ".").rpartition(".")
    module = modules.exact(owner) if owner else -1
    if module >= 0 and modules.defines(module, name, UnitKind.CLASS, UnitKind.FUNCTION):
        return (module, name) if modules.facts[module].role == FileRole.APPLICATION else None
    module = modules.exact(text)
    return (module, "") if module >= 0 else None


def _texts_below(heap: Heap, context: Context, place: int, depth: int = _DEEPEST_TEXT) -> Iterator[str]:
    """List the texts in an expression, and in what its names are bound to in the same function."""
    body = context.body
    if not place or not depth:
        return
    text = constant(heap, context, place)
    if isinstance(text, str):
        yield text
        return
    below: list[int] = []
    if body.ops[place] == Op.NAME:
        below = [bind[1] for bind in body.binds if bind[0] == body.a[place]]
    elif body.ops[place] == Op.CALL:
        record = body.calls[body.a[place]]
        below = [record[CALL_CALLEE], *record[CALL_ARGUMENTS], *(part for _, part in record[CALL_KEYWORDS])]
    elif body.ops[place] in (Op.ATTR, Op.ITEM):
        below = [body.a[place]]
    elif body.ops[place] in (Op.ANY, Op.MIX):
        below = list(body.joins[body.a[place]])
    for part in below:
        yield from _texts_below(heap, context, part, depth - 1)
