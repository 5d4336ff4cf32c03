"""See what kind of project this is, before anything is followed: its files, frameworks and import roots."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.engine.facts import read_facts
from statelint.knowledge import load_knowledge
from statelint.model.facts import ModuleFacts
from statelint.model.files import FileRole
from statelint.model.progress import Tell, tell_nobody
from statelint.sources.finding import find_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Files by language, the frameworks that application code imports, and the import roots in force."""

    languages: Mapping[str, int]
    frameworks: tuple[str, ...]
    roots: tuple[str, ...]


def survey(settings: Settings, tell: Tell = tell_nobody) -> Survey:
    """Look over a project; what cannot be read is passed by, since checking tells of it."""
    files = find_files(settings).files
    knowledge = load_knowledge(settings.knowledge)
    imported = {
        fact.module.partition(".")[0]
        for one in read_facts(files, settings.jobs, tell)
        if isinstance(one, ModuleFacts) and one.role is FileRole.APPLICATION
        for fact in one.imports
        if not fact.level and knowledge.is_server_import(fact.module)
    }
    return Survey(
        languages=dict(sorted(Counter(file.language.value for file in files).items())),
        frameworks=tuple(sorted(imported)),
        roots=settings.roots,
    )
