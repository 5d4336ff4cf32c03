"""From a place back to the named cell out of which its value has come: a name, a field, a default."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op, UnitFlag, UnitKind, WriteHow
from statelint.model.places import Place
from statelint.program import callees, names
from statelint.program.calling import call_record
from statelint.program.evaluate import evaluate
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.accesses import Span
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

MOST_STEPS = 200
"""Places that are looked at on the way back; what is further away keeps the name that is found first."""

_OF_LIBRARIES = (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT)
_BEHIND = (Op.ITEM, Op.ELEMENT, Op.AWAIT, Op.ENTER, Op.SLICE)


class Origin(NamedTuple):
    """A named cell, and where the value in question is put there."""

    cell: SlotKey
    place: Place


class Trail(NamedTuple):
    """The way back from a place: the named cell furthest back, if any, and the contexts that were passed.

    `reached`: a call that gives such a value by itself was found at the end.
    """

    origin: Origin | None
    contexts: tuple[Context, ...]
    reached: bool


def trail_to(heap: Heap, context: Context, place: int, bit: int, source: int) -> Trail:
    """Go back from a place to where a value with a bit comes from: a library call with the bits `source`.

    Locals of functions that have returned are passed through: `key = make_key()` leads to what that returns.
    """
    search = _Search(heap, bit, source)
    origin = search.at(context, place)
    return Trail(origin=origin, contexts=tuple(search.contexts), reached=search.reached)


class _Search:
    """One way back. Each step follows only what carries the bit, each place once."""

    def __init__(self, heap: Heap, bit: int, source: int) -> None:
        self._heap = heap
        self._bit = bit
        self._source = source
        self.reached = False
        self.contexts: dict[Context, None] = {}
        self._seen: set[tuple[tuple[int, int], int]] = set()
        self._cells: set[SlotKey] = set()

    def at(self, context: Context, place: int) -> Origin | None:
        """Go back from a place."""
        step = (context.key, place)
        if not place or step in self._seen or len(self._seen) >= MOST_STEPS:
            return None
        if not evaluate(self._heap, context, place).bits & self._bit:
            return None
        self._seen.add(step)
        self.contexts[context] = None
        return next((origin for origin in self._behind(context, place) if origin is not None), None)

    def _put_at(self, context: Context, cell: SlotKey, values: list[tuple[int, Span]]) -> Origin | None:
        """Go to what is put into a cell, by place and span; where that has no cell of its own, this is it."""
        own = None
        path = self._heap.modules.facts[context.module].path
        for value, span in values:
            if not evaluate(self._heap, context, value).bits & self._bit:
                continue
            found = self.at(context, value)
            if found is not None:
                return found
            own = own or Origin(cell, Place(path, *span))
        return own

    def _behind(self, context: Context, place: int) -> Iterator[Origin | None]:
        body = context.body
        op, a = body.ops[place], body.a[place]
        if op == Op.NAME:
            yield from self._name(context, self._heap.modules.string(context.module, a))
        elif op == Op.ATTR:
            yield from self._attribute(context, place)
        elif op == Op.CALL:
            yield from self._call(context, a)
        elif op in (Op.ANY, Op.MIX):
            for part in body.joins[a]:
                yield self.at(context, part)
        elif op == Op.SITE:
            for part in body.sites[a][1]:
                yield self.at(context, part)
        elif op in _BEHIND:
            yield self.at(context, a)
            if op == Op.ITEM:
                yield from self._elements(context, a)

    def _elements(self, context: Context, base: int) -> Iterator[Origin | None]:
        """Go to what is put into a container under a key: `self.keys[salt] = derive(secret, salt)`."""
        heap = self._heap
        for value in sorted(evaluate(heap, context, base).values):
            cell: SlotKey = ("E", value)
            slot = heap.slots.get(cell)
            if slot is None or not slot.bits & self._bit or cell in self._cells:
                continue
            self._cells.add(cell)
            for other in heap.in_order():
                for target, how, _, put, *_ in other.body.writes if other.passes else ():
                    is_here = how == WriteHow.ITEM and value in evaluate(heap, other, target).values
                    yield self.at(other, put) if is_here else None

    # -- names ----------------------------------------------------------------------------------------

    def _name(self, context: Context, name: str) -> Iterator[Origin | None]:
        modules = self._heap.modules
        kind = modules.units[context.uid].kind
        if kind == UnitKind.MODULE:
            yield self._global(context.module, name)
        elif name not in modules.locals[context.uid]:
            name = name.partition("@")[0]
            home, owner, runs = names.owner_of_name(self._heap, context, name)
            if home == "module":
                yield self._global(owner, name)
            for run in runs:
                yield self._captured(("L", owner, run, name))
        elif kind == UnitKind.CLASS:
            yield self._class_attribute(context.uid, name)
        else:
            for text, value, *_ in context.body.binds:
                if modules.string(context.module, text) == name:
                    yield self.at(context, value)
            yield from self._parameter(context, name)

    def _global(self, module: int, name: str) -> Origin | None:
        """Give a global, or what it was bound to if that has a name of its own; an import is followed."""
        heap, cell = self._heap, ("G", module, name)
        if cell in self._cells:
            return None
        self._cells.add(cell)
        context = heap.contexts.get(heap.module_key(module))
        if context is None:
            return None
        bound = self._bound_to(context, name)
        for value, _ in bound:
            if context.body.ops[value] == Op.IMPORT:
                fact = heap.modules.facts[module].imports[context.body.a[value]]
                source = heap.modules.find(heap.modules.absolute(module, fact.module, fact.level), module)
                return self._global(source, fact.attribute) if source >= 0 else None
        return self._put_at(context, cell, bound) or self._written_to(cell, name)

    def _written_to(self, cell: SlotKey, name: str) -> Origin | None:
        """Go to where other code binds a cell: `global KEY`, then `KEY = ...`, or `settings.KEY = ...`."""
        heap = self._heap
        for context in heap.in_order():
            if not context.passes:
                continue
            strings = heap.modules.facts[context.module].strings
            written = [
                (value, (line, column, end_line, end_column))
                for target, how, text, value, _, _, line, column, end_line, end_column in context.body.writes
                if (how == WriteHow.NAME and self._is_name_of(context, target, cell, name))
                or (how == WriteHow.ATTR and strings[text] == name and self._is_owner(context, target, cell))
            ]
            found = self._put_at(context, cell, written)
            if found is not None:
                return found
        return None

    def _is_name_of(self, context: Context, target: int, cell: SlotKey, name: str) -> bool:
        if self._heap.modules.string(context.module, context.body.a[target]) != name:
            return False
        home, owner, runs = names.owner_of_name(self._heap, context, name)
        if home == "module":
            return cell == ("G", owner, name)
        return any(cell == ("L", owner, run, name) for run in runs)

    def _is_owner(self, context: Context, target: int, cell: SlotKey) -> bool:
        values = evaluate(self._heap, context, target).values
        if cell[0] == "G":
            return self._heap.values.make(Kind.MODULE, cell[1]) in values
        return cell[0] == "F" and cell[1] in values

    def _bound_to(self, context: Context, name: str) -> list[tuple[int, Span]]:
        strings = self._heap.modules.facts[context.module].strings
        return [
            (value, (line, column, end_line, end_column))
            for text, value, _, line, column, end_line, end_column in context.body.binds
            if strings[text].partition("@")[0] == name and value
        ]

    def _captured(self, cell: SlotKey) -> Origin | None:
        _, owner, run, name = cell
        context = self._heap.contexts.get((owner, run))
        if context is None or cell in self._cells:
            return None
        self._cells.add(cell)
        given = (one for one in self._parameter(context, name) if one is not None)
        bound = self._put_at(context, cell, self._bound_to(context, name))
        return bound or next(given, None) or self._written_to(cell, name)

    def _parameter(self, context: Context, name: str) -> Iterator[Origin | None]:
        """Go to what callers give for a parameter, or to its default."""
        heap = self._heap
        params = heap.modules.units[context.uid].params
        number = next((n for n, param in enumerate(params) if param.name == name), -1)
        if number < 0:
            return
        for caller in sorted(context.callers, key=lambda one: one.key):
            for record, bound in callees.calls_to(heap, caller, context.uid):
                yield self.at(caller, callees.given(heap, caller, record, name, number - bound))
        for run in sorted(context.env):
            cell = ("D", context.uid, run, number)
            slot = heap.slots.get(cell)
            if slot is not None and slot.bits & self._bit:
                around = heap.contexts.get((heap.modules.parent(context.uid), run))
                if around is not None:
                    span = heap.modules.units[context.uid].span
                    yield self._put_at(around, cell, [(params[number].default, span)])

    # -- attributes -----------------------------------------------------------------------------------

    def _attribute(self, context: Context, place: int) -> Iterator[Origin | None]:
        heap, base = self._heap, context.body.a[place]
        name = heap.modules.string(context.module, context.body.b[place])
        for value in sorted(evaluate(heap, context, base).values):
            kind, parts = heap.values.kinds[value], heap.values.parts[value]
            if kind == Kind.MODULE:
                yield self._global(parts[0], name)
            elif kind == Kind.CLASS:
                yield self._class_attribute(parts[0], name)
            elif kind == Kind.OBJECT:
                yield from self._field(value, name)
            elif kind in _OF_LIBRARIES:
                yield self._put_on_library(("F", value, name))
        yield self.at(context, base)

    def _put_on_library(self, cell: SlotKey) -> Origin | None:
        """Go to where code sets an attribute of a library's object: `app.key = ...`, `g.key = app.key`."""
        slot = self._heap.slots.get(cell)
        if slot is None or not slot.bits & self._bit or cell in self._cells:
            return None
        self._cells.add(cell)
        return self._written_to(cell, cell[2])

    def _field(self, value: int, name: str) -> Iterator[Origin | None]:
        heap, uid, cell = self._heap, self._heap.values.parts[value][0], ("F", value, name)
        slot = heap.slots.get(cell)
        if slot is None or not slot.bits & self._bit or cell in self._cells:
            yield self._class_attribute(uid, name)
            return
        self._cells.add(cell)
        for method in self._methods(uid):
            for context in self._contexts(method):
                yield self._put_at(context, cell, self._assigned(context, name))
        yield self._written_to(cell, name)
        yield self._class_attribute(uid, name)  # a default that each object has a copy of

    def _methods(self, uid: int) -> list[int]:
        modules = self._heap.modules
        order = [item for item in names.ancestors(self._heap, uid) if isinstance(item, int)]
        return [child for item in order for child in modules.children.get(item, ())]

    def _assigned(self, context: Context, name: str) -> list[tuple[int, Span]]:
        strings = self._heap.modules.facts[context.module].strings
        return [
            (value, (line, column, end_line, end_column))
            for _, how, text, value, _, _, line, column, end_line, end_column in context.body.writes
            if how == WriteHow.ATTR and strings[text] == name and value
        ]

    def _class_attribute(self, uid: int, name: str) -> Origin | None:
        heap = self._heap
        for item in names.ancestors(heap, uid):
            if not isinstance(item, int) or name not in heap.modules.locals[item]:
                continue
            cell = ("F", heap.values.make(Kind.CLASS, item), name)
            slot = heap.slots.get(cell)
            getters = [] if slot is None else sorted(slot.values)
            for value in getters:
                if heap.values.kinds[value] == Kind.FUNCTION and self._is_property(value):
                    return self._returned(heap.values.parts[value][0], cell)
            if slot is None or not slot.bits & self._bit or cell in self._cells:
                return None
            self._cells.add(cell)
            context = heap.contexts.get((item, Era.BOOT))
            if context is None:
                return None
            return self._put_at(context, cell, self._bound_to(context, name)) or self._written_to(cell, name)
        return None

    def _is_property(self, function: int) -> bool:
        flags = self._heap.modules.units[self._heap.values.parts[function][0]].flags
        return bool(flags & UnitFlag.PROPERTY)

    # -- calls ----------------------------------------------------------------------------------------

    def _call(self, context: Context, number: int) -> Iterator[Origin | None]:
        heap, record = self._heap, call_record(context.body, number)
        for value in sorted(evaluate(heap, context, record.callee).values):
            kind, parts = heap.values.kinds[value], heap.values.parts[value]
            if kind in (Kind.FUNCTION, Kind.METHOD):
                function = parts[0] if kind == Kind.FUNCTION else heap.values.parts[parts[0]][0]
                yield self._returned(function)
        for name in callees.names_called(heap, context, record.callee):
            self.reached |= any(Bit.NAMES[word] & self._source for word in heap.knowledge.bits(name))
        for place in (*record.arguments, *(place for _, place in record.keywords)):
            yield self.at(context, place)
        if context.body.ops[record.callee] == Op.ATTR:
            yield self.at(context, context.body.a[record.callee])

    def _returned(self, uid: int, kept_as: SlotKey | None = None) -> Origin | None:
        """Go to what a function returns; that is kept by a property, and by a function that remembers it."""
        cell: SlotKey | None = ("M", uid) if uid in self._heap.memos else kept_as
        for context in self._contexts(uid):
            places = [place for _, place, *_ in context.body.flows]
            if cell is None:
                found = next((one for place in places if (one := self.at(context, place)) is not None), None)
            else:
                lines = (context.body.line_of(place) for place in places)
                spans = [(place, (line, 1, line, 1)) for place, line in zip(places, lines, strict=True)]
                found = self._put_at(context, cell, spans)
            if found is not None:
                return found
        return None

    def _contexts(self, uid: int) -> list[Context]:
        return [context for context in self._heap.contexts_of(uid) if context.passes]
