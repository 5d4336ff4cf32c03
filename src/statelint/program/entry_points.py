"""Plug-ins that what installs the project names under a group: `entry_points(group="shop.stores")`.

[project.entry-points."shop.stores"]
memory = "shop.memory:Store"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import tomli

from statelint.model.files import FileRole
from statelint.program import loading, names
from statelint.program.configured import Word
from statelint.program.found import NOTHING
from statelint.program.slots import MOST_LOADED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from statelint.model.deployment import DeploymentFacts
    from statelint.model.facts import ModuleFacts
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap

_TOML, _CFG, _INSTALLED, _SETUP = "pyproject.toml", "setup.cfg", "entry_points.txt", "setup.py"
_SECTION: Final = re.compile(r"\[([^\]]+)\]\s*\Z")
_GROUP: Final = re.compile(r"([\w.-]+)\s*=\s*\Z")
_ENTRY: Final = re.compile(
    r"\s*[\w.@ -]+?\s*=\s*([A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*)?)\s*(?:\[[^\]]*\]\s*)?\Z"
)
_TABLES: Final = (("project", "entry-points"), ("tool", "poetry", "plugins"))
_OF_CFG: Final = "options.entry_points"


def words_of_packages(
    modules: Sequence[ModuleFacts],
    deployments: Sequence[DeploymentFacts],
    read_lines: Callable[[str], Sequence[str]],
) -> Callable[[], list[Word]]:
    """Make a function that lists what the project's own metadata name, and under which group.

    A `setup.py` is code, in which any text may be the group: those words stand under none.
    """

    def words() -> list[Word]:
        found = [word for module in modules for word in _of_setup(module)]
        for file in deployments:
            name = file.path.rpartition("/")[2]
            if file.role is FileRole.APPLICATION and name in (_TOML, _CFG, _INSTALLED):
                lines = read_lines(file.path)
                found += _of_toml(lines) if name == _TOML else _of_ini(lines, is_cfg=name == _CFG)
        return list(dict.fromkeys(found))

    return words


def _of_setup(module: ModuleFacts) -> Iterator[Word]:
    if module.path.rpartition("/")[2] != _SETUP:
        return
    for text in module.constants:
        for line in text.splitlines() if isinstance(text, str) else ():
            if found := _ENTRY.match(line):
                yield Word(frozenset(), found[1])


def _of_toml(lines: Sequence[str]) -> Iterator[Word]:
    try:
        table: dict[str, Any] = tomli.loads("\n".join(lines))
    except (tomli.TOMLDecodeError, RecursionError):
        return
    for path in _TABLES:
        groups: object = table
        for key in path:
            groups = groups.get(key) if isinstance(groups, dict) else None
        for group, entries in groups.items() if isinstance(groups, dict) else ():
            for text in entries.values() if isinstance(entries, dict) else ():
                if isinstance(text, str) and (found := _ENTRY.match(f"name = {text}")):
                    yield Word(frozenset({group}), found[1])


def _of_ini(lines: Sequence[str], *, is_cfg: bool) -> Iterator[Word]:
    """Read a section a group, or in `setup.cfg` a key a group of the one section that is about them."""
    section = group = ""
    for line in lines:
        if header := _SECTION.match(line):
            section = header[1].strip()
            group = "" if is_cfg else section
        elif is_cfg and section == _OF_CFG and (key := _GROUP.match(line)):
            group = key[1]
        elif group and (found := _ENTRY.match(line)):
            yield Word(frozenset({group}), found[1])


def load(heap: Heap, context: Context) -> Found:
    """Give what an entry point loads: of the groups that the function writes, or else the module, or any.

    for point in entry_points(group="shop.stores"):
        stores[point.name] = point.load()
    """
    words = heap.plugins.entry_points
    if words is None:
        words = heap.plugins.entry_points = _asked_for(heap)
    if not words:
        return NOTHING
    near = set(loading.texts_in(heap, context)), set(heap.modules.facts[context.module].constants)
    told = ([word for word in words if not texts.isdisjoint(word.under)] for texts in near)
    named = (loading.named(heap, word.name) for word in next(filter(None, told), words))
    meant = sorted({one for one in named if one is not None})
    found = names.of_modules(heap, context, meant) if len(meant) <= MOST_LOADED else NOTHING
    heap.note_loaded(found)
    return found


def _asked_for(heap: Heap) -> list[Word]:
    """List the entry points of the groups that the application writes; the others are for other programs."""
    words = heap.declared.entry_points()
    modules = [one for one in heap.modules.facts if one.role is FileRole.APPLICATION] if words else []
    written = {text for module in modules for text in module.constants if isinstance(text, str)}
    return [word for word in words if not word.under or not written.isdisjoint(word.under)]
