"""Whether serving code writes a file that it also reads: what is remembered of it then grows old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op
from statelint.program import callees, filewrites, names
from statelint.program.calling import call_record
from statelint.program.constants import constant
from statelint.program.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.calling import CallRecord
    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.filewrites import FileWrite
    from statelint.program.heap import Heap

_DEEPEST = 8
"""Joins, calls and attributes inside a path that are looked at."""

Parts = frozenset[object]
"""What a path is made of, in whatever order: texts, and names of modules, attributes and locals."""


def reads_what_it_writes(heap: Heap, readers: Sequence[Context], but: Parts = frozenset()) -> bool:
    """Whether what these contexts call reads a file that some serving code writes, `but` for one path.

    A path with more behind it is that of the same file, before it is finished: `path + ".part"`.
    """
    written = [one for one in _written(heap) if not but or not (one <= but or but <= one)]
    if not written:
        return False
    for context in Reach(heap).below(readers):
        for _, record in callees.calls_of(context):
            for place in paths_of(heap, context, record):
                if any(is_same(parts_of(heap, context, place), one) for one in written):
                    return True
    return False


def is_mere_marker(heap: Heap, calls: CallSites, write: FileWrite) -> bool:
    """Whether nothing but constants is written to a file, and no code asks for one of its name."""
    own = _file_name(heap, write.context, write.place) if write.is_empty else ""
    if not own:
        return False
    for name, sites in calls.of_name.items():
        entry = heap.knowledge.function(name)
        if entry is None or "io-file" not in entry.bits:
            continue
        for site in sites:
            is_writer = bool(entry.mode) and filewrites.asks_for_writing(heap, site, entry)
            paths = () if is_writer else paths_of(heap, site.context, site.record)
            if any(_file_name(heap, site.context, place) == own for place in paths):
                return False
    return True


def _file_name(heap: Heap, context: Context, place: int, depth: int = 0) -> str:
    """Give the constant with which a path ends; empty where it ends with something else."""
    body = context.body
    op, a = body.ops[place], body.a[place]
    text = constant(heap, context, place) if place else None
    if isinstance(text, str):
        return text.rpartition("/")[2]
    last = 0
    if op == Op.CALL:
        last = (call_record(body, a).arguments or [0])[-1]
    elif op == Op.MIX:
        last = body.joins[a][-1]
    elif op == Op.NAME:
        bound = {value for text, value, *_ in body.binds if text == a}
        last = bound.pop() if len(bound) == 1 else 0
    return _file_name(heap, context, last, depth + 1) if last and depth < _DEEPEST else ""


def _written(heap: Heap) -> frozenset[Parts]:
    if heap.answers.written_files is None:
        found = set()
        for write in filewrites.find(heap):
            if write.opened is not None:
                continue  # its path stands elsewhere
            record = call_record(write.context.body, write.call)
            for place in paths_of(heap, write.context, record):
                found.add(parts_of(heap, write.context, place))
        heap.answers.written_files = frozenset(found)
    return heap.answers.written_files


def is_same(one: Parts, other: Parts) -> bool:
    """Whether two paths are made of the same parts, or name the same file."""
    shared = one & other
    return bool(one) and (
        one == other or any(isinstance(part, str) and "." in part.strip(".") for part in shared)
    )


def paths_of(heap: Heap, context: Context, record: CallRecord) -> Iterator[int]:
    """List the paths of files that a call reads or writes."""
    for name in callees.names_called(heap, context, record.callee):
        entry = heap.knowledge.function(name)
        if entry is None or (entry.writes_file is None and "io-file" not in entry.bits):
            continue
        if entry.receiver:
            yield callees.receiver(context, record)
        else:
            yield callees.argument(heap, context, record, entry.writes_file or 0)
        return


def parts_of(heap: Heap, context: Context, place: int, depth: int = 0) -> Parts:
    """Name what a path is made of: texts, and names of modules."""
    body = context.body
    found: set[object] = set()
    op, a = body.ops[place], body.a[place]
    if not place or depth > _DEEPEST:
        return frozenset()
    text = constant(heap, context, place)
    if isinstance(text, str):
        return frozenset({text})
    if op == Op.NAME:
        return _named(heap, context, heap.modules.string(context.module, a), depth)
    if op == Op.ATTR:
        found.add((heap.modules.string(context.module, body.b[place]), "attribute"))
        found |= parts_of(heap, context, a, depth + 1)
    elif op in (Op.MIX, Op.ANY):
        for part in body.joins[a]:
            found |= parts_of(heap, context, part, depth + 1)
    elif op == Op.CALL:
        for where, part in _called(heap, context, call_record(body, a)):
            found |= parts_of(heap, where, part, depth + 1)
    return frozenset(found)


def _called(heap: Heap, context: Context, record: CallRecord) -> Iterator[tuple[Context, int]]:
    """List what a call makes a path of: its arguments, its receiver, and what a function gives back."""
    yield from ((context, part) for part in (*record.arguments, callees.receiver(context, record)))
    for target in callees.targets(heap, context, record.callee):
        yield from ((target, part) for _, part, *_ in target.body.flows)


def _named(heap: Heap, context: Context, name: str, depth: int) -> Parts:
    if name in heap.modules.locals[context.uid]:
        strings = heap.modules.facts[context.module].strings
        bound = [value for text, value, *_ in context.body.binds if strings[text] == name and value]
        parts = [parts_of(heap, context, value, depth + 1) for value in bound]
        return frozenset().union(*parts) if parts else frozenset({("local", context.uid, name)})
    home, owner, _ = names.owner_of_name(heap, context, name)
    if home != "module":
        return frozenset({("local", owner, name)})
    return frozenset({("module", *heap.modules.home_of(owner, name))})
