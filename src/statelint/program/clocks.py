"""Clocks of deployment files: what is started beside them, in how many copies, and what they start."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.model.deployment import HOUSEKEEPING, Attribute, Process
from statelint.model.diagnostics import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.model.deployment import DeploymentFact, Scaler
    from statelint.program.deployed import Deployment

# What makes a scheduler beside it one of many, the surest first.
_PARTNERS: Final = (
    (Process.SERVER, Confidence.HIGH),
    (Process.CONSUMER, Confidence.MEDIUM),
    (Process.PROGRAM, Confidence.MEDIUM),
)
# These say by themselves that a machine or process of the service keeps time.
_OF_A_HOST: Final = frozenset({"ansible", "crontab", "eb", "shell", "systemd", "uwsgi"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A scheduler or a timetable that each copy of a service has.

    `beside` is what it runs beside, None for one that is a part of a process or a host; `copies` is the
    setting that starts it more than once, if that is what counts; `jobs` are known lines of its timetable.
    """

    fact: DeploymentFact
    confidence: Confidence
    beside: DeploymentFact | None = None
    copies: Scaler | None = None
    jobs: tuple[DeploymentFact, ...] = ()


def find_clocks(deployment: Deployment) -> Iterator[Clock]:
    """Yield the clocks that are copied with a service, in the order of files."""
    joined = _Joined(deployment, (fact for file in deployment.files for fact in file.facts))
    for fact in joined.schedulers:
        clock = joined.scheduler(fact)
        if clock is not None:
            yield clock
    yield from joined.timetables()


