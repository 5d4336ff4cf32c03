"""What the map keeps of one Python file: plain, sorted, serialisable values.

A **unit** is a body of code: the module, a class body, a function, a lambda. Its header is decoded for
every file, its body (one msgpack blob) only when the solver reaches it.

A **place** says how an expression gets its value, as a node of a trie that the unit shares: `(op, a, b)`.
Equal paths (`self.items`) are one place, so that "the same cell" is "the same number" within a unit.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence  # noqa: TC003 - msgspec reads facts back by their annotations
from enum import IntEnum, IntFlag
from typing import Final, NamedTuple

# Needed while running: msgspec reads facts back by their annotations.
from statelint.model.deployment import DeploymentFact, DeploymentFacts  # noqa: TC001 - see above
from statelint.model.diagnostics import Problem  # noqa: TC001 - see above
from statelint.model.files import FileRole  # noqa: TC001 - see above
from statelint.model.numbers import Numbers
from statelint.model.suppressions import Suppression  # noqa: TC001 - see above


class Op(Numbers):
    """How a place gets its value; `a` and `b` are the columns of the same name."""

    NOTHING = 0
    CONST = 1  # a: index into the module's constants; -1: a number or long text
    NAME = 2  # a: string
    ATTR = 3  # a: place, b: string
    ITEM = 4  # a: place, b: place of the key
    ELEMENT = 5  # a: place; what iterating over it gives
    CALL = 6  # a: call record
    SITE = 7  # a: site record: a display, a comprehension
    ANY = 8  # a: join record; one of several values
    MIX = 9  # a: join record; computed from several values, in the order of the source
    ENTER = 10  # a: place; what `with a as x` binds
    FUNC = 11  # a: unit
    CLASS = 12  # a: unit
    IMPORT = 13  # a: import record of the module
    AWAIT = 14  # a: place
    SLICE = 15  # a: place; a copy of a part of it, from its element number b - 1 on (0: not known)
    CAUGHT = 16  # a: place of what `except a as x` names; an object of such a class


class How(IntFlag):
    """What a place is used for when it is read."""

    WHOLE = 1  # handed on, returned, compared, printed
    GET = 2  # subscripted
    TEST = 4  # asked for truth or membership
    ITERATE = 8
    LENGTH = 16
    CALLED = 32
    RECEIVER = 64  # an attribute or a method of it is used
    NAMED = 128  # given another name
    RETURNED = 256  # a function gives it back


class WriteHow(Numbers):
    """What a write record does to its target."""

    ITEM = 1  # target[key] = value
    ATTR = 2  # target.name = value; key: string
    NAME = 3  # a global or nonlocal name is bound; target: its place
    DEL_ITEM = 4
    DEL_ATTR = 5
    DEL_NAME = 6
    INPLACE = 7  # target += value on a local name: changes a list or set in place


class Test(Numbers):
    """What a guard asks of its place."""

    IS_NONE = 1
    NOT_NONE = 2
    ABSENT = 3  # second place not in first
    PRESENT = 4
    TRUTHY = 5
    FALSY = 6
    COMPARE = 7
    OTHER = 8
    MAIN = 9
    NOT_MAIN = 10
    EXCEPT = 11  # place: what the try body read last
    FINALLY = 12
    ENDLESS = 13
    EACH = 14
    HELD = 15  # inside a `with` block; place: what is entered
    ONE_OF = 16  # no test: of those further in that stand on its line, one holds, or more


class UnitKind(Numbers):
    """What a unit is the body of."""

    MODULE = 0
    CLASS = 1
    FUNCTION = 2
    LAMBDA = 3


class UnitFlag(Numbers):
    """What is known of a function from its header."""

    ASYNC = 1
    GENERATOR = 2
    PROPERTY = 4
    STATIC = 8
    CLASSMETHOD = 16
    SETTER = 32
    ENDLESS = 64  # has a loop without end, or that a flag ends


class CallFlag(Numbers):
    """How a call stands in its statement."""

    AWAITED = 1
    DECORATOR = 2  # the callee is a decorator, the only argument what it decorates
    DROPPED = 4
    RAISED = 8  # no parentheses: `raise Full`, which makes an object if it is a class


class Record(IntEnum):
    """Which list of a body an entry of `Body.order` points into."""

    CALL = 0
    BIND = 1
    WRITE = 2
    FLOW = 3


class ImportFact(NamedTuple):
    """One name bound by an import; `attribute` is empty for `import module`, `*` for a star import."""

    local: str
    module: str
    attribute: str
    level: int
    line: int


class ParamKind(IntEnum):
    """Which arguments a parameter takes."""

    POSITIONAL = 0
    KEYWORD_ONLY = 1
    REST = 2  # `*args`
    KEYWORDS = 3  # `**kwargs`


class Param(NamedTuple):
    """One parameter; `default` and `annotation` are places of the unit around the function (0: none)."""

    name: str
    kind: int
    default: int
    annotation: int


class Field(NamedTuple):
    """A name annotated or bound in a class body; places of the class unit (0: none)."""

    name: str
    annotation: int
    default: int
    line: int


class Unit(NamedTuple):
    """The header of a unit. Places in it belong to the body of `parent` (fields: to its own body).

    `span` is line, column, end line, end column of the definition's name or header, columns in code points
    from 1. `local_names` holds every name bound in it that is not declared global or nonlocal; a name bound
    anew at the top of a function gets a version (`items@2`), so that a copy is not taken for the original.
    What a class body reads before it binds the name itself is `items@0`, the one outside. `metaclass` is a
    place (0: none is named).
    """

    kind: int
    name: str
    qualified: str
    parent: int
    flags: int
    span: tuple[int, int, int, int]
    end_line: int
    params: tuple[Param, ...]
    decorators: tuple[int, ...]
    bases: tuple[int, ...]
    fields: tuple[Field, ...]
    local_names: tuple[str, ...]
    body: bytes
    metaclass: int = 0


class ModuleFacts(NamedTuple):
    """Everything the solver needs of one file; unit 0 is the module itself.

    `module` is the import name, `digest` the sha256 of the content in hex. `units` are in the order of their
    definition, a parent before its children. `deployment` is what a server's settings in Python say,
    `described` what code says that describes infrastructure.
    """

    path: str
    module: str
    role: FileRole
    digest: str
    strings: tuple[str, ...]
    constants: tuple[str | int | bool | None, ...]
    imports: tuple[ImportFact, ...]
    units: tuple[Unit, ...]
    allows: tuple[Suppression, ...]
    problems: tuple[Problem, ...]
    deployment: tuple[DeploymentFact, ...] = ()
    described: DeploymentFacts | None = None


CALL_CALLEE: Final = 0
CALL_ARGUMENTS: Final = 1
CALL_KEYWORDS: Final = 2
CALL_GUARD: Final = 4
CALL_FLAGS: Final = 5
CALL_LINE: Final = 6
WRITE_VALUE: Final = 3
WRITE_GUARD: Final = 4
BIND_GUARD: Final = 2
BIND_LINE: Final = 3
FLOW_GUARD: Final = 3
"""Columns of the records in a `Body`, for where a single one is wanted."""

CallColumns = tuple[int, tuple[int, ...], tuple[tuple[int, int], ...], int, int, int, int, int, int, int]
"""A call record; its columns stand at `Body`."""


class Body(NamedTuple):
    """A decoded body: parallel columns for places, then records as plain tuples.

    lines    four bytes a place, in the order of the machine; see `line_of`
    joins    [place, ...]
    sites    [kind, [key place, value place, ...]]      kind: list, set, dict, tuple, generator,
                                                         elements (a list comprehension)
    calls    [callee, [argument, ...], [[keyword string, place], ...], star place, guard, flags,
              line, column, end line, end column]
    writes   [target, how, key, value, guard, augmented, line, column, end line, end column]
    binds    [string, value, guard, line, column, end line, end column]
    flows    [kind, place, line, guard]                kind: 0 return, 1 yield
    guards   [parent, test, place, second place, line]  guard 0 is no guard
    order    4 * number of a record + its list (`Record`), as they stand in the source
    """

    ops: bytes
    a: Sequence[int]
    b: Sequence[int]
    lines: bytes
    hows: Sequence[int]
    joins: tuple[tuple[int, ...], ...]
    sites: tuple[tuple[str, tuple[int, ...]], ...]
    calls: tuple[CallColumns, ...]
    writes: tuple[tuple[int, ...], ...]
    binds: tuple[tuple[int, ...], ...]
    flows: tuple[tuple[int, ...], ...]
    guards: tuple[tuple[int, ...], ...]
    order: Sequence[int]

    def line_of(self, place: int) -> int:
        """Give the line on which a place first stands."""
        return int.from_bytes(self.lines[4 * place : 4 * place + 4], sys.byteorder)
