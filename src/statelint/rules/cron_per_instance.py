"""Clocks that each copy of a service has, by its image, its host or its process manager.

## What it finds

A scheduler that is started beside what serves: `cron` before the server in a Dockerfile or an entrypoint, a
program of supervisord or a service of s6, a beat inside of a worker, `cron` lines of uWSGI. A timetable that
is installed in a service's image or on its hosts: crontabs, `/etc/cron.d`, systemd timers, tasks of Ansible,
scripts and files of cloud-init and user data. A clock that a hook of the server starts.
A scheduler that is a process of its own, but of which several are started.

## Why it matters

Every copy has the clock, so what is due once is done once in each: mails go out twice, invoices are made
twice, and two runs meet in the same rows. With a single copy it works, until that one is replaced at the
wrong minute.

## Do this instead

Let one thing keep time: a CronJob or the scheduler of the cloud, or one process that does nothing else. Make
the job safe to run twice; a lock in a shared store is the last resort.

## Not reported

Schedulers that are alone in their container and of which there is one, CronJobs and schedules of CI, queue
workers, arms of a script that are not run together, programs that are not started (`autostart=false`), empty
or commented timetables, and jobs that care for their machine: logs, certificates, packages. What only
developers start (`Procfile.dev`), and what one host of several has, is no more than a note.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint import remedies
from statelint.model.deployment import Attribute
from statelint.model.diagnostics import MOST_EVIDENCE, Diagnostic, Evidence, Role, State
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.deployment import DeploymentFact
    from statelint.program import Program
    from statelint.program.clocks import Clock

META = RuleMeta(summary="each copy of a service has a scheduler of its own", since="0.1.0")

_DEVELOPMENT: Final = frozenset({"debug", "dev", "devel", "develop", "development", "local"})
_WORDS: Final = re.compile(r"[a-z]+")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each clock that is copied with a service."""
    for clock in program.clocks():
        fact = clock.fact
        symbol = _quotable(fact.spelling)
        yield Diagnostic(
            at=fact.place,
            symbol=symbol,
            message=_message(clock),
            state=State.SCHEDULER,
            confidence=clock.confidence,
            holder=f"{_quotable(fact.service)} {symbol}",
            site="config",
            evidence=tuple(_evidence(clock))[:MOST_EVIDENCE],
            remedy=remedies.suggest_for_clock(fact.unit, symbol),
            ephemeral=fact.pinned or _is_for_development(fact.place.path),
        )


def _is_for_development(path: str) -> bool:
    """Tell by its name a file that starts everything on the machine of a developer."""
    return not _DEVELOPMENT.isdisjoint(_WORDS.findall(path.rpartition("/")[2].lower()))


def _message(clock: Clock) -> str:
    fact = clock.fact
    spelling, service = _quotable(fact.spelling), _quotable(fact.service)
    if clock.copies is not None:
        return f"`{spelling}` is started more than once by `{_quotable(clock.copies.spelling)}`"
    if fact.pinned:
        return f"`{spelling}` of `{service}` is bound to one host, and lost with it"
    if fact.attribute is Attribute.JOB:
        more = f", and {len(clock.jobs)} more," if clock.jobs and clock.beside is None else ""
        if clock.beside is not None:
            return f"`{spelling}` gives each instance of `{service}` a timetable of its own"
        return f"each instance that has `{service}` works off `{spelling}`{more} for itself"
    if clock.beside is not None:
        return f"`{spelling}` is started beside `{_quotable(clock.beside.spelling)}`, in each copy of it"
    return f"`{spelling}` keeps time inside of a worker, in each copy of it"


def _evidence(clock: Clock) -> Iterator[Evidence]:
    if clock.beside is not None:
        yield _entry(Role.COPIES, clock.beside, "is copied with it")
    if clock.copies is not None:
        said = f"`{_quotable(clock.copies.spelling)}` says how many are started"
        yield Evidence(role=Role.COPIES, place=clock.copies.place, message=said)
    what = "is a line of a timetable" if clock.fact.attribute is Attribute.JOB else "keeps time"
    yield _entry(Role.CONFIG, clock.fact, what)
    for job in clock.jobs:
        yield _entry(Role.CONFIG, job, "is a line of a timetable")


def _entry(role: Role, fact: DeploymentFact, words: str) -> Evidence:
    return Evidence(role=role, place=fact.place, message=f"`{_quotable(fact.spelling)}` {words}")


def _quotable(text: str) -> str:
    return text.replace("`", "'")
