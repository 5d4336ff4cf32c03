"""What the microscope is shown of a site: the statements that touch it, and what the facts say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.diagnostics import Role
from statelint.model.usage import Hints, Statement
from statelint.program import library, names
from statelint.program.spelling import spellings
from statelint.program.values import Bit, Kind, bit_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statelint.program.accesses import Read, Write
    from statelint.program.heap import Context, Found, Heap
    from statelint.program.lifetime import Lifetimes
    from statelint.program.paths import Paths
    from statelint.program.sites import Site

MOST_STATEMENTS = 12
"""Statements that the microscope is shown, nearest to the request first."""

LONGEST_FUNCTION = 90
"""Lines of a function that is shown to the microscope whole; of a longer one, only the statement."""

DEEPEST = 2
"""How far inside a cell is told apart: the cell, what it holds, and whatever lies further inside."""


# -- statements -------------------------------------------------------------------------------------------


def statements(
    heap: Heap, lifetimes: Lifetimes, read_lines: Callable[[str], Sequence[str]], site: Site
) -> tuple[Statement, ...]:
    """List the statements that write and read a site, nearest to the request first, each once."""
    shown = _Shown(heap, lifetimes, read_lines, site)
    for write in site.writes:
        shown.add(write.context, write.span[0], write)
    for read in site.reads:
        shown.add(read.context, read.line, None)
    return tuple(shown.found.values())


class _Shown:
    """Collects the statements of one site."""

    def __init__(
        self, heap: Heap, lifetimes: Lifetimes, read_lines: Callable[[str], Sequence[str]], site: Site
    ) -> None:
        self.found: dict[tuple[str, int], Statement] = {}
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
        if (path, first) in self.found or len(self.found) >= MOST_STATEMENTS:
            return
        spelled = spellings(self._heap, self._lifetimes, context, self._site.cell)
        self.found[path, first] = Statement(
            path=path,
            line=first,
            text="\n".join(self._read_lines(path)[first - 1 : last]),
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


def _held(lifetimes: Lifetimes, site: Site) -> set[int]:
    return {value for cell in site.cells for value in lifetimes.contents(cell)}


# -- facts ------------------------------------------------------------------------------------------------


def hints(heap: Heap, lifetimes: Lifetimes, paths: Paths, site: Site) -> Hints:
    """Tell what the facts say of a site."""
    keys = values = 0
    for write in site.writes:
        keys |= write.key.bits if write.key is not None else 0
        values |= _bits(heap, write.value) if write.value is not None else 0
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
        methods=frozenset(_methods(site.writes, site.reads)),
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


def _bits(heap: Heap, found: Found) -> int:
    """Tell where a value comes from; an object that a framework makes for a connection stands for it."""
    classes = {heap.values.parts[v][0] for v in found.values if heap.values.kinds[v] == Kind.OBJECT}
    order = (item for uid in classes for item in names.ancestors(heap, uid))
    bases = (item if isinstance(item, str) else heap.modules.qualified(item) for item in order)
    entries = (entry for base in bases for entry in heap.knowledge.bases_of(base))
    connected = any(entry.lifetime == "connection" for entry in entries)
    return found.bits | (Bit.CONNECTION if connected else 0)


def _entry_kind(heap: Heap, paths: Paths, context: Context) -> str:
    path = paths.to(context)
    for step in reversed(path.steps):
        kind = heap.background.get(step.context.key)
        if kind in ("task", "background"):
            return kind
    return path.entry.kind if path.entry is not None else ""


def _methods(writes: Sequence[Write], reads: Sequence[Read]) -> set[str]:
    called = {write.method for write in writes} | {read.method for read in reads}
    return called - {""}
