"""Files that a framework runs anew for each request, so that what they bind does not last.

Some are found by their place: `models/db.py` runs first, `controllers/cart.py` finds what that has bound, and
its functions are the actions. Others are named to a command; they import the framework and are not imported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import Op, UnitKind
from statelint.model.files import FileRole
from statelint.program import handover, names
from statelint.program.calling import HANDED_OVER, Caller
from statelint.program.contexts import Entry
from statelint.program.evaluate import evaluate
from statelint.program.import_order import imported_by
from statelint.program.library import dotted_names
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.knowledge import Knowledge, ScriptEntry
    from statelint.program.heap import Heap
    from statelint.program.modules import Modules


_ROLES = (FileRole.APPLICATION, FileRole.EXAMPLE)


class Script(NamedTuple):
    """A file that runs anew for each request: what is known of its kind, and those that run before it."""

    entry: ScriptEntry
    before: tuple[int, ...]


def find_scripts(modules: Modules, knowledge: Knowledge) -> dict[int, Script]:
    """Give the scripts of a project by the number of their module.

    The place alone does not tell: one of those that run together must also use a name that nothing binds.
    """
    found: dict[int, Script] = {}
    for entry in knowledge.scripts:
        if not entry.files:
            found |= dict.fromkeys(_started(modules, entry), Script(entry, ()))
        for group in _groups(modules, entry).values():
            numbers = [number for _, number in sorted(group)]
            if any(_is_given_names(modules, number, entry) for number in numbers):
                found |= {one: Script(entry, tuple(numbers[:at])) for at, one in enumerate(numbers)}
    return found


def _started(modules: Modules, entry: ScriptEntry) -> list[int]:
    """List the files that import a framework and that no other one imports."""
    users = [
        number
        for number, module in enumerate(modules.facts)
        if module.role in _ROLES and any(_is_of(one.module, entry) for one in module.imports)
    ]
    if not users:
        return users
    own = (number for number, module in enumerate(modules.facts) if module.role in _ROLES)
    imported = {one for number in own for one in imported_by(modules, number) if one != number}
    return [number for number in users if number not in imported]


def _groups(modules: Modules, entry: ScriptEntry) -> dict[str, list[tuple[int, int]]]:
    """List the files that stand where scripts do, by the folder in which they run together, in that order."""
    groups: dict[str, list[tuple[int, int]]] = {}
    places = [_ending(one) for one in entry.files]
    for number, module in enumerate(modules.facts):
        found = next(
            ((at, one) for at, place in enumerate(places) if (one := place.search(module.path))), None
        )
        if found is not None and module.role in _ROLES:
            groups.setdefault(module.path[: found[1].start()], []).append((found[0], number))
    return groups


def _ending(pattern: str) -> re.Pattern[str]:
    """Make a pattern for the end of a path, in which a star stands for one name."""
    return re.compile(rf"(?:(?<=/)|^){re.escape(pattern)}$".replace(r"\*", "[^/]*"))


def _is_given_names(modules: Modules, number: int, entry: ScriptEntry) -> bool:
    """Whether a file uses a name that it neither binds nor imports."""
    facts = modules.facts[number]
    given = set(entry.given) & set(facts.strings)
    if not given or any(one.attribute == "*" and not _is_of(one.module, entry) for one in facts.imports):
        return False
    first = modules.first[number]
    own: set[str] = set(modules.locals[first])
    for uid in range(first, first + len(facts.units)):
        unbound = given - own - set(modules.locals[uid])
        body = modules.glance(uid) if unbound else None
        if body is not None and any(
            op == Op.NAME and modules.string(number, text) in unbound
            for op, text in zip(body.ops, body.a, strict=True)
        ):
            return True
    return False


def _is_of(module: str, entry: ScriptEntry) -> bool:
    return module.partition(".")[0] in entry.packages


def plant_scripts(heap: Heap) -> None:
    """Give scripts the names that they find, and call their actions."""
    for number, script in heap.scripts.items():
        bound = heap.modules.locals[heap.modules.first[number]]
        path = heap.modules.facts[number].path
        heap.entries[heap.module_key(number)] = Entry(script.entry.entry, path, 0)
        for name, dotted in script.entry.given.items():
            if name not in bound:
                heap.join(heap.slot(("G", number, name)), names.external(heap, dotted))
        for earlier in script.before:
            for name in sorted(heap.modules.locals[heap.modules.first[earlier]] - bound):
                slot = heap.slots.get(("G", earlier, name))
                if slot is not None:
                    heap.join(heap.slot(("G", number, name)), slot.found)
        if script.entry.actions and _ending(script.entry.actions).search(path):
            _plant_actions(heap, number, script.entry)


def _plant_actions(heap: Heap, number: int, script: ScriptEntry) -> None:
    modules, context = heap.modules, heap.module_context(number)
    stem = modules.facts[number].path.rpartition("/")[2].removesuffix(".py")
    for uid in _public(modules, modules.children.get(modules.first[number], ())):
        name = modules.units[uid].name
        slot = heap.slots.get(("G", number, name))
        caller = Caller(context, Era.BOOT, HANDED_OVER)
        for value in handover.callables(heap, slot.found) if slot is not None else ():
            handover.add_entry(heap, caller, value, Entry(script.entry, f"/{stem}/{name}", 0))


def _public(modules: Modules, units: Iterable[int]) -> list[int]:
    """List the functions that a URL reaches: those without parameters whose names are not private."""
    return [
        uid
        for uid in units
        if modules.units[uid].kind == UnitKind.FUNCTION
        and not modules.units[uid].params
        and not modules.units[uid].name.startswith("__")
    ]


def is_of_script(heap: Heap, uid: int) -> bool:
    """Whether a unit stands in a file that runs anew for each request."""
    return bool(heap.scripts) and heap.modules.module_of(uid) in heap.scripts


def forgets(heap: Heap, uid: int) -> bool:
    """Whether a memo is made anew for each request; what the framework itself remembers stays."""
    script = heap.scripts.get(heap.modules.module_of(uid)) if heap.scripts else None
    if script is None:
        return False
    around = heap.context(heap.modules.parent(uid), Era.SERVE)
    decorators = [
        value
        for place in heap.modules.units[uid].decorators
        for value in evaluate(heap, around, place).values
    ]
    known = (name for value in decorators for name in dotted_names(heap, value, around))
    return not any(_is_of(name, script.entry) for name in known)


def value_is_of_script(heap: Heap, value: int) -> bool:
    """Whether a module or class is made anew for each request."""
    if not heap.scripts:
        return False
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.MODULE:
        return parts[0] in heap.scripts
    return kind == Kind.CLASS and is_of_script(heap, parts[0])
