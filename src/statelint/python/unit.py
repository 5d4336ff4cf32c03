"""What the walk fills: the tables of one file, and the columns of each of its units."""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from statelint.model.facts import Op, Unit, UnitKind

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from statelint.model.facts import Field, ImportFact, Param

    Span = tuple[int, int, int, int]
    ConstantKey = str | int | tuple[bool] | None
    CallRecord = tuple[int, list[int], list[tuple[int, int]], int, int, int, int, int, int, int]

MODULE, CLASS, FUNCTION, LAMBDA = UnitKind.MODULE, UnitKind.CLASS, UnitKind.FUNCTION, UnitKind.LAMBDA

_ANY = Op.ANY
_ROOT = (0, 0, 0)
_NOTHING_DECLARED: frozenset[str] = frozenset()
_UNFINISHED = Unit(MODULE, "", "", -1, 0, (1, 1, 1, 1), 1, (), (), (), (), (), b"")

_encode = msgspec.msgpack.Encoder().encode


class FileTables:
    """What the units of one file share.

    `strings` and `constants` number their keys in the order of first use. A boolean has the key `(value,)`,
    since it equals a number. `columns` turns a line and a byte offset into a column from 1; it is None where
    bytes are characters.
    """

    __slots__ = ("columns", "constants", "imports", "strings", "units")

    def __init__(self, columns: Callable[[int, int], int] | None) -> None:
        self.columns = columns
        self.strings: defaultdict[str, int] = defaultdict(count().__next__)
        self.constants: defaultdict[ConstantKey, int] = defaultdict(count().__next__)
        self.imports: list[ImportFact] = []
        self.units: list[Unit] = []

    def open(self, kind: int, name: str, qualified: str, parent: int) -> UnitColumns:
        """Start a unit, and keep its place among the others until it is closed."""
        unit = UnitColumns(self, kind, name, qualified, parent)
        self.units.append(_UNFINISHED)
        return unit


