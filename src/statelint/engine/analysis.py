"""From the facts of all files to the report, or to the program that is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.engine.catalog import load_catalog
from statelint.engine.lines import line_reader, sources_of
from statelint.engine.rules import check_rules
from statelint.engine.select import select_findings, summarise
from statelint.engine.suppress import FileMarks, RuleIds
from statelint.knowledge import load_knowledge
from statelint.model.diagnostics import Report
from statelint.model.facts import ModuleFacts
from statelint.model.progress import Tell, tell_nobody
from statelint.program import link
from statelint.usage.look import look_closely

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.engine.cache import Facts
    from statelint.engine.select import Selection
    from statelint.model.diagnostics import Diagnostic, Problem
    from statelint.model.settings import Settings
    from statelint.model.usage import Look
    from statelint.program import Program
    from statelint.sources.finding import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A solved project, what the rules say of it, and what of that is shown."""

    program: Program
    diagnostics: tuple[Diagnostic, ...]
    selection: Selection
    problems: tuple[Problem, ...]
    files_read: int


def analyse(
    settings: Settings,
    files: Sources,
    facts: Iterable[Facts],
    *,
    look: Look = look_closely,
    tell: Tell = tell_nobody,
) -> Report:
    """Go from the facts of all files, in any order, to the report; `look` is the microscope."""
    judged = judge(settings, files, facts, look=look, tell=tell)
    selection = judged.selection
    summary = summarise(
        selection,
        files_read=judged.files_read,
        files_skipped=files.skipped,
        problems=len(judged.problems),
        entries=judged.program.entries,
    )
    return Report(
        findings=selection.findings,
        problems=judged.problems,
        summary=summary,
        sources=sources_of(selection.findings, judged.program.read_lines),
        kept=selection.kept,
        stale=selection.stale,
    )


def judge(
    settings: Settings,
    files: Sources,
    facts: Iterable[Facts],
    *,
    look: Look = look_closely,
    tell: Tell = tell_nobody,
) -> Judged:
    """Solve a project, run the rules, and select what these settings show."""
    ordered = sorted(facts, key=lambda one: one.path)
    catalog = load_catalog()
    program = link_facts(settings, ordered, look=look, tell=tell)
    program.heap.end_work()
    checked = check_rules(catalog.rules, program, tell)
    marks = {one.path: FileMarks(role=one.role, allows=one.allows) for one in ordered}
    ids = RuleIds(known=catalog.ids, ran=checked.finished)
    in_files = (problem for one in ordered for problem in one.problems)
    told = tuple(sorted({*files.problems, *checked.problems, *in_files}))
    complete = not any(problem.fatal for problem in told)
    placed = [(rule, program.topology.placed(each)) for rule, each in checked.diagnostics]
    selection = select_findings(placed, marks, settings, ids, complete=complete)
    return Judged(
        program=program,
        diagnostics=tuple(each for _, each in placed),
        selection=selection,
        problems=told,
        files_read=len(ordered),
    )


def link_facts(
    settings: Settings, facts: Iterable[Facts], *, look: Look = look_closely, tell: Tell = tell_nobody
) -> Program:
    """Join the facts of all files into one program."""
    ordered = sorted(facts, key=lambda one: one.path)
    modules = [one for one in ordered if isinstance(one, ModuleFacts)]
    deployments = [one for one in ordered if not isinstance(one, ModuleFacts)]
    deployments += [one.described for one in modules if one.described is not None]
    read_lines = line_reader(settings)
    knowledge = load_knowledge(settings.knowledge)
    return link(modules, deployments, knowledge, settings, read_lines, look=look, tell=tell)
