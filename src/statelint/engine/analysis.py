"""From the facts of all files to the report, or to the program that is behind it."""

from __future__ import annotations

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
    from statelint.model.settings import Settings
    from statelint.model.usage import Look
    from statelint.program import Program
    from statelint.sources import Sources


def analyse(
    settings: Settings,
    files: Sources,
    facts: Iterable[Facts],
    *,
    look: Look = look_closely,
    tell: Tell = tell_nobody,
) -> Report:
    """Go from the facts of all files, in any order, to the report; `look` is the microscope."""
    ordered = sorted(facts, key=lambda one: one.path)
    catalog = load_catalog()
    program = link_facts(settings, ordered, look=look, tell=tell)
    checked = check_rules(catalog.rules, program, tell)
    marks = {one.path: FileMarks(role=one.role, allows=one.allows) for one in ordered}
    ids = RuleIds(known=catalog.ids, ran=checked.finished)
    in_files = (problem for one in ordered for problem in one.problems)
    told = tuple(sorted({*files.problems, *checked.problems, *in_files}))
    complete = not any(problem.fatal for problem in told)
    selection = select_findings(checked.diagnostics, marks, settings, ids, complete=complete)
    summary = summarise(
        selection,
        files_read=len(ordered),
        files_skipped=files.skipped,
        problems=len(told),
        entries=program.entries,
    )
    return Report(
        findings=selection.findings,
        problems=told,
        summary=summary,
        sources=sources_of(selection.findings, program.read_lines),
        kept=selection.kept,
        stale=selection.stale,
    )


def link_facts(
    settings: Settings, facts: Iterable[Facts], *, look: Look = look_closely, tell: Tell = tell_nobody
) -> Program:
    """Join the facts of all files into one program."""
    ordered = sorted(facts, key=lambda one: one.path)
    modules = [one for one in ordered if isinstance(one, ModuleFacts)]
    deployments = [one for one in ordered if not isinstance(one, ModuleFacts)]
    read_lines = line_reader(settings)
    knowledge = load_knowledge(settings.knowledge)
    return link(modules, deployments, knowledge, settings, read_lines, look=look, tell=tell)
