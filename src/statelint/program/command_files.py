"""Files that are programs of their own: they read the command line as they are imported, so nobody does that.

parser = argparse.ArgumentParser()
parser.add_argument("--repository")
arguments = parser.parse_args()
for run in Repository(arguments.repository).runs():
    print(run)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, CALL_GUARD, Op, Test
from statelint.model.files import FileRole
from statelint.program import guards
from statelint.program.frameworks import imports_server
from statelint.program.import_order import imported_by

if TYPE_CHECKING:
    from statelint.model.facts import Body, ModuleFacts
    from statelint.program.heap import Heap


def find_programs(heap: Heap) -> frozenset[int]:
    """List the modules that are programs and import no server: what they run is a command of its own."""
    modules, known = heap.modules, heap.knowledge.command_line
    found = {
        number
        for number, module in enumerate(modules.facts)
        if module.role == FileRole.APPLICATION
        and (words := _words(module, known))
        and _reads_command_line(heap, number, words)
        and not imports_server(heap, number)
    }
    if not found:
        return frozenset()
    imported = {one for number in range(len(modules.facts)) for one in imported_by(modules, number)}
    return frozenset(found - imported)


def _words(module: ModuleFacts, known: frozenset[str]) -> set[str]:
    """List the last words of the functions of those libraries that a module imports."""
    imported = {one.module.partition(".")[0] for one in module.imports if not one.level}
    return {name.rpartition(".")[2] for name in known if name.partition(".")[0] in imported}


def _reads_command_line(heap: Heap, number: int, words: set[str]) -> bool:
    """Whether the body of a module calls such a function whenever the file is imported."""
    if words.isdisjoint(heap.modules.facts[number].strings):
        return False
    body = heap.modules.body(heap.modules.first[number])
    return any(
        _last_word(heap, number, body, record[CALL_CALLEE]) in words
        and Test.MAIN not in guards.tests_in(body, record[CALL_GUARD])
        for record in body.calls
    )


def _last_word(heap: Heap, number: int, body: Body, callee: int) -> str:
    text = {Op.ATTR: body.b, Op.NAME: body.a}.get(body.ops[callee])
    return heap.modules.string(number, text[callee]) if text is not None else ""
