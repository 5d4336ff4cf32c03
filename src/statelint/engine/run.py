"""The pipeline: read this first.

settings -> files -> facts (a file each) -> Program -> diagnostics -> selection -> Report

Where nothing has changed since the last run, it ends with the report that was kept. So what makes another one
is imported when it is needed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statelint.engine.cache import NO_CACHE
from statelint.engine.collector import collector_off
from statelint.engine.lines import line_reader, sources_of
from statelint.model.progress import Stage, Tell, tell_nobody
from statelint.sources.finding import find_files

if TYPE_CHECKING:
    from statelint.engine.cache import Cache
    from statelint.model.diagnostics import Report
    from statelint.model.settings import Settings


def run(settings: Settings, tell: Tell = tell_nobody, *, cache: Cache = NO_CACHE) -> Report:
    """Lint one project. Every step takes values and returns values; `tell` hears how far it is."""
    kept = cache.report()
    with collector_off():
        if kept is None:  # else these settings were checked when it was made
            _check(settings)
        tell(Stage.FINDING, 0, 0)
        files = find_files(settings)
        inputs = cache.inputs(files)
        if kept is not None and kept.inputs == inputs:
            lines = sources_of(kept.report.findings, line_reader(settings))
            return replace(kept.report, sources=lines)

        from statelint.engine.analysis import analyse
        from statelint.engine.facts import read_facts

        facts = read_facts(files.files, settings.jobs, tell, cache=cache)
        report = analyse(settings, files, facts, look=cache.look, tell=tell)
        cache.keep_report(files, inputs, report)
        return report


def explain_place(
    settings: Settings, path: str, line: int, tell: Tell = tell_nobody, *, cache: Cache = NO_CACHE
) -> str:
    """Say what is believed about each cell and call on a line, reported or not."""
    from statelint.engine.analysis import link_facts
    from statelint.engine.explain import explain
    from statelint.engine.facts import read_facts

    with collector_off():
        files = find_files(settings)
        facts = read_facts(files.files, settings.jobs, tell, cache=cache)
        return explain(link_facts(settings, facts, tell=tell), path, line)


def _check(settings: Settings) -> None:
    from statelint.engine.catalog import load_catalog
    from statelint.engine.choices import check_choices

    check_choices(settings, load_catalog().ids)
