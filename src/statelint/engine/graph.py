"""The pipeline of `statelint graph`: files -> facts of Python -> Program -> a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.engine.analysis import link_facts
from statelint.engine.cache import NO_CACHE
from statelint.engine.collector import collector_off
from statelint.engine.facts import read_facts
from statelint.model.graph import GraphReport
from statelint.model.progress import Tell, tell_nobody
from statelint.sources.finding import chosen_by_paths, find_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.engine.cache import Cache, Facts
    from statelint.model.settings import Settings
    from statelint.sources.finding import Sources


def read_graph(
    settings: Settings, tell: Tell = tell_nobody, *, states: bool, cache: Cache = NO_CACHE
) -> GraphReport:
    """Read a project and give its call graph, or the paths from its entries to its `states`."""
    with collector_off():
        files = find_files(settings)
        facts = read_facts(files.files, settings.jobs, tell, cache=cache)
        return graph_of(settings, files, facts, states=states, tell=tell)


def graph_of(
    settings: Settings, files: Sources, facts: Iterable[Facts], *, states: bool, tell: Tell = tell_nobody
) -> GraphReport:
    """Go from the facts of all files, in any order, to a graph."""
    ordered = sorted(facts, key=lambda one: one.path)
    program = link_facts(settings, ordered, tell=tell)
    in_files = (problem for one in ordered for problem in one.problems)
    problems = tuple(sorted({*files.problems, *in_files}))
    is_chosen = chosen_by_paths(settings)
    if states:
        from statelint.program.stategraph import state_graph

        return GraphReport(graph=state_graph(program, is_chosen), problems=problems)
    from statelint.program.callgraph import call_graph
    from statelint.program.linking import run_everything

    run_everything(program.heap)
    return GraphReport(graph=call_graph(program.heap, is_chosen), problems=problems)
