"""The table of settings that pin clients (`affinity.toml`), and the tests that say whether a value is on."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec
import tomli

from statelint.deploy.hash_keys import pins_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRUE: Final = frozenset({"true", "1", "on", "yes"})
_ABSENT: Final = frozenset({"", "false", "none", "null", "off", "no", "0"})
_ADDRESS_METHODS: Final = re.compile(
    r"(?:ip_hash|source|rdp-cookie(?:\(.*\))?|hdr\((?:cookie|x-[\w-]+)\)|url_param\b.*)\Z", re.IGNORECASE
)
_SNIPPET: Final = re.compile(
    r"^[ \t]*(stick[ \t]+(?:on|match|store-re\w+)[ \t]+(?!dst\b)\S+"
    r"|cookie[ \t]+\S+[ \t]+(?:insert|prefix|rewrite)\b"
    r"|balance[ \t]+source\b)",
    re.MULTILINE | re.IGNORECASE,
)


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table; an annotation has a `name`, a field a `path`."""

    test: str
    off: str
    kinds: tuple[str, ...] = ()
    name: str = ""
    path: str = ""
    on: tuple[str, ...] = ()
    loose: bool = False
    unless_set: str = ""
    unless_true: str = ""

    def is_for(self, kind: str) -> bool:
        """Tell whether the setting has an effect on a resource of this kind."""
        return not self.kinds or kind in self.kinds

    def decisive(self, value: str) -> str | None:
        """Give the part of the value that pins clients, None where the value does not."""
        return _TESTS[self.test](" ".join(value.split()) if self.test != "snippet" else value, self.on)


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rows, and the kinds that hold something to look through."""

    containers: dict[str, tuple[str, ...]]
    annotation: tuple[Setting, ...]
    field: tuple[Setting, ...]

    def annotations(self) -> Mapping[str, Setting]:
        """Give the annotations by their full name."""
        return {row.name: row for row in self.annotation}


@cache
def load_table() -> Table:
    """Read the table that comes with the package."""
    text = resources.files(__package__).joinpath("affinity.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomli.loads(text), Table)


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


def _method(value: str, _on: tuple[str, ...]) -> str | None:
    word, _, key = value.rstrip(";").strip().partition(" ")
    if word == "hash":
        return value if pins_client(key) else None
    return value if _ADDRESS_METHODS.match(value) else None


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
    "method": _method,
    "attributes": _attributes,
    "snippet": _snippet,
}
