"""The tables of settings that pin clients, one a technology, and the tests that say whether a value is on."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec
import tomli

from statelint.deploy.hash_keys import pins_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from statelint.model.deployment import DeploymentFact, Value

_MAX_SHOWN: Final = 60
# What stands before the part of a path that a user would name, and what joins a key to its value.
_HEADS: Final = ("spec.", "data.", "metadata.annotations.", "properties.", "Properties.")
_JOINTS: Final = {"terraform": " = ", "labels": "="}
_TRUE: Final = frozenset({"true", "1", "on", "yes"})
_ABSENT: Final = frozenset({"", "false", "none", "null", "off", "no", "0"})
_ADDRESS_METHODS: Final = re.compile(
    r"(?:ip_hash|source|rdp-cookie(?:\(.*\))?|hdr\((?:cookie|x-[\w-]+)\)|url_param\b.*)\Z", re.IGNORECASE
)
_POLICIES: Final = frozenset({"client_ip_hash", "cookie", "header", "ip_hash", "query"})
_SNIPPET: Final = re.compile(
    r"^[ \t]*(stick[ \t]+(?:on|match|store-re\w+)[ \t]+(?!dst\b)\S+"
    r"|cookie[ \t]+\S+[ \t]+(?:insert|prefix|rewrite)\b"
    r"|balance[ \t]+source\b)",
    re.MULTILINE | re.IGNORECASE,
)


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of a table; an annotation or label has a `name`, a field a `path`."""

    test: str
    off: str
    kinds: tuple[str, ...] = ()
    name: str = ""
    path: str = ""
    on: tuple[str, ...] = ()
    loose: bool = False
    unless_set: str = ""
    unless_true: str = ""
    under: tuple[str, ...] = ()
    where: dict[str, str] = {}
    value: str = ""
    switch: str = ""
    needs: dict[str, tuple[str, ...]] = {}
    front: str = ""
    unit: str = ""

    @property
    def id(self) -> str:
        """Name the row among those of its technology."""
        return f"{self.name or self.path} {self.test} {','.join(self.kinds)}".rstrip()

    def is_for(self, kind: str) -> bool:
        """Tell whether the setting has an effect on a resource of this kind."""
        return not self.kinds or kind in self.kinds

    def decisive(self, value: str) -> str | None:
        """Give the part of the value that pins clients, None where the value does not."""
        return _TESTS[self.test](" ".join(value.split()) if self.test != "snippet" else value, self.on)

    def spelling(self, value: str) -> str:
        """Write key and value as a finding quotes them."""
        key = self.name or next(iter(self.where.values()), self.path).rpartition("[].")[2].replace("~", ".")
        if self.switch and value:
            key = f"{key}.{self.switch}"
        for head in _HEADS:
            key = key.removeprefix(head)
        cut = value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}..."
        return f"{key}{_JOINTS.get(self.unit, ': ')}{cut}" if value else key


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rows of a technology, and the kinds that hold something to look through."""

    containers: dict[str, tuple[str, ...]] = {}
    annotation: tuple[Setting, ...] = ()
    field: tuple[Setting, ...] = ()
    label: tuple[Setting, ...] = ()

    def rows(self) -> tuple[Setting, ...]:
        """Give all rows."""
        return (*self.annotation, *self.field, *self.label)


@cache
def load_table(unit: str = "kubernetes") -> Table:
    """Read the table of one technology; it comes with the package."""
    name = "affinity.toml" if unit == "kubernetes" else f"affinity_{unit}.toml"
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    table = msgspec.convert(tomli.loads(text), Table)
    return Table(
        containers=table.containers,
        annotation=tuple(msgspec.structs.replace(row, unit=unit) for row in table.annotation),
        field=tuple(each for row in table.field for each in _spread(row, unit)),
        label=tuple(msgspec.structs.replace(row, unit=unit) for row in table.label),
    )


@cache
def named_annotations(unit: str = "kubernetes") -> Mapping[str, Setting]:
    """Give the annotations of a technology by their full name."""
    return {row.name: row for row in load_table(unit).annotation}


@cache
def fields(unit: str) -> Mapping[str, tuple[Setting, ...]]:
    """Give the fields of a technology by the kind of resource that they belong to."""
    found: dict[str, list[Setting]] = {}
    for row in load_table(unit).field:
        for kind in row.kinds:
            found.setdefault(kind, []).append(row)
    return {kind: tuple(rows) for kind, rows in found.items()}


@cache
def label_names() -> re.Pattern[str]:
    """Give one pattern for the names of all labels, each a group called `_` and the row's number."""
    rows = load_table("labels").label
    names = (re.escape(row.name.lower()).replace(r"\*", r"[^.=]{1,200}") for row in rows)
    return re.compile("|".join(f"(?P<_{number}>{name})" for number, name in enumerate(names)))


