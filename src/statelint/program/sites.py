"""All that is known of one holder of state: where it is made, who writes and reads it, what that means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from statelint.program.arrivals import Arrivals
from statelint.program.cell_names import Home, Naming, describe, whole
from statelint.program.contexts import CLIENT_ENTRIES
from statelint.program.decisions import Holder
from statelint.program.declarations import attribute_place, binding, declared_at, header
from statelint.program.effects import decide
from statelint.program.lifetime import Lifetimes
from statelint.program.reach import also_by_itself, asked_by_clients, only_by_itself
from statelint.program.storeshape import StoreShapes
from statelint.program.taken_from import taken_from
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.model.places import Place
    from statelint.program.accesses import Read, Write
    from statelint.program.asking import Asking
    from statelint.program.contexts import Context
    from statelint.program.decisions import Decision
    from statelint.program.heap import Heap
    from statelint.program.paths import Paths
    from statelint.program.touched import Touched
    from statelint.program.values import SlotKey


_HOLDS = (Kind.OBJECT, Kind.CONTAINER)
"""Values of the project that have fields or elements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One holder of state, with all writes and reads while serving.

    `symbol` is its name as shown (`CartStore._carts`), `name` the last part, `owner` what it belongs to;
    `holder` is qualified and module-relative. `cell` is the first of its `cells`. `kept_by` says what keeps
    its object alive (empty: itself).
    """

    home: Home
    cell: SlotKey
    cells: tuple[SlotKey, ...]
    symbol: str
    name: str
    owner: str
    holder: str
    place: Place
    kept_by: tuple[Place, str] | None
    writes: tuple[Write, ...]
    reads: tuple[Read, ...]
    decision: Decision


class _Asked(NamedTuple):
    """What is asked about all sites alike: the fields are those of `Holder`, and the way to each context."""

    paths: Paths
    asking: Asking
    by_itself: frozenset[Context]
    timed: frozenset[Context]
    by_clients: frozenset[Context]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Cells that are one holder: the fields of several objects of a class, made at one place, say."""

    naming: Naming
    place: Place
    cells: list[SlotKey]
    writes: list[Write]
    reads: list[Read]


def find_sites(
    heap: Heap, lifetimes: Lifetimes, touched: Touched, paths: Paths, asking: Asking
) -> list[Site]:
    """Find the holders that are written while serving, one site each, in order of place.

    What only a user of the project would write is kept if it has the shape of a store. Where a cell turns out
    to be scratch paper, what lies only there lives no longer than a request, and all is decided once more.
    """
    asked = _Asked(
        paths=paths,
        asking=asking,
        by_itself=only_by_itself(heap),
        timed=also_by_itself(heap),
        by_clients=asked_by_clients(heap, CLIENT_ENTRIES),
    )
    sites = _sites(heap, lifetimes, asked, touched)
    scratch = frozenset(cell for site in sites if site.decision.is_scratch for cell in site.cells)
    if any(heap.values.kinds[v] in _HOLDS for cell in scratch for v in lifetimes.contents(cell)):
        again = _sites(heap, Lifetimes(heap, touched.filled, scratch), asked, touched)
        sites = [site for site in sites if site.decision.is_scratch]
        sites += [site for site in again if scratch.isdisjoint(site.cells)]
    return _one_a_line(sorted(sites, key=lambda site: (site.place, site.symbol)))


def _sites(heap: Heap, lifetimes: Lifetimes, asked: _Asked, touched: Touched) -> list[Site]:
    shapes = StoreShapes(heap)
    found = (group for group in _groups(heap, lifetimes, touched) if _is_kept(group, shapes))
    arrivals = Arrivals(heap, touched.writes)
    sites = (_judged(heap, lifetimes, group, asked, arrivals) for group in _one_a_place(list(found)))
    return [site for site in sites if site is not None]


def _judged(
    heap: Heap, lifetimes: Lifetimes, group: _Group, asked: _Asked, arrivals: Arrivals
) -> Site | None:
    """Decide about a group; of state, once more without the writes that only change what is new."""
    site = _site(heap, lifetimes, group, asked)
    if site.decision.ephemeral:
        return site
    writes = [write for write in group.writes if arrivals.arrives(write)]
    if len(writes) == len(group.writes):
        return site
    return _site(heap, lifetimes, replace(group, writes=writes), asked) if writes else None


