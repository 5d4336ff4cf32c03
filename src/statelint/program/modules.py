"""The modules of a project: who is imported by which name, and the units of all of them under one number."""

from __future__ import annotations

import builtins
import sys
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from statelint.model.facts import (
    Body,
    ModuleFacts,
    Op,
    Param,
    ParamKind,
    Test,
    Unit,
    UnitFlag,
    UnitKind,
    WriteHow,
)
from statelint.model.files import FileRole
from statelint.program.calling import call_record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

BUILTINS = frozenset(dir(builtins))

_unpack_body = msgspec.msgpack.Decoder(Body).decode  # knowing the types, it makes tuples: smaller than lists

_NAMED = (ParamKind.POSITIONAL, ParamKind.KEYWORD_ONLY)
_PLAIN_TYPES = frozenset({"str", "bytes", "int", "float", "complex", "bool"})
_FUNCTIONS = (UnitKind.FUNCTION, UnitKind.LAMBDA)


def _decode_body(packed: bytes) -> Body:
    """Decode a body, its long columns of numbers as arrays: a quarter of what lists of numbers take."""
    body = _unpack_body(packed)
    return body._replace(
        a=array("i", body.a),
        b=array("i", body.b),
        hows=array("H", body.hows),
        order=array("i", body.order),
    )


class Signature(NamedTuple):
    """The parameters of a function by what they take.

    `positional`: arguments by position, in their order; `named`: keywords; `names` are those of all.
    `is_plain`: there are none but positional ones.
    """

    positional: tuple[str, ...]
    named: frozenset[str]
    names: frozenset[str]
    is_plain: bool


