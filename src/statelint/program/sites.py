"""Everything that is known of one holder of state: where it is made, who writes and reads it, what that means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from statelint.model.facts import Op, UnitKind, WriteHow
from statelint.model.places import Place
from statelint.program import library, names, observe
from statelint.program.effects import Decision, decide
from statelint.program.evaluate import constant, evaluate
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.heap import Heap, SlotKey
    from statelint.program.lifetime import Lifetimes
    from statelint.program.observe import Read, Write
    from statelint.program.paths import Paths


class Home(StrEnum):
    """Where a cell is at home; decides the rule."""

    MODULE = "module"
    CLASS = "class"
    INSTANCE = "instance"
    CLOSURE = "closure"
    APP = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One holder of state, with all writes and reads while serving.

    `symbol` is its name as shown (`CartStore._carts`), `name` the last part, `owner` what it belongs to;
    `holder` is qualified and module-relative. `kept_by` says what keeps its object alive (empty: itself).
    """

    home: Home
    cell: SlotKey
    symbol: str
    name: str
    owner: str
    holder: str
    place: Place
    kept_by: tuple[Place, str] | None
    writes: tuple[Write, ...]
    reads: tuple[Read, ...]
    decision: Decision


def find_sites(heap: Heap, lifetimes: Lifetimes, paths: Paths) -> list[Site]:
    """One site a holder that is written while serving, in order of place."""
    written: dict[SlotKey, list[Write]] = {}
    read: dict[SlotKey, list[Read]] = {}
    for key in sorted(heap.contexts):
        context = heap.contexts[key]
        if context.era != Era.SERVE or not context.passes:
            continue
        for write in observe.writes_of(heap, context):
            holder = lifetimes.holder_of(write.cell) or _bag_cell(heap, write.cell)
            if holder is not None:
                written.setdefault(_whole(holder), []).append(write)
        for one in observe.reads_of(heap, context):
            holder = lifetimes.holder_of(one.cell)
            if holder is not None:
                read.setdefault(_whole(holder), []).append(one)
    groups: dict[tuple[object, ...], list[SlotKey]] = {}
    for cell, writes in written.items():
        described = describe(heap, cell)
        if described is not None:
            groups.setdefault((*described, declared_at(heap, cell, _direct(writes, cell))), []).append(cell)
    sites = [
        _site(heap, lifetimes, paths, cells, written, read) for cells in groups.values()
    ]
    return sorted(sites, key=lambda site: (site.place, site.symbol))


def _site(
    heap: Heap,
    lifetimes: Lifetimes,
    paths: Paths,
    cells: list[SlotKey],
    written: dict[SlotKey, list[Write]],
    read: dict[SlotKey, list[Read]],
) -> Site:
    """One site of all cells that are made at one place: the fields of several objects of a class, say."""
    home, symbol, name, owner, holder = describe(heap, cells[0])  # type: ignore[misc]
    writes = _each_once([write for cell in cells for write in written[cell]])
    reads = _reads_once([one for cell in cells for one in read.get(cell, ())])
    ordered = tuple(sorted(writes, key=lambda w: (paths.rank(w.context), w.order)))
    return Site(
        home=home,
        cell=cells[0],
        symbol=symbol,
        name=name,
        owner=owner,
        holder=holder,
        place=declared_at(heap, cells[0], _direct(written[cells[0]], cells[0])),
        kept_by=next((kept for cell in cells if (kept := _kept_by(heap, lifetimes, cell)) is not None), None),
        writes=ordered,
        reads=tuple(sorted(reads, key=lambda r: (paths.rank(r.context), r.line))),
        decision=decide(heap, name, ordered, reads, is_bag=home == Home.APP),
    )


def _direct(writes: list[Write], cell: SlotKey) -> Write:
    """The first write to the cell itself, if there is one: others reach what it holds."""
    return next((write for write in writes if write.cell == cell), writes[0])


def _each_once(writes: list[Write]) -> list[Write]:
    """One write a statement and cell: a receiver that may be several objects writes several times."""
    found = {(w.context.key, w.span, w.cell, w.method): w for w in writes}
    return list(found.values())


def _reads_once(reads: list[Read]) -> list[Read]:
    found = {(r.context.key, r.line, r.how, r.method): r for r in reads}
    return list(found.values())


def _whole(cell: SlotKey) -> SlotKey:
    """A cell without the version of a local name."""
    if cell[0] == "L":
        return ("L", cell[1], cell[2], cell[3].partition("@")[0])
    return cell


