"""Calls that write a file while serving, as the knowledge files describe them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import library
from statelint.program.calling import call_record
from statelint.program.evaluate import NOT_CONSTANT, constant, evaluate
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from statelint.knowledge import FunctionEntry
    from statelint.program.heap import Context, Heap
    from statelint.program.observe import Span

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


def find(heap: Heap) -> list[FileWrite]:
    """Find every file write while serving, in order of unit and line."""
    found = []
    for key in sorted(heap.contexts):
        context = heap.contexts[key]
        if context.era == Era.SERVE and context.passes:
            writes = (_file_write(heap, context, number) for number in range(len(context.body.calls)))
            found += [write for write in writes if write is not None]
    return found


def _file_write(heap: Heap, context: Context, number: int) -> FileWrite | None:
    record = call_record(context.body, number)
    for value in sorted(evaluate(heap, context, record.callee).values):
        if heap.values.kinds[value] not in (Kind.EXTERNAL, Kind.BOUND):
            continue
        for name in library.dotted_names(heap, value):
            entry = heap.knowledge.function(name)
            if entry is None or (entry.writes_file is None and not entry.receiver):
                continue
            if not _asks_for_writing(heap, context, number, entry):
                continue
            place = _path_place(heap, context, number, entry)
            if not place:
                continue  # no path given: it writes to a file object that it is handed
            text = constant(heap, context, place) if place else NOT_CONSTANT
            if isinstance(text, str) and text.lower() in _NOWHERE:
                return None
            bits = evaluate(heap, context, place).bits if place else 0
            if _is_no_file(heap, context, place):
                return None
            return FileWrite(
                context=context,
                span=(record.line, record.column, record.end_line, record.end_column),
                call=number,
                name=name,
                path=text if isinstance(text, str) else "",
                bits=bits,
            )
    return None


def _argument(heap: Heap, context: Context, number: int, position: int | str) -> int:
    record = call_record(context.body, number)
    if isinstance(position, int):
        return record.arguments[position] if position < len(record.arguments) else 0
    strings = heap.modules.facts[context.module].strings
    return next((place for text, place in record.keywords if strings[text] == position), 0)


def _asks_for_writing(heap: Heap, context: Context, number: int, entry: FunctionEntry) -> bool:
    """Whether the mode is one that writes; a mode that cannot be read counts as reading."""
    if not entry.mode:
        return True
    place = next((p for position in entry.mode if (p := _argument(heap, context, number, position))), 0)
    mode = constant(heap, context, place) if place else NOT_CONSTANT
    return isinstance(mode, str) and bool(_WRITING & set(mode))


def _path_place(heap: Heap, context: Context, number: int, entry: FunctionEntry) -> int:
    if entry.receiver:
        callee = call_record(context.body, number).callee
        return context.body.a[callee] if context.body.ops[callee] == Op.ATTR else 0
    if entry.writes_file is None:
        return 0
    return _argument(heap, context, number, entry.writes_file)


def _is_no_file(heap: Heap, context: Context, place: int) -> bool:
    """Whether it is a stream, a buffer or a temporary file: no file that a later request finds."""
    if not place:
        return False
    found = evaluate(heap, context, place)
    for value in found.values:
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.CONTAINER:
            return True
        name = str(parts[0]) if kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT) else ""
        if name.startswith(("sys.std", "tempfile.")) or name == "os.devnull":
            return True
    return bool(found.bits & Bit.CONNECTION)