def _one_a_line(sites: list[Site]) -> list[Site]:
    """Tell once what a base class makes for all that derive from it: as state, if it is for one of them."""
    first: dict[tuple[Place, Home, str], Site] = {}
    for site in sites:
        key = (site.place, site.home, site.name)
        if key not in first or (first[key].decision.ephemeral and not site.decision.ephemeral):
            first[key] = site
    return list(first.values())


def _groups(heap: Heap, lifetimes: Lifetimes, touched: Touched) -> list[_Group]:
    written, read = _by_holder(heap, lifetimes, touched)
    groups: dict[tuple[Naming, Place], _Group] = {}
    for cell, writes in written.items():
        naming = describe(heap, cell)
        if naming is None:
            continue
        place = declared_at(heap, cell, _direct(writes, cell))
        group = groups.setdefault(
            (naming, place), _Group(naming=naming, place=place, cells=[], writes=[], reads=[])
        )
        group.cells.append(cell)
        group.writes.extend(writes)
        meant = [one for key in _cells_meant(cell, writes, read) for one in read.get(key, ())]
        group.reads.extend(_of_the_cell(lifetimes, cell, meant))
    kept = (_of_own_requests(heap, group) for group in groups.values())
    return [group for group in kept if group.writes]


def _of_the_cell(lifetimes: Lifetimes, cell: SlotKey, reads: list[Read]) -> list[Read]:
    """Leave out uses of a library's objects that nobody has taken from the cell.

    All that one function of a library makes is one value: `name.split("/")` is no use of another path that
    `os.path.join` has put together, which no serving code ever asks for.
    """
    if any(read.cell == cell for read in reads):
        return reads
    kinds = lifetimes.heap.values.kinds
    made = {value for value in lifetimes.contents(cell) if kinds[value] == Kind.EXTERNAL_OBJECT}
    return [read for read in reads if read.cell[1] not in made]


def _cells_meant(cell: SlotKey, writes: list[Write], known: Iterable[SlotKey]) -> list[SlotKey]:
    """List the cells that one stands for: where a client names the attribute, it may be any."""
    if cell[0] == "F" and cell[2] == "*" and any(write.key is not None for write in writes):
        return [key for key in known if key[:2] == cell[:2]]
    return [cell]


def _of_own_requests(heap: Heap, group: _Group) -> _Group:
    """Keep to what the project's own requests do, where they write at all.

    They do nothing to objects that only its users make, though one function writes to these and to their own.
    """
    if all(_is_made_by_others(heap, cell) for cell in group.cells):
        return replace(group, writes=[one for one in group.writes if one.context.era == Era.OPEN])
    writes = [write for write in group.writes if write.context.era == Era.SERVE]
    if not writes:
        return group
    reads = [read for read in group.reads if read.context.era == Era.SERVE]
    return replace(group, writes=writes, reads=reads)


def _is_made_by_others(heap: Heap, cell: SlotKey) -> bool:
    """Whether a cell is a field of an object that the project itself never makes."""
    return _is_field_of_object(heap, cell) and heap.closed_values <= cell[1] < heap.opened_values


def _one_a_place(groups: list[_Group]) -> list[_Group]:
    """Tell once what all classes below one base keep, if only users of the project make them."""
    told: set[Place] = set()
    kept = []
    for group in groups:
        if group.writes[0].context.era == Era.OPEN:
            if group.place in told:
                continue
            told.add(group.place)
        kept.append(group)
    return kept


def _is_kept(group: _Group, shapes: StoreShapes) -> bool:
    if group.writes[0].context.era == Era.SERVE:
        return True
    return all(shapes.is_offered(cell) for cell in group.cells) and shapes.is_store(group.cells, group.writes)


def _by_holder(
    heap: Heap, lifetimes: Lifetimes, touched: Touched
) -> tuple[dict[SlotKey, list[Write]], dict[SlotKey, list[Read]]]:
    """Group the writes and reads by the named cell that holds what they touch."""
    written: dict[SlotKey, list[Write]] = {}
    read: dict[SlotKey, list[Read]] = {}
    holders: dict[SlotKey, SlotKey | None] = {}

    def nearest(cell: SlotKey) -> SlotKey | None:
        if cell not in holders:
            holder = _bag_cell(heap, cell) or lifetimes.holder_of(cell)
            holders[cell] = whole(holder) if holder is not None else None
        return holders[cell]

    def holder_of(context: Context, cell: SlotKey) -> SlotKey | None:
        holder = nearest(cell)
        if holder is not None and lifetimes.is_one_of_many(cell):
            told = {one and nearest(one) for one in taken_from(heap, context, cell)}
            holder = told.pop() if len(told) == 1 else holder
        return holder if holder is not None and not lifetimes.is_own_field(context, cell) else None

    for write in touched.writes:
        holder = holder_of(write.context, write.cell)
        if holder is not None and not lifetimes.makes(write.context, write.cell):
            written.setdefault(holder, []).append(write)
    set_there = {(holder, write.cell) for holder, writes in written.items() for write in writes}
    for one in touched.reads:
        holder = holder_of(one.context, one.cell)
        # what is set nowhere by that name, a method say, tells nothing of what is kept there
        if holder is not None and (holder == nearest(one.cell) or (holder, one.cell) in set_there):
            read.setdefault(holder, []).append(one)
    return written, read


