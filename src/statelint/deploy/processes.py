"""What commands start and install, as facts: processes that run together, workers, entries, timetables."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.commands import (
    Started,
    classify,
    installs_timetable,
    is_housekeeping,
    number_of,
    program_word,
)
from statelint.deploy.shell import Command, Script, compatible, read_shell
from statelint.deploy.timetable import first_job, read_jobs
from statelint.model.deployment import HOUSEKEEPING, Attribute, DeploymentFact, Process

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.deploy.text import ConfigText, Word

MOST_PROCESSES: Final = 200
LONGEST_SPELLING: Final = 60
_MOST_SHELLS: Final = 3  # `sh -c "su -c 'sh -c ...'"`

_SHELLS: Final = frozenset({"ash", "bash", "dash", "ksh", "runuser", "sh", "su", "zsh"})
_READS_COMMAND: Final = re.compile(r"-[a-z]*c\Z")
CRON_FOLDER: Final = re.compile(
    r"/etc/(?:cron\.(?:d|hourly|daily|weekly|monthly)|crontabs|crontab\b|periodic/)|/var/spool/cron"
)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SLEEP: Final = re.compile(r"(\d+)([smhd]?)\Z")
_RESPAWN_SECONDS: Final = 20  # a loop that waits less only starts a process again that has ended
_PROGRAM: Final = re.compile(r"(?:[\w.-]*/)*[A-Za-z][\w.-]*\Z")
_OWN_CODE: Final = frozenset({Process.PROGRAM, Process.OTHER})
_JOBS_NEAR: Final = 6
_MOST_FILLED: Final = 50  # lines; each that is a variable is looked up in the whole script
_VARIABLE: Final = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_ONCE: Final = re.compile(r"^\s*@reboot\b", re.MULTILINE)  # when the machine starts, and not again


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who starts the commands: the names that facts carry, and the edit that takes a clock away."""

    service: str
    group: str
    unit: str
    remedy: str = "take it out of this command"


class Running(NamedTuple):
    """A process that a command of a script starts."""

    command: Command
    started: Started

    @property
    def blocks(self) -> bool:
        """Tell whether nothing behind it runs before it ends."""
        return self.command.waits and self.started.waits


def spelling_of(words: Iterable[Word]) -> str:
    """Give a command on one line, cut where it is long."""
    return cut(" ".join(" ".join(word.text for word in words).split()))


def cut(text: str) -> str:
    """Shorten what is quoted in messages."""
    return text if len(text) <= LONGEST_SPELLING else f"{text[:LONGEST_SPELLING].rstrip()}..."


def read_commands(config: ConfigText, start: int, end: int, owner: Owner) -> Iterator[DeploymentFact]:
    """Yield the facts of a command line or a script in a file."""
    yield from facts_of(config, read_shell(config.masked, start, end), owner)


def facts_of(config: ConfigText, script: Script, owner: Owner) -> Iterator[DeploymentFact]:
    """Yield what the commands of a script start, which of it runs together, and what they install."""
    commands = [inner for command in script.commands for inner in look_inside(config.masked, command)]
    running = _running(commands)
    for number, run in zip(_groups(running), running, strict=True):
        group = owner.group if number == 0 else f"{owner.group} #{number}"
        yield from _facts_of_process(config, run, owner, group)
    for at, command in enumerate(commands):
        yield from _timetables(config, commands, at, command, owner)


def unknown_programs(config: ConfigText, script: Script, owner: Owner) -> Iterator[DeploymentFact]:
    """Yield the programs of a script that no table knows: the project itself may install them."""
    for command in (inner for each in script.commands for inner in look_inside(config.masked, each)):
        word = None if classify(command.words) is not None else program_word(command.words)
        if word is not None and _PROGRAM.match(word.text):
            yield fact(config, owner, Attribute.RUNS, word.text.rpartition("/")[2], command.words)


def fact(  # noqa: PLR0913, PLR0917 - a fact says that much
    config: ConfigText,
    owner: Owner,
    attribute: Attribute,
    value: str,
    words: Sequence[Word],
    spelling: str = "",
) -> DeploymentFact:
    """Make a fact that stands on these words."""
    return DeploymentFact(
        service=owner.service,
        attribute=attribute,
        value=value,
        spelling=spelling or spelling_of(words),
        remedy=owner.remedy,
        place=config.place(words[0].start, words[-1].end),
        unit=owner.unit,
        group=owner.group,
    )