class _Joined:
    """The facts of all files by group, by file and by the names under which files are used."""

    def __init__(self, deployment: Deployment, facts: Iterable[DeploymentFact]) -> None:
        self._deployment = deployment
        self.schedulers: list[DeploymentFact] = []
        self._commands: dict[str, list[DeploymentFact]] = defaultdict(list)  # by group
        self._in_file: dict[str, list[DeploymentFact]] = defaultdict(list)
        self._in_image: dict[str, list[DeploymentFact]] = defaultdict(list)  # by group, with all its parts
        self._users: dict[str, list[DeploymentFact]] = defaultdict(
            list
        )  # by the name of the file that is used
        self._named: dict[str, set[str]] = defaultdict(set)  # paths by name
        self._jobs: list[DeploymentFact] = []
        for fact in facts:
            self._take(fact)

    def _take(self, fact: DeploymentFact) -> None:
        path = fact.place.path
        self._named[_name(path)].add(path)
        self._in_file[path].append(fact)
        self._in_image[_image(fact)].append(fact)
        if fact.attribute is Attribute.USES:
            self._users[_name(fact.value)].append(fact)
        elif fact.attribute is Attribute.JOB:
            self._jobs.append(fact)
        elif fact.attribute is Attribute.COMMAND:
            self._commands[fact.group].append(fact)
            if fact.value == Process.SCHEDULER:
                self.schedulers.append(fact)

    # -- schedulers -----------------------------------------------------------------------------------

    def scheduler(self, fact: DeploymentFact) -> Clock | None:
        """Judge a scheduler: None if it is a process of its own, of which there is one."""
        jobs = self._jobs_of(fact)
        is_cron = _works_off_timetables(fact)
        if is_cron and jobs and all(job.value == HOUSEKEEPING for job in jobs):
            return None
        jobs = tuple(job for job in jobs if job.value != HOUSEKEEPING) if is_cron else ()
        found = self._beside(fact)
        if found is not None:
            return Clock(fact=fact, confidence=found[1], beside=found[0], jobs=jobs)
        many = self._deployment.copied_by(fact)
        if many is not None:
            return Clock(fact=fact, confidence=Confidence.HIGH, copies=many, jobs=jobs)
        if fact.embedded:
            return Clock(fact=fact, confidence=Confidence.HIGH, jobs=jobs)
        return None

    def _beside(self, fact: DeploymentFact) -> tuple[DeploymentFact, Confidence] | None:
        others = [one for one in self._commands[fact.group] if one is not fact]
        others += self._of_procfile(fact)
        found = _partner(others)
        if found is not None:
            return found
        for one in others:
            if one.value == Process.HANDOVER:
                found = self._handed_over(one)
            elif one.value == Process.SUPERVISOR:
                found = self._supervised(one)
            elif one.value == Process.SCRIPT:
                found = _partner(self._commands_of_used(one))
            if found is not None:
                return found
        return None

    def _handed_over(self, fact: DeploymentFact) -> tuple[DeploymentFact, Confidence] | None:
        """Look for the command that an image gives to a script which ends in `exec "$@"`."""
        users = self._users[_name(fact.place.path)]
        given = [
            one
            for user in users
            for one in self._in_image[_image(user)]
            if one.attribute is Attribute.COMMAND and one.value != Process.SCRIPT
        ]
        found = _partner(given)
        if found is not None:
            return found
        supervisor = next((one for one in given if one.value == Process.SUPERVISOR), None)
        if supervisor is not None:
            return self._supervised(supervisor)
        # Where all that is given to it are clocks, the image is one of its own.
        return None if given else (fact, Confidence.MEDIUM)

    def _supervised(self, fact: DeploymentFact) -> tuple[DeploymentFact, Confidence] | None:
        started = self._commands_of_used(fact)
        if not started:
            groups = sorted(group for group in self._commands if group.startswith("supervisord:"))
            started = self._commands[groups[0]] if len(groups) == 1 else []
        return _partner(started) if started else (fact, Confidence.MEDIUM)

    def _commands_of_used(self, fact: DeploymentFact) -> list[DeploymentFact]:
        """List what the files start that this command names."""
        named = [one.value for one in self._in_image[_image(fact)] if one.attribute is Attribute.USES]
        words = {_name(value) for value in named if value in fact.spelling or value == "Procfile"}
        paths = sorted(path for word in words for path in self._named[word] if path != fact.place.path)
        return [one for path in paths for one in self._in_file[path] if one.attribute is Attribute.COMMAND]

    def _of_procfile(self, fact: DeploymentFact) -> list[DeploymentFact]:
        """List the other lines of a Procfile that one container starts as a whole."""
        if fact.unit != "procfile" or not self._users[_name(fact.place.path)]:
            return []
        return [
            one
            for one in self._in_file[fact.place.path]
            if one.attribute is Attribute.COMMAND and one is not fact
        ]

    # -- timetables -----------------------------------------------------------------------------------

    def _jobs_of(self, fact: DeploymentFact) -> tuple[DeploymentFact, ...]:
        """List the lines of timetables that a scheduler may work off, nearest first."""
        users = self._users[_name(fact.place.path)]
        images = dict.fromkeys((_image(fact), *(_image(user) for user in users)))
        near = [*self._in_file[fact.place.path]]
        near += [one for image in images for one in self._in_image[image]]
        used = [one.value for one in near if one.attribute is Attribute.USES]
        near += [
            one for value in used for path in sorted(self._named[_name(value)]) for one in self._in_file[path]
        ]
        return tuple(dict.fromkeys(one for one in near if one.attribute is Attribute.JOB))

    def timetables(self) -> Iterator[Clock]:
        """Yield timetables that are installed where no scheduler is seen to be started."""
        crons = filter(_works_off_timetables, self.schedulers)
        told = {job for fact in crons for job in self._jobs_of(fact)}
        groups: dict[str, list[DeploymentFact]] = defaultdict(list)
        for job in self._jobs:
            if job.value != HOUSEKEEPING and job not in told:
                groups[_image(job)].append(job)
        for image in sorted(groups):
            first, *others = sorted(groups[image], key=lambda job: job.place)
            clock = self._timetable(first, tuple(others))
            if clock is not None:
                yield clock

    def _timetable(self, job: DeploymentFact, others: tuple[DeploymentFact, ...]) -> Clock | None:
        if job.unit == "dockerfile":
            found = _partner(self._in_image[_image(job)]) or self._started_by_script(job)
            if found is None:
                return None
            return Clock(fact=job, confidence=Confidence.MEDIUM, beside=found[0], jobs=others)
        if job.unit not in _OF_A_HOST or (job.unit == "crontab" and self._users[_name(job.place.path)]):
            return None
        confidence = Confidence.HIGH if job.unit == "uwsgi" else Confidence.MEDIUM
        return Clock(fact=job, confidence=confidence, jobs=others)

    def _started_by_script(self, job: DeploymentFact) -> tuple[DeploymentFact, Confidence] | None:
        for one in self._in_image[_image(job)]:
            if one.attribute is Attribute.COMMAND and one.value in {Process.SCRIPT, Process.SUPERVISOR}:
                started = self._commands_of_used(one)
                return _partner(started) if started else (one, Confidence.MEDIUM)
        return None


def _partner(facts: Iterable[DeploymentFact]) -> tuple[DeploymentFact, Confidence] | None:
    """Choose what a clock beside these is copied with."""
    found = [fact for fact in facts if fact.attribute is Attribute.COMMAND]
    for kind, confidence in _PARTNERS:
        for fact in found:
            if fact.value == kind:
                return fact, confidence
    return None


def _works_off_timetables(fact: DeploymentFact) -> bool:
    return "cron" in fact.spelling


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _image(fact: DeploymentFact) -> str:
    return (fact.group or fact.place.path).partition(" #")[0]
