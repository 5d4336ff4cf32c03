"""What names of images, paths and storage classes say of a volume; the words stand in `storage.toml`."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec
import tomli

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD: Final = re.compile(r"[a-z0-9_]+")
_VERSION: Final = re.compile(r"(?<=[a-z])\d+\Z")
_PORT: Final = re.compile(r":(\d{2,5})(?!\d)")


class Use(Enum):
    """What a folder is for, as far as its path says."""

    SCRATCH = "scratch"
    DATA = "data"
    UNKNOWN = "unknown"


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lists of `storage.toml`."""

    stores: frozenset[str]
    tools: frozenset[str]
    caches: frozenset[str]
    ports: frozenset[str]
    scratch: frozenset[str]
    data: frozenset[str]
    local_classes: frozenset[str]
    shared_drivers: frozenset[str]


@cache
def load_words() -> Words:
    """Read the lists that come with the package."""
    text = resources.files(__package__).joinpath("storage.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomli.loads(text), Words)


def is_store(name: str) -> bool:
    """Tell whether an image, a host or a resource keeps data for others: a database, a broker, a cache."""
    return not load_words().stores.isdisjoint(_words(name))


def is_cache(name: str) -> bool:
    """Tell whether a host or a resource is a tier of caches."""
    return not load_words().caches.isdisjoint(_words(name))


def is_data_tier(name: str, addresses: Iterable[str] = ()) -> bool:
    """Tell by its name, or by the ports of all its members, whether a group is caches or stores.

    A client that is pinned to one cache, or to one writer, loses nothing that the project keeps.
    """
    if is_store(name) or is_cache(name):
        return True
    ports = [_PORT.findall(address)[-1:] for address in addresses]
    return bool(ports) and all(port and port[0] in load_words().ports for port in ports)


def is_store_image(image: str) -> bool:
    """Tell whether an image is that of a store: `docker.io/bitnami/postgresql:16`, not `acme/redis-admin`."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    stores = load_words().stores
    parts = [_VERSION.sub("", part) for part in _WORD.findall(name)]
    return name in stores or (bool(parts) and parts[0] in stores)


def is_foreign_image(image: str) -> bool:
    """Tell whether an image is one that others build: a store, a proxy, a tool."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    first = next(iter(_WORD.findall(name)), "")
    return is_store_image(image) or first in load_words().tools


def use_of(path: str) -> Use:
    """Tell what a folder is for; the last part of the path that says something decides."""
    words = load_words()
    lowered = path.lower()
    if lowered.endswith(
        (".sock", ".conf", ".ini", ".cfg", ".json", ".yaml", ".yml", ".toml", ".crt", ".pem")
    ):
        return Use.SCRATCH
    parts = [part for part in lowered.split("/") if part]
    if parts[:1] in (["tmp"], ["run"], ["dev"], ["proc"], ["sys"], ["etc"]) or parts[:2] == ["var", "run"]:
        return Use.SCRATCH
    for part in reversed(parts):
        own = {part, *_WORD.findall(part.replace("_", "-"))}
        if own & words.scratch:
            return Use.SCRATCH
        if own & words.data:
            return Use.DATA
    return Use.UNKNOWN


def is_local_class(name: str) -> bool:
    """Tell whether a storage class keeps volumes on the disk of one node."""
    return name.lower() in load_words().local_classes


def is_shared_driver(text: str) -> bool:
    """Tell whether the driver or the type of a volume is one that many hosts mount."""
    return not load_words().shared_drivers.isdisjoint(_words(text))


def _words(name: str) -> set[str]:
    found = set(_WORD.findall(name.lower().replace("_", "-")))
    return found | {_VERSION.sub("", word) for word in found}
