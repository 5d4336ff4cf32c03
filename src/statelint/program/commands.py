"""Functions that installed commands call: `shopd = "shop.daemon:start"`; one of them may start the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.model.deployment import Attribute
from statelint.model.files import FileRole
from statelint.program import names
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.deployment import DeploymentFacts
    from statelint.model.facts import ModuleFacts
    from statelint.program.heap import Heap

_SETUP: Final = "setup.py"
_LINE: Final = re.compile(r"\s*[\w.-]+\s*=\s*([A-Za-z_][\w.]*:[A-Za-z_][\w.]*)\s*(?:\[[^\]]*\]\s*)?\Z")
_CALLED: Final = (FileRole.APPLICATION, FileRole.EXAMPLE)
_AT_WORK: Final = frozenset({Era.BOOT, Era.SERVE})


def named_commands(modules: Sequence[ModuleFacts], deployments: Sequence[DeploymentFacts]) -> frozenset[str]:
    """List the functions that what installs the project makes commands of, as `shop.daemon:start`."""
    said = {
        fact.value
        for file in deployments
        if file.role is not FileRole.TEST
        for fact in file.facts
        if fact.attribute is Attribute.SCRIPT
    }
    return frozenset(said | {text for module in modules for text in _of_setup(module)})


def _of_setup(module: ModuleFacts) -> Iterator[str]:
    """Read the texts of a `setup.py`: `"console_scripts": ["shopd = shop.daemon:start"]`."""
    if module.path.rpartition("/")[2] != _SETUP:
        return
    for text in module.constants:
        for line in text.splitlines() if isinstance(text, str) else ():
            if found := _LINE.match(line):
                yield found[1]


def plant_commands(heap: Heap) -> None:
    """Run as commands the functions that the project's commands call and nothing in the code does."""
    if heap.plugins.made_first is None and heap.declared.commands:
        heap.plugins.made_first = frozenset(heap.values.objects_of)
    for text in sorted(heap.declared.commands):
        where, _, name = text.partition(":")
        module = heap.modules.find(where)
        if module < 0 or heap.modules.facts[module].role not in _CALLED:
            continue
        for value in sorted(names.module_attribute(heap, heap.module_context(module), module, name).values):
            uid = heap.values.parts[value][0]
            if heap.values.kinds[value] == Kind.FUNCTION and not heap.reached.get(uid, set()) & _AT_WORK:
                heap.context(uid, Era.CLI).env.add(Era.BOOT)
