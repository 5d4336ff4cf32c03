"""uWSGI: workers, what it loads, its own clocks and daemons, and what it keeps on the local disk."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands import is_housekeeping, number_of
from statelint.deploy.ini import IniFile, Setting, read_ini
from statelint.deploy.processes import Owner, cut, fact, read_commands
from statelint.deploy.reading import Reading
from statelint.deploy.storage import Use, use_of
from statelint.deploy.text import Word
from statelint.model.deployment import HOUSEKEEPING, Attribute, Process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

LOOKS_UWSGI: Final = re.compile(r"^[ \t]*+\[uwsgi\]", re.MULTILINE)

# Clocks of a legion run on the instance that was elected: that is the cure.
_CRONS: Final = frozenset({"cron", "cron2", "unique-cron"})
_DAEMONS: Final = frozenset(
    {"attach-daemon", "attach-daemon2", "smart-attach-daemon", "smart-attach-daemon2"}
)
_ENTRIES: Final = frozenset({"module", "wsgi", "wsgi-file", "file"})
_WORKERS: Final = frozenset({"processes", "workers"})
_FIELDS_OF_CRON: Final = 5
_COMMAND_OPTION: Final = re.compile(r"(?:^|,)cmd=")
_NAME: Final = re.compile(r"(?:^|,)name=([^,\s]+)")
_STORE: Final = re.compile(r"(?:^|,)store=([^,\s]+)")


def read_uwsgi(config: ConfigText) -> Reading:
    """Read the `[uwsgi]` sections of a file; a setting may stand there as often as it likes."""
    file = read_ini(config, continued="backslash")
    group = config.path
    owner = Owner(service=config.path.rpartition("/")[2], group=group, unit="uwsgi", remedy="remove the line")
    facts: list[DeploymentFact] = []
    for setting in file.settings:
        if setting.section.partition(":")[0] == "uwsgi":
            facts.extend(_read(config, file, setting, owner))
    served = next((each for each in facts if each.attribute is Attribute.ENTRY), None)
    if served is not None:
        facts.append(
            replace(served, attribute=Attribute.COMMAND, value=Process.SERVER.value, spelling=served.spelling)
        )
    return Reading(
        facts=tuple(facts),
        comments=file.comments,
        statements=tuple((each.at, each.end) for each in file.settings if each.end > each.at),
    )


def _read(config: ConfigText, file: IniFile, setting: Setting, owner: Owner) -> Iterator[DeploymentFact]:
    key, value = setting.key.strip(), setting.value
    word = Word(f"{key} = {value}", setting.at, max(setting.end, setting.at + len(key)))
    if key in _CRONS:
        yield from _cron(config, key, value, word, owner)
    elif key in _DAEMONS:
        yield from _daemon(config, file, setting, owner)
    elif key in _ENTRIES and value:
        yield fact(config, owner, Attribute.ENTRY, value, [word], cut(word.text))
    elif key in _WORKERS and value:
        yield fact(config, owner, Attribute.WORKERS, number_of(value), [word])
    elif key == "spooler" and value:
        yield fact(config, owner, Attribute.VOLUME, value, [word])
    elif key == "cache2" and (store := _STORE.search(value)) and _keeps_data(value):
        yield fact(config, owner, Attribute.VOLUME, store[1], [word])


def _keeps_data(value: str) -> bool:
    """Tell a cache that is called after data from one of rendered pages, which may go."""
    name = _NAME.search(value)
    return name is not None and use_of(name[1]) is Use.DATA


def _cron(config: ConfigText, key: str, value: str, word: Word, owner: Owner) -> Iterator[DeploymentFact]:
    options, command = "", value
    if key == "cron2":
        options, _, command = value.partition(" ")
    else:
        command = " ".join(value.split()[_FIELDS_OF_CRON:])
    if command and "legion=" not in options:
        job = HOUSEKEEPING if is_housekeeping(command) else cut(command)
        yield fact(config, owner, Attribute.JOB, job, [word])


def _daemon(config: ConfigText, file: IniFile, setting: Setting, owner: Owner) -> Iterator[DeploymentFact]:
    start, end = setting.start, setting.end
    if setting.key.startswith("smart") and not setting.key.endswith("2"):
        start += len(file.text[start:end].partition(" ")[0])  # the file with the number of the process
    named = _COMMAND_OPTION.search(file.text, start, end)
    if named is not None:
        start = named.end()
    yield from read_commands(replace(config, masked=file.text), start, end, owner)