def _site(heap: Heap, lifetimes: Lifetimes, group: _Group, asked: _Asked) -> Site:
    naming = group.naming
    contents = {value for cell in group.cells for value in lifetimes.contents(cell)}

    def depth(write: Write) -> int:
        return 0 if write.cell in group.cells else 1 if write.cell[1] in contents else 2

    writes = sorted(_each_once(group.writes), key=lambda w: (depth(w), asked.paths.rank(w.context), w.order))
    direct = [write for write in writes if depth(write) < 2]
    held = Holder(
        heap=heap,
        name=naming.name,
        cells=frozenset(group.cells),
        writes=writes,
        reads=group.reads,
        direct=direct,
        own_reads=[read for read in group.reads if read.cell in group.cells],
        asking=asked.asking,
        by_itself=asked.by_itself,
        timed=asked.timed,
        asked=asked.by_clients,
    )
    keepers = (_kept_by(heap, lifetimes, cell) for cell in group.cells)
    return Site(
        home=naming.home,
        cell=group.cells[0],
        cells=tuple(group.cells),
        symbol=naming.symbol,
        name=naming.name,
        owner=naming.owner,
        holder=naming.holder,
        place=group.place,
        kept_by=next((keeper for keeper in keepers if keeper is not None), None),
        writes=tuple(writes),
        reads=tuple(sorted(_reads_once(group.reads), key=lambda r: (asked.paths.rank(r.context), r.line))),
        decision=decide(held, is_bag=naming.home == Home.APP),
    )


def _direct(writes: list[Write], cell: SlotKey) -> Write:
    """Give the first write to the cell itself, if there is one: others reach what it holds."""
    return next((write for write in writes if write.cell == cell), writes[0])


def _each_once(writes: list[Write]) -> list[Write]:
    """Keep one write a statement and cell: a receiver that may be several objects writes several times."""
    found = {(w.context.key, w.span, w.cell, w.method): w for w in writes}
    return list(found.values())


def _reads_once(reads: list[Read]) -> list[Read]:
    found = {(r.context.key, r.line, r.how, r.method): r for r in reads}
    return list(found.values())


def _bag_cell(heap: Heap, cell: SlotKey) -> SlotKey | None:
    if cell[0] == "I" and heap.values.kinds[cell[1]] in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT, Kind.BOUND):
        return cell
    return None


def _kept_by(heap: Heap, lifetimes: Lifetimes, cell: SlotKey) -> tuple[Place, str] | None:
    """Find the name that keeps the object of a field alive."""
    keeper = _keeper(heap, lifetimes, cell)
    naming = describe(heap, keeper) if keeper is not None else None
    if keeper is None or naming is None:
        return None
    place = None
    if keeper[0] == "G":
        place = binding(heap, heap.modules.first[keeper[1]], keeper[2])
    elif keeper[0] in ("L", "D"):
        place = header(heap, keeper[1])
    elif heap.values.kinds[keeper[1]] in (Kind.CLASS, Kind.OBJECT):
        place = attribute_place(heap, heap.values.parts[keeper[1]][0], keeper[2])
    return (place, naming.symbol) if place is not None else None


def _keeper(heap: Heap, lifetimes: Lifetimes, cell: SlotKey) -> SlotKey | None:
    """Go from a field of an object to the cell that keeps it, as far out as cells are known."""
    if not _is_field_of_object(heap, cell):
        return None
    keeper = lifetimes.kept_by.get(cell[1])
    seen = {cell}
    while keeper is not None and keeper not in seen:
        seen.add(keeper)
        outer = lifetimes.kept_by.get(keeper[1]) if _is_field_of_object(heap, keeper) else None
        if outer is None:
            break
        keeper = outer
    return keeper


def _is_field_of_object(heap: Heap, cell: SlotKey) -> bool:
    return bool(cell[0] == "F" and heap.values.kinds[cell[1]] == Kind.OBJECT)
