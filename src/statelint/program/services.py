"""What a service is: something that runs, in how many copies, with which commands, variables and code.

A copy is a process that remembers for itself. So instances (replicas, machines) and workers (processes in
each) are two factors, each with the line that says it; what no file says is not known, and not 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from statelint.model.deployment import Process
from statelint.model.diagnostics import Copies
from statelint.model.files import FileRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.deployment import DeploymentFact, Mount, Variable
    from statelint.model.places import Place

_AT_HOME: Final = frozenset({"compose", "dockerfile", "procfile"})
"""Units that also start a project on one machine: of two that say the same, the others tell more."""

_ANY: Final = (Process.PROGRAM, Process.SCRIPT, Process.HANDOVER, Process.SUPERVISOR)
"""Processes that may do whatever their code does."""

_ANSWERS: Final = frozenset(one.value for one in (Process.SERVER, *_ANY))
_WORKS: Final = frozenset(one.value for one in (Process.CONSUMER, *_ANY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a file says of one factor.

    `most` is None where it only says that there are several, or nothing that is known here (`copies` tells
    which). `may_be_fewer` marks the upper end of an autoscaler.
    """

    copies: Copies
    most: int | None
    spelling: str
    place: Place
    may_be_fewer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The code that a service loads.

    `entries` are the modules that its commands name, `modules` all that comes with them, by number;
    `found_by` says how: `command`, `program`, `image`, `only service`. `is_whole` tells that nothing else can
    come with it.
    """

    entries: tuple[int, ...]
    modules: frozenset[int]
    found_by: str
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Service:
    """Something that runs; two are the same only if they are one object.

    `unit` is the technology that starts it, `commands` are the facts of its processes. `instances` and
    `workers` are None where no file says a word of them. `files` are those that say what runs in it.
    """

    name: str
    unit: str
    place: Place
    role: FileRole
    commands: tuple[DeploymentFact, ...]
    instances: Bound | None
    workers: Bound | None
    code: Code | None
    labels: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    files: frozenset[str] = frozenset()
    variables: Mapping[str, tuple[Variable, ...]] = field(default_factory=dict)
    takes_unknown: bool = False
    runs_to_end: bool = False
    held: Place | None = None

    @property
    def copies(self) -> Copies:
        """Whether several processes of it may run at once."""
        factors = (self.instances, self.workers)
        if any(factor is not None and factor.copies is Copies.MANY for factor in factors):
            return Copies.MANY
        said = self.instances is not None and self.instances.copies is Copies.ONE
        is_single = self.workers is None or self.workers.copies is Copies.ONE
        return Copies.ONE if said and is_single else Copies.UNKNOWN

    @property
    def kinds(self) -> frozenset[str]:
        """What its processes do: the values of `Process`."""
        return frozenset(fact.value for fact in self.commands)

    @property
    def may_answer(self) -> bool:
        """Tell whether one of its processes may answer requests; where no command is known, it may."""
        return not self.kinds or not _ANSWERS.isdisjoint(self.kinds)

    @property
    def may_work(self) -> bool:
        """Tell whether one of its processes may take tasks off a queue."""
        is_embedded = any(fact.embedded for fact in self.commands)
        return not self.kinds or is_embedded or not _WORKS.isdisjoint(self.kinds)

    @property
    def counts(self) -> bool:
        """Tell whether it says something of how the project is run: a test starts what nobody uses."""
        return self.role is not FileRole.TEST


def bare_name(name: str) -> str:
    """Strip a name of its technology: `Deployment/web`, `services.web` and `upstream web` are `web`."""
    for mark in ("/", " "):
        if mark in name:
            return name.partition(mark)[2]
    return name.rpartition(".")[2]


def deciding(services: tuple[Service, ...]) -> Service | None:
    """Choose the service whose copies count for what several run: several copies of one are enough.

    Of two that say the same of one thing, a file that says nothing gives way to one that does.
    """
    if not services:
        return None
    many = [one for one in services if one.copies is Copies.MANY]
    if many:
        return min(many, key=lambda one: (-(product(one) or 0), one.unit in _AT_HOME, one.place))
    single = [one for one in services if one.copies is Copies.ONE]
    silent = [one for one in services if one.copies is Copies.UNKNOWN]
    if single and all(_gives_way(one, single) for one in silent):
        return single[0]
    return (silent or single)[0]


def _gives_way(silent: Service, others: list[Service]) -> bool:
    """Whether a file that says nothing of copies is about the same service as another one that does."""
    if silent.instances is not None or silent.workers is not None:
        return False
    entries = silent.code.entries if silent.code is not None else ()
    return any(
        one.unit != silent.unit and one.code is not None and one.code.entries == entries for one in others
    )


def product(service: Service) -> int | None:
    """Multiply what is known of instances and workers; None where one of them has no number."""
    total = 1
    for factor in (service.instances, service.workers):
        if factor is not None:
            if factor.most is None:
                return None
            total *= factor.most
    return total if service.instances is not None or service.workers is not None else None


def worded_copies(service: Service) -> str:
    """Say in how many copies a service runs: `3 replicas x 4 workers`."""
    instances, workers = service.instances, service.workers
    if instances is None:
        if workers is None:
            return "an unknown number of copies"
        return f"{_counted(workers, 'worker')} in each of an unknown number of replicas"
    words = _counted(instances, "replica")
    return f"{words} x {_counted(workers, 'worker')}" if workers is not None else words


def _counted(bound: Bound, what: str) -> str:
    if bound.most is None:
        return f"several {what}s" if bound.copies is Copies.MANY else f"an unknown number of {what}s"
    number = f"{bound.most} {what}{'' if bound.most == 1 else 's'}"
    return f"up to {number}" if bound.may_be_fewer else number
