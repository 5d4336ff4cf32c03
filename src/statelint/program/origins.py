"""Where a value comes from, back through names and callers: a temporary folder, what a client sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from statelint.model.facts import Op, UnitFlag
from statelint.program import callees, names
from statelint.program.calling import call_record
from statelint.program.callsites import CallSite, argument, given
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.library import dotted_names
from statelint.program.text_reader import TextReader
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

DEEPEST = 10
"""Steps from a value back to where it comes from; a longer way is not followed."""

_MOST_STEPS = 200
"""Places on the ways back from a path that are looked at."""

_GIVES_BACK = "argument:"

_PARTS = (Op.ATTR, Op.ENTER, Op.AWAIT, Op.ITEM, Op.ELEMENT, Op.SLICE)
"""Places that are a part of what their first column names, or what becomes of it."""


_ADDRESS = re.compile(r"(?!file:)[a-zA-Z][\w+.-]*://")


class Origins:
    """Answers where values come from in one solved program."""

    def __init__(self, heap: Heap, calls: CallSites) -> None:
        self._heap = heap
        self._calls = calls
        self._texts: TextReader | None = None

    # -- temporary files ----------------------------------------------------------------------------------

    def is_temporary(self, context: Context, place: int) -> bool:
        """Whether a path lies in something temporary on every way that leads to it."""
        return self._is_temporary(context, place, set())

    def _is_temporary(self, context: Context, place: int, seen: set[tuple[Context, int]]) -> bool:
        """Follow a path back; what leads back to where it was already tells nothing new."""
        if not place or len(seen) > _MOST_STEPS:
            return False
        if (context, place) in seen:
            return True
        seen.add((context, place))
        body = context.body
        op, a = body.ops[place], body.a[place]
        if op in _PARTS:
            return self._is_temporary(context, a, seen)
        if op == Op.MIX:  # how a path begins says where it lies
            return self._is_temporary(context, body.joins[a][0], seen)
        if op == Op.CALL:
            return self._is_call_temporary(context, a, seen)
        # what is nothing is no path: `folder=None`, then `if folder is None: folder = mkdtemp()`
        ways = [one for one in self._all_ways(context, place) if constant(self._heap, *one) is not None]
        return bool(ways) and all(self._is_temporary(*way, seen) for way in ways)

    def is_elsewhere(self, context: Context, place: int) -> bool:
        """Whether a path is temporary, or the address of another store: `s3://shop/carts.json`."""
        if self.is_temporary(context, place):
            return True
        if self._texts is None:
            self._texts = TextReader(self._heap, self._calls)
        known = self._texts.at(context, place).known
        return bool(known) and all(_ADDRESS.match(text.head) for text in known)

    def _is_call_temporary(self, context: Context, number: int, seen: set[tuple[Context, int]]) -> bool:
        """Whether a call makes something temporary, or a path out of one: `os.path.join(folder, name)`."""
        knowledge = self._heap.knowledge
        for name in (*self._called(context, number), *self._texts_of(context, number)):
            function, text = knowledge.function(name), knowledge.texts.get(name)
            if function is not None and function.temporary:
                return True
            if function is not None and function.returns.startswith(_GIVES_BACK):
                at: int | str = int(function.returns.removeprefix(_GIVES_BACK))
            elif text is not None and text.same:
                at = text.same[0]
            else:
                continue
            given = argument(self._heap, CallSite(context, number, 0, name), at)
            return self._is_temporary(context, given, seen)
        receiver = _receiver(context, number)  # `folder.joinpath(name)`
        if receiver and self._is_temporary(context, receiver, seen.copy()):
            return True
        made = list(self._handed_out(context, number))
        return bool(made) and all(self._is_temporary(*way, seen) for way in made)

    def _handed_out(self, context: Context, number: int) -> Iterator[tuple[Context, int]]:
        """List what the functions of the project that a call reaches make anew at each call.

        @contextmanager
        def workspace():
            folder = tempfile.mkdtemp()
            yield folder
            shutil.rmtree(folder)
        """
        for target in callees.targets(self._heap, context, call_record(context.body, number).callee):
            unit = self._heap.modules.units[target.uid]
            yields = bool(unit.flags & UnitFlag.GENERATOR)
            if unit.decorators and not yields:
                yield context, 0  # it may remember what it gave
            else:
                yield from ((target, place) for kind, place, *_ in target.body.flows if bool(kind) == yields)

    def _texts_of(self, context: Context, number: int) -> Iterator[str]:
        """Name the texts and paths of which a call makes one of a class of the project.

        class TemporaryFolder(str):
            def __exit__(self, *error):
                shutil.rmtree(self)
        """
        kinds, parts = self._heap.values.kinds, self._heap.values.parts
        for value in sorted(evaluate(self._heap, context, call_record(context.body, number).callee).values):
            if kinds[value] == Kind.CLASS:
                yield from names.external_bases(self._heap, parts[value][0])

    # -- what a client sent ---------------------------------------------------------------------------------

    def is_sent(self, context: Context, place: int, depth: int = 0) -> bool:
        """Whether a value is what a client sent, or made of it by nothing but methods and the project's code.

        What a library computes or fetches for a request is not: the request says what, but did not bring it.
        """
        if not place or depth > DEEPEST:
            return False
        if self._is_request(context, place):
            return True
        if not evaluate(self._heap, context, place).bits & Bit.REQUEST:
            return False
        if context.body.ops[place] == Op.NAME and self._is_given(context, context.body.a[place]):
            return True
        return any(self.is_sent(*way, depth + 1) for way in self._made_of(context, place))

    def holds_sent(self, context: Context, place: int, depth: int = 0) -> bool:
        """Whether a value is what a client sent, or a table or the text of a record with something of it."""
        if not place or depth > DEEPEST:
            return False
        if self.is_sent(context, place):
            return True
        return any(self.holds_sent(*way, depth + 1) for way in self._put_into(context, place))

    def _put_into(self, context: Context, place: int) -> Iterator[tuple[Context, int]]:
        """List what a table, the text of one, or what goes by the name of one consists of."""
        body = context.body
        op, a = body.ops[place], body.a[place]
        if op == Op.SITE:
            yield from ((context, part) for part in body.sites[a][1])
        elif op == Op.CALL:
            entries = (self._heap.knowledge.function(name) for name in self._called(context, a))
            if any(entry is not None and entry.dumps for entry in entries):
                yield from ((context, part) for part in call_record(body, a).arguments)
            yield context, _receiver(context, a)
        elif op in _PARTS:
            yield context, a
        elif op == Op.MIX:
            yield from ((context, part) for part in body.joins[a])
        else:
            yield from self._ways(context, place)

    def _made_of(self, context: Context, place: int) -> Iterator[tuple[Context, int]]:
        """List the values that a value is a part of, is put together from, or is made of by a call."""
        body = context.body
        op, a = body.ops[place], body.a[place]
        if op in _PARTS:
            yield context, a
        elif op == Op.MIX:
            yield from ((context, part) for part in body.joins[a])
        elif op == Op.CALL:
            yield context, _receiver(context, a)
            yield from self._returned(context, a)
        else:
            yield from self._ways(context, place)

    def _is_request(self, context: Context, place: int) -> bool:
        """Whether a place is the request itself, or an object that stands for a part of it."""
        heap = self._heap
        names = (
            heap.values.parts[value][0]
            for value in evaluate(heap, context, place).values
            if heap.values.kinds[value] in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT)
        )
        return any(entry.kind == "request" for name in names for entry in heap.knowledge.mro(name))

    def _is_given(self, context: Context, text: int) -> bool:
        """Whether a name is a parameter that a framework fills, or that keywords of a request may fill."""
        name = self._heap.modules.string(context.module, text)
        if name not in {param.name for param in self._heap.modules.units[context.uid].params}:
            return False
        sites = self._calls.of_unit.get(context.uid, ())
        stars = (evaluate(self._heap, s.context, s.record.star).bits for s in sites if s.record.star)
        return context.key in self._heap.entries or any(bits & Bit.REQUEST for bits in stars)

    # -- steps back -----------------------------------------------------------------------------------------

    def _ways(self, context: Context, place: int) -> list[tuple[Context, int]]:
        """List what a name is bound to, or callers hand over for it, or the alternatives of a condition."""
        body = context.body
        if body.ops[place] == Op.ANY:
            return [(context, part) for part in body.joins[body.a[place]]]
        if body.ops[place] != Op.NAME:
            return []
        bound = [(context, value) for text, value, *_ in body.binds if text == body.a[place] and value]
        return bound or list(self._handed_over(context, body.a[place]))

    def _all_ways(self, context: Context, place: int) -> list[tuple[Context, int]]:
        """List the same and what was handed over, for a parameter that is bound anew under a test."""
        body = context.body
        ways = self._ways(context, place)
        under = [test for text, value, test, *_ in body.binds if text == body.a[place] and value]
        if body.ops[place] == Op.NAME and under and all(under):
            ways += self._handed_over(context, body.a[place])
        return ways

    def _handed_over(self, context: Context, text: int) -> Iterator[tuple[Context, int]]:
        """List what callers give for a parameter, or its default where they leave it out."""
        name = self._heap.modules.string(context.module, text)
        params = [param.name for param in self._heap.modules.units[context.uid].params]
        index = params.index(name) if name in params else -1
        for site in self._calls.of_unit.get(context.uid, ()) if index >= 0 else ():
            if site.context not in context.callers:
                continue  # it calls the function at start-up
            place = given(self._heap, site, name, index)
            if place or site.record.star:
                yield site.context, place
            else:
                yield self._default(context, index)

    def _default(self, context: Context, index: int) -> tuple[Context, int]:
        modules = self._heap.modules
        place = modules.units[context.uid].params[index].default
        around = self._heap.contexts.get((modules.parent(context.uid), Era.BOOT))
        return (around, place) if around is not None else (context, 0)

    def _returned(self, context: Context, number: int) -> Iterator[tuple[Context, int]]:
        """List what the functions of the project that a call may reach return."""
        heap = self._heap
        for value in sorted(evaluate(heap, context, call_record(context.body, number).callee).values):
            function = heap.values.parts[value][0] if heap.values.kinds[value] == Kind.METHOD else value
            if heap.values.kinds[function] != Kind.FUNCTION:
                continue
            uid = heap.values.parts[function][0]
            for made in self._calls.contexts.get(uid, ()):
                if made.era == context.era:
                    yield from ((made, flow[1]) for flow in made.body.flows if not flow[0])

    def _called(self, context: Context, number: int) -> Iterator[str]:
        """Name what a call of a library may call."""
        for value in sorted(evaluate(self._heap, context, call_record(context.body, number).callee).values):
            yield from dotted_names(self._heap, value)


def _receiver(context: Context, number: int) -> int:
    callee = call_record(context.body, number).callee
    return context.body.a[callee] if context.body.ops[callee] == Op.ATTR else 0