def look_inside(text: str, command: Command, depth: int = 0) -> Iterator[Command]:
    """Yield a command, or those that it hands to a shell (`bash -c "cron && gunicorn app"`)."""
    words = command.words
    for at, word in enumerate(words[:-2] if depth < _MOST_SHELLS else ()):
        if word.text.rpartition("/")[2] not in _SHELLS:
            continue
        inner = next((i for i in range(at + 1, len(words) - 1) if _READS_COMMAND.match(words[i].text)), None)
        if inner is None:
            continue
        given = words[inner + 1]
        inset = int(text[given.start : given.start + 1] in {"'", '"'})
        script = read_shell(text, given.start + inset, given.end - inset)
        for each in script.commands:
            nested = each._replace(arms=command.arms + each.arms, waits=command.waits and each.waits)
            yield from look_inside(text, nested, depth + 1)
        return
    yield command


# --- processes ---------------------------------------------------------------------------------------


def _running(commands: Sequence[Command]) -> list[Running]:
    found: list[Running] = []
    loops: set[int] = set()
    for command in commands:
        started = classify(command.words)
        if started is None or len(found) >= MOST_PROCESSES:
            continue
        if command.loop and started.kind in _OWN_CODE:
            if command.loop in loops or not _waits_long(commands, command.loop):
                continue
            loops.add(command.loop)
            clock = Started(kind=Process.SCHEDULER, name="endless loop", words=started.words, waits=True)
            found.append(Running(command, clock))
        elif started.kind is not Process.OTHER:
            found.append(Running(command, started))
            found.extend(_given(command, started))
    return _without_passing(found)


def _given(command: Command, started: Started) -> Iterator[Running]:
    """Yield the command that a script is given as its arguments: `./entrypoint.sh gunicorn app`."""
    if started.kind is Process.SCRIPT and len(started.words) > 1:
        given = classify(started.words[1:])
        if given is not None and given.kind is not Process.OTHER:
            yield Running(command, given)


def _waits_long(commands: Sequence[Command], loop: int) -> bool:
    """Tell a loop that is a clock from one that starts a process again when it has ended."""
    for command in commands:
        if command.loop == loop and command.words[0].text == "sleep" and len(command.words) > 1:
            found = _SLEEP.match(command.words[1].text)
            return found is None or int(found[1][:9]) * _SECONDS[found[2]] >= _RESPAWN_SECONDS
    return False


def _without_passing(running: list[Running]) -> list[Running]:
    """Leave out code of the project that ends before the next command: `python load.py && gunicorn app`."""
    return [
        run
        for at, run in enumerate(running)
        if run.started.kind is not Process.PROGRAM
        or not run.blocks
        or not any(compatible(run.command, later.command) for later in running[at + 1 :])
    ]


def _groups(running: Sequence[Running]) -> list[int]:
    """Give processes that run at the same time the same number, counted from 0."""
    numbers = list(range(len(running)))
    for at, first in enumerate(running):
        if first.blocks:
            continue
        for later in range(at + 1, len(running)):
            if compatible(first.command, running[later].command):
                old, new = numbers[later], numbers[at]
                numbers = [new if number == old else number for number in numbers]
    order = {number: index for index, number in enumerate(dict.fromkeys(numbers))}
    return [order[number] for number in numbers]


def _facts_of_process(config: ConfigText, run: Running, owner: Owner, group: str) -> Iterator[DeploymentFact]:
    started = run.started
    here = Owner(service=owner.service, group=group, unit=owner.unit, remedy=owner.remedy)
    spelling = "" if started.name != "endless loop" else cut(f"while: {spelling_of(started.words)}")
    told = fact(config, here, Attribute.COMMAND, started.kind.value, started.words, spelling)
    yield replace(told, embedded=started.embedded)
    if started.entry is not None:
        yield fact(config, here, Attribute.ENTRY, started.entry.text, [started.entry])
    if started.workers is not None:
        said = _option(started.words, started.workers)
        yield fact(config, here, Attribute.WORKERS, number_of(started.workers.text), [started.workers], said)
    used = started.config or (started.words[0] if started.kind is Process.SCRIPT else None)
    if used is not None:
        yield fact(config, here, Attribute.USES, used.text, [used])
    elif started.reads:
        yield fact(config, here, Attribute.USES, started.reads, started.words)
    if started.kind is Process.SCHEDULER:
        for word in started.words[1:]:
            if "crontab" in word.text or CRON_FOLDER.match(word.text):
                yield fact(config, here, Attribute.USES, word.text, [word])