def _spread(row: Setting, unit: str) -> Iterator[Setting]:
    """Give a row for each path under which it may stand."""
    for head in row.under or ("",):
        path = f"{head}.{row.path}" if head else row.path
        yield msgspec.structs.replace(row, unit=unit, path=path, under=())


def settle(fact: DeploymentFact, value: Value) -> DeploymentFact | None:
    """Judge a setting that waited for a value of another file; it then stands where the value does."""
    row = next((row for row in load_table(fact.unit).rows() if row.id == fact.setting), None)
    decisive = row.decisive(value.value) if row is not None else None
    if row is None or decisive is None:
        return None
    return replace(
        fact,
        value=decisive,
        spelling=f"{value.name.partition('.')[2]}{_JOINTS.get(fact.unit, ': ')}{decisive}",
        place=value.place,
        reference="",
        setting="",
    )


def is_true(value: str) -> bool:
    """Tell whether a controller takes the value of a switch for yes."""
    return value.strip().lower() in _TRUE


def _words(value: str, on: tuple[str, ...]) -> str | None:
    return value if value in on else None


def _true(value: str, _on: tuple[str, ...]) -> str | None:
    return value if is_true(value) else None


def _name(value: str, _on: tuple[str, ...]) -> str | None:
    return value or None


def _present(value: str, _on: tuple[str, ...]) -> str | None:
    return None if value.lower() in _ABSENT else value


def _key(value: str, _on: tuple[str, ...]) -> str | None:
    return value if pins_client(value) else None


def _header(value: str, _on: tuple[str, ...]) -> str | None:
    if value.startswith(":"):  # `:path`, `:authority`: what is asked for
        return None
    return value if pins_client(f"$http_{value.lower().replace('-', '_')}") else None


def _method(value: str, _on: tuple[str, ...]) -> str | None:
    value = value.rstrip("; ")
    word, _, key = value.partition(" ")
    if word == "hash":
        return value if pins_client(key) else None
    return value if _ADDRESS_METHODS.match(value) else None


def _policy(value: str, _on: tuple[str, ...]) -> str | None:
    word = value.partition(" ")[0].lower()
    return value if word in _POLICIES else None


def _variable(value: str, _on: tuple[str, ...]) -> str | None:
    return value if pins_client(f"${value}") else None


def _parameter(value: str, _on: tuple[str, ...]) -> str | None:
    return value if pins_client(f"$arg_{value.lower().replace('-', '_')}") else None


def _attributes(value: str, _on: tuple[str, ...]) -> str | None:
    pairs = dict(part.strip().partition("=")[::2] for part in value.split(","))
    return "stickiness.enabled=true" if is_true(pairs.get("stickiness.enabled", "")) else None


def _snippet(value: str, _on: tuple[str, ...]) -> str | None:
    found = _SNIPPET.search(value)
    return " ".join(found.group(1).split()) if found else None


_TESTS: Final[Mapping[str, Callable[[str, tuple[str, ...]], str | None]]] = {
    "words": _words,
    "true": _true,
    "name": _name,
    "present": _present,
    "key": _key,
    "header": _header,
    "method": _method,
    "policy": _policy,
    "variable": _variable,
    "parameter": _parameter,
    "attributes": _attributes,
    "snippet": _snippet,
}
