"""What a command line starts: a server, a consumer of a queue, a clock; and the code that it loads.

The programs are data (`commands.toml`). Commands that only start another one (`exec`, `gosu`, `poetry run`,
`python -m`) are looked through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec
import tomli

from statelint.model.deployment import Process

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.deploy.text import Word

_PYTHON: Final = re.compile(r"(?:python|pypy)[\d.]*\Z")
_RUNS_CODE: Final = re.compile(r"(?:python[\d.]*|pypy[\d.]*|node|ruby|perl|php\d*|java|bundle|deno|bun)\Z")
_MODULE: Final = re.compile(r"[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.]*(?:\(.*\))?)?\Z")
_CLUSTER: Final = re.compile(r"-[A-Za-z]{1,4}\Z")
_SHELLS: Final = frozenset({".", "ash", "bash", "dash", "ksh", "sh", "source", "zsh"})
_SCRIPT: Final = re.compile(
    r".*\.(?:sh|bash)\Z|(?:.*/)?[\w-]*entrypoint[\w-]*\Z|\.?/(?:[^/]+/)*(?:start|run|boot)[\w-]*\Z"
)
_HANDED: Final = frozenset({"$@", "$*", "${@}", "$CMD", "${CMD}", "$COMMAND", "${@:1}", "${*}"})
_NEAR: Final = 12
_SAYS: Final = frozenset({"echo", "printf"})
_DEFAULT: Final = re.compile(r"\$\{\w+:?-(\d+)\}\Z")


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One form of a command line."""

    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def fits(self, arguments: Sequence[str]) -> bool:
        """Tell whether these arguments are the form that the row describes."""
        return all(
            not wanted or any(word in wanted for word in arguments) for wanted in (self.words, self.also)
        ) and (not self.flags or any(_has_flag(word, self.flags) for word in arguments))


