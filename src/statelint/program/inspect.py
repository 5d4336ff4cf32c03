"""What the solver believes, in words: for `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import How, Op, UnitKind
from statelint.program.evaluate import evaluate
from statelint.program.found import NOTHING
from statelint.program.solver import call_era
from statelint.program.values import Kind, bit_names, came_in_by

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap
    from statelint.program.modules import Modules

MOST_WORDS = 6
"""Values that are named; of more, their number."""

_ERAS = ("boot", "serve", "command", "serve")


def innermost_unit(modules: Modules, module: int, line: int) -> int:
    """Find the innermost function or class body, or the module, that holds a line."""
    first = modules.first[module]
    best = first
    for index, unit in enumerate(modules.facts[module].units):
        if index and unit.kind != UnitKind.LAMBDA and unit.span[0] <= line <= unit.end_line:
            best = first + index
    return best


def contexts_of(heap: Heap, uid: int) -> list[Context]:
    """List the contexts of a unit, by era."""
    return [context for context in heap.contexts_of(uid) if context.passes]


def found_at(heap: Heap, context: Context, place: int) -> Found:
    """Give what a place was last found to be."""
    return evaluate(heap, context, place) if place else NOTHING


def era_of_call(heap: Heap, context: Context, guard: int) -> int:
    """Give the era in which a call under a guard runs what it calls."""
    is_module = heap.modules.units[context.uid].kind == UnitKind.MODULE
    return call_era(heap, context, guard, module_unit=is_module)


def words(heap: Heap, found: Found) -> str:
    """Say values and where they come from."""
    values = sorted(found.values)
    named = [_word(heap, value) for value in values[:MOST_WORDS]]
    if len(values) > MOST_WORDS:
        named.append(f"{len(values) - MOST_WORDS} more")
    told = ", ".join(named) or "unknown"
    bits = ", ".join(sorted(bit_names(found.bits)))
    return f"{told} [{bits}]" if bits else told


def _word(heap: Heap, value: int) -> str:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    told = Kind.name_of(kind).replace("_", " ")
    match kind:
        case Kind.MODULE:
            told += f" `{heap.modules.facts[parts[0]].module}`"
        case Kind.CLASS | Kind.FUNCTION | Kind.GENERATOR:
            told += f" `{heap.modules.units[parts[0]].qualified}`"
        case Kind.OBJECT:
            told += f" of `{heap.modules.units[parts[0]].qualified}` made in {_ERAS[parts[1]]}"
        case Kind.CONTAINER:
            told = f"{parts[3]} made in {_ERAS[parts[2]]} by `{heap.modules.qualified(parts[0])}`"
        case Kind.EXTERNAL:
            told = f"`{parts[0]}`"
        case Kind.EXTERNAL_OBJECT if heap.values.mark_behind(value) >= 0:
            told = f"what `{heap.modules.units[came_in_by(parts[0])].qualified}` is given"
        case Kind.EXTERNAL_OBJECT:
            told = f"object of `{parts[0]}` made in {_ERAS[parts[1]]}"
        case Kind.METHOD:
            told += f" {_word(heap, parts[0])} of {_word(heap, parts[1])}"
        case Kind.BOUND:
            told = f"method `{parts[1]}` of {_word(heap, parts[0])}"
    return told


def spelling(heap: Heap, context: Context, place: int) -> str:
    """Give a name or attribute as it is written."""
    body = context.body
    if body.ops[place] == Op.NAME:
        return heap.modules.string(context.module, body.a[place]).partition("@")[0]
    if body.ops[place] == Op.ATTR:
        name = heap.modules.string(context.module, body.b[place])
        return f"{spelling(heap, context, body.a[place])}.{name}"
    return "..."


def uses(how: int) -> list[str]:
    """List what a value that is read is used for."""
    return [one.name.lower() for one in How if how & one and one.name]
