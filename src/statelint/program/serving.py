"""Which code belongs to a program that serves: a script beside a service starts nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import UnitKind
from statelint.program import named_backends, names
from statelint.program.contexts import CLIENT_ENTRIES
from statelint.program.values import Era

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.paths import Paths

_ASKED = (*CLIENT_ENTRIES, "task")
"""Kinds of entries that somebody outside of the process sets off."""


class Serving:
    """Answers whether code runs in a process that serves.

    Invariant: `modules` is closed under imports; with every module come the packages around it.
    """

    def __init__(self, heap: Heap, calls: CallSites, paths: Paths) -> None:
        self._heap = heap
        self._paths = paths
        self._boots: dict[Context, bool] = {}
        clients = [key for key, entry in heap.entries.items() if entry.kind in CLIENT_ENTRIES]
        self.is_any = bool(clients) or any(context.era == Era.BOOT for context in heap.server_starts)
        self.answers_anybody = self.is_any or any(entry.kind in _ASKED for entry in heap.entries.values())
        self.modules = _closed(heap, {heap.modules.module_of(uid) for uid, _ in clients} | self._made(calls))

    def _made(self, calls: CallSites) -> set[int]:
        """Find the modules that make an application, start a server or have routes, and their callers."""
        heap = self._heap
        found = {context for context in heap.server_starts if context.era == Era.BOOT}
        for name, sites in calls.of_name.items():
            entry = heap.knowledge.types.get(name)
            if (entry is not None and entry.kind == "app") or self._routes(name):
                found |= {site.context for site in sites if site.context.era == Era.BOOT}
        waiting = sorted(found, key=lambda context: context.key)
        for context in waiting:  # grows while it is read
            new = [one for one in context.callers if one.era == Era.BOOT and one not in found]
            found.update(new)
            waiting += new
        return {context.module for context in found} | set(self._hooked())

    def _routes(self, name: str) -> bool:
        """Whether a call registers what answers clients: `urlpatterns = [path("", home)]`."""
        entry = self._heap.knowledge.register(name)
        return entry is not None and entry.runs == "serve" and entry.entry in CLIENT_ENTRIES

    def _hooked(self) -> Iterator[int]:
        """List the modules of classes some of whose methods a framework runs at start-up."""
        modules, knowledge = self._heap.modules, self._heap.knowledge
        for uid in self._heap.classes.bases:
            bases = names.external_bases(self._heap, uid)
            if any(base.boot_methods for name in bases for base in knowledge.bases_of(name)):
                yield modules.module_of(uid)

    def runs(self, context: Context) -> bool:
        """Tell whether a context runs in a process that serves, at start-up or later."""
        if named_backends.keeps_files(self._heap, context):
            return True
        if not self.is_any or context.era not in (Era.BOOT, Era.SERVE):
            return False
        if context.era == Era.SERVE:
            path = self._paths.to(context)
            if path.entry is not None and path.entry.kind in CLIENT_ENTRIES:
                return True
            return path.steps[0].context.module in self.modules or self._boots_it(path.steps[0].context)
        return self._boots_it(context)

    def _boots_it(self, context: Context) -> bool:
        """Tell whether start-up code of a serving module leads to a context."""
        known = self._boots.get(context)
        if known is None:
            seen = {context}
            waiting = [context]
            for one in waiting:  # grows while it is read
                new = [caller for caller in one.callers if caller.era != Era.CLI and caller not in seen]
                seen.update(new)
                waiting += new
            roots = [one for one in waiting if not one.callers or self._is_module(one)]
            known = any(one.module in self.modules for one in roots)
            self._boots[context] = known
        return known

    def _is_module(self, context: Context) -> bool:
        return self._heap.modules.units[context.uid].kind == UnitKind.MODULE


def _closed(heap: Heap, modules: set[int]) -> set[int]:
    """Add what modules import, and the packages around them."""
    found = set(modules)
    waiting = sorted(modules)
    for number in waiting:  # grows while it is read
        for new in _imported(heap, number):
            if new not in found:
                found.add(new)
                waiting.append(new)
    return found


def _imported(heap: Heap, number: int) -> Iterator[int]:
    modules = heap.modules
    own = modules.facts[number].module
    wanted = [own]
    for fact in modules.facts[number].imports:
        name = modules.absolute(number, fact.module, fact.level)
        wanted += [name, f"{name}.{fact.attribute}"] if fact.attribute else [name]
    for name in wanted:
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            module = modules.find(".".join(parts[:count]), number)
            if module >= 0:
                yield module
