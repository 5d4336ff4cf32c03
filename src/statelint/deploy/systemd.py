"""Units of systemd: timers, and what services start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands import is_housekeeping
from statelint.deploy.ini import read_ini
from statelint.deploy.processes import Owner, fact, read_commands
from statelint.deploy.reading import Reading
from statelint.deploy.text import Word
from statelint.model.deployment import HOUSEKEEPING, Attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.ini import Setting
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

_RECURRING: Final = ("OnCalendar", "OnUnitActiveSec", "OnUnitInactiveSec")


def read_systemd(config: ConfigText, path: str = "") -> Reading:
    """Read a timer or a service, which may go to another path than that of the text.

    A timer that only waits after the start of the machine runs once.
    """
    file = read_ini(config, continued="backslash")
    sections = file.sections()
    path = path or config.path
    name = path.rpartition("/")[2]
    owner = Owner(
        service=name,
        group=f"unit:{path}",
        unit="systemd",
        remedy=f"disable `{name}` on all hosts but one",
    )
    facts: list[DeploymentFact] = []
    timer = sections.get("Timer", {})
    said = next((timer[key] for key in _RECURRING if key in timer and timer[key].value), None)
    if said is not None:
        word = Word(f"{said.key}={said.value}", said.at, said.end)
        spared = is_housekeeping(f"{name} {_words_of(timer)}")
        value = HOUSEKEEPING if spared else _unit_of(name, timer)
        facts.append(fact(config, owner, Attribute.JOB, value, [word]))
    for each in (setting for setting in file.settings if setting.key == "ExecStart"):
        facts.extend(_executed(config, file.text, each, owner))
    return Reading(
        facts=tuple(facts),
        comments=file.comments,
        statements=tuple((each.at, each.end) for each in file.settings if each.end > each.at),
    )


def _words_of(section: dict[str, Setting]) -> str:
    return " ".join(setting.value for setting in section.values())


def _unit_of(name: str, timer: dict[str, Setting]) -> str:
    unit = timer.get("Unit")
    return unit.value if unit is not None and unit.value else f"{name.partition('.timer')[0]}.service"


def _executed(config: ConfigText, text: str, setting: Setting, owner: Owner) -> Iterator[DeploymentFact]:
    start = setting.start
    while start < setting.end and text[start] in "@-:+!":
        start += 1
    yield from read_commands(replace(config, masked=text), start, setting.end, owner)
