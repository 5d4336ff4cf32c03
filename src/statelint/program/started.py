"""What the containers of a workload start: facts of their commands, placed at the words that decide."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.processes import Owner, facts_of, unknown_programs
from statelint.deploy.shell import Command, Script, read_shell
from statelint.deploy.text import Word, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import Container, DeploymentFact, Workload
    from statelint.model.places import Place


_ENTRY_AND_LINE: Final = 2
_SHELL: Final = "sh"


def facts_of_container(workload: Workload, container: Container) -> tuple[DeploymentFact, ...]:
    """Give the facts of the command of a container; none where its image says what runs."""
    words = container.command
    if not words or len(container.command_at) != len(words):
        return ()
    config, _ = read_text(container.place.path, " ".join(words).encode("utf-8", "replace"), templates=False)
    owner = Owner(service=workload.service, group=f"{workload.service} {container.name}", unit=workload.unit)
    starts = list(_starts(words))
    return tuple(
        replace(fact, place=_place(config, fact.place, starts, container.command_at))
        for fact in _read(config, words, starts, owner)
    )


def _read(
    config: ConfigText, words: tuple[str, ...], starts: list[int], owner: Owner
) -> Iterator[DeploymentFact]:
    is_line = len(words) == _ENTRY_AND_LINE and " " in words[1] and not words[0].endswith(_SHELL)
    if len(words) == 1 or is_line:  # Compose has a list as entry point, and a line for the shell as command
        script = read_shell(config.masked, 0, len(config.text))
        yield from facts_of(config, script, owner)
        yield from unknown_programs(config, script, owner)
        return
    spans = (Word(word, start, start + len(word)) for word, start in zip(words, starts, strict=True))
    command = Command(tuple(spans), (), 0, True, False, (), None)  # noqa: FBT003 - one plain command
    script = Script(commands=(command,), comments=())
    yield from facts_of(config, script, owner)
    yield from unknown_programs(config, script, owner)


def _starts(words: tuple[str, ...]) -> Iterator[int]:
    at = 0
    for word in words:
        yield at
        at += len(word) + 1


def _place(config: ConfigText, place: Place, starts: list[int], places: tuple[Place, ...]) -> Place:
    """Put a place in the joined words back to where its last word stands: the value of an option decides."""
    last = config.starts[place.end_line - 1] + place.end_column - 2
    return places[max(0, bisect_right(starts, last) - 1)]
