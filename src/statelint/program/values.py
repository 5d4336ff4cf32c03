"""Abstract values, interned: each is a small integer, its kind and its parts in parallel lists.

Integers hash to themselves, so sets of them are cheap and iterate alike in every run.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from statelint.model.numbers import Numbers

Parts = tuple[Any, ...]
"""The parts of a value; how many and what they are, its kind decides."""

SlotKey = tuple[Any, ...]
"""What a slot is the slot of:

("G", module, name)         a global            ("L", unit, era, name)      a local
("F", value, name)          an attribute        ("D", unit, era, number)    a default argument
("E", value)                any element         ("A", unit, number)         an annotation
("U", value)                elements under unknown keys
("I", value, key)           the element under a constant key
("K", value)                the keys            ("B", unit)                 the bases of a class
("*", module)               star-imported modules
("M", unit)                 what a memoised function gave
("T", type name)            the project's own objects of a type of application
("H", unit)                 the classes that derive from a class directly
("N", unit)                 the classes that a metaclass makes
("builtin", name)           a builtin
"""


class Era(Numbers):
    """When code runs: at start-up, while serving, in a command, or while a user of the project serves."""

    BOOT = 0
    SERVE = 1
    CLI = 2
    OPEN = 3


ERAS = (Era.BOOT, Era.SERVE, Era.CLI, Era.OPEN)

SERVING = (Era.SERVE, Era.OPEN)
"""The eras in which a write is one of a request: of the project's own, or of whoever uses its classes."""


class Kind(Numbers):
    """What a value is; the comment names its parts."""

    MODULE = 0  # module number
    CLASS = 1  # unit
    FUNCTION = 2  # unit, era it was made in
    METHOD = 3  # function value, receiver value
    OBJECT = 4  # class unit, era, site; the run that made it, where a constant tells runs apart
    CONTAINER = 5  # unit, place, era, type name; what tells it from others that the place makes
    EXTERNAL = 6  # dotted name of something in a library
    EXTERNAL_OBJECT = 7  # dotted type name, era
    BOUND = 8  # receiver value, method name
    PARTIAL = 9  # callable value, unit, call
    PROVIDER = 10  # callable value: dependency injection will call it
    GENERATOR = 11  # unit, era
    COROUTINE = 12  # callable value, unit, call, era
    SUPER = 13  # class unit, receiver value
    REGISTRAR = 14  # dotted name, unit, call: a decorator that a library made
    VIEW = 15  # container value, `keys` | `values` | `items`
    PAIR = 16  # container value: one of its items, key and value
    PROPERTY = 17  # function value, whether it sets: `name = property(getter, setter)`
    MAKER = 18  # callable value, unit, call, whether once: a container of dependencies will call it


ERA_AT: Final[dict[int, int]] = {Kind.OBJECT: 1, Kind.EXTERNAL_OBJECT: 1, Kind.CONTAINER: 2}
"""The part of a value that tells in which era it was made, by its kind."""


class Values:
    """The table of all values of one program."""

    __slots__ = ("_numbers", "kinds", "objects_of", "parts")

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self.parts: list[Parts] = []
        self.objects_of: dict[int, list[int]] = {}
        self._numbers: list[dict[Parts, int]] = [{} for _ in range(Kind.MAKER + 1)]  # by kind

    def mark_behind(self, value: int) -> int:
        """Give the mark from which a value is taken, by attributes and methods; -1 if there is none."""
        while self.kinds[value] == Kind.BOUND:
            value = self.parts[value][0]
        is_mark = self.kinds[value] == Kind.EXTERNAL_OBJECT and self.parts[value][0].startswith(MARK)
        return value if is_mark else -1

    def make(self, kind: int, *parts: object) -> int:
        """Give the number of a value; equal kind and parts give the same one."""
        numbers = self._numbers[kind]
        number = numbers.get(parts)
        if number is None:
            number = numbers[parts] = len(self.kinds)
            self.kinds.append(kind)
            self.parts.append(parts)
            if kind == Kind.OBJECT:
                self.objects_of.setdefault(self.parts[number][0], []).append(number)
        return number


class Bit:
    """Where a value comes from, as a bit mask; `BOOT`: drawn at random when the process started."""

    CONST = 1
    BOOT = 2
    CLOCK = 4
    RANDOM = 8
    REQUEST = 16
    CONNECTION = 32
    TASK = 64
    HANDLE = 128
    IO_DB = 256
    IO_HTTP = 512
    IO_FILE = 1024
    IO_PROCESS = 2048
    DIGEST = 4096

    NAMES: ClassVar = {
        "const": CONST,
        "boot": BOOT,
        "clock": CLOCK,
        "random": RANDOM,
        "request": REQUEST,
        "connection": CONNECTION,
        "task": TASK,
        "handle": HANDLE,
        "io-db": IO_DB,
        "io-http": IO_HTTP,
        "io-file": IO_FILE,
        "io-process": IO_PROCESS,
        "digest": DIGEST,
    }


SENT = Bit.REQUEST | Bit.CONNECTION
"""What a client sent, by a request or over its connection."""


FIRST_KEYED = 1 << 26
"""Runs from here on, without the bits of the era, stand for a function and a constant that it is given."""


MARK = "?"
"""How the type of a value begins of which nothing is known but the parameter by which it came in: the unit
of the function and the number of the parameter follow."""


LOADED = "types.ModuleType"
"""The type of a module that was loaded by a name which only a run knows."""


LOADED_FILE = "importlib.machinery.ModuleSpec"
"""The type of a module that was loaded from a file which only a run knows, and of its specification."""


def came_in_by(mark: str) -> int:
    """Give the unit of the method by whose parameter a marked value came in."""
    return int(mark.removeprefix(MARK).partition(".")[0])


def bit_names(bits: int) -> frozenset[str]:
    """List the words of a bit mask."""
    return frozenset(name for name, bit in Bit.NAMES.items() if bits & bit)
