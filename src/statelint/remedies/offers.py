"""Read what is offered for each kind of state from the TOML files of this package."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

import tomli

from statelint.model.diagnostics import State

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILES = "files.toml"
_CLOCKS = "clocks.toml"
_VOLUMES = "volumes.toml"
_OWN_FORM = frozenset({_CLOCKS, _FILES, _VOLUMES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One replacement with holes for the user's names; `sample` may be empty."""

    store: str
    title: str
    text: str
    sample: str = ""


def for_cells() -> Mapping[State, tuple[Offer, ...]]:
    """Give the offers for what is kept in memory; the first one is the default."""
    return _OFFERS


@cache
def for_files() -> Mapping[State, tuple[Offer, ...]]:
    """Give the offers for files that are written; the first one is the default."""
    return MappingProxyType(_read(_FILES))


@cache
def for_clocks() -> Mapping[str, Offer]:
    """Give the offer for a clock of each kind of deployment file."""
    table = tomli.loads(_text(_CLOCKS))
    return MappingProxyType({unit: Offer(**offer) for unit, offer in table.items()})


@cache
def for_volumes() -> Mapping[str, tuple[Offer, ...]]:
    """Give the offers for volumes by the format that configures them; the first one is the default."""
    return MappingProxyType(
        {
            unit: tuple(Offer(**offer) for offer in offers)
            for unit, offers in tomli.loads(_text(_VOLUMES)).items()
        }
    )


def _text(name: str) -> str:
    return resources.files("statelint.remedies").joinpath(name).read_text(encoding="utf-8")


def _read(name: str) -> dict[State, tuple[Offer, ...]]:
    table = tomli.loads(_text(name))
    return {State(state): tuple(Offer(**offer) for offer in offers) for state, offers in table.items()}


def _read_all() -> dict[State, tuple[Offer, ...]]:
    names = sorted(file.name for file in resources.files("statelint.remedies").iterdir())
    tables = [_read(name) for name in names if name.endswith(".toml") and name not in _OWN_FORM]
    return {state: table[state] for state in State for table in tables if state in table}


_OFFERS: Mapping[State, tuple[Offer, ...]] = MappingProxyType(_read_all())
OFFERED: Mapping[State, tuple[str, ...]] = MappingProxyType(
    {state: tuple(offer.store for offer in offers) for state, offers in _OFFERS.items()}
)


def offered_stores(state: State) -> frozenset[str]:
    """Name every store that can be preferred for a kind of state, in memory or on the local disk."""
    stores = {offer.store for table in (_OFFERS, for_files()) for offer in table.get(state, ())}
    if state is State.VOLUME:
        stores |= {offer.store for offers in for_volumes().values() for offer in offers}
    return frozenset(stores)
