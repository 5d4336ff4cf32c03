"""Fields that say what is put there: a class, by itself or by its name, an object of it, what a method gives.

class App(Configurable):
    store_class = Type("shop.stores.Memory")

    @default("store")
    def _default_store(self):
        return self.store_class()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_KEYWORDS, Op, UnitKind
from statelint.program import loading, module_names, names
from statelint.program.calling import NO_ARGUMENTS, Arguments, Caller
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.found import Found, union
from statelint.program.library import dotted_names
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_MADE_BY = ("args", "kw")
"""Arguments without which a field of objects holds none until one is put there."""

_KLASS = "klass"


def class_of_field(heap: Heap, caller: Caller, arguments: Arguments, keyword: str) -> Found:
    """Give the class that a field holds unless another one is put there: `Type("shop.stores.Memory")`."""
    for at in (keyword, 0, _KLASS):
        given = arguments.at(at)
        classes = _classes(heap, given) if given is not None else frozenset()
        found = Found(classes, 0) if classes else _named(heap, caller, at)
        if found.values:
            return found
    return Found(frozenset(), 0)


def object_of_field(heap: Heap, caller: Caller, arguments: Arguments) -> Found:
    """Give the object that a field makes for itself: `Instance(Store, ())`."""
    if len(arguments.positional) == 1 and not any(arguments.at(at) is not None for at in _MADE_BY):
        return Found(frozenset(), 0)
    return heap.invoke(caller, class_of_field(heap, caller, arguments, _KLASS), NO_ARGUMENTS)


def declared(heap: Heap, context: Context, callee: int) -> Found | None:
    """Give the field that a method of its declaration gives back, if that is what is called.

    allowed = Set().tag(config=True)
    """
    body = context.body
    if body.ops[callee] != Op.ATTR or body.ops[body.a[callee]] != Op.CALL:
        return None
    method = heap.modules.string(context.module, body.b[callee])
    if method not in heap.knowledge.chained_words:
        return None
    declaration = body.calls[body.a[body.a[callee]]][CALL_CALLEE]
    for value in sorted(evaluate(heap, context, declaration).values):
        for name in dotted_names(heap, value, context):
            entry = heap.knowledge.function(name)
            if entry is not None and method in entry.chained:
                return evaluate(heap, context, body.a[callee])
    return None


def declared_by_heir(heap: Heap, caller: Caller, uid: int, arguments: Arguments) -> Found | None:
    """Give the field that a class of the project declares as the library's does from which it derives."""
    for base in names.external_bases(heap, uid, caller.context):
        entry = heap.knowledge.function(base)
        if entry is not None and entry.chained:
            return heap.invoke(caller, heap.one(Kind.EXTERNAL, base), arguments)
    return None


def note_default(heap: Heap, caller: Caller) -> None:
    """Remember the method that a call decorates as the one that gives a field its value."""
    context, modules = caller.context, heap.modules
    if caller.call < 0 or modules.units[context.uid].kind != UnitKind.CLASS:
        return
    name = constant(heap, context, next(iter(context.body.calls[caller.call][CALL_ARGUMENTS]), 0))
    uid = modules.decorated_by(context.uid, caller.call)
    if isinstance(name, str) and uid >= 0:
        heap.plugins.defaults.setdefault(context.uid, {})[name] = uid


def fill_defaults(heap: Heap, caller: Caller, order: Sequence[int | str], values: set[int]) -> None:
    """Put into the fields of new objects what the methods give that their classes have for that."""
    done: set[str] = set()
    for item in order:
        for name, uid in heap.plugins.defaults.get(item, {}).items() if isinstance(item, int) else ():
            if name in done:
                continue
            done.add(name)
            function = heap.values.make(Kind.FUNCTION, uid, Era.BOOT)
            for value in sorted(values):
                method = Found(frozenset({heap.values.make(Kind.METHOD, function, value)}), 0)
                found = heap.invoke(caller, method, NO_ARGUMENTS)
                heap.join(heap.slot(("F", value, name)), union([found, _named_by(heap, caller, uid)]))


def _named_by(heap: Heap, caller: Caller, uid: int) -> Found:
    """Give the classes whose names a method returns as texts."""
    flows = heap.modules.body(uid).flows
    texts = [text for _, place, *_ in flows for text in module_names.written(heap.modules, uid, place)]
    return union([loading.class_named(heap, caller.context, text) for text in texts])


def _named(heap: Heap, caller: Caller, at: int | str) -> Found:
    """Give the class that a text among the arguments of a call names."""
    record = caller.context.body.calls[caller.call] if caller.call >= 0 else None
    if record is None:
        return Found(frozenset(), 0)
    strings = heap.modules.facts[caller.context.module].strings
    places = [place for text, place in record[CALL_KEYWORDS] if strings[text] == at]
    if isinstance(at, int):
        places = list(record[CALL_ARGUMENTS][at : at + 1])
    texts = [text for place in places if isinstance(text := constant(heap, caller.context, place), str)]
    return union([loading.class_named(heap, caller.context, text) for text in texts])


def _classes(heap: Heap, found: Found) -> frozenset[int]:
    kinds = (Kind.CLASS, Kind.EXTERNAL)
    return frozenset(value for value in found.values if heap.values.kinds[value] in kinds)
