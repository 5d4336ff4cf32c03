"""Settings that keep state here: names of modules, attributes of classes, keys of a configuration."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op, UnitKind, WriteHow
from statelint.model.files import FileRole
from statelint.model.places import Place
from statelint.program import names, tables, told
from statelint.program.callsites import place_of
from statelint.program.constants import constant
from statelint.program.places_kept import Here, Kept, begins, where_kept
from statelint.program.values import Era

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.knowledge import KeeperEntry, Keeps, SettingEntry
    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.serving import Serving
    from statelint.program.text_reader import TextReader

_OF_SETTINGS = (UnitKind.MODULE, UnitKind.CLASS)
_FOR_DEVELOPERS = "only settings for development or tests say so"
_OVERRULED = "settings that derive from these keep it elsewhere"


class _Bound(NamedTuple):
    """One place where a setting gets a value; `uid` is the module or class, -1: a key that is set."""

    context: Context
    place: int
    span: Place
    uid: int
    guard: int


_SEVERAL = 2


class Settings:
    """Finds the settings of one program that keep state here."""

    def __init__(self, heap: Heap, calls: CallSites, texts: TextReader, serving: Serving) -> None:
        self._heap = heap
        self._serving = serving
        self._calls = calls
        self._known: dict[str, bool] = {}
        self._parts: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.texts = texts

    def of_rule(self, rule: str) -> list[Kept]:
        """List the settings that keep state for one rule, each place once."""
        found: dict[tuple[Place, str], Kept] = {}
        for name, entry in sorted(self._heap.knowledge.settings.items() if self._serving.is_any else ()):
            if entry.rule == rule and self._is_used(entry):
                for kept in self._kept(name, entry):
                    found.setdefault((kept.place, name), kept)
        return [found[key] for key in sorted(found)]

    def _is_used(self, entry: SettingEntry) -> bool:
        if entry.missing or not entry.used_by:  # what is missing asks for more than an import
            return True
        return any(_is_below(name, entry.used_by) for name in (*self._calls.of_name, *self._imported))

    @cached_property
    def _imported(self) -> frozenset[str]:
        """Every name that a module of the project imports."""
        modules = self._heap.modules
        return frozenset(
            ".".join(filter(None, (modules.absolute(number, fact.module, fact.level), fact.attribute)))
            for number, facts in enumerate(modules.facts)
            if facts.role is FileRole.APPLICATION
            for fact in facts.imports
        )

    def _uses(self, entry: SettingEntry) -> Iterator[Place]:
        """Give the calls that use what a setting is about, in code that serves."""
        for name in sorted(self._calls.of_name):
            if _is_below(name, entry.used_by):
                for site in self._calls.of_name[name]:
                    if self._serving.runs(site.context):
                        yield place_of(self._heap, site)

    def is_behind(self, here: Here, entry: Keeps) -> bool:
        """Whether the setting that another one hands the matter on to keeps it here, if there is one."""
        return all(
            self._keeps_here(name)
            for head, name in entry.behind.items()
            if not head or (here.text is not None and begins(here.text, [head]))
        )

    def _keeps_here(self, name: str) -> bool:
        """Whether what a setting is about is kept here, because it says so or is missing."""
        known = self._known.get(name)
        if known is None:
            entry = self._heap.knowledge.settings[name]
            known = self._known[name] = any(not kept.harmless for kept in self._kept(name, entry))
        return known

    def say(self, name: str, entry: KeeperEntry) -> list[Here] | None:
        """Give the ways in which a setting keeps a keeper's state here; None: nobody sets it."""
        here = {one: self._way(one, entry) for one in self._bound(name, ())}
        elsewhere = {one.uid for one, way in here.items() if way is None and one.uid >= 0}
        ways = [way for one, way in here.items() if way is not None and not self._excuse(one, elsewhere)]
        return ways if here else None

    def _way(self, one: _Bound, entry: KeeperEntry) -> Here | None:
        """Say whether a value of a setting keeps it here; `None` leaves it to the library."""
        if entry.omitted == "here" and constant(self._heap, one.context, one.place) is None:
            return Here(None, omitted=True)
        return where_kept(self.texts.at(one.context, one.place), entry, at_boot=True)

    def _kept(self, name: str, entry: SettingEntry) -> Iterator[Kept]:
        bound = list(self._bound(name, entry.beside))
        here = {one: [way for way in self._here(one, entry) if self.is_behind(way, entry)] for one in bound}
        elsewhere = {one.uid for one, ways in here.items() if not ways and one.uid >= 0}
        changed = self._changed(entry) if any(here.values()) else ()
        if not bound and entry.missing:
            yield from self._missing(name, entry)
        for one, ways in here.items():
            for way in ways:
                yield Kept(
                    entry=entry,
                    context=one.context,
                    place=way.place or one.span,
                    symbol=name,
                    holder=self._holder(one, name),
                    text=way.text,
                    omitted=way.omitted,
                    changed=changed,
                    harmless=self._excuse(one, elsewhere),
                    is_setting=True,
                )

    def _here(self, one: _Bound, entry: SettingEntry) -> Iterator[Here]:
        if entry.at:
            yield from tables.kept_in(self._heap, self.texts, one.context, one.place, entry)
        elif self._is_moved(one, entry) or any(self._is_elsewhere(key, entry) for key in entry.keys):
            return
        elif entry.switch:
            if self._is_on(one):
                yield Here(None, omitted=bool(entry.keys))
        elif told.is_thing(self._heap, one.context, one.place, entry.things):
            yield Here(None, omitted=False)
        else:
            way = where_kept(self.texts.at(one.context, one.place), entry, at_boot=True)
            if way is not None:
                yield way

    def _is_on(self, one: _Bound) -> bool:
        if constant(self._heap, one.context, one.place) is True:
            return True
        shown = tables.displays(self._heap, one.context, one.place)
        return any(home.body.sites[home.body.a[table]][1] for home, table in shown)

    def _is_elsewhere(self, key: str, entry: SettingEntry) -> bool:
        """Whether start-up code sets a key to anything but what keeps it here."""
        return any(
            not told.is_thing(self._heap, put.context, put.value, entry.things)
            and where_kept(self.texts.at(put.context, put.value), entry, at_boot=True) is None
            for put in self.texts.items(key)
        )

    def _missing(self, name: str, entry: SettingEntry) -> Iterator[Kept]:
        """Give the module of settings that leaves a setting to its default, where that is used."""
        uses = tuple(dict.fromkeys(self._uses(entry)))
        modules = [one for word in entry.beside for one in self._bound(word, entry.beside)]
        homes = sorted(modules, key=lambda one: (bool(self._excuse(one, set())), one.span))
        if not homes or not uses or any(self._takes_unknown(one.uid) for one in homes):
            return
        yield Kept(
            entry=entry,
            context=homes[0].context,
            place=homes[0].span,
            symbol=name,
            holder=self._holder(homes[0], name),
            text=None,
            omitted=True,
            is_absent=True,
            changed=uses,
            harmless=self._excuse(homes[0], set()),
            is_setting=True,
        )

    def _takes_unknown(self, uid: int) -> bool:
        """Whether a module takes over names of modules that are not part of the project."""
        modules = self._heap.modules
        numbers = [modules.module_of(one) for one in (uid, *sorted(self._stars(uid)))]
        return any(
            fact.attribute == "*"
            and modules.find(modules.absolute(number, fact.module, fact.level), number) < 0
            for number in numbers
            for fact in modules.facts[number].imports
        )

    def _changed(self, entry: SettingEntry) -> tuple[Place, ...]:
        """List where serving code changes what is kept, through the objects of the library."""
        found = set()
        for context in self._heap.in_order() if entry.through else ():
            if context.era != Era.SERVE or not context.passes:
                continue
            for target, how, _, _, _, _, *span in context.body.writes:
                if how == WriteHow.ITEM and told.is_thing(self._heap, context, target, entry.through):
                    found.add(Place(self._path(context), *span))
        return tuple(sorted(found))

    def _holder(self, one: _Bound, name: str) -> str:
        unit = self._heap.modules.units[one.context.uid]
        return f"{unit.qualified}.{name}" if unit.qualified else name

    def _excuse(self, one: _Bound, elsewhere: set[int]) -> str:
        """Say why a setting does not count; empty where it does."""
        branch = told.excuse(self._heap, one.context, one.guard)
        if branch:
            return branch
        modules = self._heap.modules
        unit = modules.units[one.context.uid]
        name = f"{modules.facts[one.context.module].module}.{unit.qualified}"
        words = {word for part in name.split(".") for word in told.words(part)}
        if words & told.DEVELOPERS:
            return _FOR_DEVELOPERS
        if any(self._derives(other, one.uid) for other in elsewhere):
            return _OVERRULED
        return ""

    def _derives(self, uid: int, base: int) -> bool:
        """Whether a class or module of settings takes over those of another one."""
        if uid == base or base < 0:
            return False
        kind = self._heap.modules.units[uid].kind
        if kind != self._heap.modules.units[base].kind:
            return False
        if kind == UnitKind.CLASS:
            return base in names.ancestors(self._heap, uid)
        return base in self._stars(uid)

    def _stars(self, uid: int) -> set[int]:
        """List the module units whose names a module takes over by star imports."""
        modules = self._heap.modules
        found: set[int] = set()
        waiting = [uid]
        for one in waiting:  # grows while it is read
            number = modules.module_of(one)
            for fact in modules.facts[number].imports:
                if fact.attribute == "*":
                    module = modules.find(modules.absolute(number, fact.module, fact.level), number)
                    if module >= 0 and modules.first[module] not in found:
                        found.add(modules.first[module])
                        waiting.append(modules.first[module])
        return found

    # -- where settings stand ---------------------------------------------------------------------------

    @cached_property
    def _binding(self) -> dict[str, list[Context]]:
        """The modules and classes that bind a name, in order."""
        modules = self._heap.modules
        found: dict[str, list[Context]] = {}
        for (uid, run), context in sorted(self._heap.contexts.items()):
            if run == Era.BOOT and context.passes and modules.units[uid].kind in _OF_SETTINGS:
                for text in dict.fromkeys(bind[0] for bind in context.body.binds):
                    found.setdefault(modules.string(context.module, text), []).append(context)
        return found

    def _bound(self, name: str, beside: Sequence[str]) -> Iterator[_Bound]:
        for context in self._binding.get(name, ()):
            if not beside or self._is_settings(context.uid, beside):
                yield from self._binds(context, name)
        if not beside:
            for put in (*self.texts.items(name), *self.texts.attributes(name)):
                span = Place(self._path(put.context), put.line, 1, put.line, 1)
                yield _Bound(put.context, put.value, span, -1, put.guard)

    def _binds(self, context: Context, name: str) -> Iterator[_Bound]:
        modules = self._heap.modules
        for text, value, guard, *span in context.body.binds:
            if modules.string(context.module, text) == name and context.body.ops[value] != Op.IMPORT:
                yield _Bound(context, value, Place(self._path(context), *span), context.uid, guard)

    def _is_settings(self, uid: int, beside: Sequence[str]) -> bool:
        """Whether a module, or one whose names it takes over or gives, holds settings of this kind.

        A class does whose body, or that of a base, binds several of them: `class Common(Configuration)`.
        """
        modules = self._heap.modules
        if modules.units[uid].kind == UnitKind.CLASS:
            own = [one for one in names.ancestors(self._heap, uid) if isinstance(one, int)]
            bound = {name for one in own for name in modules.locals[one]}
            return len(bound.intersection(beside)) >= _SEVERAL
        if any(set(beside) & modules.locals[one] for one in (uid, *sorted(self._stars(uid)))):
            return True
        return modules.facts[modules.module_of(uid)].module.startswith(self._folders(tuple(beside)))

    def _folders(self, beside: tuple[str, ...]) -> tuple[str, ...]:
        """Give how modules begin that are parts of settings: those below a package of settings."""
        known = self._parts.get(beside)
        if known is None:
            modules = self._heap.modules
            known = self._parts[beside] = tuple(
                f"{facts.module}."
                for number, facts in enumerate(modules.facts)
                if set(beside) & modules.locals[modules.first[number]]
            )
        return known

    def _path(self, context: Context) -> str:
        return self._heap.modules.facts[context.module].path

    # -- what moves the state out after all ---------------------------------------------------------------

    def _is_moved(self, one: _Bound, entry: SettingEntry) -> bool:
        """Whether another setting beside it names a store of another kind."""
        for name, path in entry.instead.items():
            for other in self._binds(one.context, name):
                told = [other.place]
                if path:
                    *way, key = path.split(".")
                    found = tables.descend(self._heap, other.context, other.place, way)
                    told = [
                        value
                        for home, table in found
                        if home is other.context
                        for word, value in tables.pairs(self._heap, home, table)
                        if word == key
                    ]
                if any(not self._is_of_kind(other.context, place, entry) for place in told):
                    return True
        return False

    def _is_of_kind(self, context: Context, place: int, entry: SettingEntry) -> bool:
        texts = self.texts.at(context, place)
        words = [text.whole or "" for text in texts.known]
        return bool(words) and all(word.endswith(entry.kinds) for word in words)


def _is_below(name: str, owners: Sequence[str]) -> bool:
    """Whether a dotted name is one of some others, or stands below it."""
    return any(name == one or name.startswith(f"{one}.") for one in owners)
