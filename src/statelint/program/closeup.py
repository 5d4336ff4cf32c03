"""What the microscope is shown of a site: the statements that touch it, and what the facts say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.diagnostics import Role
from statelint.model.usage import Hints, Statement
from statelint.program import library, names
from statelint.program.library_objects import type_bits
from statelint.program.spelling import spellings
from statelint.program.values import MARK, Bit, Kind, bit_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap
    from statelint.program.lifetime import Lifetimes
    from statelint.program.paths import Paths
    from statelint.program.sites import Site
    from statelint.program.values import SlotKey

MOST_STATEMENTS = 12
"""Statements that the microscope is shown, nearest to the request first."""

MOST_ASKED = 24
"""Functions that are looked into for a way to spell the cell."""

LONGEST_FUNCTION = 90
"""Lines of a function that is shown to the microscope whole; of a longer one, only the statement."""

_TYPED = (Kind.OBJECT, Kind.CONTAINER, Kind.EXTERNAL_OBJECT)
_ACTORS = Bit.CONNECTION | Bit.TASK
_OF_A_CHILD = "background"
"""How the entries are called that a child process calls, where those of a client are messages."""

DEEPEST = 2
"""How far inside a cell is told apart: the cell, what it holds, and whatever lies further inside."""


# -- statements -------------------------------------------------------------------------------------------


def statements(
    heap: Heap, lifetimes: Lifetimes, read_lines: Callable[[str], Sequence[str]], site: Site
) -> tuple[Statement, ...]:
    """List the statements that write and read a site, nearest to the request first, each once.

    What is done to the fields of objects that lie in it tells least of what it is for, and comes last.
    """
    shown = _Shown(heap, lifetimes, read_lines, site)
    near = _near(heap, lifetimes, site)
    for write in site.writes:
        if write.cell in near:
            shown.add(write.context, write.span[0], write)
    for read in site.reads:
        shown.add(read.context, read.line, None)
    for write in site.writes:
        shown.add(write.context, write.span[0], write)
    return tuple(shown.found.values())


class _Shown:
    """Collects the statements of one site."""

    def __init__(
        self, heap: Heap, lifetimes: Lifetimes, read_lines: Callable[[str], Sequence[str]], site: Site
    ) -> None:
        self.found: dict[tuple[str, int], Statement] = {}
        self._asked: set[tuple[str, int, bool]] = set()
        self._heap = heap
        self._lifetimes = lifetimes
        self._read_lines = read_lines
        self._site = site

    def add(self, context: Context, line: int, write: Write | None) -> None:
        """Add the function around a line, or the line of a long one, unless there are enough."""
        modules = self._heap.modules
        unit, path = modules.units[context.uid], modules.facts[context.module].path
        first, last = unit.span[0], unit.end_line
        if unit.parent < 0 or last - first > LONGEST_FUNCTION:
            first = last = line
        asked = (path, first, write is None)
        full = len(self.found) >= MOST_STATEMENTS or len(self._asked) >= MOST_ASKED
        if (path, first) in self.found or asked in self._asked or full:
            return
        self._asked.add(asked)
        text = "\n".join(self._read_lines(path)[first - 1 : last])
        spelled = spellings(self._heap, self._lifetimes, context, self._site.cell)
        if write is None and not spelled and self._site.name not in text:
            return  # it reads the cell under a name that nobody could find there
        self.found[path, first] = Statement(
            path=path,
            line=first,
            text=text,
            focus=line,
            role=Role.READ if write is None else Role.WRITTEN,
            function=unit.qualified,
            names=spelled,
            depth=0 if write is None or spelled else self._depth(write),
        )

    def _depth(self, write: Write) -> int:
        """Tell how far inside the cell lies what a statement changes."""
        if write.cell in self._site.cells:
            return 0
        held = _held(self._lifetimes, self._site)
        for depth in range(DEEPEST):
            if write.cell[1] in held:
                return depth
            held = {inner for value in held for inner in self._lifetimes.kept_in(value)}
        return DEEPEST


def _near(heap: Heap, lifetimes: Lifetimes, site: Site) -> frozenset[SlotKey]:
    """Find the cells that are the site or lie in the containers that it holds, not in its objects."""
    near = set(site.cells)
    waiting = _held(lifetimes, site)
    for _ in range(DEEPEST):
        inside = {value for value in waiting if library.container_type(heap, value)}
        cells = {write.cell for write in site.writes if write.cell[0] != "G" and write.cell[1] in inside}
        near |= cells
        waiting = {inner for value in inside for inner in lifetimes.kept_in(value)}
    return frozenset(near)


def _held(lifetimes: Lifetimes, site: Site) -> set[int]:
    return {value for cell in site.cells for value in lifetimes.contents(cell)}


# -- facts ------------------------------------------------------------------------------------------------


def hints(heap: Heap, lifetimes: Lifetimes, paths: Paths, site: Site) -> Hints:
    """Tell what the facts say of a site."""
    keys = values = 0
    near = _near(heap, lifetimes, site)
    for write in site.writes:
        keys |= write.key.bits if write.key is not None else 0
        bits = _bits(heap, lifetimes, write.value) if write.value is not None else 0
        # An object may have a socket, a task or a time for itself: that makes it none of them.
        values |= bits if write.cell in near else bits & Bit.REQUEST
    held = _held(lifetimes, site)
    put = (w.value for w in site.writes if w.value is not None and w.cell[0] != "G" and w.cell[1] in held)
    return Hints(
        name=site.name,
        symbol=site.symbol,
        owner=site.owner,
        keys=bit_names(keys),
        values=bit_names(values),
        container=_container(heap, lifetimes.contents(site.cell)),
        entries=frozenset(_entry_kind(heap, paths, write.context) for write in site.writes),
        methods=frozenset(_methods(site, near)),
        holds=frozenset(name for found in put for value in found.values if (name := _type(heap, value))),
    )


def _container(heap: Heap, values: Iterable[int]) -> str:
    """Name the kind of container among values (`dict`, `list`, ...); empty where there is none."""
    names_ = (library.container_type(heap, value) for value in sorted(values))
    return next((name.rpartition(".")[2] for name in names_ if name), "")


def _type(heap: Heap, value: int) -> str:
    """Name the class of an object or container; empty for anything else."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.OBJECT:
        return heap.modules.qualified(parts[0])
    return str(parts[0]) if kind == Kind.EXTERNAL_OBJECT else library.container_type(heap, value)


