"""Infrastructure that is written in Python: which calls pin clients, start services and install timetables.

The calls come as they are written (`python/constructs.py`); what they mean stands in `constructs.toml`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import tomli

from statelint.deploy.affinity import is_true
from statelint.deploy.processes import Owner, facts_of
from statelint.deploy.shell import read_shell
from statelint.deploy.text import read_text
from statelint.model.deployment import Attribute, Container, DeploymentFact, Process, Scaler, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.constructs import Argument, WrittenCall
    from statelint.model.places import Place

MOST_SERVICES: Final = 200
"""Services of one file; for each all calls are looked through."""

_NOTHING: Final = frozenset({"", "None", "False", "0"})
_EMPTY: Final = frozenset({"[]", "()", "{}"})
_MAX_DIGITS: Final = 9


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to pin clients."""

    off: str
    call: str = ""
    keyword: str = ""
    on: tuple[str, ...] = ()
    key: str = ""
    names: tuple[str, str] = ("key", "value")


class Hooks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a server's settings in Python start a clock."""

    unit: str
    file: str
    functions: frozenset[str]
    calls: frozenset[str]
    names: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `constructs.toml` says."""

    packages: frozenset[str]
    unit: str
    services: tuple[str, ...]
    count: str
    definition: str
    container: str
    folder: str
    command: tuple[str, ...]
    scales: str
    least: str
    most: str
    shell: frozenset[str]
    affinity: tuple[Row, ...]
    hooks: Hooks


class Described(NamedTuple):
    """What the calls of one file say."""

    facts: tuple[DeploymentFact, ...] = ()
    workloads: tuple[Workload, ...] = ()
    scalers: tuple[Scaler, ...] = ()


@cache
def load_table() -> Table:
    """Read the table; it comes with the package."""
    text = resources.files(__package__).joinpath("constructs.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomli.loads(text), Table)


def may_describe(data: bytes) -> bool:
    """Tell whether a file names one of the packages at all."""
    return any(name.encode() in data for name in load_table().packages)


def has_hooks(path: str) -> bool:
    """Tell whether a file holds settings of a server by its name."""
    return re.search(load_table().hooks.file, path) is not None


def clocks_of_hooks(calls: Sequence[WrittenCall]) -> Described:
    """Give the clocks that hooks of a server start."""
    hooks = load_table().hooks
    found = [
        call
        for call in calls
        if call.function in hooks.functions
        and call.name in hooks.calls
        and any(name in f"{call.receiver}.{call.name}".lower() for name in hooks.names)
    ]
    return Described(
        facts=tuple(
            DeploymentFact(
                service=call.function,
                attribute=Attribute.COMMAND,
                value=Process.SCHEDULER.value,
                spelling=f"{call.receiver}.{call.name}()".lstrip("."),
                remedy=f"take it out of `{call.function}`",
                place=call.place,
                unit=hooks.unit,
                group=f"{call.place.path}:{call.place.line}",
                embedded=True,
            )
            for call in found
        )
    )


def read_calls(calls: Sequence[WrittenCall]) -> Described:
    """Give the facts of the calls of a file, which stand in the order of their text."""
    return _File(calls, load_table()).read()


class _File:
    """The calls of one file, and the names to which their results are bound."""

    def __init__(self, calls: Sequence[WrittenCall], table: Table) -> None:
        self._calls = calls
        self._table = table
        self._keys = frozenset(row.key for row in table.affinity if row.key)
        self._made = {call.target: number for number, call in enumerate(calls) if call.target}
        named = (number for number, call in enumerate(calls) if call.name.endswith(table.services))
        self._services = list(islice(named, MOST_SERVICES))

    def read(self) -> Described:
        numbers = range(len(self._calls))
        facts = [fact for at in numbers for fact in (*self._affinity(at), *self._timetables(at))]
        return Described(
            facts=tuple(sorted(facts, key=lambda fact: (fact.place, fact.spelling))),
            workloads=tuple(self._workload(at) for at in self._services),
            scalers=tuple(each for at in numbers for each in self._scalers(at)),
        )

    # -- names --------------------------------------------------------------------------------------------

    def _name(self, at: int) -> str:
        """Name what a call speaks of by its id, by that of a call around it, or of what it is called on."""
        start = at
        while at >= 0:
            own = self._id(self._calls[at])
            if own:
                return own
            at = self._calls[at].within
        call = self._calls[start]
        maker = self._maker(call.receiver)
        return (self._id(self._calls[maker]) if maker is not None else "") or call.receiver or call.name

    def _id(self, call: WrittenCall) -> str:
        named = call.argument("id", 1)
        is_id = named is not None and named.value and named.value not in _NOTHING
        first = call.arguments[0].value if call.arguments else None
        return named.value or "" if named is not None and is_id and first not in self._keys else ""

    def _maker(self, receiver: str) -> int | None:
        """Find the call that made what a dotted name begins with: `service.target_group`, `self.service`."""
        while receiver:
            if receiver in self._made:
                return self._made[receiver]
            receiver = receiver.rpartition(".")[0]
        return None

    # -- stickiness ---------------------------------------------------------------------------------------

    def _affinity(self, at: int) -> Iterator[DeploymentFact]:
        call = self._calls[at]
        for row in self._table.affinity:
            found = _switched_on(call, row)
            if found is not None:
                place, value, spelling = found
                yield DeploymentFact(
                    service=self._name(at),
                    attribute=Attribute.AFFINITY,
                    value=value,
                    spelling=spelling,
                    remedy=row.off,
                    place=place,
                    unit=self._table.unit,
                )

    # -- services -----------------------------------------------------------------------------------------

    def _workload(self, at: int) -> Workload:
        table, call = self._table, self._calls[at]
        parts = list(self._inside(at))
        definition = call.argument(table.definition)
        if definition is not None:
            for number, each in enumerate(self._calls):
                if each.name == table.container and each.receiver == definition.text:
                    parts += [each, *self._inside(number)]
        folders = (each.argument("directory", 0) for each in parts if each.name == table.folder)
        folder = next((said.value for said in folders if said is not None), None)
        words = (each.argument(name) for name in table.command for each in parts)
        container = Container(
            name=self._name(at),
            image="",
            command=tuple(word for said in words if said is not None for word in said.items),
            environment=(),
            place=call.place,
            build=folder or "",
        )
        return Workload(
            service=self._name(at),
            kind=call.name,
            unit=table.unit,
            place=call.place,
            containers=(container,),
            presumed=1 if call.argument(table.count) is None else None,
        )

    def _inside(self, at: int) -> Iterator[WrittenCall]:
        """Yield the calls among the arguments of one: they follow it at once."""
        for each in islice(self._calls, at + 1, None):
            if each.within < at:
                return
            yield each

    def _scalers(self, at: int) -> Iterator[Scaler]:
        table, call = self._table, self._calls[at]
        if at in self._services:
            count = call.argument(table.count)
            if count is not None:
                yield _scaler(self._name(at), count, count)
        elif call.name == table.scales:
            most, maker = call.argument(table.most), self._maker(call.receiver)
            if maker not in self._services:
                maker = self._services[0] if len(self._services) == 1 else None
            if most is not None and maker is not None:
                yield _scaler(self._name(maker), call.argument(table.least), most)

    # -- machines -----------------------------------------------------------------------------------------

    def _timetables(self, at: int) -> Iterator[DeploymentFact]:
        """Read the lines that a machine runs when it starts; what one installs stands on its own text."""
        call = self._calls[at]
        for argument in call.arguments if call.name in self._table.shell else ():
            if not argument.value:
                continue
            path = argument.place.path
            config, _ = read_text(path, argument.value.encode("utf-8", "replace"))
            owner = Owner(
                service=call.receiver or call.name,
                group=f"{path}:{call.place.line}",
                unit="shell",
                remedy="take it out of the commands",
            )
            for fact in facts_of(config, read_shell(config.masked), owner):
                if fact.attribute is Attribute.JOB:
                    yield replace(fact, place=argument.place)


def _switched_on(call: WrittenCall, row: Row) -> tuple[Place, str, str] | None:
    """Give place, value and spelling of what pins clients in a call, None if nothing does."""
    if row.call:
        said = call.arguments[0].text if call.arguments else ""
        return (call.place, call.name, f"{call.name}({said})") if call.name == row.call else None
    if row.keyword:
        argument = call.argument(row.keyword)
        if argument is None or not _is_on(argument, row):
            return None
        return argument.place, argument.text, f"{row.keyword}={argument.text}"
    key, value = call.argument(row.names[0], 0), call.argument(row.names[1], 1)
    if key is None or key.value != row.key or value is None or not is_true(value.value or ""):
        return None
    return value.place, value.value or "", f"{row.key}={value.value}"


def _is_on(argument: Argument, row: Row) -> bool:
    if row.on:
        return argument.text.rpartition(".")[2].strip("\"'") in row.on
    return argument.value not in _NOTHING and argument.text not in _EMPTY


def _scaler(service: str, least: Argument | None, most: Argument) -> Scaler:
    return Scaler(
        target=service,
        least=_number(least),
        most=_number(most),
        spelling=f"{most.name}={most.text}",
        place=most.place,
    )


def _number(argument: Argument | None) -> int | None:
    text = argument.value if argument is not None else None
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None
