"""The pipeline: read this first.

settings -> files -> facts (a file each) -> Program -> diagnostics -> selection -> Report
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from statelint.engine.catalog import load_catalog
from statelint.engine.choices import check_choices
from statelint.engine.facts import read_facts
from statelint.engine.rules import check_rules
from statelint.engine.select import select_findings, summarise
from statelint.engine.suppress import FileMarks, RuleIds
from statelint.knowledge import load_knowledge
from statelint.model.diagnostics import Report
from statelint.model.facts import ModuleFacts
from statelint.model.progress import Stage, Tell, tell_nobody
from statelint.program import link
from statelint.sources import find_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from statelint.model.deployment import DeploymentFacts
    from statelint.model.diagnostics import Problem
    from statelint.model.settings import Settings
    from statelint.program import Program

__all__ = ["analyse", "explain_place", "read_facts", "run"]


def run(settings: Settings, tell: Tell = tell_nobody) -> Report:
    """Lint one project. Every step takes values and returns values; `tell` hears how far it is."""
    check_choices(settings, load_catalog().ids)
    with _collector_off():
        tell(Stage.FINDING, 0, 0)
        files = find_files(settings)
        facts = read_facts(files.files, settings.jobs, tell)
        return analyse(settings, facts, problems=files.problems, skipped=files.skipped, tell=tell)


def analyse(
    settings: Settings,
    facts: Iterable[ModuleFacts | DeploymentFacts],
    *,
    problems: Sequence[Problem] = (),
    skipped: int = 0,
    tell: Tell = tell_nobody,
) -> Report:
    """Go from the facts of all files, in any order, to the report."""
    ordered = sorted(facts, key=lambda one: one.path)
    catalog = load_catalog()
    program = _link(settings, ordered, tell)
    checked = check_rules(catalog.rules, program, tell)
    marks = {one.path: FileMarks(role=one.role, allows=one.allows) for one in ordered}
    ids = RuleIds(known=catalog.ids, ran=checked.finished)
    in_files = (problem for one in ordered for problem in one.problems)
    told = tuple(sorted({*problems, *checked.problems, *in_files}))
    complete = not any(problem.fatal for problem in told)
    selection = select_findings(checked.diagnostics, marks, settings, ids, complete=complete)
    summary = summarise(
        selection,
        files_read=len(ordered),
        files_skipped=skipped,
        problems=len(told),
        entries=program.entries,
    )
    paths = sorted({finding.place.path for finding in selection.findings})
    sources = {path: tuple(program.read_lines(path)) for path in paths}
    return Report(
        findings=selection.findings,
        problems=told,
        summary=summary,
        sources=sources,
        kept=selection.kept,
        stale=selection.stale,
    )


def explain_place(settings: Settings, path: str, line: int, tell: Tell = tell_nobody) -> str:
    """Say what is believed about each cell and call on a line, reported or not."""
    from statelint.engine.explain import explain  # only this command needs it

    with _collector_off():
        files = find_files(settings)
        ordered = sorted(read_facts(files.files, settings.jobs, tell), key=lambda one: one.path)
        return explain(_link(settings, ordered, tell), path, line)


def _link(settings: Settings, ordered: Sequence[ModuleFacts | DeploymentFacts], tell: Tell) -> Program:
    modules = [one for one in ordered if isinstance(one, ModuleFacts)]
    deployments = [one for one in ordered if not isinstance(one, ModuleFacts)]
    return link(modules, deployments, load_knowledge(), settings, _line_reader(settings), tell=tell)


def _line_reader(settings: Settings) -> Callable[[str], Sequence[str]]:
    """Read the lines of a file when they are needed, each file once."""
    known: dict[str, Sequence[str]] = {}
    buffer = settings.buffer

    def read_lines(path: str) -> Sequence[str]:
        if path not in known:
            file = settings.project / path
            try:
                data = buffer.data if buffer is not None and buffer.file == file else file.read_bytes()
            except OSError:  # gone since it was read: the finding stands, its frame stays empty
                data = b""
            text = data.decode("utf-8-sig", "replace")
            known[path] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return known[path]

    return read_lines


@contextmanager
def _collector_off() -> Iterator[None]:
    """Switch off the search for cycles: facts and trees hold few, and it costs a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