class Program(Form, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table."""

    kind: Process
    returns: bool = False
    stays: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    entry: tuple[str, ...] = ()
    module: bool = False
    values: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    embedded: bool = False
    reads: str = ""

    def waits(self, arguments: Sequence[str]) -> bool:
        """Tell whether the command lasts as long as what it starts."""
        options = self.stays if self.returns else self.leaves
        return any(_has_flag(word, options) for word in arguments) == self.returns


class Housekeeping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of jobs that care for a machine."""

    words: tuple[str, ...]


class Variables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Variables of the environment that servers read."""

    workers: tuple[str, ...]
    entry: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is known of programs."""

    wrappers: dict[str, int]
    program: tuple[Program, ...]
    installer: tuple[Form, ...]
    variables: Variables
    housekeeping: Housekeeping

    def rows(self, name: str) -> list[Program]:
        """Give the rows of a program in their order."""
        return _rows_by_name().get(name, [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What one command starts.

    `name` is the program as a person would say it (`celery beat`), `words` the command from the program on.
    `waits` is false if the command ends while what it started runs on.
    """

    kind: Process
    name: str
    words: tuple[Word, ...]
    waits: bool
    embedded: bool = False
    entry: Word | None = None
    workers: Word | None = None
    config: Word | None = None
    reads: str = ""


@cache
def load_table() -> Table:
    """Read the table that comes with the package."""
    text = resources.files(__package__).joinpath("commands.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomli.loads(text), Table)


@cache
def _rows_by_name() -> dict[str, list[Program]]:
    rows: dict[str, list[Program]] = {}
    for row in load_table().program:
        for name in row.names:
            rows.setdefault(name, []).append(row)
    return rows


@cache
def _housekeeping() -> re.Pattern[str]:
    words = "|".join(map(re.escape, load_table().housekeeping.words))
    return re.compile(rf"(?:^|[\s/;&|\"'(])(?:{words})(?![\w-])")


def is_housekeeping(command: str) -> bool:
    """Tell a job that cares for its machine (rotating logs, certificates) from one of the service."""
    return _housekeeping().search(command) is not None


def installs_timetable(words: Sequence[Word]) -> bool:
    """Tell a command that hands jobs of the project to cron, whatever starts it."""
    if not words or _base(words[0].text) in _SAYS:
        return False
    texts = [word.text for word in words[:_NEAR]]
    return any(
        _base(text) in row.names and row.fits(texts[at + 1 :])
        for row in load_table().installer
        for at, text in enumerate(texts)
    )


def classify(words: Sequence[Word]) -> Started | None:
    """Say what a simple command starts; None if that is nothing of interest (`mkdir`, `echo`)."""
    if not words:
        return None
    if any(word.text in _HANDED for word in words[-2:]) and _is_wrapped(words):
        return Started(kind=Process.HANDOVER, name="given", words=tuple(words[-1:]), waits=True)
    at = _program_at(words)
    return None if at is None else _describe(words, at)


def program_word(words: Sequence[Word]) -> Word | None:
    """Give the word that names the program of a command, looking through wrappers and their options."""
    at = _program_at(words)
    rest = words[at:] if at is not None else ()
    return next((word for word in rest if not word.text.startswith("-")), None)


def number_of(text: str) -> str:
    """Give the number that a count is, or defaults to (`${WEB_CONCURRENCY:-4}`); else what is written."""
    found = _DEFAULT.match(text)
    return found[1] if found else text


def _is_wrapped(words: Sequence[Word]) -> bool:
    first = _base(words[0].text)
    return words[0].text in _HANDED or first in load_table().wrappers


def _base(text: str) -> str:
    return text.rpartition("/")[2]


def _program_at(words: Sequence[Word]) -> int | None:
    """Find the program, looking through wrappers; where their options hide it, the next known name counts."""
    table, at = load_table(), 0
    while at < len(words):
        name = _base(words[at].text)
        skipped = table.wrappers.get(name)
        if skipped is None:
            return at
        at += 1
        plain = at
        while plain < len(words) and words[plain].text.startswith("-"):
            plain += 1
        near = range(at, min(len(words), at + _NEAR))
        known = (index for index in near if _is_known(words[index].text))
        at = next(known, plain + skipped)
    return None


def _is_known(text: str) -> bool:
    name = _base(text)
    return bool(load_table().rows(name)) or _RUNS_CODE.match(name) is not None


def _describe(words: Sequence[Word], at: int) -> Started | None:
    name = _base(words[at].text)
    if name in _SHELLS and (script := _script_at(words, at + 1)) is not None:
        return _script(words, script)
    if _SCRIPT.match(words[at].text) and not load_table().rows(name):
        return _script(words, at)
    if _PYTHON.match(name):
        return _describe_python(words, at)
    if _RUNS_CODE.match(name) and (inner := _script_at(words, at + 1)) is not None:
        found = _from_table(words, inner, _base(words[inner].text))
        if found is not None:
            return found
    found = _from_table(words, at, name)
    if found is not None or not _RUNS_CODE.match(name):
        return found
    return Started(kind=Process.PROGRAM, name=name, words=tuple(words[at:]), waits=True)


def _script(words: Sequence[Word], at: int) -> Started:
    return Started(kind=Process.SCRIPT, name=_base(words[at].text), words=tuple(words[at:]), waits=True)


def _describe_python(words: Sequence[Word], at: int) -> Started | None:
    inner = _script_at(words, at + 1)
    if inner is None:
        return None
    name = _base(words[inner].text)
    found = _from_table(words, inner, name)
    if found is not None:
        return found
    is_code = name.endswith((".py", ".pyc")) or words[inner - 1].text == "-m"
    if not is_code:
        return None
    return Started(
        kind=Process.PROGRAM,
        name=f"python {name}",
        words=tuple(words[at:]),
        waits=True,
        entry=words[inner],
    )


def _script_at(words: Sequence[Word], at: int) -> int | None:
    """Find the script or module that an interpreter runs; None for `-c` and for a prompt."""
    while at < len(words):
        text = words[at].text
        if text == "-m" and at + 1 < len(words):
            return at + 1
        if text == "-c":
            return None
        if text in {"-W", "-X", "-d"}:
            at += 1
        elif not text.startswith("-"):
            return at
        at += 1
    return None


def _from_table(words: Sequence[Word], at: int, name: str) -> Started | None:
    inside = words[at + 1 :]
    arguments = [word.text for word in inside]
    row = next((row for row in load_table().rows(name) if row.fits(arguments)), None)
    if row is None:
        return None
    said = next((word for word in arguments if word in row.words), "")
    flag = next((word for word in arguments if row.flags and _has_flag(word, row.flags)), "")
    # A Django project is known by its `manage.py`, which names its settings.
    entry = _option(inside, row.entry) or (_module(inside, row) if row.module else None)
    if entry is None and name.endswith(".py"):
        entry = words[at]
    return Started(
        kind=row.kind,
        name=" ".join(filter(None, (name, said, flag))),
        words=tuple(words[at:]),
        waits=row.waits(arguments),
        embedded=row.embedded,
        entry=entry,
        workers=_option(inside, row.workers),
        config=_option(inside, row.config) or _file(inside, row.files),
        reads=row.reads,
    )


def _file(words: Sequence[Word], endings: Sequence[str]) -> Word | None:
    """Find a configuration file that is named without an option: `uwsgi /etc/uwsgi.ini`."""
    if not endings:
        return None
    return next((word for word in words if word.text.endswith(tuple(endings)) and "=" not in word.text), None)


def _has_flag(word: str, flags: Sequence[str]) -> bool:
    if word in flags or word.partition("=")[0] in flags:
        return True
    return bool(_CLUSTER.match(word)) and any(
        len(flag) == 2 and flag[0] == "-" and flag[1] in word[1:] for flag in flags
    )


def _option(words: Sequence[Word], names: Sequence[str]) -> Word | None:
    """Find the value of an option: `-w 4`, `-w4`, `--workers 4`, `--workers=4`; the last one counts."""
    for at in range(len(words) - 1, -1, -1):
        word = words[at]
        if word.text in names:
            return words[at + 1] if at + 1 < len(words) else None
        name, equals, value = word.text.partition("=")
        if equals and name in names:
            return word._replace(text=value)
        short = word.text[:2]
        if short in names and not short.startswith("--") and len(word.text) > 2:
            return word._replace(text=word.text[2:])
    return None


def _module(words: Sequence[Word], row: Program) -> Word | None:
    found = None
    options = {*row.values, *row.workers, *row.config, *row.entry}
    for before, word in zip(("", *(word.text for word in words)), words, strict=False):
        if word.text.startswith("-") or word.text in row.words or before in options:
            continue
        if _MODULE.match(word.text) or before in row.words:
            found = word
    return found
