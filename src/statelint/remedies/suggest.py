"""Word a replacement for one piece of state, with the user's own names."""

from __future__ import annotations

import keyword
import re
from dataclasses import replace
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Remedy, State
from statelint.remedies.offers import for_cells, for_clocks, for_files, for_volumes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.usage import Hints, Usage
    from statelint.remedies.offers import Offer

_LONGEST_NAME = 40
_LONGEST_SYMBOL = 80
_ANY_UNIT = "any"
_FOR_CALLS: Mapping[State, str] = MappingProxyType({State.SCHEDULER: "kubernetes-cronjob"})
"""What is offered first for a call where that is not what is offered first for a cell: a clock, no plan."""

_ITSELF = "self"
_NO_CHOICE: Mapping[str, str] = MappingProxyType({})


def suggest(usage: Usage, hints: Hints, preferred: Mapping[str, str]) -> Remedy:
    """Suggest what to use instead of a cell.

    `preferred` maps kinds of state to stores (`session` to `memcached`); a store that is not offered for the
    kind is passed over.
    """
    offer = _choose(for_cells()[usage.state], preferred.get(usage.state, ""))
    name = _as_name(hints.name)
    return _fill(
        offer,
        symbol=_as_shown(hints.symbol or hints.name),
        name=name,
        NAME=name.upper(),
        key=_as_operand(usage.key, "key"),
        # an object that keeps itself is nothing that can be written down
        value=_as_operand("" if usage.value == _ITSELF else usage.value, "value"),
    )


def suggest_for_file(path_expression: str, state: State, preferred: Mapping[str, str] = _NO_CHOICE) -> Remedy:
    """Suggest what to use instead of a local file; what is neither log nor records is taken for an upload."""
    offers = for_files()
    kind = state if state in offers else State.UPLOAD
    offer = _choose(offers[kind], preferred.get(kind, ""))
    return _fill(offer, path=_as_operand(path_expression, "path"))


def suggest_for_call(state: State, symbol: str, preferred: Mapping[str, str], *, sample: str = "") -> Remedy:
    """Suggest what to use instead of what a call or setting of a library keeps here.

    `sample` shows the replacement for this library; it stands where nobody prefers another store.
    """
    offers = for_files().get(state) or for_cells()[state]
    wanted = preferred.get(state, "")
    offer = _choose(offers, wanted or _FOR_CALLS.get(state, ""))
    last = symbol.rpartition(".")[2]
    name = _as_name(last)
    made = _fill(
        offer,
        symbol=_as_shown(symbol),
        name=name,
        NAME=name.upper(),
        key="key",
        value="value",
        path="path",
    )
    return replace(made, sample=sample.strip()) if sample and offer.store != wanted else made


def suggest_for_clock(unit: str, symbol: str) -> Remedy:
    """Suggest who should keep time instead of a clock in this kind of deployment file."""
    return _fill(for_clocks()[unit], symbol=_as_shown(symbol))


def suggest_for_volume(
    unit: str, *, name: str, path: str, preferred: Mapping[str, str] = _NO_CHOICE
) -> Remedy:
    """Suggest what to use instead of a volume, in the syntax of the format (`kubernetes`) that sets it up."""
    offers = for_volumes()
    offer = _choose(offers.get(unit) or offers[_ANY_UNIT], preferred.get(State.VOLUME, ""))
    return _fill(offer, name=_as_shown(name), path=_as_shown(path))


def _choose(offers: Sequence[Offer], store: str) -> Offer:
    return next((offer for offer in offers if offer.store == store), offers[0])


def _fill(offer: Offer, **names: str) -> Remedy:
    return Remedy(
        store=offer.store,
        title=Template(offer.title).substitute(names),
        text=Template(offer.text).substitute(names),
        sample=Template(offer.sample).substitute(names).strip(),
    )


def _as_operand(expression: str, neutral: str) -> str:
    """Give a name or a dotted name as it is; anything else would not fit into an f-string or an argument."""
    parts = expression.split(".")
    fits = len(expression) <= _LONGEST_NAME and all(
        part.isidentifier() and not keyword.iskeyword(part) for part in parts
    )
    return expression if fits else neutral


def _as_name(name: str) -> str:
    """Give a plain name for keys and tables: `user_carts` of `__userCarts`; `state` if nothing is left."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:_LONGEST_NAME].strip("_")
    return plain if plain.isidentifier() and not keyword.iskeyword(plain) else "state"


def _as_shown(symbol: str) -> str:
    """Give a symbol that cannot break out of the backticks or the line that it is put into."""
    shown = "".join(character for character in symbol if character.isprintable() and character != "`")
    return shown[:_LONGEST_SYMBOL] or "it"
