"""The abstract heap: slots that only grow, contexts that read them, and the work that is left.

A slot holds what a cell may keep. Reading one while a context is evaluated makes the context a reader; a slot
that grows puts its readers back to work. Values are only ever added and UNKNOWN absorbs, so the outcome does
not depend on the order of work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn

from statelint.program.answers import Answers
from statelint.program.apart import Apart
from statelint.program.class_tables import ClassTables
from statelint.program.contexts import Context, Entry, LooseMethod
from statelint.program.found import NOTHING, Found, union, with_bits
from statelint.program.keyed_runs import KeyedRuns
from statelint.program.plugins import Plugins
from statelint.program.slots import FEW, LIMITS, MOST_LOADED, MOST_VALUES, PLAIN, Limit, Slot
from statelint.program.values import FIRST_KEYED, Era, Kind, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from statelint.knowledge import Knowledge
    from statelint.model.facts import Body
    from statelint.program.calling import Arguments, Caller
    from statelint.program.configured import Word
    from statelint.program.modules import Modules
    from statelint.program.scripts import Script
    from statelint.program.values import SlotKey

_DATA_KINDS = (Kind.CONTAINER, Kind.VIEW, Kind.PAIR)

_NEVER_PLAIN = frozenset(
    {
        *_DATA_KINDS,
        Kind.MODULE,
        Kind.CLASS,
        Kind.FUNCTION,
        Kind.METHOD,
        Kind.PARTIAL,
        Kind.GENERATOR,
        Kind.COROUTINE,
    }
)

MOST_NESTED = 80
"""Calls that are followed at once, one inside the other; deeper ones wait for the next round."""

MOST_KEYS = 128
"""Constant keys of one container that are kept apart."""


class Declared(NamedTuple):
    """What the project's configuration says of its own code, as qualified names.

    `entries`: functions that something outside calls while serving; `external_stores`: classes whose objects
    keep their data elsewhere; `per_request`: classes whose objects live for one request. `is_library`: its
    classes are used by services of others, whatever they import. `commands`: functions that its installed
    commands call, as `shop.daemon:start`. `named_in_files` lists the dotted names in
    the program's own configuration files, `entry_points` what its metadata name, and under which group.
    """

    entries: frozenset[str] = frozenset()
    external_stores: frozenset[str] = frozenset()
    per_request: frozenset[str] = frozenset()
    is_library: bool = False
    commands: frozenset[str] = frozenset()
    named_in_files: Callable[[], list[Word]] = list
    entry_points: Callable[[], list[Word]] = list


class Heap:
    """All slots and contexts of one program, and the contexts that are to be evaluated again.

    `invoke`, `invoke_attribute` and `evaluate` are set by `linking` and `solver`: evaluating a property or a
    protocol method needs a call, and a call needs evaluation; this is the one place where the two meet.
    `tell` is called for each evaluation, so that somebody may show how far the solver is.
    """

    def __init__(
        self,
        modules: Modules,
        knowledge: Knowledge,
        declared: Declared,
        find_once_guards: Callable[[Body, Sequence[str]], dict[int, int]],
    ) -> None:
        self.modules = modules
        self.declared = declared
        self.knowledge = knowledge
        self.find_once_guards = find_once_guards
        self.values = Values()
        self.slots: dict[SlotKey, Slot] = {}
        self.items: dict[int, dict[object, None]] = {}
        self.versions: dict[int, int] = {}
        self.copied: dict[tuple[int, int, int], int] = {}  # source, target, how far elements move -> version
        self.contexts: dict[tuple[int, int], Context] = {}
        self.dirty: set[Context] = set()
        self.module_order: list[int] = [0] * len(modules.facts)
        self.scripts: dict[int, Script] = {}
        self.programs = frozenset[int]()
        self.looked_for_loops: dict[Context, int] = {}  # context -> its passes then
        self.reached: dict[int, set[int]] = {}
        self.invoke: Callable[[Caller, Found, Arguments], Found] = _not_wired
        self.evaluate: Callable[[Context], None] = _not_wired
        self.tell: Callable[[], None] = _not_wired
        self.imports_server: bool | None = None
        self.nesting, self.settled = 0, False
        self.construct: Callable[[Caller, int, Arguments], Found] = _not_wired
        self.invoke_attribute: Callable[[Context, int, str], Found] = _not_wired
        self.entries: dict[tuple[int, int], Entry] = {}
        self.background: dict[tuple[int, int], str] = {}
        self.server_starts: set[Context] = set()
        self.memos, self.borgs = set[int](), set[int]()
        self.offered: list[int] | None = None
        self.in_memory = self.on_disk = self.only_made = frozenset[int]()
        self.lent = frozenset[int]()  # back ends of a library that the project offers as its own
        self.closed_values = self.opened_values = 0
        self.closed_contexts: frozenset[tuple[int, int]] | None = None
        self.open_objects, self.promoted = set[int](), set[int]()
        self.handed_over: set[tuple[Context, Context]] = set()
        self.under_way: set[tuple[int, Context, int]] = set()  # value, by whom, in which call
        self.loose_methods: dict[int, LooseMethod] = {}
        self.class_paths, self.route_paths = dict[int, str](), dict[str, str]()
        self.shaped: list[tuple[int, object]] | None = None
        self.answers_requests: frozenset[int] = frozenset()
        self._once: dict[int, dict[int, int]] = {}
        self._singles: dict[int, Found] = {}
        self._ordered: list[Context] = []
        self._runs: dict[int, list[Context]] = {}
        self.classes = ClassTables()
        self.metaclasses: dict[int, frozenset[int]] = {}
        self.plugins = Plugins()
        self.keyed, self.apart = KeyedRuns(), Apart()
        self.answers = Answers()

    # -- values ---------------------------------------------------------------------------------------

    def one(self, kind: int, *parts: object) -> Found:
        """Give nothing but one value, which is made when it is new."""
        return self.single(self.values.make(kind, *parts))

    def single(self, value: int) -> Found:
        """Give nothing but one value: always the same object, so that cells share it."""
        found = self._singles.get(value)
        if found is None:
            found = self._singles[value] = Found(frozenset((value,)), 0)
        return found

    def of(self, values: set[int], bits: int) -> Found:
        """Give some values with bits; one value is the set that cells share."""
        if len(values) != 1:
            return Found(frozenset(values), bits)
        (value,) = values
        return with_bits(self.single(value), bits)

    # -- contexts -------------------------------------------------------------------------------------

    def context(self, uid: int, run: int) -> Context:
        """Give the context of a unit in a run; made, and put to work, when first asked for."""
        context = self.contexts.get((uid, run))
        if context is None:
            context = Context(uid, run, self.modules.module_of(uid), self.modules.body(uid))
            self.contexts[uid, run] = context
            self._runs[uid] = sorted((*self._runs.get(uid, ()), context), key=lambda one: one.run)
            self.dirty.add(context)
            self.reached.setdefault(uid, set()).add(context.era)
        return context

    def contexts_of(self, uid: int) -> Sequence[Context]:
        """List the contexts of a unit, by run; the list stays as it is when there are more."""
        return self._runs.get(uid, ())

    def forget(self, contexts: Collection[Context]) -> None:
        """Take out contexts that turned out to be none of the program's own."""
        for context in contexts:
            del self.contexts[context.key]
            self.entries.pop(context.key, None)
            self._runs[context.uid] = [one for one in self._runs[context.uid] if one is not context]
        for context in self.contexts.values():
            for caller in [one for one in context.callers if one in contexts]:
                del context.callers[caller]

    def in_order(self) -> Sequence[Context]:
        """List all contexts, by unit and run; once more only when there are new ones."""
        if len(self._ordered) != len(self.contexts):
            self._ordered = [self.contexts[key] for key in sorted(self.contexts)]
        return self._ordered

    def module_key(self, module: int) -> tuple[int, int]:
        """Say under which key the context of a module's own body is found: most run once, at start-up."""
        return self.modules.first[module], Era.SERVE if module in self.scripts else Era.BOOT

    def module_context(self, module: int) -> Context:
        """Give the context of a module's own body."""
        return self.context(*self.module_key(module))

    def run_first(self, context: Context) -> None:
        """Evaluate a context that was never evaluated right away, as the interpreter would.

        Its caller then finds what it returns; without that, each caller would be evaluated once more.
        """
        if context.era == Era.CLI and self.server_starts:
            return  # the question is answered for one command; the next round knows for which are left
        if not context.passes and self.nesting < MOST_NESTED:
            self.nesting += 1
            try:
                self.evaluate(context)
            except RecursionError:
                pass  # long chains of attributes in each other: it waits among those to be evaluated
            finally:
                self.nesting -= 1

    def once_guards(self, uid: int) -> dict[int, int]:
        """Give the once-guards of a unit and the cells that they ask for; found at the first question."""
        known = self._once.get(uid)
        if known is None:
            strings = self.modules.facts[self.modules.module_of(uid)].strings
            known = self._once[uid] = self.find_once_guards(self.modules.body(uid), strings)
        return known

    # -- slots ----------------------------------------------------------------------------------------

    def slot(self, key: SlotKey) -> Slot:
        """Give the slot of a cell; made when first asked for."""
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = Slot(LIMITS.get(key[0], FEW))
        return slot

    def read(self, slot: Slot, reader: Context) -> Found:
        """Give what a slot holds; the record at work in the reader is evaluated again when it grows."""
        mask = reader.mask
        if mask:
            if slot.reader is reader:
                slot.mask |= mask
            elif slot.reader is None:
                slot.reader, slot.mask = reader, mask
            elif slot.readers is None:
                slot.readers = {reader: mask}
            else:
                slot.readers[reader] = slot.readers.get(reader, 0) | mask
        return slot.found

    def join(self, slot: Slot, found: Found) -> bool:
        """Add values and bits to a slot, whether it grew; one value too many makes it unknown for good."""
        old = slot.found
        if found is old:
            return False
        (values, bits), (more, more_bits) = old, found
        if more and slot.limit is PLAIN:
            more = frozenset(filter(self._may_be_plain, more))
            found = Found(more, more_bits)
        if more and not slot.unknown and not more <= values:
            values = values | more if values else more  # most cells hold what one other holds: they share it
            if len(values) > MOST_VALUES and self._are_too_many(values, slot.limit):
                values = frozenset()
                slot.unknown = True
        elif bits | more_bits == bits:
            return False
        slot.found = Found(values, bits | more_bits) if old is not NOTHING or slot.unknown else found
        self._wake(slot)
        return True

    def _may_be_plain(self, value: int) -> bool:
        """Whether a value may be a text or a number: an object may, if its class derives from anything."""
        kind = self.values.kinds[value]
        if kind == Kind.OBJECT:
            return bool(self.modules.units[self.values.parts[value][0]].bases)
        return kind not in _NEVER_PLAIN

    def _are_too_many(self, values: frozenset[int], limit: Limit) -> bool:
        """Whether there are more values than tell something: functions, data and plug-ins count apart.

        A method counts once, however many objects it is asked of; so does a module that is a plug-in.
        """
        kinds, parts = self.values.kinds, self.values.parts
        loaded = set(filter(self.is_loaded, values)) if self.plugins.are_many(MOST_VALUES) else set()
        code = [one for one in values if kinds[one] in (Kind.FUNCTION, Kind.METHOD) and one not in loaded]
        functions = {one if kinds[one] == Kind.FUNCTION else parts[one][0] for one in code}
        if len(functions) > limit.functions and self.plugins.modules:
            functions = {self._plug_in(one) for one in functions}
        return (
            len(functions) > limit.functions
            or len(loaded) > MOST_LOADED
            or len(values) - len(code) - len(loaded) > limit.values
            or sum(kinds[value] in _DATA_KINDS for value in values) > MOST_VALUES
        )

    def _plug_in(self, function: int) -> int:
        """Give the unit of a function, or the module that is loaded by its name, as a negative number.

        So what wraps many functions counts once, too.
        """
        uid = self.values.parts[function][0]
        module = self.modules.module_of(uid)
        return -1 - module if module in self.plugins.modules else uid

    def note_loaded(self, found: Found) -> None:
        """Remember the classes of the project among values as loaded by their names."""
        for value in found.values:
            if self.values.kinds[value] == Kind.CLASS:
                self.plugins.classes.add(self.values.parts[value][0])

    def is_loaded(self, value: int) -> bool:
        """Whether a value is a module or class that is loaded by its name, or an object of one."""
        kind, parts = self.values.kinds[value], self.values.parts[value]
        if kind == Kind.METHOD:
            is_own = self.values.kinds[parts[1]] == Kind.OBJECT
            listed = is_own and self.values.parts[parts[1]][0] in self.plugins.looked_through
            return listed or self.is_loaded(parts[1])
        if kind == Kind.MODULE:
            return parts[0] in self.plugins.modules
        return kind in (Kind.CLASS, Kind.OBJECT) and parts[0] in self.plugins.classes

    def _wake(self, slot: Slot) -> None:
        """Put the records that read a slot back to work."""
        first = slot.reader
        if first is not None and slot.mask & ~first.pending:
            first.pending |= slot.mask
            self.dirty.add(first)
        if slot.readers is not None:
            self.wake(slot.readers)

    def wake(self, readers: dict[Context, int]) -> None:
        """Put records back to work, given as a bit mask for each context."""
        dirty = self.dirty
        for reader, mask in readers.items():
            if mask & ~reader.pending:
                reader.pending |= mask
                dirty.add(reader)

    def wake_all(self, context: Context) -> None:
        """Put every record of a context back to work."""
        context.pending = context.all_records
        self.dirty.add(context)

    def end_work(self) -> None:
        """Forget who is evaluated again when something grows: nothing will be, and there are many.

        What now is said of a value stays so.
        """
        self.answers.final_names = {}
        self.classes.order_readers.clear()
        for slot in self.slots.values():
            slot.forget_readers()
        for context in self.contexts.values():
            context.result_readers = []
            for slot in (context.returns, context.yields, *context.watched.values()):
                slot.forget_readers()

    def watch(self, context: Context, place: int, reader: Context) -> Found:
        """Give what a place of another context gives, now and when it is evaluated again."""
        slot = context.watched.get(place)
        if slot is None:
            slot = context.watched[place] = Slot()
            context.pending |= context.last_record
            self.dirty.add(context)
        return self.read(slot, reader)

    def put(self, container: int, found: Found, *, only: bool = False) -> None:
        """Add to what a container may hold under a key that is not known; not `only`: to its kin as well."""
        if container in self.apart.related and not only:
            for other in self.apart.others(container, None, found):
                self.put(other, found, only=True)
        grew = self.join(self.slot(("U", container)), found)
        if self.apart.whole:
            found = self._as_wholes(found)
        if self.join(self.slot(("E", container)), found) or grew:
            self.versions[container] = self.versions.get(container, 0) + 1

    def put_item(self, container: int, key: object, found: Found, *, only: bool = False) -> None:
        """Add to the value under a constant key; a large table is one heap of values."""
        if container in self.apart.related and not only:
            for other in self.apart.others(container, key, found):
                self.put_item(other, key, found, only=True)
        keys = self.items.setdefault(container, {})
        if key not in keys:
            if len(keys) >= MOST_KEYS:
                self.put(container, found, only=True)
                return
            keys[key] = None
            self._wake(self.slot(("E", container)))
            self.versions[container] = self.versions.get(container, 0) + 1
        if self.join(self.slot(("I", container, key)), found):
            if self.apart.whole:
                found = self._as_wholes(found)
            self.join(self.slot(("E", container)), found)
            self.versions[container] = self.versions.get(container, 0) + 1

    def _as_wholes(self, found: Found) -> Found:
        """Give the containers that stand for all of their kind for those that were told from them."""
        whole = self.apart.whole
        if whole.keys().isdisjoint(found.values):
            return found
        return Found(frozenset(whole.get(value, value) for value in found.values), found.bits)

    def container(self, context: Context, site: int, era: int, type_name: str) -> int:
        """Give the container that a place of a context makes; one a run where constants tell runs apart."""
        made = self.values.make(Kind.CONTAINER, context.uid, site, era, type_name)
        return made if context.run >> 2 < FIRST_KEYED else self.part(made, context.run >> 2)

    def part(self, whole: int, told_by: object) -> int:
        """Give the container that is told from others, which one value stands for, by a run or a key."""
        if whole in self.apart.whole:
            return whole
        made = self.values.make(Kind.CONTAINER, *self.values.parts[whole], told_by)
        if made not in self.apart.whole:
            if whole not in self.apart.parts:
                self.apart.parts[whole] = []
                self.apart.direct[whole] = self._held(whole)
            self.apart.whole[made] = whole
            self.apart.parts[whole].append(made)
            self.apart.related |= {whole, made}
            for key, found in self.apart.direct[whole].items():
                if key is None:
                    self.put(made, found, only=True)
                else:
                    self.put_item(made, key, found, only=True)
        return made

    def _held(self, container: int) -> dict[object, Found]:
        """Give what lies in a container, by its constant key (None: not known)."""
        held: dict[object, Found] = {
            key: self.slot(("I", container, key)).found for key in self.items.get(container, ())
        }
        unknown = self.slots.get(("U", container))
        return {**held, None: unknown.found} if unknown is not None and unknown.found is not NOTHING else held

    def lose_order(self, container: int, reader: Context) -> None:
        """Forget at which places elements stand: any may be anywhere."""
        if any(key.__class__ is int for key in self.items.get(container, ())):
            self.put(container, self.elements(container, reader))

    def item(self, container: int, key: object, reader: Context) -> Found:
        """Give what a container may hold under a constant key."""
        unknown = self.read(self.slot(("U", container)), reader)
        if unknown.values and not self.apart.many.isdisjoint(unknown.values):
            unknown = self._told_by(container, key, unknown)
        if key not in self.items.get(container, ()):
            self.read(self.slot(("E", container)), reader)
            return unknown
        known = self.read(self.slot(("I", container, key)), reader)
        return union([known, unknown]) if unknown.values or unknown.bits else known

    def _told_by(self, container: int, key: object, found: Found) -> Found:
        """Give, for containers that are made anew for each key, the one under a key."""
        many = self.apart.many
        told = frozenset(self.part(one, (key,)) if one in many else one for one in found.values)
        self.put_item(container, key, Found(told.intersection(self.apart.whole), 0))
        return Found(told, found.bits)

    def elements(self, container: int, reader: Context) -> Found:
        """Give every value that a container may hold, under whatever key."""
        return self.read(self.slot(("E", container)), reader)


def _not_wired(*_: object) -> NoReturn:
    raise AssertionError("a heap is wired by `linking.solve_project`")