def _bag_cell(heap: Heap, cell: SlotKey) -> SlotKey | None:
    if cell[0] == "I" and heap.values.kinds[cell[1]] in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT, Kind.BOUND):
        return cell
    return None


# -- names and places -------------------------------------------------------------------------------------


def describe(heap: Heap, cell: SlotKey) -> tuple[Home, str, str, str, str] | None:
    """Home, symbol, name, owner and qualified name of a named cell; None where it is no home of state."""
    modules = heap.modules
    if cell[0] == "G":
        name = cell[2]
        return Home.MODULE, name, name, modules.facts[cell[1]].module, name
    if cell[0] == "L":
        unit = modules.units[cell[1]]
        return Home.CLOSURE, cell[3], cell[3], unit.name, f"{unit.qualified}.{cell[3]}"
    if cell[0] == "D":
        unit = modules.units[cell[1]]
        name = unit.params[cell[3]].name
        return Home.CLOSURE, f"{unit.name}({name})", name, unit.name, f"{unit.qualified}.{name}"
    kind, parts = heap.values.kinds[cell[1]], heap.values.parts[cell[1]]
    if cell[0] == "I":
        owner = _bag_name(heap, cell[1])
        return Home.APP, f"{owner}[{cell[2]!r}]", str(cell[2]), owner, f"{owner}[{cell[2]!r}]"
    name = cell[2]
    if kind == Kind.CLASS:
        unit = modules.units[parts[0]]
        return Home.CLASS, f"{unit.name}.{name}", name, unit.name, f"{unit.qualified}.{name}"
    if kind == Kind.OBJECT:
        unit = modules.units[parts[0]]
        return Home.INSTANCE, f"{unit.name}.{name}", name, unit.name, f"{unit.qualified}.{name}"
    if kind == Kind.FUNCTION:
        unit = modules.units[parts[0]]
        return Home.CLOSURE, f"{unit.name}.{name}", name, unit.name, f"{unit.qualified}.{name}"
    return _library_home(heap, kind, parts, name)


def _bag_name(heap: Heap, value: int) -> str:
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.BOUND:
        return f"app.{parts[1]}"
    entries = heap.knowledge.mro(str(parts[0]))
    if entries and entries[0].kind == "bag":
        return f"app.{entries[0].names[0].rpartition('.')[2].lower()}"
    return "app"


def _library_home(heap: Heap, kind: int, parts: tuple[object, ...], name: str) -> tuple[Home, str, str, str, str] | None:
    """An attribute put on something of a library: an application's bag, or the package itself."""
    dotted = str(parts[0])
    entries = heap.knowledge.mro(dotted)
    if kind == Kind.EXTERNAL and not entries:
        symbol = f"{dotted}.{name}"
        return Home.MODULE, symbol, name, dotted, symbol
    kinds = {entry.kind for entry in entries}
    if kind == Kind.EXTERNAL_OBJECT and kinds & {"app", "router", "bag"}:
        owner = "app.state" if "bag" in kinds else "app"
        return Home.APP, f"{owner}.{name}", name, owner, f"{owner}.{name}"
    return None


def declared_at(heap: Heap, cell: SlotKey, first: Write) -> Place:
    """Where a cell is made: its first binding, or where it is first written."""
    modules = heap.modules
    if cell[0] == "G":
        found = _binding(heap, modules.first[cell[1]], cell[2])
    elif cell[0] == "L":
        found = _binding(heap, cell[1], cell[3]) or _header(heap, cell[1])
    elif cell[0] == "D":
        found = _header(heap, cell[1])
    elif cell[0] == "F" and heap.values.kinds[cell[1]] in (Kind.CLASS, Kind.OBJECT):
        found = _attribute_place(heap, heap.values.parts[cell[1]][0], cell[2])
    else:
        found = _boot_write(heap, cell)
    return found or Place(_path(heap, first.context.uid), *first.span)


def _boot_write(heap: Heap, cell: SlotKey) -> Place | None:
    """Where start-up code puts something on an application's object: `app.agent = agent`."""
    for key in sorted(heap.contexts):
        context = heap.contexts[key]
        if context.era != Era.BOOT or not context.passes:
            continue
        for target, how, text, _, _, _, *span in context.body.writes:
            if cell[1] not in evaluate(heap, context, target).values:
                continue
            if how == WriteHow.ATTR and cell[0] == "F" and heap.modules.string(context.module, text) == cell[2]:
                return Place(_path(heap, context.uid), *span)
            if how == WriteHow.ITEM and cell[0] == "I" and constant(heap, context, text) == cell[2]:
                return Place(_path(heap, context.uid), *span)
    return None


