"""What text an expression may be, followed back through names, settings and fallbacks.

The solver keeps no texts: few of them matter. Here one is asked for where it does, backwards from its use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op, UnitKind, WriteHow
from statelint.program import names
from statelint.program.calling import call_record
from statelint.program.callsites import CallSite, argument, given
from statelint.program.command_options import options_of
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.evaluate import evaluate
from statelint.program.library import dotted_names
from statelint.program.texts import NOTHING, UNKNOWN, Text, Texts, joined, opened, unite
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from statelint.knowledge import TextEntry
    from statelint.program.callsites import CallSites
    from statelint.program.command_options import Option
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

DEEPEST = 14
"""Steps from a use back to a constant; a longer way is not followed."""

_TEXT_METHODS = "str."
"""How the knowledge files name methods of texts."""

_CALLED = ".__call__"
"""How the knowledge files name what happens when an object is called."""


_WITH_FALLBACK = ("get", "pop", "setdefault")
"""Methods of mappings that take a key and what holds where it is missing."""

_KEY_AND_FALLBACK = 2
_OF_A_DEFAULT = frozenset({"default", "value"})
"""Words of the keys under which a row of a table keeps what holds unless something else is said."""


class Put(NamedTuple):
    """A value that start-up code puts under a constant key, under a guard, and the line on which it does."""

    context: Context
    value: int
    line: int
    guard: int


class TextReader:
    """Answers what text stands at a place; every answer is kept."""

    def __init__(self, heap: Heap, calls: CallSites) -> None:
        self._heap = heap
        self._calls = calls
        self._known: dict[tuple[tuple[int, int], int], Texts] = {}
        self._items: dict[object, list[Put]] | None = None
        self._attributes: dict[str, list[Put]] | None = None
        self._rows: dict[str, list[tuple[Context, int]]] | None = None
        self._options: dict[str, list[Option]] | None = None
        self._depth = 0
        self._readers: dict[int, Callable[[Context, int], Texts]] = {
            Op.CONST: self._const,
            Op.NAME: self._name,
            Op.ATTR: self._attribute,
            Op.ITEM: self._item,
            Op.CALL: self._call,
            Op.ANY: self._any,
            Op.MIX: self._mix,
            Op.AWAIT: self._await,
            Op.IMPORT: self._imported,
        }

    def at(self, context: Context, place: int) -> Texts:
        """Give the texts that a place of a context may be."""
        key = (context.key, place)
        known = self._known.get(key)
        if known is not None:
            return known
        if self._depth >= DEEPEST:
            return UNKNOWN
        self._known[key] = UNKNOWN  # what needs itself says nothing
        self._depth += 1
        read = self._readers.get(context.body.ops[place])
        found = read(context, place) if read is not None and place else UNKNOWN
        self._depth -= 1
        self._known[key] = found
        return found

    # -- constants and what is put together --------------------------------------------------------------

    def _const(self, context: Context, place: int) -> Texts:
        value = constant(self._heap, context, place)
        if isinstance(value, str):
            facts = self._heap.modules.facts[context.module]
            return Texts((Text((value,), "", facts.path, context.body.line_of(place)),))
        return UNKNOWN if value is NOT_CONSTANT else NOTHING

    def _any(self, context: Context, place: int) -> Texts:
        return unite(self.at(context, part) for part in context.body.joins[context.body.a[place]])

    def _mix(self, context: Context, place: int) -> Texts:
        """Join the parts of a sum or an f-string."""
        return joined([self.at(context, part) for part in context.body.joins[context.body.a[place]]])

    def _await(self, context: Context, place: int) -> Texts:
        return self.at(context, context.body.a[place])

    # -- names --------------------------------------------------------------------------------------------

    def _name(self, context: Context, place: int) -> Texts:
        name = self._heap.modules.string(context.module, context.body.a[place])
        return self.of_name(context, name)

    def of_name(self, context: Context, name: str) -> Texts:
        """Give the texts of a name as it is seen in a unit."""
        modules = self._heap.modules
        uid, plain = context.uid, name.partition("@")[0]
        while True:
            unit = modules.units[uid]
            seen_here = uid == context.uid or unit.kind != UnitKind.CLASS
            if seen_here and (name in modules.locals[uid] or unit.kind == UnitKind.MODULE):
                break
            uid, name = modules.parent(uid), plain
            if name not in modules.locals[uid]:  # another version of it
                name = next((v for v in modules.locals[uid] if v.partition("@")[0] == plain), name)
        parts = [self._bound(one, name) for one in self._contexts(uid, context)]
        if name in {param.name for param in modules.units[uid].params}:
            parts.append(self._parameter(uid, name))
        return unite(parts) if parts else UNKNOWN

    def _contexts(self, uid: int, nearest: Context) -> list[Context]:
        """Give the contexts of a unit, the one at hand first; a module's is that of start-up."""
        if uid == nearest.uid:
            return [nearest]
        return self._calls.contexts.get(uid, [])

    def _bound(self, context: Context, name: str) -> Texts:
        """Give the texts that a unit binds a name to."""
        modules, body = self._heap.modules, context.body
        parts = []
        for text, value, *_ in body.binds:
            if modules.string(context.module, text) == name:
                parts.append(self.at(context, value) if value else UNKNOWN)
        if not parts and modules.units[context.uid].kind == UnitKind.MODULE:
            return UNKNOWN
        return unite(parts)

    def _imported(self, context: Context, place: int) -> Texts:
        modules = self._heap.modules
        fact = modules.facts[context.module].imports[context.body.a[place]]
        module = modules.find(modules.absolute(context.module, fact.module, fact.level), context.module)
        if module < 0 or not fact.attribute or fact.attribute == "*":
            return UNKNOWN
        return self.of_module(module, fact.attribute)

    def of_module(self, module: int, name: str) -> Texts:
        """Give the texts of a name at the level of a module."""
        context = self._heap.contexts.get(self._heap.module_key(module))
        return self._bound(context, name) if context is not None else UNKNOWN

    def _parameter(self, uid: int, name: str) -> Texts:
        """Give what the callers of a function hand over for a parameter, or its default."""
        params = self._heap.modules.units[uid].params
        index = next(number for number, param in enumerate(params) if param.name == name)
        sites = self._calls.of_unit.get(uid, ())
        parts = []
        for site in sites:
            place = given(self._heap, site, name, index)
            parts.append(self.at(site.context, place) if place else self._default(uid, index))
            if site.record.star:
                parts.append(UNKNOWN)
        found = unite(parts) if parts else unite([self._default(uid, index), UNKNOWN])
        return found if found.known else unite([found, self._option(name, uid)])

    def _default(self, uid: int, index: int) -> Texts:
        place = self._heap.modules.units[uid].params[index].default
        around = self._heap.contexts.get((self._heap.modules.parent(uid), Era.BOOT))
        if not place or around is None:
            return UNKNOWN
        return self.at(around, place)

    # -- attributes and items -----------------------------------------------------------------------------

    def _attribute(self, context: Context, place: int) -> Texts:
        name = self._heap.modules.string(context.module, context.body.b[place])
        values = sorted(evaluate(self._heap, context, context.body.a[place]).values)
        found = unite(self._attribute_of(value, name) for value in values) if values else UNKNOWN
        return found if found.known else unite([found, self._option(name, -1)])

    def _option(self, name: str, uid: int) -> Texts:
        """Give the defaults of an option: of the attribute of the arguments, or of a function's parameter."""
        if self._options is None:
            self._options = options_of(self._heap, self._calls)
        meant = [one for one in self._options.get(name, ()) if one.uid == uid]
        found = unite([UNKNOWN, *(self.at(one.context, one.default) for one in meant)])
        return Texts(tuple(text._replace(setting=text.setting or name) for text in found.known), unknown=True)

    def _attribute_of(self, value: int, name: str) -> Texts:
        kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
        if kind == Kind.MODULE:
            return self.of_module(parts[0], name)
        if kind in (Kind.CLASS, Kind.OBJECT):
            return unite(self._of_class(parts[0], name)) if self._classes(parts[0]) else UNKNOWN
        return UNKNOWN

    def _classes(self, uid: int) -> list[int]:
        return [item for item in names.ancestors(self._heap, uid) if isinstance(item, int)]

    def _of_class(self, uid: int, name: str) -> Iterator[Texts]:
        """Give what class bodies, methods and constructor calls put into an attribute."""
        found = False
        for item in self._classes(uid):
            for part in (*self._class_body(item, name), *self._set_by_methods(item, name)):
                found = True
                yield part
            if found:
                break
        for part in self._constructed(uid, name):
            found = True
            yield part
        if not found:
            yield UNKNOWN

    def _class_body(self, uid: int, name: str) -> Iterator[Texts]:
        if name in self._heap.modules.locals[uid]:
            for context in self._calls.contexts.get(uid, ()):
                yield self._bound(context, name)

    def _set_by_methods(self, uid: int, name: str) -> Iterator[Texts]:
        """Give what methods assign to `self.name`."""
        modules = self._heap.modules
        if name not in modules.assigned(uid):
            return
        children = modules.children.get(uid, ())
        for context in (one for child in children for one in self._calls.contexts.get(child, ())):
            params = modules.units[context.uid].params
            for target, how, text, value, *_ in context.body.writes:
                if (
                    params
                    and how == WriteHow.ATTR
                    and modules.string(context.module, text) == name
                    and context.body.ops[target] == Op.NAME
                    and modules.string(context.module, context.body.a[target]) == params[0].name
                ):
                    yield self.at(context, value)

    def _constructed(self, uid: int, name: str) -> Iterator[Texts]:
        """Give what the constructor of a class of fields is called with."""
        fields = [
            field.name
            for item in self._classes(uid)
            for field in self._heap.modules.units[item].fields
            if field.annotation
        ]
        if name not in fields:
            return
        for site in self._calls.of_unit.get(uid, ()):
            place = argument(self._heap, site, name) or argument(self._heap, site, fields.index(name))
            if place:
                yield self.at(site.context, place)

    def _item(self, context: Context, place: int) -> Texts:
        key = constant(self._heap, context, context.body.b[place])
        if not isinstance(key, str):
            return UNKNOWN
        found = self.of_key(key)
        return found if found.known else unite([found, *self._row_named(key)])

    def _row_named(self, key: str) -> Iterator[Texts]:
        """Give the defaults in a row that has a name: `{"name": "STORAGE", "default": "memory://"}`.

        A table is made of such rows, and asked for `"STORAGE"`.
        """
        if self._rows is None:
            self._rows = _named_rows(self._heap)
        for context, place in self._rows.get(key, ()):
            yield self.at(context, place)

    def of_key(self, key: str) -> Texts:
        """Give the texts that are put under a constant key, in whatever table."""
        return unite([UNKNOWN, *(self.at(put.context, put.value) for put in self.items(key))])

    def items(self, key: str) -> list[Put]:
        """List what start-up code puts under a constant key: `config[key] = value`, `update(key=value)`."""
        if self._items is None:
            self._items = {}
            for unit, context in sorted(self._heap.contexts.items()):
                if context.passes and unit[1] == Era.BOOT:
                    for name, value, line, guard in _puts(self._heap, context):
                        self._items.setdefault(name, []).append(Put(context, value, line, guard))
        return self._items.get(key, [])

    def attributes(self, name: str) -> list[Put]:
        """List what start-up code puts into an attribute of whatever object: `app.conf.broker_url = url`."""
        if self._attributes is None:
            self._attributes = {}
            for unit, context in sorted(self._heap.contexts.items()):
                if context.passes and unit[1] == Era.BOOT:
                    strings = self._heap.modules.facts[context.module].strings
                    for _, how, key, value, guard, _, line, *_ in context.body.writes:
                        if how == WriteHow.ATTR and value:
                            put = Put(context, value, line, guard)
                            self._attributes.setdefault(strings[key], []).append(put)
        return self._attributes.get(name, [])

    # -- calls --------------------------------------------------------------------------------------------

    def _call(self, context: Context, place: int) -> Texts:
        number = context.body.a[place]
        callee, *_ = context.body.calls[number]
        values = sorted(evaluate(self._heap, context, callee).values)
        parts = [self._result(context, number, value) for value in values]
        if not parts:
            method = self._of_text(context, callee)
            parts = [method if method is not None else UNKNOWN]
        found = unite(parts)
        return found if found.known else unite([found, self._fallback(context, number)])

    def _fallback(self, context: Context, number: int) -> Texts:
        """Give what holds where a table has nothing under a key: `settings.get("storage", "memory://")`."""
        record = call_record(context.body, number)
        callee, body = record.callee, context.body
        named = (
            self._heap.modules.string(context.module, body.b[callee]) if body.ops[callee] == Op.ATTR else ""
        )
        if named not in _WITH_FALLBACK or len(record.arguments) != _KEY_AND_FALLBACK:
            return UNKNOWN
        key = constant(self._heap, context, record.arguments[0])
        setting = key if isinstance(key, str) else ""
        known = self.at(context, record.arguments[1]).known
        return Texts(tuple(text._replace(setting=text.setting or setting) for text in known), unknown=True)

    def _result(self, context: Context, number: int, value: int) -> Texts:
        kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
        if kind == Kind.METHOD:
            return self._result(context, number, parts[0])
        if kind == Kind.FUNCTION:
            made = self._calls.contexts.get(parts[0], ())
            flows = [(one, flow) for one in made for flow in one.body.flows if not flow[0]]
            return unite(self.at(one, flow[1]) for one, flow in flows) if flows else UNKNOWN
        if kind in (Kind.EXTERNAL, Kind.BOUND, Kind.EXTERNAL_OBJECT):
            suffix = _CALLED if kind == Kind.EXTERNAL_OBJECT else ""
            for dotted in dotted_names(self._heap, value):
                name = f"{dotted}{suffix}"
                entry = self._heap.knowledge.texts.get(name)
                if entry is not None:
                    return self._from_entry(CallSite(context, number, 0, name), entry)
        return UNKNOWN

    def _from_entry(self, site: CallSite, entry: TextEntry) -> Texts:
        """Read the text off the arguments of a call that a knowledge file describes."""
        heap, context = self._heap, site.context
        if entry.default:
            place = next((p for at in entry.default if (p := argument(heap, site, at))), 0)
            asked = argument(heap, site, entry.setting) if entry.setting is not None else 0
            setting = constant(heap, context, asked) if asked else ""
            known = self.at(context, place).known if place else ()
            named = setting if isinstance(setting, str) else ""
            return Texts(tuple(text._replace(setting=text.setting or named) for text in known), unknown=True)
        places = [place for at in entry.same if (place := argument(heap, site, at))]
        parts = [self.at(context, place) for place in places]
        if not parts:
            return UNKNOWN
        return joined([*parts, UNKNOWN] if entry.more else parts)

    def _of_text(self, context: Context, callee: int) -> Texts | None:
        """Give the text that a method of a text makes of it: `"sqlite:///{}".format(path)`."""
        body = context.body
        if body.ops[callee] != Op.ATTR:
            return None
        method = self._heap.modules.string(context.module, body.b[callee])
        entry = self._heap.knowledge.texts.get(_TEXT_METHODS + method)
        if entry is None:
            return None
        base = self.at(context, body.a[callee])
        if not entry.more:
            return base
        return Texts(tuple(opened(text) for text in base.known), base.unknown)


