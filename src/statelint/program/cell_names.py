"""How a cell is called in findings, and where it is at home."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from statelint.program.values import Kind

if TYPE_CHECKING:
    from statelint.program.heap import Heap
    from statelint.program.values import Parts, SlotKey


class Home(StrEnum):
    """Where a cell is at home; decides the rule."""

    MODULE = "module"
    CLASS = "class"
    INSTANCE = "instance"
    CLOSURE = "closure"
    APP = "app"


_HOME_BY_KIND = {Kind.CLASS: Home.CLASS, Kind.OBJECT: Home.INSTANCE, Kind.FUNCTION: Home.CLOSURE}
"""Where an attribute is at home, by what it is an attribute of."""


class Naming(NamedTuple):
    """How a cell is called; the fields are those of `Site`."""

    home: Home
    symbol: str
    name: str
    owner: str
    holder: str


def describe(heap: Heap, cell: SlotKey) -> Naming | None:
    """Name a cell that has a name; None where it is no home of state."""
    modules = heap.modules
    if cell[0] == "G":
        name = cell[2]
        return Naming(Home.MODULE, name, name, modules.facts[cell[1]].module, name)
    if cell[0] == "L":
        unit = modules.units[cell[1]]
        return Naming(Home.CLOSURE, cell[3], cell[3], unit.name, f"{unit.qualified}.{cell[3]}")
    if cell[0] in ("D", "M"):
        return _describe_function(heap, cell)
    if cell[0] == "I" and _is_process_wide(heap, cell[1]):
        return None  # a setting of the process is no cell of the application
    if cell[0] == "I":
        owner = _bag_name(heap, cell[1])
        symbol = f"{owner}[{cell[2]!r}]"
        return Naming(Home.APP, symbol, str(cell[2]), owner, symbol)
    return _describe_attribute(heap, cell[1], cell[2])


def _describe_function(heap: Heap, cell: SlotKey) -> Naming:
    """Name what a function keeps: the default of a parameter, or the results that a memo remembers."""
    modules = heap.modules
    unit = modules.units[cell[1]]
    if cell[0] == "M":
        owner = modules.facts[modules.module_of(cell[1])].module
        return Naming(Home.CLOSURE, f"{unit.name}()", unit.name, owner, f"{unit.qualified}()")
    name = unit.params[cell[3]].name
    return Naming(Home.CLOSURE, f"{unit.name}({name})", name, unit.name, f"{unit.qualified}.{name}")


def _describe_attribute(heap: Heap, value: int, name: str) -> Naming | None:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    home = _HOME_BY_KIND.get(kind)
    if home is None:
        return _library_home(heap, kind, parts, name)
    unit = heap.modules.units[parts[0]]
    return Naming(home, f"{unit.name}.{name}", name, unit.name, f"{unit.qualified}.{name}")


def _is_process_wide(heap: Heap, value: int) -> bool:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    return kind == Kind.EXTERNAL and heap.knowledge.is_process_wide(parts[0])


def _bag_name(heap: Heap, value: int) -> str:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.BOUND:
        return f"app.{parts[1]}"
    entries = heap.knowledge.mro(str(parts[0]))
    if entries and entries[0].kind == "bag":
        return f"app.{entries[0].names[0].rpartition('.')[2].lower()}"
    return "app"


def _library_home(heap: Heap, kind: int, parts: Parts, name: str) -> Naming | None:
    """Name an attribute put on something of a library: an application's bag, or the package itself."""
    dotted = str(parts[0])
    entries = heap.knowledge.mro(dotted)
    if kind == Kind.EXTERNAL and not entries:
        symbol = f"{dotted}.{name}"
        return Naming(Home.MODULE, symbol, name, dotted, symbol)
    kinds = {entry.kind for entry in entries}
    if kind == Kind.EXTERNAL_OBJECT and kinds & {"app", "router", "bag"}:
        owner = "app.state" if "bag" in kinds else "app"
        return Naming(Home.APP, f"{owner}.{name}", name, owner, f"{owner}.{name}")
    return None


def whole(cell: SlotKey) -> SlotKey:
    """Give a cell without the version of a local name."""
    if cell[0] == "L":
        return ("L", cell[1], cell[2], cell[3].partition("@")[0])
    return cell
