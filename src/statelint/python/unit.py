"""The columns of one unit while the walk fills them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statelint.model.facts import Field, Op, Param, Unit

if TYPE_CHECKING:
    import msgspec

_ROOT = (0, 0, 0)


class UnitColumns:
    """Places and records of one unit, appended in the order of the source.

    Invariant: equal `(op, a, b)` share one place, except for calls and sites, which are each their own.
    """

    __slots__ = (
        "a",
        "b",
        "bases",
        "binds",
        "bound",
        "calls",
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
        "name",
        "not_local",
        "number",
        "ops",
        "order",
        "params",
        "parent",
        "places",
        "qualified",
        "seen",
        "sites",
        "span",
        "top",
        "versions",
        "writes",
    )

    def __init__(self, kind: int, name: str, qualified: str, parent: int, number: int) -> None:
        self.kind, self.name, self.qualified, self.parent, self.number = kind, name, qualified, parent, number
        self.flags = 0
        self.span = (1, 1, 1, 1)
        self.end_line = 1
        self.params: list[Param] = []
        self.decorators: list[int] = []
        self.bases: list[int] = []
        self.fields: list[Field] = []
        self.bound: dict[str, None] = {}
        self.not_local: set[str] = set()
        self.seen: set[str] = set()
        self.versions: dict[str, str] = {}
        self.top = True
        self.guard = 0
        self.places: dict[tuple[int, int, int], int] = {_ROOT: 0}
        self.ops, self.a, self.b = [0], [0], [0]
        self.lines, self.hows = [0], [0]
        self.joins: list[tuple[int, ...]] = []
        self.sites: list[tuple[str, list[int]]] = []
        self.calls: list[tuple[Any, ...]] = []
        self.writes: list[tuple[int, ...]] = []
        self.binds: list[tuple[int, ...]] = []
        self.flows: list[tuple[int, int, int, int]] = []
        self.guards: list[tuple[int, ...]] = [(0, 0, 0, 0, 0)]
        self.order: list[int] = []

    def place(self, op: int, a: int, b: int, line: int) -> int:
        """The number of a place, made at its first use."""
        key = (op, a, b)
        number = self.places.get(key)
        if number is None:
            number = self.places[key] = len(self.ops)
            self.ops.append(op)
            self.a.append(a)
            self.b.append(b)
            self.lines.append(line)
            self.hows.append(0)
        return number

    def join(self, op: int, parts: list[int], line: int) -> int:
        """One of several values, or a value computed from them; one known part stands for itself."""
        known = sorted({p for p in parts if p})
        if not known:
            return 0
        if len(known) == 1 and op == Op.ANY:
            return known[0]
        self.joins.append(tuple(known))
        return self.place(op, len(self.joins) - 1, 0, line)

    def call(self, record: tuple[Any, ...]) -> int:
        """Append a call record; returns its number."""
        number = len(self.calls)
        self.order.append(4 * number)
        self.calls.append(record)
        return number

    def bind(self, name: int, value: int, span: tuple[int, int, int, int]) -> None:
        """Append a bind record under the guard that holds."""
        self.order.append(4 * len(self.binds) + 1)
        self.binds.append((name, value, self.guard, *span))

    def write(self, target: int, how: int, key: int, value: int, augmented: int, span: tuple[int, int, int, int]) -> None:
        """Append a write record under the guard that holds."""
        self.order.append(4 * len(self.writes) + 2)
        self.writes.append((target, how, key, value, self.guard, augmented, *span))

    def flow(self, kind: int, place: int, line: int) -> None:
        """Append what is returned (0) or yielded (1)."""
        self.order.append(4 * len(self.flows) + 3)
        self.flows.append((kind, place, line, self.guard))

    def freeze(self, encoder: msgspec.msgpack.Encoder) -> Unit:
        """The finished unit, its body encoded."""
        body = encoder.encode(
            (
                self.ops,
                self.a,
                self.b,
                self.lines,
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
        return Unit(
            kind=self.kind,
            name=self.name,
            qualified=self.qualified,
            parent=self.parent,
            flags=self.flags,
            span=self.span,
            end_line=self.end_line,
            params=tuple(self.params),
            decorators=tuple(self.decorators),
            bases=tuple(self.bases),
            fields=tuple(self.fields),
            local_names=tuple(self.bound),
            body=body,
        )