def _path(heap: Heap, uid: int) -> str:
    return heap.modules.facts[heap.modules.module_of(uid)].path


def _header(heap: Heap, uid: int) -> Place:
    return Place(_path(heap, uid), *heap.modules.units[uid].span)


def _binding(heap: Heap, uid: int, name: str) -> Place | None:
    body, module = heap.modules.body(uid), heap.modules.module_of(uid)
    for text, _, _, *span in body.binds:
        if heap.modules.string(module, text).partition("@")[0] == name:
            return Place(_path(heap, uid), *span)
    return None


def _attribute_place(heap: Heap, uid: int, name: str) -> Place | None:
    """`self.name = ...` in the constructor, in the class body, in any other method: the first along the order."""
    order = [item for item in names.ancestors(heap, uid) if isinstance(item, int)]
    for item in order:
        methods = [c for c in heap.modules.children.get(item, ()) if heap.modules.units[c].kind == UnitKind.FUNCTION]
        for method in sorted(methods, key=lambda c: (heap.modules.units[c].name not in ("__init__", "__new__"), c)):
            if heap.modules.units[method].name not in ("__init__", "__new__"):
                break
            found = _self_write(heap, method, name)
            if found is not None:
                return found
        found = _binding(heap, item, name) or _field(heap, item, name)
        if found is not None:
            return found
    for item in order:
        for method in heap.modules.children.get(item, ()):
            if heap.modules.units[method].kind == UnitKind.FUNCTION:
                found = _self_write(heap, method, name)
                if found is not None:
                    return found
    return None


def _field(heap: Heap, uid: int, name: str) -> Place | None:
    for field in heap.modules.units[uid].fields:
        if field.name == name:
            return Place(_path(heap, uid), field.line, 1, field.line, 1)
    return None


def _self_write(heap: Heap, uid: int, name: str) -> Place | None:
    unit, body, module = heap.modules.units[uid], heap.modules.body(uid), heap.modules.module_of(uid)
    if not unit.params:
        return None
    receiver = unit.params[0].name
    for target, how, key, _, _, _, *span in body.writes:
        if (
            how == WriteHow.ATTR
            and heap.modules.string(module, key) == name
            and body.ops[target] == Op.NAME
            and heap.modules.string(module, body.a[target]) == receiver
        ):
            return Place(_path(heap, uid), *span)
    return None


def _kept_by(heap: Heap, lifetimes: Lifetimes, cell: SlotKey) -> tuple[Place, str] | None:
    """The name that keeps the object of a field alive."""
    if cell[0] != "F" or heap.values.kinds[cell[1]] != Kind.OBJECT:
        return None
    keeper = lifetimes.kept_by.get(cell[1])
    seen = {cell}
    while keeper is not None and keeper not in seen:
        seen.add(keeper)
        if keeper[0] != "F" or heap.values.kinds[keeper[1]] != Kind.OBJECT:
            break
        outer = lifetimes.kept_by.get(keeper[1])
        if outer is None:
            break
        keeper = outer
    described = describe(heap, keeper) if keeper is not None else None
    if keeper is None or described is None:
        return None
    place = None
    if keeper[0] == "G":
        place = _binding(heap, heap.modules.first[keeper[1]], keeper[2])
    elif keeper[0] in ("L", "D"):
        place = _header(heap, keeper[1])
    elif heap.values.kinds[keeper[1]] in (Kind.CLASS, Kind.OBJECT):
        place = _attribute_place(heap, heap.values.parts[keeper[1]][0], keeper[2])
    return (place, described[1]) if place is not None else None


def container_kind(heap: Heap, cell: SlotKey) -> str:
    """The kind of container that a cell holds (`dict`, `list`, ...); empty for anything else."""
    slot = heap.slots.get(cell)
    for value in sorted(slot.values) if slot is not None else ():
        name = library.container_type(heap, value)
        if name:
            return name.rpartition(".")[2]
    return ""


def statements_of(site: Site) -> Iterator[Write | Read]:
    """The writes and reads of a site, nearest to a request first."""
    yield from site.writes
    yield from site.reads