def _puts(heap: Heap, context: Context) -> Iterator[tuple[str, int, int, int]]:
    """List what a unit puts under constant keys: key, place, line and guard."""
    strings, body = heap.modules.facts[context.module].strings, context.body
    for _, how, key, value, guard, _, line, *_ in body.writes:
        name = constant(heap, context, key) if how == WriteHow.ITEM else None
        if isinstance(name, str):
            yield name, value, line, guard
    for _, _, keywords, _, guard, _, line, *_ in body.calls:
        for text, value in keywords:
            yield strings[text], value, line, guard
    for kind, pairs in body.sites:
        for index in range(0, len(pairs) if kind == "dict" else 0, 2):
            name = constant(heap, context, pairs[index]) if pairs[index] else None
            if isinstance(name, str):
                yield name, pairs[index + 1], body.line_of(pairs[index]), 0


def _named_rows(heap: Heap) -> dict[str, list[tuple[Context, int]]]:
    """For each text that names a row of a table, the places of the defaults in that row."""
    found: dict[str, list[tuple[Context, int]]] = {}
    for unit, context in sorted(heap.contexts.items()):
        if not context.passes or unit[1] != Era.BOOT:
            continue
        for kind, pairs in context.body.sites:
            row = (
                [(constant(heap, context, key), value) for key, value in _pairs(pairs)]
                if kind == "dict"
                else []
            )
            names_ = [text for _, value in row if isinstance(text := constant(heap, context, value), str)]
            defaults = [value for key, value in row if _OF_A_DEFAULT & set(str(key).lower().split("_"))]
            for name in names_ if defaults else ():
                found.setdefault(name, []).extend((context, place) for place in defaults)
    return found


def _pairs(pairs: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(pairs[::2], pairs[1::2], strict=True)
