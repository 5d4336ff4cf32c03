"""What `statelint graph` shows: who calls whom, and how requests reach what outlives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.diagnostics import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CallGraph:
    """For each name that calls or is called, the names that it calls; both sorted.

    Names are dotted import names (`shop.carts.CartStore.put`); a module stands for its body, and builtins
    begin with `<builtin>.`.
    """

    calls: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Spot:
    """A function or a holder of state, by its qualified name, and where it is made."""

    name: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateGraph:
    """The paths from entries to state.

    `entries` has the functions that something outside calls and what it asks for (`POST /cart`), `calls`
    the calls on the paths, `writes` the functions at their ends and what they write. All are in order.
    """

    entries: tuple[tuple[str, Spot], ...] = ()
    calls: tuple[tuple[Spot, Spot], ...] = ()
    writes: tuple[tuple[Spot, Spot], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphReport:
    """One of the two graphs, and what could not be read on the way to it."""

    graph: CallGraph | StateGraph
    problems: tuple[Problem, ...] = ()
