"""Facts of all files -> one Program: heap, calls, eras, lifetimes, effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.progress import Tell, tell_nobody
from statelint.program.commands import named_commands
from statelint.program.configured import words_of_files
from statelint.program.entry_points import words_of_packages
from statelint.program.handlers import named_handlers
from statelint.program.heap import Declared
from statelint.program.linking import solve_project
from statelint.program.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statelint.knowledge import Knowledge
    from statelint.model.deployment import DeploymentFacts
    from statelint.model.facts import ModuleFacts
    from statelint.model.settings import Settings
    from statelint.model.usage import Look

__all__ = ["Program", "link"]


def link(  # noqa: PLR0913 - all that the engine hands down
    modules: Sequence[ModuleFacts],
    deployments: Sequence[DeploymentFacts],
    knowledge: Knowledge,
    settings: Settings,
    read_lines: Callable[[str], Sequence[str]],
    *,
    look: Look,
    tell: Tell = tell_nobody,
) -> Program:
    """Join the facts of all files into one program."""
    declared = Declared(
        entries=frozenset(settings.entry_points) | named_handlers(modules, deployments),
        commands=named_commands(modules, deployments),
        external_stores=frozenset(settings.external_stores),
        per_request=frozenset(settings.per_request),
        is_library=settings.library,
        named_in_files=words_of_files(modules, deployments, read_lines),
        entry_points=words_of_packages(modules, deployments, read_lines),
    )
    heap = solve_project(modules, knowledge, declared, tell)
    return Program(
        heap=heap, deployments=deployments, read_lines=read_lines, look=look, stores=settings.stores
    )
