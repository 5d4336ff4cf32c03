"""supervisord: the programs that one container or host starts side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.ini import IniFile, Setting, read_ini
from statelint.deploy.processes import Owner, fact, read_commands
from statelint.deploy.reading import Reading
from statelint.deploy.text import Word
from statelint.model.deployment import Attribute, Scaler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

LOOKS_SUPERVISED: Final = re.compile(
    r"^[ \t]*+\[(?:program|eventlistener|fcgi-program):[^\]\r\n]+\]|^[ \t]*+\[supervisord\]", re.MULTILINE
)
_PROGRAM: Final = re.compile(r"(?:fcgi-)?program:(.+)")
# A file that has one of these is the whole configuration; others are parts that one folder holds.
_MAIN: Final = frozenset({"supervisord", "unix_http_server", "inet_http_server", "supervisorctl"})
_MAX_DIGITS: Final = 9
_OFF: Final = frozenset({"false", "off", "no", "0"})


def read_supervisord(config: ConfigText) -> Reading:
    """Read a configuration of supervisord, or a part of one."""
    file = read_ini(config, inline=True)
    sections = file.sections()
    folder = config.path.rpartition("/")[0]
    group = config.path if _MAIN & file.names else f"{folder}/*"
    facts: list[DeploymentFact] = []
    scalers: list[Scaler] = []
    for section, settings in sections.items():
        named = _PROGRAM.fullmatch(section)
        if named and "command" in settings:
            facts.extend(_program(config, file, named[1], settings, f"supervisord:{group}"))
            scalers.extend(_copies(config, named[1], settings))
        elif section == "include" and "files" in settings:
            each = settings["files"]
            word = Word(each.value, each.start, each.end)
            owner = Owner(service="supervisord", group=f"supervisord:{group}", unit="supervisord")
            facts.append(fact(config, owner, Attribute.USES, each.value, [word]))
    return Reading(
        facts=tuple(facts),
        scalers=tuple(scalers),
        comments=file.comments,
        statements=tuple((each.at, each.end) for each in file.settings if each.end > each.at),
    )


def _program(
    config: ConfigText, file: IniFile, name: str, settings: dict[str, Setting], group: str
) -> Iterator[DeploymentFact]:
    starts = settings.get("autostart")
    if starts is not None and starts.value.lower() in _OFF:
        return
    command = settings["command"]
    owner = Owner(
        service=f"program:{name}",
        group=group,
        unit="supervisord",
        remedy=f"remove the section `[program:{name}]`",
    )
    joined = replace(config, masked=file.text)
    for each in read_commands(joined, command.start, command.end, owner):
        yield replace(each, group=group)


def _copies(config: ConfigText, name: str, settings: dict[str, Setting]) -> Iterator[Scaler]:
    said = settings.get("numprocs")
    if said is not None and said.value.isascii() and said.value.isdigit() and len(said.value) <= _MAX_DIGITS:
        count = int(said.value)
        yield Scaler(
            target=f"program:{name}",
            least=count,
            most=count,
            spelling=said.value,
            place=config.place(said.at, said.end),
        )
