"""Files of one purpose: timetables, shell scripts, Procfiles, environment files."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands import is_housekeeping, number_of
from statelint.deploy.processes import Owner, cut, fact, read_commands
from statelint.deploy.reading import Reading
from statelint.deploy.scripts import facts_of_commands
from statelint.deploy.shell import read_shell
from statelint.deploy.text import Word
from statelint.deploy.timetable import read_jobs
from statelint.model.deployment import HOUSEKEEPING, Attribute

if TYPE_CHECKING:
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact
    from statelint.model.diagnostics import Problem

MOST_JOBS: Final = 100

_COMMENT: Final = re.compile(r"^[ \t]*+(#[^\r\n]*+)", re.MULTILINE)
_PROCESS: Final = re.compile(r"^([A-Za-z0-9_-]+):[ \t]*+([^\r\n]++)", re.MULTILINE)
_VARIABLE: Final = re.compile(
    r"^[ \t]*+(?:export[ \t]+)?(WEB_CONCURRENCY|UVICORN_WORKERS|GUNICORN_WORKERS|GUNICORN_CMD_ARGS)"
    r"=([^\r\n]*+)",
    re.MULTILINE,
)
_RUN_BY_FOLDER: Final = re.compile(r"(?:^|/)cron\.(hourly|daily|weekly|monthly)/[^/]+\Z")
_ROOT_OF_SERVICES: Final = re.compile(
    r"(.*?(?:^|/)(?:s6-overlay|s6-rc\.d|services\.d|service|sv|s6|s6-services|runit))/(?:.+/)?[^/]+/(?:run|up)\Z"
)
_RELEASE: Final = "release"


def read_crontab(config: ConfigText) -> Reading:
    """Read a timetable; a script in a folder such as `cron.daily` is one itself."""
    comments = tuple(found.span(1) for found in _COMMENT.finditer(config.masked))
    folder = _RUN_BY_FOLDER.search(config.path)
    owner = Owner(
        service=config.path.rpartition("/")[2],
        group=config.path,
        unit="crontab",
        remedy="remove the line",
    )
    if folder:
        spared = is_housekeeping(config.text) or is_housekeeping(owner.service)
        end = len(config.text.split("\n", 1)[0].rstrip("\r"))
        word = Word(folder[0].lstrip("/"), 0, end)
        return Reading(
            facts=(fact(config, owner, Attribute.JOB, HOUSEKEEPING if spared else folder[1], [word]),),
            comments=comments,
        )
    facts = tuple(
        fact(config, owner, Attribute.JOB, _value_of(job.command), job.words)
        for job in islice(read_jobs(config.masked), MOST_JOBS)
    )
    return Reading(facts=facts, comments=comments)


def _value_of(job: str) -> str:
    return HOUSEKEEPING if is_housekeeping(job) else cut(job)


def read_script(config: ConfigText) -> Reading:
    """Read a shell script, or a service of s6 or runit, which runs beside the others of its folder."""
    script = read_shell(config.masked)
    service = _ROOT_OF_SERVICES.fullmatch(config.path)
    owner = Owner(
        service=config.path if service else config.path.rpartition("/")[2],
        group=f"services:{service[1]}" if service else config.path,
        unit="s6" if service else "shell",
        remedy="remove this service" if service else "take it out of the script",
    )
    facts = tuple(facts_of_commands(config, script, owner))
    problems: tuple[Problem, ...] = ()
    if script.stopped is not None:
        problems = (config.problem(script.stopped, "the script is too long, what follows is not read"),)
    return Reading(
        facts=facts,
        problems=problems,
        comments=script.comments,
        statements=tuple((each.start, each.end) for each in script.commands),
    )


def read_procfile(config: ConfigText) -> Reading:
    """Read a Procfile: each line is a kind of process, scaled by itself."""
    facts: list[DeploymentFact] = []
    # Of two lines with one name the last one counts.
    lines = {found[1]: found for found in _PROCESS.finditer(config.masked)}
    for name, found in lines.items():
        owner = Owner(
            service=name,
            group=f"process:{config.path}:{name}",
            unit="procfile",
            remedy="give the clock a line of its own, and scale that to one",
        )
        if name != _RELEASE:
            facts.extend(read_commands(config, *found.span(2), owner))
    comments = tuple(found.span(1) for found in _COMMENT.finditer(config.masked))
    return Reading(
        facts=tuple(facts), comments=comments, statements=tuple(each.span() for each in lines.values())
    )


def read_env(config: ConfigText) -> Reading:
    """Read how many workers an environment file asks for; nothing else of it is looked at."""
    facts = []
    owner = Owner(service=config.path.rpartition("/")[2], group=config.path, unit="env")
    for found in _VARIABLE.finditer(config.masked):
        value = found[2].strip().strip("\"'")
        word = Word(f"{found[1]}={value}", found.start(1), found.end())
        if found[1] != "GUNICORN_CMD_ARGS":
            facts.append(fact(config, owner, Attribute.WORKERS, number_of(value), [word]))
        elif said := re.search(r"(?:--workers[ =]|-w[ ]?)(\d+)", value):
            facts.append(fact(config, owner, Attribute.WORKERS, said[1], [word]))
    comments = tuple(found.span(1) for found in _COMMENT.finditer(config.masked))
    return Reading(facts=tuple(facts), comments=comments)
