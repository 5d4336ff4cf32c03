"""Tell balancers before caches and databases from those before services."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec
import tomli

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORDS: Final = re.compile(r"[a-z]+")
_PORT: Final = re.compile(r":(\d{2,5})(?!\d)")


class _Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: frozenset[str]
    ports: frozenset[str]


@cache
def _tiers() -> _Tiers:
    text = resources.files(__package__).joinpath("tiers.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomli.loads(text), _Tiers)


def is_data_tier(name: str, addresses: Iterable[str] = ()) -> bool:
    """Tell by its name, or by the ports of all its members, whether a group is caches or databases."""
    if not _tiers().words.isdisjoint(_WORDS.findall(name.lower())):
        return True
    ports = [_PORT.findall(address)[-1:] for address in addresses]
    return bool(ports) and all(port and port[0] in _tiers().ports for port in ports)