class UnitColumns:
    """Places and records of one unit, appended in the order of the source.

    Every node of the tree passes here, so this is written for speed: the keys of `places` are the columns
    `(op, a, b)`. A new place needs an entry in `lines` and `hows` too, which `place` makes; the handlers of
    the commonest expressions do it themselves.

    Invariants: equal `(op, a, b)` share one place, except for calls, sites and joins, which are each their
    own. `names` holds the places of names whose version has not changed since.
    """

    __slots__ = (
        "bases",
        "binds",
        "bound",
        "calls",
        "columns",
        "constants",
        "decorators",
        "end_line",
        "fields",
        "flags",
        "flows",
        "guard",
        "guards",
        "hows",
        "joins",
        "kind",
        "lines",
        "metaclass",
        "name",
        "names",
        "not_local",
        "number",
        "order",
        "params",
        "parent",
        "places",
        "qualified",
        "seen",
        "sites",
        "span",
        "strings",
        "tables",
        "top",
        "versions",
        "writes",
    )

    def __init__(self, tables: FileTables, kind: int, name: str, qualified: str, parent: int) -> None:
        self.tables, self.strings, self.constants = tables, tables.strings, tables.constants
        self.columns = tables.columns
        self.kind, self.name, self.qualified, self.parent = kind, name, qualified, parent
        self.number = len(tables.units)
        self.flags = 0
        self.span: Span = (1, 1, 1, 1)
        self.end_line = 1
        self.params: list[Param] = []
        self.decorators: list[int] = []
        self.bases: list[int] = []
        self.metaclass = 0
        self.fields: list[Field] = []
        self.bound: dict[str, None] = {}
        self.not_local: set[str] | frozenset[str] = _NOTHING_DECLARED
        self.seen: set[str] = set()
        self.versions: dict[str, str] = {}
        self.names: dict[str, int] = {}
        self.top = True
        self.guard = 0
        self.places: dict[tuple[int, int, int], int] = {_ROOT: 0}
        self.lines, self.hows = [0], [0]
        self.joins: list[list[int]] = []
        self.sites: list[tuple[str, list[int]]] = []
        self.calls: list[CallRecord] = []
        self.writes: list[tuple[int, ...]] = []
        self.binds: list[tuple[int, ...]] = []
        self.flows: list[tuple[int, int, int, int]] = []
        self.guards: list[tuple[int, ...]] = [(0, 0, 0, 0, 0)]
        self.order: list[int] = []

    def place(self, op: int, a: int, b: int, line: int, how: int = 0) -> int:
        """Give the number of a place, made at its first use; `how` says what it is used for now."""
        new = len(self.lines)
        number = self.places.setdefault((op, a, b), new)
        if number == new:
            self.lines.append(line)
            self.hows.append(how)
        elif how:
            self.hows[number] |= how
        return number

    def look_outside(self, name: str) -> None:
        """Take what was read by a name for the one outside of a class body, which only now binds it.

        class Shop:
            prices = prices  # the one on the right is the module's
        """
        old = (2, self.strings[name], 0)
        if old in self.places:
            self.names.pop(name, None)
            new = (2, self.strings[f"{name}@0"], 0)
            self.places = {new if key == old else key: number for key, number in self.places.items()}

    def join(self, op: int, parts: list[int], line: int, how: int = 0) -> int:
        """One of several values, or a value computed from them; one known part stands for itself.

        What is computed keeps its parts in the order of the source: how an address begins tells what it is.
        """
        known = [place for place in dict.fromkeys(parts) if place]
        if not known or (len(known) == 1 and op == _ANY):
            place = known[0] if known else 0
            self.hows[place] |= how
            return place
        self.joins.append(known)
        return self.place(op, len(self.joins) - 1, 0, line, how)

    def span_of(self, node: ast.expr | ast.stmt | ast.excepthandler) -> Span:
        """Line, column, end line and end column of a node."""
        line, end_line, columns = node.lineno, node.end_lineno or node.lineno, self.columns
        if columns is None:
            return line, node.col_offset + 1, end_line, (node.end_col_offset or 0) + 1
        return line, columns(line, node.col_offset), end_line, columns(end_line, node.end_col_offset or 0)

    def call(self, record: CallRecord) -> int:
        """Append a call record; returns its number."""
        number = len(self.calls)
        self.order.append(4 * number)
        self.calls.append(record)
        return number

    def bind(self, name: int, value: int, span: Span) -> None:
        """Append a bind record under the guard that holds."""
        self.order.append(4 * len(self.binds) + 1)
        self.binds.append((name, value, self.guard, *span))

    def write(self, target: int, how: int, key: int, value: int, augmented: int, span: Span) -> None:  # noqa: PLR0913, PLR0917 - the columns of a record
        """Append a write record under the guard that holds."""
        self.order.append(4 * len(self.writes) + 2)
        self.writes.append((target, how, key, value, self.guard, augmented, *span))

    def flow(self, kind: int, place: int, line: int) -> None:
        """Append what is returned (0) or yielded (1)."""
        self.order.append(4 * len(self.flows) + 3)
        self.flows.append((kind, place, line, self.guard))

    def declare(self, names: list[str]) -> None:
        """Note names that belong to a scope around this one."""
        self.not_local = self.not_local.union(names)

    def close(self) -> None:
        """Hand the finished unit over, its body encoded: the columns are not kept longer than needed."""
        ops, a, b = zip(*self.places, strict=True)
        body = _encode(
            (
                bytes(ops),
                a,
                b,
                array("I", self.lines).tobytes(),
                self.hows,
                self.joins,
                self.sites,
                self.calls,
                self.writes,
                self.binds,
                self.flows,
                self.guards,
                self.order,
            )
        )
        self.tables.units[self.number] = Unit(
            self.kind,
            self.name,
            self.qualified,
            self.parent,
            self.flags,
            self.span,
            self.end_line,
            tuple(self.params),
            tuple(self.decorators),
            tuple(self.bases),
            tuple(self.fields),
            tuple(self.bound),
            body,
            self.metaclass,
        )
