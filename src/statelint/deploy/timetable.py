"""Timetables of cron: files of jobs, in the form of a user (`crontab`) and of the system (`/etc/cron.d`).

A line is five fields or `@daily` and a command. Nothing is computed from the fields, so no library that knows
when a schedule is due is needed; those keep no places. A timetable of the system names a user before the
command.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.text import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE: Final = re.compile(
    r"^[ \t]*+(?P<when>@\w{4,10}+(?:[ \t]++(?:\d++[smh])++)?|(?:[^\s#]\S{0,60}+[ \t]++){4}\S{1,60}+)"
    r"[ \t]++(?P<command>[^\s#][^\r\n]*+)",
    re.MULTILINE,
)
_NICKNAME: Final = re.compile(r"@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|every)\b")
# Numbers, stars, names of days and months, `H` of Jenkins, and what stands for a mark of a template.
_FIELD: Final = re.compile(r"(?:[\d*?,/~\-]|[A-Za-z]{3}(?![A-Za-z])|H(?:\([\d-]+\))?|T_*|\$\{?\w+\}?)+")


class Job(NamedTuple):
    """One line of a timetable; `words` are the schedule and the command."""

    when: str
    command: str
    start: int
    end: int

    @property
    def words(self) -> tuple[Word, ...]:
        """Give the line as one word with its place."""
        return (Word(f"{self.when} {self.command}", self.start, self.end),)


def read_jobs(text: str, start: int = 0, end: int | None = None) -> Iterator[Job]:
    """Yield the jobs of a timetable; comments, settings (`MAILTO=`) and anything else are passed over."""
    stop = len(text) if end is None else end
    for found in _LINE.finditer(text, start, stop):
        fields, command = found["when"].split(), found["command"].rstrip()
        if _NICKNAME.match(fields[0]) or (len(fields) == 5 and all(map(_FIELD.fullmatch, fields))):
            yield Job(
                " ".join(fields),
                command.removeprefix("* "),  # some programs count seconds in a sixth field
                found.start("when"),
                found.start("command") + len(command),
            )


def first_job(text: str) -> Job | None:
    """Find the first job in a text that may hold a timetable."""
    return next(read_jobs(text), None)