class Modules:
    """Lookup tables over the facts of all files; a unit's number (`uid`) counts through all modules.

    Invariant: modules are in order of their path, so a smaller uid stands earlier in path and file.
    """

    def __init__(self, facts: Sequence[ModuleFacts]) -> None:
        self.facts = [module for module in sorted(facts, key=lambda m: m.path) if module.units]
        self.first: list[int] = []
        self.units: list[Unit] = []
        self._module_numbers: list[int] = []
        self._bodies: dict[int, Body] = {}
        self._signatures: dict[int, Signature] = {}
        self._plain: dict[int, frozenset[str]] = {}
        self._by_name: dict[str, int] = {}
        self._by_suffix: dict[str, int] = {}
        self._twins: dict[str, list[int]] = {}
        self._nearest: dict[tuple[str, str], int] = {}
        self._assigned: dict[int, frozenset[str]] = {}
        self._initialised: dict[int, frozenset[str]] = {}
        self._setters: dict[int, frozenset[str]] = {}
        self._imported: dict[int, set[str]] = {}
        self._with_function: dict[str, list[int]] | None = None
        self._in_packages: frozenset[str] | None = None
        self.packages: set[str] = set()
        for number, module in enumerate(self.facts):
            self.first.append(len(self.units))
            self.units += module.units
            self._module_numbers += [number] * len(module.units)
            if module.module:
                self._add_name(module.module, number)
        self.locals: Mapping[int, frozenset[str]] = _Locals(self.units)
        self._nested: list[bool] = []
        self.children: dict[int, list[int]] = {}
        for uid, unit in enumerate(self.units):
            nested = False
            if unit.parent >= 0:
                parent = self.parent(uid)
                self.children.setdefault(parent, []).append(uid)
                nested = self._nested[parent] or self.units[parent].kind in _FUNCTIONS
            self._nested.append(nested)

    def _add_name(self, name: str, number: int) -> None:
        # of two files with one import name, application code wins over tests and examples, then the first
        known = self._by_name.get(name)
        if known is not None:
            self._twins.setdefault(name, [known]).append(number)
        if known is None or (not self._is_application(known) and self._is_application(number)):
            self._by_name[name] = number
        parts = name.split(".")
        for index in range(1, len(parts)):
            self.packages.add(".".join(parts[:index]))
            suffix = ".".join(parts[index:])
            self._by_suffix[suffix] = -1 if suffix in self._by_suffix else number

    def _is_application(self, number: int) -> bool:
        return self.facts[number].role == FileRole.APPLICATION

    # -- units ----------------------------------------------------------------------------------------

    def module_of(self, uid: int) -> int:
        """Give the number of the module that holds a unit."""
        return self._module_numbers[uid]

    def parent(self, uid: int) -> int:
        """Give the unit around a unit."""
        return self.first[self._module_numbers[uid]] + self.units[uid].parent

    def is_nested(self, uid: int) -> bool:
        """Tell whether a function stands around a unit, whose names it may capture."""
        return self._nested[uid]

    def uid(self, module: int, unit: int) -> int:
        """Give the number over all modules of a unit of one module."""
        return self.first[module] + unit

    def body(self, uid: int) -> Body:
        """Decode the body of a unit; kept, since what is reached once is read again."""
        body = self._bodies.get(uid)
        if body is None:
            body = self._bodies[uid] = _decode_body(self.units[uid].body)
        return body

    def glance(self, uid: int) -> Body:
        """Decode the body of a unit that may never run, and is not worth keeping: a few are asked of many."""
        return self._bodies.get(uid) or _decode_body(self.units[uid].body)

    def signature(self, uid: int) -> Signature:
        """Sort the parameters of a unit by what they take."""
        known = self._signatures.get(uid)
        if known is None:
            params = self.units[uid].params
            positional = tuple(one.name for one in params if one.kind == ParamKind.POSITIONAL)
            named = frozenset(one.name for one in params if one.kind in _NAMED)
            names = frozenset(one.name for one in params)
            known = Signature(positional, named, names, len(positional) == len(params))
            self._signatures[uid] = known
        return known

    def plain_params(self, uid: int) -> frozenset[str]:
        """Name the parameters that are a text or a number by their annotation."""
        known = self._plain.get(uid)
        if known is None:
            hinted = [param for param in self.units[uid].params if param.annotation]
            body, module = self.body(self.parent(uid)) if hinted else None, self.module_of(uid)
            known = self._plain[uid] = frozenset(
                param.name for param in hinted if body and self._is_plain(body, module, param)
            )
        return known

    def _is_plain(self, body: Body, module: int, param: Param) -> bool:
        place = param.annotation
        if body.ops[place] == Op.ITEM and self._is_name(body, module, body.a[place], {"Optional"}):
            place = body.b[place]
        return param.kind in _NAMED and self._is_name(body, module, place, _PLAIN_TYPES)

    def _is_name(self, body: Body, module: int, place: int, wanted: Collection[str]) -> bool:
        return body.ops[place] == Op.NAME and self.string(module, body.a[place]) in wanted

    def string(self, module: int, number: int) -> str:
        """Give a string of a module's table."""
        return self.facts[module].strings[number]

    def class_around(self, uid: int) -> int:
        """Find the class whose body holds a function, through nested functions; -1 if there is none."""
        current = uid
        while self.units[current].parent >= 0:
            current = self.parent(current)
            if self.units[current].kind == UnitKind.CLASS:
                return current
        return -1

    def qualified(self, uid: int) -> str:
        """Join module name and qualified name of a unit."""
        module = self.facts[self._module_numbers[uid]].module
        name = self.units[uid].qualified
        return f"{module}.{name}" if module and name else module or name

    def assigned(self, uid: int) -> frozenset[str]:
        """List the attributes that the methods of a class set on their first parameter."""
        known = self._assigned.get(uid)
        if known is None:
            names: set[str] = set()
            for child in self.children.get(uid, ()):
                unit = self.units[child]
                if unit.kind == UnitKind.FUNCTION and unit.params:
                    names |= self._set_on(child, unit.params[0].name)
            known = self._assigned[uid] = frozenset(names)
        return known

    def _set_on(self, uid: int, name: str, *, always: bool = False) -> set[str]:
        """List the attributes that a unit sets on what has a name; `always`: under no condition."""
        body, strings = self.glance(uid), self.facts[self.module_of(uid)].strings
        receivers = {
            place
            for place in range(1, len(body.ops))
            if body.ops[place] == Op.NAME and strings[body.a[place]] == name
        }
        attributes = (write for write in body.writes if write[1] == WriteHow.ATTR)
        return {
            strings[key]
            for target, _, key, _, guard, *_ in attributes
            if target in receivers and not (always and _is_conditional(body, guard))
        }

    def initialised(self, uid: int) -> frozenset[str]:
        """List the attributes that the constructor of a class always sets: they hide those of the class."""
        known = self._initialised.get(uid)
        if known is None:
            names: set[str] = set()
            for child in self.children.get(uid, ()):
                unit = self.units[child]
                if unit.kind == UnitKind.FUNCTION and unit.name == "__init__" and unit.params:
                    names |= self._set_on(child, unit.params[0].name, always=True)
            known = self._initialised[uid] = frozenset(names)
        return known

    def is_receiver(self, uid: int, name: str) -> bool:
        """Tell whether a name is the receiver of a method: what it is has a better name elsewhere."""
        unit = self.units[uid]
        is_method = unit.parent >= 0 and self.units[self.parent(uid)].kind == UnitKind.CLASS
        return is_method and bool(unit.params) and unit.params[0].name == name

    def default_keywords(self, uid: int, name: str) -> set[str]:
        """List the keywords of the call that is a field's default: `field(default_factory=list)`."""
        found: set[str] = set()
        for one in self.units[uid].fields:
            body = self.body(uid)
            if one.name == name and body.ops[one.default] == Op.CALL:
                strings = self.facts[self.module_of(uid)].strings
                found |= {strings[text] for text, _ in call_record(body, body.a[one.default]).keywords}
        return found

    def setters(self, uid: int) -> frozenset[str]:
        """Name the properties of a class that can be set."""
        known = self._setters.get(uid)
        if known is None:
            children = (self.units[child] for child in self.children.get(uid, ()))
            names = frozenset(unit.name for unit in children if unit.flags & UnitFlag.SETTER)
            known = self._setters[uid] = names
        return known

    def is_imported(self, module: int, name: str) -> bool:
        """Whether a module has a name from elsewhere, by an import."""
        names = self._imported.get(module)
        if names is None:
            body = self.body(self.first[module])
            strings = self.facts[module].strings
            bound = [(strings[text], body.ops[value]) for text, value, *_ in body.binds]
            # `try: from shop import store` and `except ImportError: store = None` make nothing of their own
            own = {one for one, op in bound if op not in (Op.IMPORT, Op.CONST)}
            names = self._imported[module] = {one for one, op in bound if op == Op.IMPORT} - own
        return name in names

    # -- imports --------------------------------------------------------------------------------------

    def find(self, name: str, near: int = -1) -> int:
        """Find the module with this import name, or the only one whose name ends so; -1 if there is none.

        Services of one repository may each have an `app`: the one nearest to the module `near` is meant.
        """
        number = self._by_name.get(name)
        if number is not None:
            return self._nearest_twin(name, near) if near >= 0 and name in self._twins else number
        if name in self.packages or name.partition(".")[0] in sys.stdlib_module_names:
            return -1  # `collections` is no module below a package of the project
        number = self._by_suffix.get(name, -1)
        return -1 if number >= 0 and "." not in name and self._is_in_package(number) else number

    def _is_in_package(self, number: int) -> bool:
        """Whether a module is imported as one of its package, and so by no other name.

        `import redis` beside `from .redis import put` is the library, whatever `shop/redis.py` is.
        """
        if self._in_packages is None:
            self._in_packages = frozenset(self._imported_whole())
        return self.facts[number].module in self._in_packages

    def _imported_whole(self) -> Iterator[str]:
        """List the names, from the root on, under which imports of the application may mean modules."""
        for number, module in enumerate(self.facts):
            for fact in module.imports if module.role == FileRole.APPLICATION else ():
                name = self.absolute(number, fact.module, fact.level)
                yield from accumulate(name.split("."), "{}.{}".format)
                yield f"{name}.{fact.attribute}"

    def exact(self, name: str) -> int:
        """Find the module with exactly this import name; -1 if there is none."""
        return self._by_name.get(name, -1)

    def defines(self, module: int, name: str, *kinds: int, steps: int = 4) -> bool:
        """Whether a module has a unit of these kinds under a name, of its own or by so many imports."""
        below = (self.units[child] for child in self.children.get(self.first[module], ()))
        if any(unit.name == name and unit.kind in kinds for unit in below):
            return True
        for fact in self.facts[module].imports if steps else ():
            if fact.local == name and fact.attribute not in ("", "*"):
                source = self.find(self.absolute(module, fact.module, fact.level))
                return source >= 0 and self.defines(source, fact.attribute, *kinds, steps=steps - 1)
        return False

    def with_function(self, name: str) -> list[int]:
        """List the modules of the application that define a function of this name at their top level."""
        if self._with_function is None:
            self._with_function = {}
            for number, module in enumerate(self.facts):
                for unit in module.units if module.role == FileRole.APPLICATION else ():
                    if unit.kind == UnitKind.FUNCTION and unit.parent == 0:
                        self._with_function.setdefault(unit.name, []).append(number)
        return self._with_function.get(name, [])

    def _nearest_twin(self, name: str, near: int) -> int:
        folder = self.facts[near].path.rpartition("/")[0]
        known = self._nearest.get((name, folder))
        if known is None:
            known = self._nearest[name, folder] = self._find_twin(name, folder.split("/"))
        return known

    def _find_twin(self, name: str, folders: list[str]) -> int:
        best, chosen = -1, self._by_name[name]
        for number in (chosen, *self._twins[name]):
            shared = 0
            for left, right in zip(folders, self.facts[number].path.split("/")[:-1], strict=False):
                if left != right:
                    break
                shared += 1
            if shared > best:
                best, chosen = shared, number
        return chosen

    def absolute(self, module: int, name: str, level: int) -> str:
        """Give the absolute name of an import, relative ones counted from the module's package."""
        if not level:
            return name
        facts = self.facts[module]
        parts = facts.module.split(".") if facts.module else []
        if not facts.path.endswith("__init__.py"):
            parts = parts[:-1]
        if level > 1:
            parts = parts[: 1 - level]
        return ".".join([*parts, name] if name else parts)

    def decorated_by(self, uid: int, call: int) -> int:
        """Find the function or class that a call in the body of a unit decorates; -1 where it is none."""
        body = self.body(uid)
        for child in self.children.get(uid, ()):
            for place in self.units[child].decorators:
                if body.ops[place] == Op.CALL and body.a[place] == call:
                    return child
        return -1

    def home_of(self, module: int, name: str) -> tuple[int, str]:
        """Give the module in which a global is made and its name there, one import followed.

        What comes from outside the project counts as made where it is imported.
        """
        fact = next((one for one in self.facts[module].imports if one.local == name and one.attribute), None)
        if fact is not None:
            source = self.find(self.absolute(module, fact.module, fact.level), module)
            if source >= 0:
                return source, fact.attribute
        return module, name


class _Locals(dict[int, frozenset[str]]):
    """The local names of units as sets, each made when it is first asked for: most units never run."""

    def __init__(self, units: Sequence[Unit]) -> None:
        super().__init__()
        self._units = units

    def __missing__(self, uid: int) -> frozenset[str]:
        made = self[uid] = frozenset(self._units[uid].local_names)
        return made


def _is_conditional(body: Body, guard: int) -> bool:
    """Whether a guard asks for anything; the block of a `with` always runs."""
    while guard and body.guards[guard][1] == Test.HELD:
        guard = body.guards[guard][0]
    return bool(guard)