def _bits(heap: Heap, lifetimes: Lifetimes, found: Found) -> int:
    """Tell where a value comes from, and whether it is a connection or a task, or has one in it.

    What it is goes before what it was made of: a text is no task because a task gave it.
    """
    kinds = heap.values.kinds
    known = {value for value in found.values if kinds[value] in _TYPED and _type(heap, value)[:1] != MARK}
    bits = found.bits & ~_ACTORS if known and known == found.values else found.bits
    inside = {held for value in known if kinds[value] == Kind.CONTAINER for held in lifetimes.kept_in(value)}
    for value in known | inside:
        bits |= _acts_as(heap, value)
    return bits


def _acts_as(heap: Heap, value: int) -> int:
    """Tell the objects that speak for a client or for a child process, by the library's class or base."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL_OBJECT:
        return type_bits(heap, parts[0]) & _ACTORS
    if kind != Kind.OBJECT:
        return 0
    order = names.ancestors(heap, parts[0])
    bases = (item if isinstance(item, str) else heap.modules.qualified(item) for item in order)
    entries = (entry for base in bases for entry in heap.knowledge.bases_of(base))
    kinds = {entry.entry for entry in entries if entry.lifetime == "connection"}
    return (Bit.TASK if _OF_A_CHILD in kinds else 0) | (Bit.CONNECTION if kinds - {_OF_A_CHILD} else 0)


def _entry_kind(heap: Heap, paths: Paths, context: Context) -> str:
    path = paths.to(context)
    for step in reversed(path.steps):
        kind = heap.background.get(step.context.key)
        if kind in ("task", "background"):
            return kind
    return path.entry.kind if path.entry is not None else ""


def _methods(site: Site, near: frozenset[SlotKey]) -> set[str]:
    """Name the methods of the cell, and of containers in it, that are called; not those of its objects."""
    called = {write.method for write in site.writes if write.cell in near}
    called |= {read.method for read in site.reads if read.cell in near}
    return called - {""}
