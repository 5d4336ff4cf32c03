"""Settings that keep state here: names of modules, attributes of classes, keys of a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op, UnitKind
from statelint.model.places import Place
from statelint.program import names, tables
from statelint.program.places_kept import Here, Kept, where_kept
from statelint.program.values import Era

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import SettingEntry
    from statelint.program.callsites import CallSites
    from statelint.program.heap import Context, Heap
    from statelint.program.serving import Serving
    from statelint.program.text_reader import TextReader

_NOT_FOR_USERS = frozenset(
    {"dev", "devel", "develop", "development", "debug", "local", "test", "tests", "testing", "ci"}
)
"""Words of modules and classes whose settings no user meets."""

_FOR_DEVELOPERS = "only settings for development or tests say so"
_OVERRULED = "settings that derive from these keep it elsewhere"


class _Bound(NamedTuple):
    """One place where a setting gets a value; `uid` is the module or class, -1: a key that is set."""

    context: Context
    place: int
    span: Place
    uid: int


class Settings:
    """Finds the settings of one program that keep state here."""

    def __init__(self, heap: Heap, calls: CallSites, texts: TextReader, serving: Serving) -> None:
        self._heap = heap
        self._serving = serving
        self._calls = calls
        self._texts = texts

    def of_rule(self, rule: str) -> list[Kept]:
        """List the settings that keep state for one rule, each place once."""
        found: dict[Place, Kept] = {}
        for name, entry in sorted(self._heap.knowledge.settings.items() if self._serving.is_any else ()):
            if entry.rule == rule and self._is_used(entry):
                for kept in self._kept(name, entry):
                    found.setdefault(kept.place, kept)
        return [found[place] for place in sorted(found)]

    def _is_used(self, entry: SettingEntry) -> bool:
        return not entry.used_by or any(name in self._calls.of_name for name in entry.used_by)

    def _kept(self, name: str, entry: SettingEntry) -> Iterator[Kept]:
        bound = list(self._bound(name, entry))
        here = {one: list(self._here(one, entry)) for one in bound}
        elsewhere = {one.uid for one, ways in here.items() if not ways and one.uid >= 0}
        for one, ways in here.items():
            for way in ways:
                yield Kept(
                    entry=entry,
                    context=one.context,
                    place=way.place or one.span,
                    symbol=name,
                    holder=self._holder(one, name),
                    text=way.text,
                    omitted=False,
                    harmless=self._excuse(one, elsewhere),
                    is_setting=True,
                )

    def _here(self, one: _Bound, entry: SettingEntry) -> Iterator[Here]:
        if entry.at:
            yield from tables.kept_in(self._heap, self._texts, one.context, one.place, entry)
        elif not self._is_moved(one, entry):
            way = where_kept(self._texts.at(one.context, one.place), entry, at_boot=True)
            if way is not None:
                yield way

    def _holder(self, one: _Bound, name: str) -> str:
        unit = self._heap.modules.units[one.context.uid]
        return f"{unit.qualified}.{name}" if unit.qualified else name

    def _excuse(self, one: _Bound, elsewhere: set[int]) -> str:
        """Say why a setting does not count; empty where it does."""
        modules = self._heap.modules
        unit = modules.units[one.context.uid]
        told = f"{modules.facts[one.context.module].module}.{unit.qualified}"
        words = {word for part in told.split(".") for word in _words(part)}
        if words & _NOT_FOR_USERS:
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
                    module = modules.find(modules.absolute(number, fact.module, fact.level))
                    if module >= 0 and modules.first[module] not in found:
                        found.add(modules.first[module])
                        waiting.append(modules.first[module])
        return found

    # -- where settings stand ---------------------------------------------------------------------------

    def _bound(self, name: str, entry: SettingEntry) -> Iterator[_Bound]:
        for (uid, run), context in sorted(self._heap.contexts.items()):
            if run != Era.BOOT or not context.passes:
                continue
            kind = self._heap.modules.units[uid].kind
            if (kind == UnitKind.MODULE and (not entry.beside or self._is_settings(uid, entry))) or (
                kind == UnitKind.CLASS and not entry.beside
            ):
                yield from self._binds(context, name)
        if not entry.beside:
            for put in self._texts.items(name):
                span = Place(self._path(put.context), put.line, 1, put.line, 1)
                yield _Bound(put.context, put.value, span, -1)

    def _binds(self, context: Context, name: str) -> Iterator[_Bound]:
        modules = self._heap.modules
        for text, value, _, *span in context.body.binds:
            if modules.string(context.module, text) == name and context.body.ops[value] != Op.IMPORT:
                yield _Bound(context, value, Place(self._path(context), *span), context.uid)

    def _is_settings(self, uid: int, entry: SettingEntry) -> bool:
        """Whether a module, or one whose names it takes over or gives, holds settings of this kind."""
        units = [uid, *sorted(self._stars(uid))]
        return any(set(entry.beside) & self._heap.modules.locals[one] for one in units)

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
        texts = self._texts.at(context, place)
        words = [text.whole or "" for text in texts.known]
        return bool(words) and all(word.endswith(entry.kinds) for word in words)


def _words(name: str) -> list[str]:
    """Split a name at underscores and capitals: `DevelopmentConfig` -> development, config."""
    spaced = "".join(f"_{letter}" if letter.isupper() else letter for letter in name)
    return [word.lower() for word in spaced.split("_") if word]
