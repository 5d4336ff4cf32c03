"""On which of the values that a place may be a statement can set an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op
from statelint.program import names
from statelint.program.calling import call_record
from statelint.program.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap


def receivers(heap: Heap, values: Iterable[int], name: str, reader: Context) -> list[int]:
    """List the values whose attribute a statement may set: if a class says it has one, no class that doesn't.

    if hasattr(self.nlg, "templates"):      # an endpoint or a generator; only generators have templates
        self.nlg.templates = domain.templates

    No object that cannot be changed is one: a named tuple, a frozen record.
    """
    found = [value for value in sorted(values) if not _is_frozen(heap, value, reader)]
    objects = [value for value in found if heap.values.kinds[value] == Kind.OBJECT]
    others = [value for value in objects if not _declares(heap, heap.values.parts[value][0], name, reader)]
    if not others or len(others) == len(objects):
        return found
    return [value for value in found if value not in others]


def _declares(heap: Heap, uid: int, name: str, reader: Context) -> bool:
    """Whether a class, or one that it derives from, has an attribute; those of libraries may have any."""
    if names.is_assigned(heap, uid, name, reader):
        return True
    if names.class_attribute(heap, uid, name, reader) is not None:
        return True
    return any(base != "object" for base in names.external_bases(heap, uid, reader))


def _is_frozen(heap: Heap, value: int, reader: Context) -> bool:
    """Whether a value is an object of a class whose objects cannot be changed."""
    if heap.values.kinds[value] != Kind.OBJECT:
        return False
    order = names.ancestors(heap, heap.values.parts[value][0], reader)
    return any(
        _is_decorated_so(heap, item) if isinstance(item, int) else heap.knowledge.is_frozen(item)
        for item in order
    )


def _is_decorated_so(heap: Heap, uid: int) -> bool:
    """Whether a decorator of a class says so: `@dataclass(frozen=True)`, `@attrs.frozen`."""
    known = heap.classes.frozen.get(uid)
    if known is None:
        decorators = heap.modules.units[uid].decorators
        known = heap.classes.frozen[uid] = any(_says_so(heap, uid, place) for place in decorators)
    return known


def _says_so(heap: Heap, uid: int, place: int) -> bool:
    modules, words = heap.modules, heap.knowledge.frozen_words
    body, facts = modules.body(modules.parent(uid)), modules.facts[modules.module_of(uid)]
    if body.ops[place] == Op.CALL:
        for text, given in call_record(body, body.a[place]).keywords:
            if facts.strings[text] in words:
                number = body.a[given] if body.ops[given] == Op.CONST else -1
                return number >= 0 and facts.constants[number] is True
        place = body.calls[body.a[place]][CALL_CALLEE]
    if body.ops[place] == Op.ATTR:
        return facts.strings[body.b[place]] in words
    return body.ops[place] == Op.NAME and facts.strings[body.a[place]] in words