def _option(words: Sequence[Word], value: Word) -> str:
    """Spell an option with its value, in one word or in two."""
    for before, word in zip((None, *words), words, strict=False):
        if word.start == value.start:
            is_apart = before is not None and not word.text.startswith("-")
            return cut(f"{before.text} {word.text}" if before is not None and is_apart else word.text)
    return cut(value.text)


# --- timetables --------------------------------------------------------------------------------------


def _timetables(
    config: ConfigText, commands: Sequence[Command], at: int, command: Command, owner: Owner
) -> Iterator[DeploymentFact]:
    name = command.words[0].text.rpartition("/")[2]
    if name in {"sudo", "su-exec"} and len(command.words) > 1:
        command = command._replace(words=command.words[1:])
        name = command.words[0].text.rpartition("/")[2]
    if name == "crontab":
        yield from _installed(config, commands, at, command, owner)
    elif name in {"cp", "install", "ln", "mv"}:
        yield from copied(config, command.words[1:], command.words, owner)
    elif installs_timetable(command.words):
        yield fact(config, owner, Attribute.JOB, "", command.words)
    else:
        for target in command.files:
            if CRON_FOLDER.match(target.text):
                yield from _job(
                    config, _told(config, [command]), [*command.words, target], owner, target.text
                )


def _installed(
    config: ConfigText, commands: Sequence[Command], at: int, command: Command, owner: Owner
) -> Iterator[DeploymentFact]:
    """Read `crontab FILE` and `... | crontab -`."""
    given = [word for word in command.words[1:] if word.text == "-" or not word.text.startswith("-")]
    if any(word.text in {"-u", "-c"} for word in command.words):
        given = given[1:]
    if any(word.text in {"-l", "-r", "-e"} for word in command.words):
        return
    if command.piped or (given and given[0].text == "-") or command.heredoc:
        near = commands[max(0, at - _JOBS_NEAR) : at + 1]
        told = _told(config, near)
        is_removal = "grep -v" in config.text[near[0].start : command.end] and not first_job(told)
        if not is_removal:
            yield from _job(config, told, command.words, owner, "")
    elif given:
        yield fact(config, owner, Attribute.USES, given[0].text, [given[0]])
        yield from _job(config, "", command.words, owner, given[0].text)


def copied(
    config: ConfigText, words: Sequence[Word], whole: Sequence[Word], owner: Owner
) -> Iterator[DeploymentFact]:
    """Read the words of a copy: what goes to a folder of cron is a timetable."""
    paths = [word for word in words if not word.text.startswith("-")]
    if len(paths) < 2 or not CRON_FOLDER.match(paths[-1].text):
        return
    for word in paths[:-1]:
        yield fact(config, owner, Attribute.USES, word.text, [word])
    yield from _job(config, "", whole, owner, " ".join(word.text for word in paths))


def _told(config: ConfigText, commands: Sequence[Command]) -> str:
    """Collect what commands write: their words and their heredocs, a line each."""
    lines = []
    for command in commands:
        lines += [line for word in command.words[1:] for line in word.text.replace("\\n", "\n").split("\n")]
        lines.append(" ".join(word.text for word in command.words[1:]))
        if command.heredoc is not None:
            lines += config.text[slice(*command.heredoc)].splitlines()
    return "\n".join([*(_filled(config, line) for line in lines[:_MOST_FILLED]), *lines[_MOST_FILLED:]])


def _filled(config: ConfigText, line: str) -> str:
    """Give the text of a variable that is the whole line, where the script sets it to one."""
    named = _VARIABLE.fullmatch(line.strip())
    if named is None:
        return line
    setting = rf"(?:^|[\s;]){re.escape(named[1])}=(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)')"
    found = re.search(setting, config.text)
    return (found[1] or found[2] or "") if found else line


def _job(
    config: ConfigText, told: str, words: Sequence[Word], owner: Owner, target: str
) -> Iterator[DeploymentFact]:
    """Make the fact of a timetable that is installed; what is known of it says what it cares for."""
    job = first_job(told)
    if job is None and (_is_only_comment(told) or _ONCE.search(told)):
        return
    known = told if job is None else " ".join(each.command for each in read_jobs(told))
    spared = is_housekeeping(known) or is_housekeeping(target)
    value = HOUSEKEEPING if spared else job.command if job is not None else ""
    yield fact(config, owner, Attribute.JOB, value, words)


def _is_only_comment(told: str) -> bool:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return bool(lines) and all(line.startswith("#") for line in lines)
