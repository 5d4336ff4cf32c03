"""Facts of deployment files: what a configuration says, and where.

Two shapes. A `DeploymentFact` is one setting that stands for itself (affinity). A `Workload` is something
that runs, with its containers, its volumes and its copies; what decides on its copies (`Scaler`) or on its
volumes (`Claim`) may stand in another file, and is joined by name where all files are known. So is a `Value`
that a template or a variable takes from elsewhere: what waits for it has a `reference`.
"""

from __future__ import annotations

from enum import StrEnum

# Imported at run time: msgspec reads the annotations when facts are written out and read back.
from statelint.model.diagnostics import Problem  # noqa: TC001
from statelint.model.files import FileRole
from statelint.model.places import Place  # noqa: TC001
from statelint.model.records import record
from statelint.model.suppressions import Suppression  # noqa: TC001


class Attribute(StrEnum):
    """What a deployment fact speaks of."""

    AFFINITY = "affinity"
    COMMAND = "command"  # a process that is started; `value` is what it is: a server, a consumer, ...
    ENTRY = "entry"  # the code that a server loads: `app.main:app`, `manage.py`
    WORKERS = "workers"  # how many processes a server starts: a number, or the expression as it is written
    JOB = "job"  # one line of a timetable, or a timetable that is installed
    VOLUME = "volume"  # a folder that is kept on the disk of the instance
    RUNS = "runs"  # a program that is started and not known: perhaps the project itself
    HANDLER = "handler"  # a function that a platform calls for each event: `src/app.handler`
    SCRIPT = "script"  # a function that an installed command calls: `shop.daemon:start`
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


@record
class DeploymentFact:
    """One setting that was read.

    `service` names the resource (`Service/web`, `upstream app`), `spelling` the setting as it is written
    (`sessionAffinity: ClientIP`), `remedy` the exact edit that switches it off, `unit` the kind of
    document it came from (`kubernetes`, `nginx`). Facts of one `group` run in one container or on one host:
    they are started, copied and lost together. `embedded` is a clock inside of a process with another task;
    `pinned` is what one host of several has. `target` is what the setting is in front of, where the file says
    more than the resource's own name (a host, the labels that a Service selects). With a `reference`, the
    value stands elsewhere, `value` is empty, and `setting` names the row of the table that will judge it.
    `overruled_by` is the environment variable that is asked before a value in a server's settings counts.
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
    target: str = ""
    reference: str = ""
    setting: str = ""
    overruled_by: str = ""


class Storage(StrEnum):
    """What lies behind a mount."""

    EPHEMERAL = "ephemeral"
    """A folder that goes with the instance: `emptyDir` and its like."""
    HOST = "host"
    """A folder or disk of the node."""
    NAMED = "named"
    """A volume that the container engine keeps on its node under a name."""
    CLAIM = "claim"
    """A claim, whose definition decides."""


@record
class Mount:
    """A volume of a workload, and where its containers may write to it.

    `place` is the line that decides what the volume is, `spelling` what is written there. `source` is the
    name of a claim or named volume, or the path on the node. `targets` are the paths in containers, without
    those that are read-only, and `seen_at` their lines. `is_filled` says that an init container writes there
    before the service starts.
    """

    name: str
    storage: Storage
    source: str
    targets: tuple[str, ...]
    spelling: str
    place: Place
    seen_at: tuple[Place, ...] = ()
    is_filled: bool = False


@record
class Variable:
    """A variable of the environment that a file sets; `is_open` says that its value stands elsewhere."""

    name: str
    value: str
    place: Place
    is_open: bool = False


@record
class Environment:
    """Variables under a name, for others to take as a whole: a ConfigMap (`ConfigMap/shop`)."""

    name: str
    variables: tuple[Variable, ...]


@record
class Container:
    """One container or process of a workload.

    `image` and `build` (the folder that the image is built from) are empty where the file does not say;
    `dockerfile` counts from that folder, `stage` is the stage of it that is built. `command` is what runs,
    entry point and arguments in one; a shell command is one word; `command_at` has a place for each word.
    `takes` names what else its environment comes from: `ConfigMap/shop`, `Secret/shop`, a file.
    """

    name: str
    image: str
    command: tuple[str, ...]
    environment: tuple[Variable, ...]
    place: Place
    build: str = ""
    dockerfile: str = ""
    stage: str = ""
    is_init: bool = False
    command_at: tuple[Place, ...] = ()
    takes: tuple[str, ...] = ()


@record
class Scaler:
    """A statement on how many copies run: a replica count, an autoscaler, the size of a group.

    `target` names the workload (`Deployment/web`; a kind of `*` is any). `least` and `most` are None where
    the file does not say, or says it by a `reference`.
    """

    target: str
    least: int | None
    most: int | None
    spelling: str
    place: Place
    reference: str = ""


@record
class Workload:
    """Something that runs: a Deployment, a compose service, a task.

    `service` names it (`Deployment/web`), `kind` is the word of its technology. `each_node` says that one
    copy runs on every node by intention, `runs_to_end` that it serves nobody (a job), `is_ordered` that each
    copy has a name and volumes of its own. `presumed` is the number of copies that start if nothing is said,
    None where that is not to be relied on. A Service finds it by its `labels` (`app=shop`); `held` is the
    line that keeps a second copy from starting beside the first (`type: Recreate`).
    """

    service: str
    kind: str
    unit: str
    place: Place
    containers: tuple[Container, ...] = ()
    mounts: tuple[Mount, ...] = ()
    each_node: bool = False
    runs_to_end: bool = False
    is_ordered: bool = False
    presumed: int | None = None
    labels: tuple[str, ...] = ()
    held: Place | None = None


@record
class Front:
    """Something that hands requests on: a Service, an Ingress, an upstream, a target group.

    `selects` are the labels that a workload has all of; `leads_to` names workloads, hosts or other fronts.
    """

    name: str
    selects: tuple[str, ...]
    leads_to: tuple[str, ...]
    place: Place


@record
class Image:
    """What a Dockerfile builds: `group` is that of its facts, `stage` the name of the last stage.

    `copied` are the paths that `COPY` takes from the folder of the build.
    """

    group: str
    stage: str
    copied: tuple[str, ...]
    environment: tuple[Variable, ...]
    place: Place


@record
class Claim:
    """A claim on storage, or the definition of a volume, that workloads name.

    `shared` is None where the file does not say whether several nodes may write there, or says it by a
    `reference`; `is_local` says that it lies on the disk of a node, whatever its access modes are.
    """

    name: str
    shared: bool | None
    is_local: bool
    spelling: str
    place: Place
    reference: str = ""


@record
class Value:
    """A value that templates and variables of other files refer to by this name (`Values.replicas`)."""

    name: str
    value: str
    place: Place


@record
class DeploymentFacts:
    """All facts of one configuration file."""

    path: str
    digest: str
    facts: tuple[DeploymentFact, ...]
    allows: tuple[Suppression, ...]
    problems: tuple[Problem, ...]
    role: FileRole = FileRole.APPLICATION
    workloads: tuple[Workload, ...] = ()
    scalers: tuple[Scaler, ...] = ()
    claims: tuple[Claim, ...] = ()
    values: tuple[Value, ...] = ()
    fronts: tuple[Front, ...] = ()
    images: tuple[Image, ...] = ()
    environments: tuple[Environment, ...] = ()
