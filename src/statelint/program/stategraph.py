"""The paths on which requests reach what outlives them, as a graph."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from statelint.model.graph import Spot, StateGraph
from statelint.program.cell_names import Home

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.program.contexts import Context
    from statelint.program.paths import Path
    from statelint.program.program import Program
    from statelint.program.sites import Site


def state_graph(program: Program, is_chosen: Callable[[str], bool]) -> StateGraph:
    """Join the best paths to all writes of state that lie in, or pass through, files that are chosen."""
    entries: dict[tuple[str, Spot], None] = {}
    calls: dict[tuple[Spot, Spot], None] = {}
    writes: dict[tuple[Spot, Spot], None] = {}
    for site in (site for home in Home for site in program.sites(home)):
        paths = [program.path_to(write.context) for write in site.writes]
        if site.decision.ephemeral or not _is_touched(program, site, paths, is_chosen):
            continue
        holder = Spot(name=site.symbol, path=site.place.path, line=site.place.line)
        for path in paths:
            spots = [_spot(program, step.context) for step in path.steps]
            entries[_label(path), spots[0]] = None
            calls |= dict.fromkeys(pair for pair in pairwise(spots) if pair[0] != pair[1])
            writes[spots[-1], holder] = None
    return StateGraph(
        entries=tuple(sorted(entries)), calls=tuple(sorted(calls)), writes=tuple(sorted(writes))
    )


def _is_touched(program: Program, site: Site, paths: list[Path], is_chosen: Callable[[str], bool]) -> bool:
    """Whether a site, or a step on the way to it, lies in a chosen file: the test that findings pass, too."""
    files = {program.path_of(step.context) for path in paths for step in path.steps}
    return any(map(is_chosen, {site.place.path, *files}))


def _label(path: Path) -> str:
    if path.entry is None:
        return "called while serving"
    return path.entry.label or path.entry.kind


def _spot(program: Program, context: Context) -> Spot:
    unit = program.heap.modules.units[context.uid]
    return Spot(name=program.qualified(context), path=program.path_of(context), line=unit.span[0])
