"""Calls that write a file while serving, as the knowledge files describe them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.model.places import Place
from statelint.program import (
    file_handles,
    filecontent,
    library,
    module_names,
    named_backends,
    open_files,
    process_numbers,
)
from statelint.program.calling import call_record
from statelint.program.callsites import CallSite, argument, call_sites
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.left_out import left_out
from statelint.program.origins import Origins
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.knowledge import FunctionEntry
    from statelint.program.accesses import Span
    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_WRITING = frozenset("wax+")
_NOWHERE = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr", "nul"})
_DEVICES = "/dev/"
"""Where no files lie but terminals, and lines to machines."""

_DELETE = "delete"
_CLIENTS = ("request", "websocket", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """One call that writes a file.

    `bits` say where its path comes from, `place` where it stands (0: nowhere). `is_empty`: nothing
    but constants is written to the file. `is_upload`: bytes that a client sent are written as they came;
    `is_record`: a record is written out as text (`json.dump`). `opened` is where start-up has opened the file
    to which the call writes; absent: it opens the file itself.
    """

    context: Context
    span: Span
    call: int
    name: str
    path: str
    bits: int
    place: int
    is_empty: bool
    is_upload: bool
    is_record: bool
    opened: Place | None = None


def find(heap: Heap) -> Sequence[FileWrite]:
    """Find every file write while serving, in order of unit and line; looked for at the first question."""
    if heap.answers.file_writes is None:
        calls = call_sites(heap)
        heap.answers.file_writes = _find(heap, calls, Origins(heap, calls))
    return heap.answers.file_writes


def _find(heap: Heap, calls: CallSites, origins: Origins) -> list[FileWrite]:
    found = []
    for context in heap.in_order():
        if context.passes and (
            context.era == Era.SERVE
            or (context.era == Era.OPEN and named_backends.keeps_files(heap, context))
        ):
            writes = (
                _file_write(heap, origins, context, number) for number in range(len(context.body.calls))
            )
            asked = (write for write in writes if write is not None)
            found += [write for write in asked if _may_run(heap, write)]
    return [*found, *_kept_open(heap, calls, origins)]


def _may_run(heap: Heap, write: FileWrite) -> bool:
    """Whether a call of the service gets as far as a write, whatever it leaves out."""
    return left_out(heap).runs(write.context, call_record(write.context.body, write.call).guard)


def _kept_open(heap: Heap, calls: CallSites, origins: Origins) -> Iterator[FileWrite]:
    """List the writes to files that start-up opens and that stay open."""

    def opening(context: Context, number: int) -> FileWrite | None:
        write = _file_write(heap, origins, context, number)
        return write if write is not None and not write.path.startswith(_DEVICES) else None

    for opened, context, number in open_files.find(heap, calls, opening):
        record = call_record(context.body, number)
        yield replace(
            opened,
            context=context,
            span=(record.line, record.column, record.end_line, record.end_column),
            call=number,
            place=0,
            is_empty=False,
            opened=Place(heap.modules.facts[opened.context.module].path, *opened.span),
        )


def _file_write(heap: Heap, origins: Origins, context: Context, number: int) -> FileWrite | None:
    record = call_record(context.body, number)
    for value in sorted(evaluate(heap, context, record.callee).values):
        if heap.values.kinds[value] not in (Kind.EXTERNAL, Kind.BOUND):
            continue
        for name in library.dotted_names(heap, value):
            entry = heap.knowledge.function(name)
            if entry is None:
                continue
            site = CallSite(context, number, 0, name)
            if entry.leaves_file:
                return _left_behind(site) if _is_left(heap, site) else None
            if entry.writes_file is None or not asks_for_writing(heap, site, entry):
                continue
            place = _path_place(heap, site, entry)
            if not place:
                continue  # no path given: it writes to a file object that it is handed
            text = constant(heap, context, place)
            if isinstance(text, str) and text.lower() in _NOWHERE:
                return None
            if _is_no_file(heap, site, entry, place) or origins.is_elsewhere(context, place):
                return None
            return _written(heap, origins, site, entry, place)
    return None


def _written(
    heap: Heap, origins: Origins, site: CallSite, entry: FunctionEntry, place: int
) -> FileWrite | None:
    text = constant(heap, site.context, place)
    content = filecontent.written_by(heap, site, entry, _mode(heap, site, entry))
    if process_numbers.are_all(heap, site.context, content.places):
        return None
    record = site.record
    return FileWrite(
        context=site.context,
        span=(record.line, record.column, record.end_line, record.end_column),
        call=site.number,
        name=site.name,
        path=text if isinstance(text, str) else "",
        bits=evaluate(heap, site.context, place).bits,
        place=place,
        is_empty=bool(entry.mode) and filecontent.is_empty(heap, site, content),
        is_upload=content.binary and any(origins.is_sent(site.context, one) for one in content.places),
        is_record=content.dumped,
    )


def asks_for_writing(heap: Heap, site: CallSite, entry: FunctionEntry) -> bool:
    """Whether the mode is one that writes; a mode that cannot be read counts as reading."""
    return not entry.mode or bool(_WRITING & set(_mode(heap, site, entry)))


def _mode(heap: Heap, site: CallSite, entry: FunctionEntry) -> str:
    place = next((p for position in entry.mode if (p := argument(heap, site, position))), 0)
    modes = module_names.written(heap.modules, site.context.uid, place) if place else []
    return next((mode for mode in modes if _WRITING & set(mode)), modes[0] if modes else "")


def _path_place(heap: Heap, site: CallSite, entry: FunctionEntry) -> int:
    body = site.context.body
    if entry.receiver:
        callee = site.record.callee
        return body.a[callee] if body.ops[callee] == Op.ATTR else 0
    return argument(heap, site, entry.writes_file) if entry.writes_file is not None else 0


def _is_no_file(heap: Heap, site: CallSite, entry: FunctionEntry, place: int) -> bool:
    """Whether it is a stream or a buffer, or opened for nothing: no file that a later request finds."""
    found = evaluate(heap, site.context, place)
    for value in found.values:
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind == Kind.CONTAINER:
            return True
        name = str(parts[0]) if kind in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT) else ""
        if name.startswith("sys.std") or name == "os.devnull":
            return True
    if not entry.mode or found.bits & Bit.CONNECTION:
        return bool(found.bits & Bit.CONNECTION)
    return file_handles.is_unwritten(heap, site.context, site.number, _mode(heap, site, entry))


# -- temporary files that are kept ------------------------------------------------------------------------


def _is_left(heap: Heap, site: CallSite) -> bool:
    """Whether a handler makes a temporary file that stays, and hands its path back to the client.

    A function between them and the client may well remove the file when the answer is made.
    """
    context = site.context
    entry = heap.entries.get(context.key)
    if entry is None or entry.kind not in _CLIENTS:
        return False
    deletes = argument(heap, site, _DELETE)
    by_name = site.name in heap.knowledge.types
    if by_name and (not deletes or constant(heap, context, deletes) is not False):
        return False
    held = filecontent.names_of_result(site)
    return filecontent.is_handed_back(context, held) and not filecontent.is_removed(heap, context, held)


def _left_behind(site: CallSite) -> FileWrite:
    record = site.record
    return FileWrite(
        context=site.context,
        span=(record.line, record.column, record.end_line, record.end_column),
        call=site.number,
        name=site.name,
        path="",
        bits=0,
        place=0,
        is_empty=False,
        is_upload=False,
        is_record=False,
    )
