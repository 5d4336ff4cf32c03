"""From the facts of all files to one solved program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.progress import Stage, Tell, tell_nobody
from statelint.program import calls, guards, openworld, roots, seeds
from statelint.program.attributes import attribute_of
from statelint.program.command_files import find_programs
from statelint.program.fallback import fill_unknown
from statelint.program.heap import Declared, Heap
from statelint.program.import_order import import_order
from statelint.program.modules import Modules
from statelint.program.scripts import find_scripts
from statelint.program.solver import solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.knowledge import Knowledge
    from statelint.model.facts import ModuleFacts

MOST_ROUNDS = 8
"""Rounds of planting and solving; one more is needed only for classes that code makes while running."""


def solve_project(
    facts: Sequence[ModuleFacts], knowledge: Knowledge, declared: Declared, tell: Tell = tell_nobody
) -> Heap:
    """Solve the heap of a project: what every cell may hold, and what runs when."""
    heap = Heap(Modules(facts), knowledge, declared, guards.once_guards)
    for place, module in enumerate(import_order(heap.modules)):
        heap.module_order[module] = place
    heap.scripts = find_scripts(heap.modules, knowledge)
    heap.programs = find_programs(heap)
    heap.tell = lambda: tell(Stage.FOLLOWING, len(heap.contexts), 0)
    heap.invoke = lambda caller, callee, arguments: calls.invoke(heap, caller, callee, arguments)
    heap.construct = lambda caller, value, arguments: calls.construct(heap, caller, value, arguments)
    heap.invoke_attribute = lambda context, value, name: attribute_of(heap, context, value, name)
    for _ in range(MOST_ROUNDS):
        seeds.plant(heap)
        solve(heap, seeds.stop_commands)
        seeds.plant(heap)
        solve(heap, seeds.stop_commands)
        planted = not heap.settled or seeds.plant_unreached(heap)
        heap.settled = True
        solve(heap, seeds.stop_commands)
        if not planted and not fill_unknown(heap) and not heap.dirty:
            break
    solve(heap, seeds.stop_commands)
    while openworld.plant(heap) or openworld.plant_on_disk(heap):
        solve(heap, seeds.stop_commands)
    openworld.forget_others(heap)
    return heap


def run_everything(heap: Heap) -> None:
    """Evaluate also what nothing in the project calls; only a call graph wants that."""
    heap.server_starts.clear()  # commands are not asked any more whether they start a server
    roots.run_everything(heap, lambda: solve(heap, lambda one: one.server_starts.clear()))
