"""Facts of deployment files: what a configuration says, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Imported at run time: msgspec reads the annotations when facts are written out and read back.
from statelint.model.diagnostics import Problem  # noqa: TC001
from statelint.model.files import FileRole
from statelint.model.places import Place  # noqa: TC001
from statelint.model.suppressions import Suppression  # noqa: TC001


class Attribute(StrEnum):
    """What a deployment fact speaks of."""

    AFFINITY = "affinity"
    REPLICAS = "replicas"
    COMMAND = "command"  # a process that is started; `value` is what it is: a server, a consumer, ...
    ENTRY = "entry"  # the code that a server loads: `app.main:app`, `manage.py`
    WORKERS = "workers"  # how many processes a server starts: a number, or the expression as it is written
    JOB = "job"  # one line of a timetable, or a timetable that is installed
    VOLUME = "volume"  # a folder that is kept on the disk of the instance
    USES = "uses"  # another file of the project that belongs to this one: a script, a timetable, an include


WITHOUT_EFFECT = "without effect"
"""The value of a setting that should pin clients, and cannot for want of another one."""

HOUSEKEEPING = "housekeeping"
"""The value of a job that cares for its machine (logs, certificates): once in each is what it is for."""


class Process(StrEnum):
    """What a started process does: the `value` of a fact about a command."""

    SERVER = "server"
    CONSUMER = "consumer"
    SCHEDULER = "scheduler"
    SUPERVISOR = "supervisor"  # starts what its own configuration file lists
    PROGRAM = "program"  # some code of the project
    SCRIPT = "script"  # what its commands start is told by the script itself
    HANDOVER = "handover"  # `exec "$@"`: whatever command the container is given
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFact:
    """One setting that was read.

    `service` names the resource (`Service/web`, `upstream app`), `spelling` the setting as it is written
    (`sessionAffinity: ClientIP`), `remedy` the exact edit that switches it off, `unit` the kind of
    document it came from (`kubernetes`, `nginx`). Facts of one `group` run in one container or on one host:
    they are started, copied and lost together. `embedded` is a clock inside of a process with another task;
    `pinned` is what one host of several has.
    """

    service: str
    attribute: Attribute
    value: str
    spelling: str
    remedy: str
    place: Place
    unit: str
    group: str = ""
    embedded: bool = False
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFacts:
    """All facts of one configuration file."""

    path: str
    digest: str
    facts: tuple[DeploymentFact, ...]
    allows: tuple[Suppression, ...]
    problems: tuple[Problem, ...]
    role: FileRole = FileRole.APPLICATION
