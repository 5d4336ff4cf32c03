"""The pipeline of `statelint graph`: files -> facts of Python -> Program -> a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.engine.collector import collector_off
from statelint.engine.facts import read_facts
from statelint.knowledge import load_knowledge
from statelint.model.facts import ModuleFacts
from statelint.model.graph import GraphReport
from statelint.program import link
from statelint.sources import chosen_by_paths, find_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.model.deployment import DeploymentFacts
    from statelint.model.diagnostics import Problem
    from statelint.model.settings import Settings


def read_graph(settings: Settings, *, states: bool) -> GraphReport:
    """Read a project and give its call graph, or the paths from its entries to its `states`."""
    with collector_off():
        files = find_files(settings)
        facts = read_facts(files.files, settings.jobs)
        return graph_of(settings, facts, problems=files.problems, states=states)


def graph_of(
    settings: Settings,
    facts: Iterable[ModuleFacts | DeploymentFacts],
    *,
    states: bool,
    problems: Sequence[Problem] = (),
) -> GraphReport:
    """Go from the facts of all files, in any order, to a graph."""
    modules = sorted((one for one in facts if isinstance(one, ModuleFacts)), key=lambda one: one.path)
    program = link(modules, (), load_knowledge(), settings, lambda _: ())
    in_files = (problem for one in modules for problem in one.problems)
    told = tuple(sorted({*problems, *in_files}))
    is_chosen = chosen_by_paths(settings)
    if states:
        from statelint.program.stategraph import state_graph

        return GraphReport(graph=state_graph(program, is_chosen), problems=told)
    from statelint.program.callgraph import call_graph
    from statelint.program.linking import run_everything

    run_everything(program.heap)
    return GraphReport(graph=call_graph(program.heap, is_chosen), problems=told)
