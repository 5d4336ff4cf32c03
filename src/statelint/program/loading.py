"""What is loaded by a name that only a run knows: a back end that settings choose, a plug-in out of a table.

`import_string(settings["STORE"])` may give each class, function and module of the project whose dotted name
stands in a text of the project: a default, a table of plug-ins, a configuration file. Where no text names
any, or too many do, the name of an attribute tells what is meant: `backend.load_from_config(config)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_KEYWORDS, UnitKind
from statelint.model.files import FileRole
from statelint.program import given_names, module_names, names
from statelint.program.answers import NamedInTexts
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.found import NOTHING, Found, union
from statelint.program.near_texts import texts_near
from statelint.program.slots import MOST_LOADED, MOST_VALUES
from statelint.program.values import LOADED, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import ModuleFacts
    from statelint.program.calling import Caller
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.names import Named

_MOST_FUNCTIONS = 32
"""Steps of a start-up that a module lists by name are more than the values of anything else."""


def load(heap: Heap, caller: Caller, *, module_only: bool) -> Found:
    """Give what a call may load whose first argument is a dotted name; `module_only`: up to the module."""
    context = caller.context
    place = _first_argument(caller)
    text = constant(heap, context, place) if place else NOT_CONSTANT
    if isinstance(text, str) and text:
        text = _absolute(heap, context, text)
        one = named(heap, text)
        if module_only or one is None:
            return names.module_value(heap, text)
        return names.of_modules(heap, context, [one])
    written = _written(heap, caller, place)
    if place and not any(map(module_names.is_telling, written)):
        written = _given(heap, context, place)
    if any(map(module_names.is_telling, written)):
        meant = {one for pattern in written for one in _meant_by(heap, pattern, module_only=module_only)}
        return _loaded(heap, context, sorted(meant)) if len(meant) <= MOST_LOADED else NOTHING
    anything = Found(frozenset({heap.values.make(Kind.EXTERNAL_OBJECT, LOADED, Era.BOOT)}), 0)
    return union([_from_texts(heap, context, place, module_only=module_only), anything])


def _written(heap: Heap, caller: Caller, place: int) -> list[module_names.Pattern]:
    """List what is written of a name that is put together: `.forms` in `f"{package}.forms"`."""
    context = caller.context
    found = module_names.patterns(heap.modules, context.uid, place)
    return [module_names.absolute(heap, context, caller.call, one) for one in found] if place else []


def _given(heap: Heap, context: Context, place: int) -> list[module_names.Pattern]:
    """List what others give of a name that is put together; what they write as a whole, texts tell."""
    given = [one for one in given_names.patterns(heap, context.uid, place) if module_names.is_telling(one)]
    whole = {piece for one in given if None not in one for piece in one}
    is_put_together = len(given) > len(whole) or not whole.issubset(texts_near(heap, context.uid, place))
    return given if is_put_together else []


def _meant_by(heap: Heap, pattern: module_names.Pattern, *, module_only: bool) -> Iterator[Named]:
    """Find the modules, or else what they define, that a name with holes may mean."""
    if None not in pattern and not module_only:
        one = named(heap, "".join(piece for piece in pattern if piece))
        yield from [one] if one is not None else []
        return
    if module_only:
        numbers = module_names.modules_like(heap, pattern)
        heap.plugins.modules.update(numbers)
        yield from ((number, "") for number in numbers)
        return
    owner, name = _split(pattern)
    for number in module_names.modules_like(heap, owner) if owner else ():
        yield from ((number, one) for one in _defined(heap, number, name))


def _split(pattern: module_names.Pattern) -> tuple[module_names.Pattern, module_names.Pattern]:
    """Split a name with holes into that of a module and that of what it defines."""
    for at in range(len(pattern) - 1, -1, -1):
        piece = (pattern[at] or "").replace(":", ".")
        owner, dot, name = piece.rpartition(".")
        if dot:
            rest = pattern[at + 1 :]
            return (*pattern[:at], owner) if owner else pattern[:at], (name, *rest) if name else rest
    return (), pattern


def _defined(heap: Heap, module: int, name: module_names.Pattern) -> list[str]:
    """List the public classes that a module defines and that a name with holes fits."""
    wanted = module_names.fitting(name)
    below = (heap.modules.units[child] for child in heap.modules.children.get(heap.modules.first[module], ()))
    return [
        unit.name
        for unit in below
        if unit.kind == UnitKind.CLASS and not unit.name.startswith("_") and wanted.fullmatch(unit.name)
    ]


def _loaded(heap: Heap, context: Context, meant: Sequence[Named]) -> Found:
    """Give what some modules bind under some names, and remember the classes: there may be many of them."""
    found = names.of_modules(heap, context, meant)
    heap.note_loaded(found)
    return found


def _from_texts(heap: Heap, context: Context, place: int, *, module_only: bool) -> Found:
    """Give what texts name: those of the expression, those of the module, or all if they are few."""
    texts = _texts(heap)
    words = [word for word in texts_near(heap, context.uid, place) if "." in word or ":" in word]
    near = {one for word in words if (one := named(heap, word)) is not None}
    meant = sorted(near) or texts.by_module[context.module]
    if not meant:
        patterns = module_names.templates(heap, context.module) or list(_listed(heap, context))
        found = {one for pattern in patterns for one in _meant_by(heap, pattern, module_only=module_only)}
        if found:
            return _loaded(heap, context, sorted(found)) if len(found) <= MOST_LOADED else NOTHING
        return _from_anywhere(heap, context, module_only=module_only)
    if module_only:
        meant = sorted({(module, "") for module, _ in meant})
        heap.plugins.modules.update(module for module, _ in meant)
    return _loaded(heap, context, _few_of(heap, meant, MOST_LOADED))


def class_named(heap: Heap, context: Context, text: str) -> Found:
    """Give what a dotted name means: a class or function of the project, or nothing."""
    one = named(heap, text) if "." in text else None
    return _loaded(heap, context, [one]) if one is not None and one[1] else NOTHING


def _from_anywhere(heap: Heap, context: Context, *, module_only: bool) -> Found:
    """Give what configuration files name, and the texts of the whole application if they are few.

    Where the function writes under what they stand (`config.items("services")`), it means these.
    """
    texts = _texts(heap)
    asked = set(texts_in(heap, context))
    meant = sorted({one for under, one in texts.configured if not asked.isdisjoint(under)})
    if not meant:
        configured = sorted({one for _, one in texts.configured})
        meant = sorted({*_few_of(heap, texts.all), *_few_of(heap, configured, MOST_LOADED)})
    if not module_only:
        return _loaded(heap, context, [(module, name) for module, name in meant if name])
    numbers = sorted({module for module, _ in meant})
    heap.plugins.modules.update(numbers)
    return _loaded(heap, context, [(number, "") for number in numbers])


def texts_in(heap: Heap, context: Context) -> Iterator[str]:
    """List the texts that a function writes."""
    body = context.body
    for place in range(1, len(body.ops)):
        text = constant(heap, context, place)
        if isinstance(text, str):
            yield text


def _listed(heap: Heap, context: Context) -> Iterator[module_names.Pattern]:
    """Give the package whose folder a function looks through for modules to load."""
    if heap.modules.units[context.uid].kind == UnitKind.FUNCTION:
        yield from module_names.folders(heap.modules, context.uid)


def _few_of(heap: Heap, meant: Sequence[Named], most: int = MOST_VALUES) -> list[Named]:
    """Keep functions or other things only where they are few enough to tell something."""
    functions: list[Named] = []
    others: list[Named] = []
    for one in meant:
        (functions if heap.modules.defines(*one, UnitKind.FUNCTION) else others).append(one)
    few = functions if len(functions) <= _MOST_FUNCTIONS else []
    return sorted([*few, *others]) if len(others) <= most else few


def _absolute(heap: Heap, context: Context, text: str) -> str:
    """Give the whole name of a module that is named from here: `config.include(".routes")`."""
    name = text.lstrip(".")
    level = len(text) - len(name)
    return heap.modules.absolute(context.module, name, level) if level else text


def computed_attribute(heap: Heap, context: Context, value: int, name: module_names.Pattern) -> Found:
    """Give what `getattr(module, name)` may be: what texts name as being of that module, or of any.

    A module that was itself loaded by a name gives each class that the name fits.
    """
    texts = _texts(heap)
    if heap.values.kinds[value] != Kind.MODULE:
        few = _few_of(heap, texts.by_module[context.module], MOST_LOADED)
        return _loaded(heap, context, few) if few else _from_anywhere(heap, context, module_only=False)
    module = heap.values.parts[value][0]
    meant = list(texts.of_module.get(module, ()))
    if not meant and module in heap.plugins.modules:
        meant = [(module, one) for one in _defined(heap, module, name)]
    return _loaded(heap, context, _few_of(heap, meant, MOST_LOADED))


def _first_argument(caller: Caller) -> int:
    if caller.call < 0:
        return 0
    record = caller.context.body.calls[caller.call]
    places = [*record[CALL_ARGUMENTS], *(place for _, place in record[CALL_KEYWORDS])]
    return places[0] if places else 0


def _texts(heap: Heap) -> NamedInTexts:
    """Give what the texts of the application name; found once, they do not change."""
    if heap.answers.named is None:
        by_module = [
            sorted(set(_named_by(heap, module))) if module.role == FileRole.APPLICATION else []
            for module in heap.modules.facts
        ]
        everything = sorted({one for named in by_module for one in named})
        of_module: dict[int, list[Named]] = {}
        for one in everything:
            of_module.setdefault(one[0], []).append(one)
        words = [(word.under, named(heap, word.name)) for word in heap.declared.named_in_files()]
        configured = [(under, one) for under, one in words if one is not None]
        for one in sorted({one for _, one in configured if one[1]}):
            if one not in everything:
                of_module.setdefault(one[0], []).append(one)
        heap.answers.named = NamedInTexts(by_module, everything, configured, of_module)
    return heap.answers.named


def _named_by(heap: Heap, module: ModuleFacts) -> Iterator[Named]:
    for text in module.constants:
        if isinstance(text, str) and "." in text:
            one = named(heap, text)
            if one is not None and one[1]:
                yield one


def named(heap: Heap, text: str) -> Named | None:
    """Find the class, function or module that a dotted name means: `app.stores.Memory`, `app.main:create`."""
    modules = heap.modules
    owner, _, name = text.replace(":", ".").rpartition(".")
    module = modules.exact(owner) if owner else -1
    if module >= 0 and modules.defines(module, name, UnitKind.CLASS, UnitKind.FUNCTION):
        return (module, name) if modules.facts[module].role == FileRole.APPLICATION else None
    module = modules.exact(text)
    return (module, "") if module >= 0 else None
