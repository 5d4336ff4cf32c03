"""Which modules import a server framework: only there does somebody wait for answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.files import FileRole

if TYPE_CHECKING:
    from statelint.program.heap import Heap


def imports_server(heap: Heap, number: int) -> bool:
    """Whether a module imports a server framework; a framework that imports itself is none here."""
    facts = heap.modules.facts[number]
    if facts.role != FileRole.APPLICATION:
        return False
    return any(
        not one.level and heap.knowledge.is_server_import(one.module) and heap.modules.find(one.module) < 0
        for one in facts.imports
    )


def is_service(heap: Heap) -> bool:
    """Whether any module of the project imports a server framework."""
    if heap.imports_server is None:
        heap.imports_server = any(imports_server(heap, number) for number in range(len(heap.modules.facts)))
    return heap.imports_server
