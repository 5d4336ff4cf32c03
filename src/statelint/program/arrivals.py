"""Whether an object that outlives the request really gets to where something is written.

domain = Domain.empty()         # of this request
domain = domain.merge(other)    # elsewhere the one of the application is merged, too

The solver unites what all callers give a function and what it gives them all. Here one way back is followed at a
time: out of a function only to the call by which it was entered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.model.facts import CALL_CALLEE, Op, ParamKind, UnitFlag, UnitKind, WriteHow
from statelint.program import callees, library, made_at, names
from statelint.program.attributes import attribute_of
from statelint.program.calling import call_record
from statelint.program.constants import NOT_CONSTANT, constant
from statelint.program.evaluate import evaluate
from statelint.program.heap import era_of
from statelint.program.left_out import left_out
from statelint.program.values import SERVING, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.calling import CallRecord
    from statelint.program.heap import Context, Heap

_MOST_STEPS = 500
"""Places that are looked at for one question; what is further away is taken to get there."""
_DEEPEST = 50
_MOST_FRAMES = 6
"""Calls that are remembered on the way into functions; behind more of them any caller may be meant."""
_MOST_METHODS = 24
"""Methods that a constructor calls on its object, directly or not, that are looked at."""
_FOLLOWED = (Kind.OBJECT, Kind.CONTAINER, Kind.EXTERNAL_OBJECT)
_SPAN = slice(6, 10)
_PROTOCOL = ("__getitem__", "__setitem__", "__delitem__", "__iter__", "__enter__", "__exit__")
"""Methods that statements call on the object that they name."""
_ON_OBJECTS = (WriteHow.ITEM, WriteHow.ATTR, WriteHow.DEL_ITEM, WriteHow.DEL_ATTR)
_OF_OBJECTS = (Op.ATTR, Op.ITEM, Op.ELEMENT, Op.ENTER)
_VIEWS = ("items", "values", "keys")


class _Frame(NamedTuple):
    """A call by which a function was entered, and how many parameters are bound before its arguments."""

    caller: Context
    number: int
    bound: int
    makes: bool


class _Made(NamedTuple):
    """A place that makes something for this request, and the calls by which the way back got there."""

    context: Context
    place: int
    frames: tuple[_Frame, ...]


_LASTS: Final = None
"""Stands for what outlives the request, and for what comes from where nothing is known."""

_Frames = tuple[_Frame, ...]
_Origins = "Iterator[_Made | None]"


class Arrivals:
    """Answers by which ways values get to places; `stored` are all writes while serving."""

    def __init__(self, heap: Heap, stored: Iterable[Write]) -> None:
        self._heap = heap
        self._stored: dict[int, list[Write]] | None = None
        self._writes = stored
        self._known: dict[tuple[int, Context, int], bool] = {}

    def arrives(self, write: Write) -> bool:
        """Whether what a write changes may be something that was there before the request."""
        heap, context = self._heap, write.context
        owner = write.cell[1]
        if write.cell[0] not in ("F", "E") or heap.values.kinds[owner] not in _FOLLOWED:
            return True
        places = [p for p in _changed(write) if owner in evaluate(heap, context, p).values]
        return not places or any(self._is_lasting(owner, context, place) for place in places)

    def _is_lasting(self, value: int, context: Context, place: int) -> bool:
        key = (value, context, place)
        if key not in self._known:
            search = _Search(self._heap, self._stored_in)
            self._known[key] = any(one is _LASTS for one in search.at(value, context, place, ()))
        return self._known[key]

    def _stored_in(self, owner: int) -> list[Write]:
        """List what is put into the cells of a value."""
        if self._stored is None:
            self._stored = {}
            for write in self._writes:
                if write.cell[0] in ("F", "E", "I") and write.value is not None:
                    self._stored.setdefault(write.cell[1], []).append(write)
        return self._stored.get(owner, [])


def _changed(write: Write) -> Iterator[int]:
    """List the places that a statement or call may change."""
    body = write.context.body
    for target, how, _, _, _, _, *span in body.writes:
        if tuple(span) == write.span and how not in (WriteHow.NAME, WriteHow.DEL_NAME):
            yield target
    for record in body.calls:
        if record[_SPAN] == write.span:
            callee = record[CALL_CALLEE]
            if body.ops[callee] == Op.ATTR:
                yield body.a[callee]
            yield from record[1]


def _may_be_starred(body: Body, record: CallRecord, position: int) -> bool:
    """Whether an argument at a position may be one of `*args`."""
    return any(body.ops[place] == Op.ELEMENT for place in record.arguments[: position + 1])


class _Search:
    """All ways back from one place. Each step follows only what may be the value, and each but once."""

    def __init__(self, heap: Heap, stored_in: Callable[[int], list[Write]]) -> None:
        self._heap = heap
        self._stored_in = stored_in
        self._seen: set[tuple[int, Context, int, _Frames]] = set()
        self._depth = 0
        self._met = 0

    def at(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        """Go back from a place by which a context has a value."""
        if value not in evaluate(self._heap, context, place).values:
            return
        self._met += 1
        step = (value, context, place, frames)
        if step in self._seen:
            return
        self._seen.add(step)
        if len(self._seen) > _MOST_STEPS or self._depth > _DEEPEST:
            yield _LASTS
            return
        self._depth += 1
        op = context.body.ops[place]
        follow = _STEPS.get(op)
        if follow is None:
            yield _LASTS
        else:
            yield from follow(self, value, context, place, frames)
        self._depth -= 1

    # -- names ----------------------------------------------------------------------------------------

    def _name(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        heap, modules = self._heap, self._heap.modules
        name = modules.string(context.module, context.body.a[place])
        if modules.units[context.uid].kind not in (UnitKind.FUNCTION, UnitKind.LAMBDA) or context.split:
            yield _LASTS
        elif name in modules.locals[context.uid]:
            yield from self._local(value, context, name, frames)
        else:
            home, owner, runs = names.owner_of_name(heap, context, name.partition("@")[0])
            if home == "module" or any(era_of(run) not in SERVING for run in runs):
                yield _LASTS
                return
            for run in runs:
                around = heap.contexts.get((owner, run))
                versions = modules.units[owner].local_names if around is not None else ()
                for version in versions:
                    if version.partition("@")[0] == name.partition("@")[0]:
                        yield from self._local(value, around, version, ())

    def _local(self, value: int, context: Context, name: str, frames: _Frames) -> Iterator[_Made | None]:
        """Go to what a name is bound to, or to what callers give for it."""
        heap = self._heap
        strings = heap.modules.facts[context.module].strings
        bound = [place for text, place, *_ in context.body.binds if strings[text] == name]
        params = heap.modules.units[context.uid].params
        number = next((number for number, param in enumerate(params) if param.name == name), -1)
        for place in bound:
            if place:
                yield from self.at(value, context, place, frames)
        if number >= 0:
            yield from self._parameter(value, context, number, frames)
        elif not any(bound):
            yield _LASTS

    def _parameter(
        self, value: int, context: Context, number: int, frames: _Frames
    ) -> Iterator[_Made | None]:
        heap, met = self._heap, self._met
        if frames:
            yield from self._given(value, context, number, frames[-1], frames[:-1])
            return
        is_async = heap.modules.units[context.uid].flags & UnitFlag.ASYNC
        if context.key in heap.entries or not context.callers:
            yield _LASTS
            return
        for caller in context.callers:
            calls = left_out(heap).calls_in(caller).get(context.uid)
            if caller.era not in SERVING:
                yield _LASTS
            elif calls is None:
                yield from self._used(value, caller, context) if not number else (_LASTS,)
            elif (caller, context) in heap.handed_over and not is_async:
                yield _LASTS
            else:
                for call, bound in calls:
                    makes = self._makes(caller, call)
                    yield from self._given(value, context, number, _Frame(caller, call, bound, makes), ())
        if self._met == met:  # nobody gives it: it was found in another way, by an annotation, say
            yield _LASTS

    def _used(self, value: int, caller: Context, context: Context) -> Iterator[_Made | None]:
        """Go to the object whose protocol method or property a statement calls: `table[key] = value`."""
        unit, body = self._heap.modules.units[context.uid], caller.body
        places = {target for target, how, *_ in body.writes if how in _ON_OBJECTS}
        places |= {body.a[place] for place in range(1, len(body.ops)) if body.ops[place] in _OF_OBJECTS}
        found = [p for p in sorted(places) if value in evaluate(self._heap, caller, p).values]
        is_called = unit.name in _PROTOCOL or unit.flags & (UnitFlag.PROPERTY | UnitFlag.SETTER)
        if not found or not is_called:
            yield _LASTS
            return
        for place in found:
            yield from self.at(value, caller, place, ())

    def _given(
        self, value: int, context: Context, number: int, frame: _Frame, frames: _Frames
    ) -> Iterator[_Made | None]:
        """Go to what one call gives for a parameter."""
        heap, caller = self._heap, frame.caller
        record = call_record(caller.body, frame.number)
        param = heap.modules.units[context.uid].params[number]
        if number < frame.bound:
            yield from self._receiver(value, frame, record, frames)
            return
        position = number - frame.bound if param.kind == ParamKind.POSITIONAL else -1
        if _may_be_starred(caller.body, record, position):
            position = -1
        place = callees.given(heap, caller, record, param.name, position)
        is_open = record.star and not place
        if is_open or param.kind not in (ParamKind.POSITIONAL, ParamKind.KEYWORD_ONLY):
            yield _LASTS
        elif place and evaluate(heap, caller, place).values:
            yield from self.at(value, caller, place, frames)
        elif place:
            yield _LASTS
        elif param.default:
            slots = (heap.slots.get(("D", context.uid, run, number)) for run in (context.run, *context.env))
            if any(slot is not None and value in slot.values for slot in slots):
                yield _LASTS

    def _receiver(
        self, value: int, frame: _Frame, record: CallRecord, frames: _Frames
    ) -> Iterator[_Made | None]:
        """Go to the object whose method a call runs; a constructor has the new one."""
        heap, caller = self._heap, frame.caller
        if frame.makes:
            if self._is_of(caller, value):
                self._met += 1
                yield _Made(caller, self._place_of(caller, frame.number), frames)
            return
        if not self._is_bound(caller, record.callee, value):
            return
        place = callees.receiver(caller, record)
        found = evaluate(heap, caller, place).values if place else frozenset()
        if value in found:
            yield from self.at(value, caller, place, frames)
        elif any(heap.values.kinds[one] == Kind.SUPER for one in found) and self._has_self(caller, value):
            yield from self._parameter(value, caller, 0, frames)
        else:
            yield from self._bound_at(value, caller, record.callee, frames)

    def _bound_at(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        """Go to the object that a name has a method of: `encode = self.encode_text`, and then `encode()`."""
        body = context.body
        if body.ops[place] == Op.ATTR and value in evaluate(self._heap, context, body.a[place]).values:
            yield from self.at(value, context, body.a[place], frames)
            return
        bound = [given for text, given, *_ in body.binds if text == body.a[place] and given]
        if body.ops[place] != Op.NAME or not bound:
            yield _LASTS
            return
        for given in bound:
            if self._is_bound(context, given, value):
                attribute = body.ops[given] == Op.ATTR
                yield from self._bound_at(value, context, given, frames) if attribute else (_LASTS,)

    def _is_bound(self, caller: Context, callee: int, value: int) -> bool:
        """Whether a method that is called is one of a value."""
        kinds, parts = self._heap.values.kinds, self._heap.values.parts
        methods = (v for v in evaluate(self._heap, caller, callee).values if kinds[v] == Kind.METHOD)
        return any(parts[method][1] == value for method in methods)

    def _has_self(self, context: Context, value: int) -> bool:
        params = self._heap.modules.units[context.uid].params
        return bool(params) and value in names.local_slot(self._heap, context, params[0].name).values

    @staticmethod
    def _place_of(context: Context, number: int) -> int:
        """Give the place of what a call gives; 0 where nothing uses it."""
        body = context.body
        found = (
            place for place in range(1, len(body.ops)) if body.ops[place] == Op.CALL and body.a[place] == number
        )
        return next(found, 0)

    # -- calls ----------------------------------------------------------------------------------------

    def _makes(self, context: Context, number: int) -> bool:
        """Whether a call makes objects: what it calls are classes."""
        callee = context.body.calls[number][CALL_CALLEE]
        found = evaluate(self._heap, context, callee).values
        return bool(found) and all(self._heap.values.kinds[one] == Kind.CLASS for one in found)

    def _is_of(self, context: Context, value: int) -> bool:
        """Whether a value may be one that code of a context makes: it is of the same era."""
        kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
        era = parts[2] if kind == Kind.CONTAINER else era_of(parts[1])
        return bool(era == context.era)

    def _call(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        heap, number = self._heap, context.body.a[place]
        callee = context.body.calls[number][CALL_CALLEE]
        for one in sorted(evaluate(heap, context, callee).values):
            kind = heap.values.kinds[one]
            if kind in (Kind.FUNCTION, Kind.METHOD):
                yield from self._returned(value, context, number, one, frames)
            elif kind == Kind.CLASS:
                yield from self._new(value, context, place, one, frames)
            else:
                yield from self._library(value, context, place, one, frames)

    def _returned(
        self, value: int, context: Context, number: int, function: int, frames: _Frames
    ) -> Iterator[_Made | None]:
        """Go to what a function of the project returns to this call."""
        heap, parts = self._heap, self._heap.values.parts
        is_method = heap.values.kinds[function] == Kind.METHOD
        uid = parts[parts[function][0]][0] if is_method else parts[function][0]
        runs = [run for run in heap.contexts_of(uid) if context in run.callers]
        if not runs or uid in heap.memos or heap.modules.units[uid].flags & UnitFlag.GENERATOR:
            yield _LASTS
            return
        frame = _Frame(context, number, int(is_method), False)
        entered = (*frames, frame)[-_MOST_FRAMES:]
        for run in runs:
            if run.era not in SERVING:
                yield _LASTS
                continue
            for yields, place, *_ in run.body.flows:
                if not yields:
                    yield from self.at(value, run, place, entered)

    def _new(
        self, value: int, context: Context, place: int, made: int, frames: _Frames
    ) -> Iterator[_Made | None]:
        """Tell what calling a class of the project gives."""
        heap, uid = self._heap, self._heap.values.parts[made][0]
        order = [item for item in names.ancestors(heap, uid) if isinstance(item, int)]
        if any("__new__" in heap.modules.locals[item] or heap.metaclasses.get(item) for item in order):
            yield _LASTS
        elif heap.values.kinds[value] == Kind.OBJECT and heap.values.parts[value][0] == uid:
            if self._is_of(context, value):
                yield _Made(context, place, frames)

    def _library(
        self, value: int, context: Context, place: int, callee: int, frames: _Frames
    ) -> Iterator[_Made | None]:
        """Tell what a call of something in a library gives: a new object, or what lies in its receiver."""
        heap, number = self._heap, context.body.a[place]
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.CONTAINER and self._is_of(context, value) and parts[0] == context.uid:
            if made_at.is_made_by_call(parts[1], number):
                yield _Made(context, place, frames)
                return
        dotted = callees.names_of(heap, callee)
        if any(self._copies_deeply(name) for name in dotted) or (
            kind == Kind.EXTERNAL_OBJECT and any(name == parts[0] for name in dotted)
        ):
            if self._is_of(context, value):
                yield _Made(context, place, frames)
            return
        body = context.body
        at = body.calls[number][CALL_CALLEE]
        base = body.a[at] if body.ops[at] == Op.ATTR else 0
        if heap.values.kinds[callee] == Kind.BOUND and base:
            yield from self._inside(value, context, base, NOT_CONSTANT, frames)
        else:
            yield _LASTS

    def _copies_deeply(self, name: str) -> bool:
        entry = self._heap.knowledge.function(name)
        return entry is not None and entry.returns.startswith("deep:")

    # -- parts ----------------------------------------------------------------------------------------

    def _item(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        body = context.body
        key = constant(self._heap, context, body.b[place])
        yield from self._inside(value, context, body.a[place], key, frames)

    def _element(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        yield from self._inside(value, context, context.body.a[place], NOT_CONSTANT, frames)

    def _inside(
        self, value: int, context: Context, base: int, key: object, frames: _Frames
    ) -> Iterator[_Made | None]:
        """Go to what is in a container, by way of each container that may be meant."""
        heap = self._heap
        viewed = self._viewed(context, base)
        if viewed != base:
            base, key = viewed, NOT_CONSTANT
        known = False
        for owner in sorted(evaluate(heap, context, base).values):
            if heap.values.kinds[owner] not in (Kind.CONTAINER, Kind.OBJECT):
                continue
            slots = [heap.slots.get(("E", owner))]
            if key is not NOT_CONSTANT:
                slots = [heap.slots.get(("I", owner, key)), heap.slots.get(("U", owner))]
            if not any(slot is not None and value in slot.values for slot in slots):
                continue
            known = True
            for made in self.at(owner, context, base, frames):
                if made is _LASTS:
                    yield _LASTS
                else:
                    yield from self._put(value, owner, made, key)
        if not known:
            yield _LASTS

    def _viewed(self, context: Context, place: int) -> int:
        """Give the place of the container behind its items: `for name, one in table.items()`."""
        body, kinds = context.body, self._heap.values.kinds
        while any(kinds[v] in (Kind.VIEW, Kind.PAIR) for v in evaluate(self._heap, context, place).values):
            callee = body.calls[body.a[place]][CALL_CALLEE] if body.ops[place] == Op.CALL else 0
            if body.ops[place] == Op.ELEMENT:
                place = body.a[place]
            elif body.ops[callee] == Op.ATTR and self._heap.modules.string(
                context.module, body.b[callee]
            ) in _VIEWS:
                place = body.a[callee]
            else:
                break
        return place

    def _put(self, value: int, owner: int, made: _Made, key: object) -> Iterator[_Made | None]:
        """Go to what a container has when it is made, or is given later."""
        body, place = made.context.body, made.place
        if place and body.ops[place] == Op.CALL and self._is_deep_copy(made):
            return
        yield from self._stored(value, owner)
        if not place:
            yield _LASTS
        elif body.ops[place] == Op.CALL:
            yield from self._copied(value, made)
        else:
            _, pairs = body.sites[body.a[place]]
            for index in range(0, len(pairs), 2):
                its = constant(self._heap, made.context, pairs[index])
                if key is NOT_CONSTANT or its is NOT_CONSTANT or its == key:
                    yield from self.at(value, made.context, pairs[index + 1], made.frames)

    def _copied(self, value: int, made: _Made) -> Iterator[_Made | None]:
        """Go to what a call of a library puts into a new container: elements of what it is given."""
        context, body, met = made.context, made.context.body, self._met
        record = call_record(body, body.a[made.place])
        if not callees.names_called(self._heap, context, record.callee) or record.star or record.keywords:
            yield _LASTS
            return
        if self._is_row(value, context, body.a[made.place]):
            yield made
            return
        receiver = callees.receiver(context, record)
        for place in (*record.arguments, *([receiver] if receiver else [])):
            if self._holds(value, context, place):
                yield from self._inside(value, context, place, NOT_CONSTANT, made.frames)
        if self._met == met:
            yield _LASTS

    def _is_row(self, value: int, context: Context, number: int) -> bool:
        """Whether a value is a tuple that a call makes of each element: `enumerate(carts)`."""
        parts = self._heap.values.parts[value]
        if self._heap.values.kinds[value] != Kind.CONTAINER or not self._is_of(context, value):
            return False
        return bool(parts[0] == context.uid and parts[1] == made_at.row_by_call(number))

    def _holds(self, value: int, context: Context, place: int) -> bool:
        """Whether a value lies in a container that a place may be."""
        place = self._viewed(context, place)
        slots = (self._heap.slots.get(("E", one)) for one in evaluate(self._heap, context, place).values)
        return any(slot is not None and value in slot.values for slot in slots)

    def _is_deep_copy(self, made: _Made) -> bool:
        body = made.context.body
        callee = body.calls[body.a[made.place]][CALL_CALLEE]
        dotted = callees.names_called(self._heap, made.context, callee)
        return bool(dotted) and all(self._copies_deeply(name) for name in dotted)

    def _stored(self, value: int, owner: int) -> Iterator[_Made | None]:
        """Go to what statements put into a value after it was made."""
        for write in self._stored_in(owner):
            if write.value is None or value not in write.value.values:
                continue
            body = write.context.body
            put = [given for _, _, _, given, _, _, *span in body.writes if tuple(span) == write.span and given]
            put += [given for record in body.calls if record[_SPAN] == write.span for given in record[1]]
            met = self._met
            for place in put:
                yield from self.at(value, write.context, place, ())
            if self._met == met:
                yield _LASTS

    def _attr(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        """Go to the field of each object that may be meant."""
        heap, body = self._heap, context.body
        base = body.a[place]
        name = heap.modules.string(context.module, body.b[place])
        for owner in sorted(evaluate(heap, context, base).values):
            if value not in attribute_of(heap, context, owner, name).values:
                continue
            if heap.values.kinds[owner] not in _FOLLOWED:
                yield _LASTS
                continue
            for made in self.at(owner, context, base, frames):
                if made is _LASTS:
                    yield _LASTS
                else:
                    yield from self._field(value, owner, made, name)

    def _field(self, value: int, owner: int, made: _Made, name: str) -> Iterator[_Made | None]:
        """Go to what the constructor of a new object gives a field."""
        heap, body, place = self._heap, made.context.body, made.place
        if place and body.ops[place] == Op.CALL and self._is_deep_copy(made):
            return
        put = list(self._put_by_constructor(owner, made, name)) if place else []
        yield from self._stored(value, owner)
        met = self._met
        if not put or self._is_of_class(value, owner, made.context, name):
            yield _LASTS
            return
        for context, given, frames in put:
            yield from self.at(value, context, given, frames)
        if self._met == met:
            yield _LASTS

    def _is_of_class(self, value: int, owner: int, context: Context, name: str) -> bool:
        """Whether an object has a value by its class, or by what the class derives from."""
        heap = self._heap
        if heap.values.kinds[owner] != Kind.OBJECT:
            return True
        own = names.class_attribute(heap, heap.values.parts[owner][0], name, context)
        return own is not None and value in own[1].values

    def _put_by_constructor(
        self, owner: int, made: _Made, name: str
    ) -> Iterator[tuple[Context, int, _Frames]]:
        """List what a constructor, and what it calls on its object, puts into a field: `self.name = value`."""
        heap, body = self._heap, made.context.body
        waiting: list[tuple[Context, _Frames]] = []
        if body.ops[made.place] == Op.CALL:
            waiting = self._entered(owner, made.context, body.a[made.place], made.frames, makes=True)
        for context, frames in waiting:  # grows while it is read
            params = heap.modules.units[context.uid].params
            strings = heap.modules.facts[context.module].strings
            if not params or len(waiting) > _MOST_METHODS:
                continue
            for target, how, key, given, *_ in context.body.writes:
                is_self = how == WriteHow.ATTR and context.body.ops[target] == Op.NAME
                if is_self and strings[key] == name and strings[context.body.a[target]] == params[0].name:
                    yield context, given, frames
            if len(frames) < _MOST_FRAMES:
                for number in range(len(context.body.calls)):
                    more = self._entered(owner, context, number, frames, makes=False)
                    waiting += [one for one in more if one[0] not in {known for known, _ in waiting}]

    def _entered(
        self, owner: int, caller: Context, number: int, frames: _Frames, *, makes: bool
    ) -> list[tuple[Context, _Frames]]:
        """List the methods of an object that a call runs: a constructor, or one of `self` or `super()`."""
        heap, parts = self._heap, self._heap.values.parts
        uids = set()
        for one in evaluate(heap, caller, caller.body.calls[number][CALL_CALLEE]).values:
            kind = heap.values.kinds[one]
            if makes and kind == Kind.CLASS:
                uids |= {uid for uid, _ in callees.units_called(heap, caller, one)}
            elif not makes and kind == Kind.METHOD and parts[one][1] == owner:
                uids.add(parts[parts[one][0]][0])
        frame = _Frame(caller, number, 1, makes)
        runs = [run for uid in sorted(uids) for run in heap.contexts_of(uid) if caller in run.callers]
        return [(run, (*frames, frame)) for run in runs if run.era in SERVING]

    def _any(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        for part in context.body.joins[context.body.a[place]]:
            yield from self.at(value, context, part, frames)

    def _site(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        del value
        yield _Made(context, place, frames)

    def _await(self, value: int, context: Context, place: int, frames: _Frames) -> Iterator[_Made | None]:
        body, waited = context.body, context.body.a[place]
        if value in evaluate(self._heap, context, waited).values:
            yield from self.at(value, context, waited, frames)
        elif body.ops[waited] == Op.CALL:
            yield from self._call(value, context, waited, frames)
        else:
            yield _LASTS


_STEPS = {
    Op.NAME: _Search._name,  # noqa: SLF001
    Op.CALL: _Search._call,
    Op.ITEM: _Search._item,
    Op.ELEMENT: _Search._element,
    Op.ATTR: _Search._attr,
    Op.ANY: _Search._any,
    Op.SITE: _Search._site,
    Op.AWAIT: _Search._await,
}
