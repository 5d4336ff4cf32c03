"""Every call that runs at start-up or while serving, by what it calls: asked for once a program is solved."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.places import Place
from statelint.program import callees, library, named_backends, names
from statelint.program.calling import call_record
from statelint.program.evaluate import evaluate
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_LIBRARY = (Kind.EXTERNAL, Kind.BOUND)
_CONSTRUCTOR = "__init__"


class CallSite(NamedTuple):
    """One call of a context; `offset` parameters of a callee of the project are bound before its arguments.

    `name` is the dotted name by which something of a library is called (empty: a function of the project).
    Its offset is -1 where the object comes first among the arguments: `Cache.__init__(self, size)`.
    """

    context: Context
    number: int
    offset: int
    name: str

    @property
    def record(self) -> CallRecord:
        """The columns of the call."""
        return call_record(self.context.body, self.number)


def call_sites(heap: Heap) -> CallSites:
    """Give the calls of a solved program, found at the first question."""
    if heap.answers.call_sites is None:
        heap.answers.call_sites = CallSites(heap)
    return heap.answers.call_sites


class CallSites:
    """The calls of a solved program.

    `of_unit` are those of functions and classes of the project, `of_name` those of libraries, `of_decorator`
    those of what a call of a library returned, by the name of that call (`@app.route("/")`). `contexts` are
    the contexts of each unit at start-up and while serving.
    """

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self.of_unit: dict[int, list[CallSite]] = {}
        self.of_name: dict[str, list[CallSite]] = {}
        self.of_decorator: dict[str, list[CallSite]] = {}
        self.contexts: dict[int, list[Context]] = {}
        for context in heap.in_order():
            if context.passes and (
                context.era in (Era.BOOT, Era.SERVE) or named_backends.keeps_files(heap, context)
            ):
                self.contexts.setdefault(context.uid, []).append(context)
                for number in range(len(context.body.calls)):
                    self._add(context, number)

    def _add(self, context: Context, number: int) -> None:
        kinds, parts = self._heap.values.kinds, self._heap.values.parts
        for value in sorted(evaluate(self._heap, context, call_record(context.body, number).callee).values):
            kind = kinds[value]
            for uid, bound in callees.units_called(self._heap, context, value):
                self._note(uid, CallSite(context, number, bound, ""))
            if kind == Kind.CLASS:
                self._add_class(context, number, value)
            elif kind == Kind.REGISTRAR:
                name = parts[value][0]
                self.of_decorator.setdefault(name, []).append(CallSite(context, number, 0, name))
            elif kind in _LIBRARY:
                for name in library.dotted_names(self._heap, value):
                    self.of_name.setdefault(name, []).append(CallSite(context, number, 0, name))
                    owner, _, method = name.rpartition(".")
                    if kind == Kind.EXTERNAL and method == _CONSTRUCTOR:
                        self.of_name.setdefault(owner, []).append(CallSite(context, number, -1, owner))

    def _add_class(self, context: Context, number: int, value: int) -> None:
        """Note a class of the project that is called, and the constructor of a library if it has no own."""
        uid = self._heap.values.parts[value][0]
        self._note(uid, CallSite(context, number, 0, ""))
        if names.class_attribute(self._heap, uid, _CONSTRUCTOR, context) is None:
            for base in names.external_bases(self._heap, uid):
                self.of_name.setdefault(base, []).append(CallSite(context, number, 0, base))

    def _note(self, uid: int, site: CallSite) -> None:
        self.of_unit.setdefault(uid, []).append(site)


def argument(heap: Heap, site: CallSite, position: int | str) -> int:
    """Give the place of an argument by position or keyword; 0 where it is not given."""
    record = site.record
    if isinstance(position, int):
        index = position - site.offset if site.name else position
        return record.arguments[index] if index < len(record.arguments) else 0
    strings = heap.modules.facts[site.context.module].strings
    return next((place for text, place in record.keywords if strings[text] == position), 0)


def given(heap: Heap, site: CallSite, name: str, index: int) -> int:
    """Give the place of what a call of the project's gives for a parameter; 0 where it leaves it out."""
    return callees.given(heap, site.context, site.record, name, index - site.offset)


def call_at(context: Context, place: int) -> CallRecord:
    """Give the columns of the call whose result stands at a place."""
    return call_record(context.body, context.body.a[place])


def place_of(heap: Heap, site: CallSite) -> Place:
    """Say where a call stands."""
    record = site.record
    path = heap.modules.facts[site.context.module].path
    return Place(path, record.line, record.column, record.end_line, record.end_column)
