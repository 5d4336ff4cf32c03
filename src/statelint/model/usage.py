"""What the microscope is shown, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# Imported at run time: msgspec reads the annotations when an answer is written out and read back.
from statelint.model.diagnostics import Role, State  # noqa: TC001


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One simple statement or innermost function that touches a cell, as text.

    `text` is the original text, lines joined by line feeds, indented as it stands in the file; `line` is the
    number of its first line. `focus` is the line on which the cell is touched, `role` says how (declared,
    written, read); `function` is the qualified name of the function around it, empty at module level.
    `names` are the ways in which the facts say that the cell is spelled there: `carts`, `self.box.carts`,
    `carts_of()` for a call with any arguments; without them the cell is looked for by its own name, and at
    the focus: `depth` tells how far inside the cell that lies which changes there (1: what it holds).
    """

    path: str
    line: int
    text: str
    focus: int
    role: Role
    function: str
    names: tuple[str, ...] = ()
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the facts say of a cell before the microscope looks.

    `name` is its last name (`_carts`), `symbol` its name as shown, `owner` the class or module it belongs
    to. `keys` and `values` are the origins of what is written as key and as value (bits: `request`, `clock`,
    `random`, `connection`, `task`, `handle`, `io-db`, `io-http`, `io-file`, `io-process`, `digest`, `const`,
    `boot`). `container` is the kind of container (`dict`, `list`,
    `set`, `deque`, `queue`, ...; empty for a scalar). `entries` are the kinds of the entries that write
    (request, websocket, message, task, background). `methods` are the names of the methods called on it
    while serving (`append`, `popleft`, `get`, ...). `holds` are the types of what is put there.
    """

    name: str
    symbol: str
    owner: str
    keys: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    container: str = ""
    entries: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the microscope saw: the kind of state, why, and what a sample needs.

    `key` and `value` are the user's own expressions (`user_id`, `item`), empty where none was seen.
    `facts` are short sentences for `explain`. `contradicts` is true where the statements do not touch the
    cell as the facts claimed: the finding then stays at lower confidence.
    """

    state: State
    reason: str
    key: str = ""
    value: str = ""
    facts: tuple[str, ...] = field(default=())
    contradicts: bool = False


Look = Callable[[Sequence[Statement], Hints], Usage]
"""The microscope: it looks at the statements that touch one cell."""
