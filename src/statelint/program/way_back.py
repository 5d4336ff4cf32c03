"""Ways back from a place to where its value is made: out of a function only to the call that entered it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, Op, ParamKind, UnitFlag, UnitKind, WriteHow
from statelint.program import callees, made_at, names, way_inside
from statelint.program.calling import call_record
from statelint.program.constants import constant
from statelint.program.contexts import era_of
from statelint.program.evaluate import evaluate
from statelint.program.values import SERVING, Kind
from statelint.program.ways import FOLLOWED, LASTS, MOST_FRAMES, Frame, Stand, copies_deeply, is_made_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.ways import Origin

_MOST_STEPS = 500
"""Places that are looked at for one question; what is further away is taken to outlive the request."""
_DEEPEST = 50
_PROTOCOL = ("__getitem__", "__setitem__", "__delitem__", "__iter__", "__enter__", "__exit__")
"""Methods that statements call on the object that they name."""
_ON_OBJECTS = (WriteHow.ITEM, WriteHow.ATTR, WriteHow.DEL_ITEM, WriteHow.DEL_ATTR)
_OF_OBJECTS = (Op.ATTR, Op.ITEM, Op.ELEMENT, Op.ENTER)


class WayBack:
    """All ways back from one place. Each step follows only what may be the value, and each but once.

    The origins are places that make something for this request, and `LASTS`.
    """

    def __init__(self, heap: Heap, stored_in: Callable[[int], list[Write]]) -> None:
        self.heap = heap
        self.met = 0
        self.stored_in = stored_in
        self._seen: set[tuple[int, Stand]] = set()
        self._depth = 0

    def at(self, value: int, stand: Stand) -> Iterator[Origin]:
        """Go back from a place that may be a value."""
        context, place, _ = stand
        if value not in evaluate(self.heap, context, place).values:
            return
        self.met += 1
        if (value, stand) in self._seen:
            return
        self._seen.add((value, stand))
        if len(self._seen) > _MOST_STEPS or self._depth > _DEEPEST:
            yield LASTS
            return
        self._depth += 1
        yield from self._behind(value, stand)
        self._depth -= 1

    def _behind(self, value: int, stand: Stand) -> Iterator[Origin]:
        body = stand.context.body
        op, a = body.ops[stand.place], body.a[stand.place]
        if op == Op.NAME:
            yield from self._name(value, stand)
        elif op == Op.CALL:
            yield from self._call(value, stand)
        elif op == Op.ATTR:
            yield from way_inside.attribute(self, value, stand)
        elif op == Op.ITEM:
            key = constant(self.heap, stand.context, body.b[stand.place])
            yield from way_inside.element(self, value, stand.move(a), key)
        elif op == Op.ELEMENT:
            yield from way_inside.element(self, value, stand.move(a))
        elif op == Op.ANY:
            for part in body.joins[a]:
                yield from self.at(value, stand.move(part))
        elif op == Op.AWAIT:
            yield from self._awaited(value, stand.move(a))
        else:
            yield stand if op == Op.SITE else LASTS

    def _awaited(self, value: int, stand: Stand) -> Iterator[Origin]:
        if value in evaluate(self.heap, stand.context, stand.place).values:
            yield from self.at(value, stand)
        elif stand.context.body.ops[stand.place] == Op.CALL:
            yield from self._call(value, stand)
        else:
            yield LASTS

    # -- names ----------------------------------------------------------------------------------------

    def _name(self, value: int, stand: Stand) -> Iterator[Origin]:
        heap, modules, context = self.heap, self.heap.modules, stand.context
        name = modules.string(context.module, context.body.a[stand.place])
        if modules.units[context.uid].kind not in (UnitKind.FUNCTION, UnitKind.LAMBDA) or context.split:
            yield LASTS
        elif name in modules.locals[context.uid]:
            yield from self._local(value, stand, name)
        else:
            name = name.partition("@")[0]
            home, owner, runs = names.owner_of_name(heap, context, name)
            around = [heap.contexts[owner, run] for run in runs if (owner, run) in heap.contexts]
            if home == "module" or any(era_of(run) not in SERVING for run in runs):
                yield LASTS
                return
            for outer in around:
                for version in modules.units[owner].local_names:
                    if version.partition("@")[0] == name:
                        yield from self._local(value, Stand(outer, 0, ()), version)

    def _local(self, value: int, stand: Stand, name: str) -> Iterator[Origin]:
        """Go to what a name is bound to, or to what callers give for it."""
        modules, context = self.heap.modules, stand.context
        strings = modules.facts[context.module].strings
        bound = [place for text, place, *_ in context.body.binds if place and strings[text] == name]
        params = modules.units[context.uid].params
        number = next((number for number, param in enumerate(params) if param.name == name), -1)
        for place in bound:
            yield from self.at(value, stand.move(place))
        if number >= 0:
            yield from self._parameter(value, stand, number)
        elif not bound:
            yield LASTS

    # -- parameters -----------------------------------------------------------------------------------

    def _parameter(self, value: int, stand: Stand, number: int) -> Iterator[Origin]:
        heap, context, met = self.heap, stand.context, self.met
        if stand.frames:
            yield from self._given(value, context, number, stand.frames[-1], stand.frames[:-1])
            return
        if context.key in heap.entries:
            yield LASTS
            return
        for caller in context.callers:
            if caller.era not in SERVING or callees.is_handed_over(heap, caller, context):
                yield LASTS
                continue
            calls = callees.calls_in(heap, caller).get(context.uid)
            if calls is None:
                yield from self._used(value, caller, context) if not number else (LASTS,)
            for call, bound in calls or ():
                frame = Frame(caller, call, bound, self._makes(caller, call))
                yield from self._given(value, context, number, frame, ())
        if self.met == met:  # nobody gives it: it was found in another way, by an annotation, say
            yield LASTS

    def _used(self, value: int, caller: Context, context: Context) -> Iterator[Origin]:
        """Go to the object whose protocol method or property a statement calls: `table[key] = value`."""
        unit, body = self.heap.modules.units[context.uid], caller.body
        places = {target for target, how, *_ in body.writes if how in _ON_OBJECTS}
        places |= {body.a[place] for place in range(1, len(body.ops)) if body.ops[place] in _OF_OBJECTS}
        found = [p for p in sorted(places) if value in evaluate(self.heap, caller, p).values]
        is_called = (
            unit.name in _PROTOCOL
            or unit.flags & (UnitFlag.PROPERTY | UnitFlag.SETTER)
            or context.uid in self.heap.classes.of_properties
        )
        if not found or not is_called:
            yield LASTS
            return
        for place in found:
            yield from self.at(value, Stand(caller, place, ()))

    def _given(
        self, value: int, context: Context, number: int, frame: Frame, frames: tuple[Frame, ...]
    ) -> Iterator[Origin]:
        """Go to what one call gives for a parameter."""
        heap, caller = self.heap, frame.caller
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
            yield LASTS
        elif place and evaluate(heap, caller, place).values:
            yield from self.at(value, Stand(caller, place, frames))
        elif place:  # whatever it is
            yield LASTS
        elif param.default:
            slots = (heap.slots.get(("D", context.uid, run, number)) for run in (context.run, *context.env))
            if any(slot is not None and value in slot.values for slot in slots):
                yield LASTS

    def _receiver(
        self, value: int, frame: Frame, record: CallRecord, frames: tuple[Frame, ...]
    ) -> Iterator[Origin]:
        """Go to the object whose method a call runs; a constructor has the new one."""
        heap, caller = self.heap, frame.caller
        if frame.makes:
            if is_made_in(heap, caller, value):
                self.met += 1
                yield Stand(caller, _place_of(caller.body, frame.number), frames)
            return
        if not self._is_bound(caller, record.callee, value):
            return
        place = callees.receiver(caller, record)
        found = evaluate(heap, caller, place).values if place else frozenset()
        if value in found:
            yield from self.at(value, Stand(caller, place, frames))
        elif any(heap.values.kinds[one] == Kind.SUPER for one in found) and self._has_self(caller, value):
            yield from self._parameter(value, Stand(caller, 0, frames), 0)
        else:
            yield from self._bound_at(value, Stand(caller, record.callee, frames))

    def _bound_at(self, value: int, stand: Stand) -> Iterator[Origin]:
        """Go to the object that a name has a method of: `encode = self.encode_text`, and then `encode()`."""
        context, place, _ = stand
        body = context.body
        bound = [given for text, given, *_ in body.binds if text == body.a[place] and given]
        if body.ops[place] != Op.NAME or not bound:
            yield LASTS
            return
        for given in bound:
            base = body.a[given] if body.ops[given] == Op.ATTR else 0
            if base and value in evaluate(self.heap, context, base).values:
                yield from self.at(value, stand.move(base))
            elif self._is_bound(context, given, value):
                yield LASTS

    def _is_bound(self, caller: Context, callee: int, value: int) -> bool:
        """Whether a method that is called is one of a value."""
        kinds, parts = self.heap.values.kinds, self.heap.values.parts
        methods = (v for v in evaluate(self.heap, caller, callee).values if kinds[v] == Kind.METHOD)
        return any(parts[method][1] == value for method in methods)

    def _has_self(self, context: Context, value: int) -> bool:
        params = self.heap.modules.units[context.uid].params
        return bool(params) and value in names.local_slot(self.heap, context, params[0].name).values

    def _makes(self, context: Context, number: int) -> bool:
        """Whether a call makes objects: what it calls are classes."""
        found = evaluate(self.heap, context, context.body.calls[number][CALL_CALLEE]).values
        return bool(found) and all(self.heap.values.kinds[one] == Kind.CLASS for one in found)

    # -- calls ----------------------------------------------------------------------------------------

    def _call(self, value: int, stand: Stand) -> Iterator[Origin]:
        heap, body = self.heap, stand.context.body
        callee = body.calls[body.a[stand.place]][CALL_CALLEE]
        for one in sorted(evaluate(heap, stand.context, callee).values):
            kind = heap.values.kinds[one]
            if kind in (Kind.FUNCTION, Kind.METHOD):
                yield from self._returned(value, stand, one)
            elif kind == Kind.CLASS:
                yield from self._new(value, stand, one)
            else:
                yield from self._library(value, stand, one)

    def _returned(self, value: int, stand: Stand, function: int) -> Iterator[Origin]:
        """Go to what a function of the project returns to this call."""
        heap, parts, context = self.heap, self.heap.values.parts, stand.context
        is_method = heap.values.kinds[function] == Kind.METHOD
        uid = parts[parts[function][0]][0] if is_method else parts[function][0]
        runs = [run for run in heap.contexts_of(uid) if context in run.callers]
        is_late = any(run.era not in SERVING for run in runs)
        if not runs or is_late or uid in heap.memos or heap.modules.units[uid].flags & UnitFlag.GENERATOR:
            yield LASTS
            return
        frame = Frame(context, context.body.a[stand.place], int(is_method), makes=False)
        entered = (*stand.frames, frame)[-MOST_FRAMES:]
        for run in runs:
            for yields, place, *_ in run.body.flows:
                if not yields:
                    yield from self.at(value, Stand(run, place, entered))

    def _new(self, value: int, stand: Stand, made: int) -> Iterator[Origin]:
        """Tell what calling a class of the project gives."""
        heap, uid = self.heap, self.heap.values.parts[made][0]
        order = [item for item in names.ancestors(heap, uid) if isinstance(item, int)]
        if any("__new__" in heap.modules.locals[item] or heap.metaclasses.get(item) for item in order):
            yield LASTS
            return
        is_of_class = heap.values.kinds[value] == Kind.OBJECT and heap.values.parts[value][0] == uid
        if is_of_class and is_made_in(heap, stand.context, value):
            yield stand

    def _library(self, value: int, stand: Stand, callee: int) -> Iterator[Origin]:
        """Tell what a call of something in a library gives: a new object, or what lies in its receiver."""
        heap, context = self.heap, stand.context
        body, number = context.body, context.body.a[stand.place]
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        is_own = kind in FOLLOWED and is_made_in(heap, context, value)
        is_here = is_own and kind == Kind.CONTAINER and parts[0] == context.uid
        if is_here and made_at.is_made_by_call(parts[1], number):
            yield stand
            return
        dotted = callees.names_of(heap, callee)
        is_type = kind == Kind.EXTERNAL_OBJECT and parts[0] in dotted
        if is_type or any(copies_deeply(heap, name) for name in dotted):
            if is_own:
                yield stand
            return
        place = body.calls[number][CALL_CALLEE]
        if heap.values.kinds[callee] == Kind.BOUND and body.ops[place] == Op.ATTR:
            yield from way_inside.element(self, value, stand.move(body.a[place]))
        else:
            yield LASTS


def _may_be_starred(body: Body, record: CallRecord, position: int) -> bool:
    """Whether an argument at a position may be one of `*args`."""
    return any(body.ops[place] == Op.ELEMENT for place in record.arguments[: position + 1])


def _place_of(body: Body, number: int) -> int:
    """Give the place of what a call gives; 0 where nothing uses it."""
    places = range(1, len(body.ops))
    return next((place for place in places if body.ops[place] == Op.CALL and body.a[place] == number), 0)
