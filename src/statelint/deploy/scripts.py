"""Shell scripts: what they start and install, the configuration that they write, and what they switch on."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec
import tomli

from statelint.deploy.affinity_facts import pinned_by
from statelint.deploy.conf import read_conf
from statelint.deploy.processes import facts_of
from statelint.deploy.shell import read_shell
from statelint.deploy.supervisord import LOOKS_SUPERVISED, read_supervisord
from statelint.deploy.systemd import read_systemd
from statelint.model.deployment import Attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.processes import Owner
    from statelint.deploy.shell import Command, Script
    from statelint.deploy.text import ConfigText, Word
    from statelint.model.deployment import DeploymentFact

MOST_WRITTEN: Final = 20
"""Files that one script writes and that are looked into."""

LARGEST_WITH_FILES: Final = 1_000_000
"""Characters of a text above which the files that its scripts write are not looked into."""

_BALANCES: Final = re.compile(
    r"^[ \t]*(?:upstream|backend|listen|balance|<Proxy|ProxySet|lb_policy|reverse_proxy)\b",
    re.MULTILINE | re.IGNORECASE,
)
_UNIT: Final = re.compile(r"/systemd/(?:.+/)?[^/]+\.(?:service|timer)\Z")
_RESOURCES: Final = re.compile(r"^[ \t]*apiVersion:", re.MULTILINE)
_NO_LINE_END: Final = re.compile(r"[^\r\n]")


class Switch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command that switches affinity on; the form is described in the table."""

    words: tuple[str, ...]
    off: str
    flag: str = ""
    on: tuple[str, ...] = ()
    holds: str = ""


@cache
def switches() -> tuple[Switch, ...]:
    """Read the table of commands; it comes with the package."""
    text = resources.files(__package__).joinpath("affinity_commands.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomli.loads(text)["switch"], tuple[Switch, ...])


def facts_of_script(config: ConfigText, span: tuple[int, int], owner: Owner) -> Iterator[DeploymentFact]:
    """Yield all facts of a script that stands at a span of a text."""
    yield from facts_of_commands(config, read_shell(config.masked, *span), owner)


def facts_of_commands(config: ConfigText, script: Script, owner: Owner) -> Iterator[DeploymentFact]:
    """Yield all facts of the commands of a script."""
    yield from facts_of(config, script, owner)
    read = 0
    most = MOST_WRITTEN if len(config.masked) <= LARGEST_WITH_FILES else 0
    for command in script.commands:
        yield from _switched(config, command, owner)
        for start, end in _texts(command):
            if read >= most:
                break
            unit = next((target.text for target in command.files if _UNIT.search(target.text)), "")
            if unit or LOOKS_SUPERVISED.search(config.masked, start, end):
                read += 1
                inside = _alone(config, start, end)
                yield from (read_systemd(inside, unit) if unit else read_supervisord(inside)).facts
            elif _BALANCES.search(config.masked, start, end):
                read += 1
                yield from _written(config, start, end)
            elif _RESOURCES.search(config.masked, start, end):
                read += 1
                yield from _resources(config, start, end)


def _texts(command: Command) -> Iterator[tuple[int, int]]:
    """Yield the texts of several lines that a command is given: a heredoc, or words that go to a file."""
    if command.heredoc is not None:
        yield command.heredoc
    for word in command.words[1:] if command.files else ():
        if "\n" in word.text:
            yield word.start + 1, word.end - 1  # in quotes


def _written(config: ConfigText, start: int, end: int) -> Iterator[DeploymentFact]:
    facts = read_conf(_alone(config, start, end)).facts
    yield from (each for each in facts if each.attribute is Attribute.AFFINITY)


def _alone(config: ConfigText, start: int, end: int) -> ConfigText:
    """Give a text that a script writes where it has it: all around it is blanked, so offsets stay."""
    text = config.masked
    inside = f"{_NO_LINE_END.sub(' ', text[:start])}{text[start:end]}{_NO_LINE_END.sub(' ', text[end:])}"
    return replace(config, masked=inside)


def _resources(config: ConfigText, start: int, end: int) -> Iterator[DeploymentFact]:
    """Read resources that a script applies: `cat <<EOF | kubectl apply -f -`."""
    # Imported late: most scripts hold none, and should not pay for the YAML library.
    from statelint.deploy.kubernetes import KubernetesReader
    from statelint.deploy.view import Collected, Part

    found = Collected()
    KubernetesReader(found).read_embedded(Part(config, start, end))
    yield from (each for each in found.facts if not each.reference)


def _switched(config: ConfigText, command: Command, owner: Owner) -> Iterator[DeploymentFact]:
    words = command.words
    program = words[0].text.rpartition("/")[2] if words else ""
    for row in switches():
        if row.words[0] == program and _has_all(words, row.words[1:]) and _is_on(words, row):
            yield pinned_by(config, words, service=owner.service, unit="shell", remedy=row.off)
            return


def _has_all(words: tuple[Word, ...], wanted: tuple[str, ...]) -> bool:
    given = iter(word.text for word in words[1:])
    return all(any(text == one for text in given) for one in wanted)


def _is_on(words: tuple[Word, ...], row: Switch) -> bool:
    if row.holds:
        return any(row.holds in "".join(word.text.split()) for word in words)
    if not row.flag:
        return True
    for at, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if name != row.flag:
            continue
        if not row.on:
            return True
        following = words[at + 1].text if at + 1 < len(words) else ""
        return (value if equals else following).strip("\"'") in row.on
    return False
