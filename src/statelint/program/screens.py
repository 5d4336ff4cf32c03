"""Modules that draw windows or a terminal screen: a person sits before this very process, and nobody else.

class Tray:
    def start(self):
        self.icon = Icon("shop")
        client.settings().add_callback(self.show)    # `show` answers no client of a service
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.decisions import Decision
from statelint.program.frameworks import imports_server

if TYPE_CHECKING:
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap


def draws(heap: Heap, number: int) -> bool:
    """Whether a module imports a toolkit of windows and no server framework."""
    known = heap.answers.screens.get(number)
    if known is None:
        known = _imports_screen(heap, number) and not imports_server(heap, number)
        heap.answers.screens[number] = known
    return known


def _imports_screen(heap: Heap, number: int) -> bool:
    return any(
        not fact.level and heap.knowledge.is_screen_import(f"{fact.module}.{fact.attribute}")
        for fact in heap.modules.facts[number].imports
    )


def shown(held: Holder) -> Decision | None:
    """D3: what windows show, and what else only code that draws them changes."""
    modules = {write.context.module for write in held.writes}
    if not all(draws(held.heap, number) for number in modules):
        return None
    return Decision(row="D3", ephemeral=True, reason="what this process shows on its own screen")
