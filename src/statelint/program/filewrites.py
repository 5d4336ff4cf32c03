"""Calls that write a file while serving, as the knowledge files describe them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import library
from statelint.program.evaluate import NOT_CONSTANT, constant, evaluate
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from statelint.knowledge import FunctionEntry
    from statelint.program.heap import Context, Heap
    from statelint.program.observe import Span
    from statelint.program.paths import Paths

_WRITING = frozenset("wax+")
_NOWHERE = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr", "nul"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """One call that writes a file; `bits` say where its path and content come from."""

    context: Context
    span: Span
    call: int
    name: str
    path: str
    bits: int


def find(heap: Heap, paths: Paths) -> list[FileWrite]:
    """Every file write while serving, in order of unit and line."""
    found = []
    for key in sorted(heap.contexts):
        context = heap.contexts[key]
        if context.era == Era.SERVE and context.passes:
            found += [w for number in range(len(context.body.calls)) if (w := _file_write(heap, context, number))]
    del paths
    return found


def _file_write(heap: Heap, context: Context, number: int) -> FileWrite | None:
    record = context.body.calls[number]
    for value in sorted(evaluate(heap, context, record[0]).values):  # type: ignore[arg-type]
        if heap.values.kinds[value] not in (Kind.EXTERNAL, Kind.BOUND):
            continue
        for name in library.dotted_names(heap, value):
            entry = heap.knowledge.function(name)
            if entry is None or (entry.writes_file is None and not entry.receiver):
                continue
            if not _asks_for_writing(heap, context, number, entry):
                continue
            place = _path_place(heap, context, number, entry)
            text = constant(heap, context, place) if place else NOT_CONSTANT
            if isinstance(text, str) and text.lower() in _NOWHERE:
                return None
            bits = evaluate(heap, context, place).bits if place else 0
            if _is_no_file(heap, context, place):
                return None
            return FileWrite(
                context=context,
                span=tuple(record[6:10]),  # type: ignore[arg-type]
                call=number,
                name=name,
                path=text if isinstance(text, str) else "",
                bits=bits,
            )
    return None


def _argument(heap: Heap, context: Context, number: int, position: int | str) -> int:
    _, arguments, keywords, *_ = context.body.calls[number]
    if isinstance(position, int):
        return arguments[position] if position < len(arguments) else 0  # type: ignore[index, arg-type, no-any-return]
    strings = heap.modules.facts[context.module].strings
    return next((place for text, place in keywords if strings[text] == position), 0)  # type: ignore[attr-defined]


def _asks_for_writing(heap: Heap, context: Context, number: int, entry: FunctionEntry) -> bool:
    """Whether the mode is one that writes; a mode that cannot be read counts as reading."""
    if not entry.mode:
        return True
    place = next((p for position in entry.mode if (p := _argument(heap, context, number, position))), 0)
    mode = constant(heap, context, place) if place else NOT_CONSTANT
    return isinstance(mode, str) and bool(_WRITING & set(mode))


def _path_place(heap: Heap, context: Context, number: int, entry: FunctionEntry) -> int:
    if entry.receiver:
        callee = context.body.calls[number][0]
        return context.body.a[callee] if context.body.ops[callee] == Op.ATTR else 0  # type: ignore[index, call-overload, no-any-return]
    if entry.writes_file is None:
        return 0
    return _argument(heap, context, number, entry.writes_file)


def _is_no_file(heap: Heap, context: Context, place: int) -> bool:
    """Streams, buffers and temporary files that end with the call are no files that a later request finds."""
    if not place:
        return False
    found = evaluate(heap, context, place)
    for value in found.values:
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.CONTAINER:
            return True
        name = str(parts[0]) if kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT) else ""
        if name.startswith(("sys.std", "tempfile.")):
            return True
    return bool(found.bits & Bit.CONNECTION)
