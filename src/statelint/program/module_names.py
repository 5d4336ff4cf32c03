"""Names of modules that code puts together: what is written of them, and which modules they may mean.

`import_module(f"{__package__}.plugins.{name}")` may load each module below `plugins`. A name is a pattern:
its parts in order, None for what only a run knows.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_KEYWORDS, Op, UnitKind
from statelint.model.files import FileRole
from statelint.program.slots import MOST_LOADED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.modules import Modules

Pattern = tuple[str | None, ...]
"""The parts of a name in order; None for what only a run knows."""

_MOST_PATTERNS = 24
"""Alternatives of one name; more of them say little about each."""

_DEEPEST = 6
"""Steps back to what is written: names that stand for names."""

_ROOT_AND_HOLE = 2
"""Parts of a name below the package that holds the whole application: of its modules few are plug-ins."""

_HOLE: Pattern = (None,)
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-#0 +]*[\d.]*[a-zA-Z]")
_FIELD = re.compile(r"\{[^{}]*\}")
_SAME = frozenset({"lower", "strip", "lstrip", "rstrip", "casefold", "removesuffix", "replace"})
"""Methods of texts that leave most of one as it is."""

_FOLDERS = ("__path__", "__file__")
_NAMES = ("__name__", "__package__")


# -- what is written --------------------------------------------------------------------------------------


def patterns(modules: Modules, uid: int, place: int, depth: int = _DEEPEST) -> list[Pattern]:
    """List what the text at a place of a unit may be, as far as it is written."""
    body = modules.body(uid)
    if not place or not depth:
        return [_HOLE]
    op = body.ops[place]
    found: list[Pattern] = []
    if op == Op.CONST:
        text = _constant(modules, uid, place)
        found = [(text,)] if isinstance(text, str) else []
    elif op == Op.NAME:
        found = _of_name(modules, uid, place, depth)
    elif op == Op.ATTR:
        found = _of_attribute(modules, uid, place)
    elif op == Op.MIX:
        found = _of_parts(modules, uid, body.joins[body.a[place]], depth)
    elif op == Op.ANY:
        found = _of_any(modules, uid, body.joins[body.a[place]], depth)
    elif op == Op.ELEMENT:
        found = _of_any(modules, uid, _elements(modules, uid, body.a[place]), depth)
    elif op == Op.CALL:
        found = _of_call(modules, uid, place, depth)
    return found[:_MOST_PATTERNS] or [_HOLE]


def written(modules: Modules, uid: int, place: int) -> list[str]:
    """List the texts at a place that are written as a whole."""
    found = patterns(modules, uid, place)
    return ["".join(piece or "" for piece in one) for one in found if None not in one]


def _constant(modules: Modules, uid: int, place: int) -> object:
    body = modules.body(uid)
    if body.ops[place] != Op.CONST or body.a[place] < 0:
        return None
    return modules.facts[modules.module_of(uid)].constants[body.a[place]]


def _of_any(modules: Modules, uid: int, parts: Sequence[int], depth: int) -> list[Pattern]:
    found = (one for part in parts for one in patterns(modules, uid, part, depth - 1))
    return list(dict.fromkeys(found))


def _of_parts(modules: Modules, uid: int, parts: Sequence[int], depth: int) -> list[Pattern]:
    """Join the parts of a sum or an f-string, or fill in those of `"%s.x" % name`."""
    first = _constant(modules, uid, parts[0])
    if isinstance(first, str) and _PLACEHOLDER.search(first):
        given = _elements(modules, uid, parts[1]) or parts[1:]
        return [_filled(modules, uid, _opened(first, _PLACEHOLDER), given, depth)]
    choices = [patterns(modules, uid, part, depth - 1)[:4] for part in parts]
    return list(dict.fromkeys(tuple(p for one in chosen for p in one) for chosen in product(*choices)))


def _opened(text: str, hole: re.Pattern[str]) -> Pattern:
    """Cut a text where something is filled in: `"back_%s"`."""
    pieces: list[str | None] = []
    for piece in hole.split(text):
        pieces += [piece, None] if piece else [None]
    return tuple(pieces[:-1])


def _filled(modules: Modules, uid: int, name: Pattern, given: Sequence[int], depth: int) -> Pattern:
    """Fill the holes of a name with what is written of some places, in order."""
    if name.count(None) != len(given):
        return name
    left = iter(given)
    pieces = (
        (piece,) if piece is not None else patterns(modules, uid, next(left), depth - 1)[0] for piece in name
    )
    return tuple(part for one in pieces for part in one)


def _of_name(modules: Modules, uid: int, place: int, depth: int) -> list[Pattern]:
    name = _string(modules, uid, modules.body(uid).a[place])
    if name in _NAMES:
        module = modules.module_of(uid)
        return [(modules.facts[module].module if name == "__name__" else _package(modules, module),)]
    found = list(bound(modules, uid, name))
    return list(dict.fromkeys(one for at, value in found for one in patterns(modules, at, value, depth - 1)))


def _string(modules: Modules, uid: int, number: int) -> str:
    return modules.string(modules.module_of(uid), number)


def _package(modules: Modules, module: int) -> str:
    """Name the package that a module is in; a package is in itself."""
    return modules.absolute(module, "", 1)


def bound(modules: Modules, uid: int, name: str, steps: int = 3) -> Iterator[tuple[int, int]]:
    """List what a name is bound to where a unit sees it: a unit, and the place of a value in it."""
    while name not in modules.locals[uid] and modules.units[uid].parent >= 0:
        uid, name = modules.parent(uid), name.partition("@")[0]
        if modules.units[uid].kind == UnitKind.CLASS and modules.units[uid].parent >= 0:
            uid = modules.parent(uid)
    body = modules.body(uid)
    for text, value, *_ in body.binds:
        if _string(modules, uid, text) != name or not value:
            continue
        if body.ops[value] != Op.IMPORT:
            yield uid, value
            continue
        home, attribute = _imported(modules, uid, body.a[value])
        if home >= 0 and attribute not in ("", "*") and steps:
            yield from bound(modules, modules.first[home], attribute, steps - 1)


def _imported(modules: Modules, uid: int, number: int) -> tuple[int, str]:
    """Give the module that an import names, and what it takes from there; -1 for one of a library."""
    module = modules.module_of(uid)
    fact = modules.facts[module].imports[number]
    name = modules.absolute(module, fact.module, fact.level)
    below = modules.exact(f"{name}.{fact.attribute}") if fact.attribute else -1
    return (below, "") if below >= 0 else (modules.find(name, module), fact.attribute)


def module_at(modules: Modules, uid: int, place: int) -> int:
    """Give the module that a name stands for by an import; -1 where it is none."""
    body = modules.body(uid)
    if body.ops[place] != Op.NAME:
        return -1
    name = _string(modules, uid, body.a[place])
    while name not in modules.locals[uid] and modules.units[uid].parent >= 0:
        uid = modules.parent(uid)
    body = modules.body(uid)
    for text, value, *_ in body.binds:
        if _string(modules, uid, text) == name and value and body.ops[value] == Op.IMPORT:
            home, attribute = _imported(modules, uid, body.a[value])
            return -1 if attribute else home
    return -1


def _of_attribute(modules: Modules, uid: int, place: int) -> list[Pattern]:
    """Give the name of a module that the code asks for it: `plugins.__name__`."""
    body = modules.body(uid)
    name = _string(modules, uid, body.b[place])
    number = module_at(modules, uid, body.a[place]) if name in _NAMES else -1
    if number < 0:
        return []
    return [(modules.facts[number].module if name == "__name__" else _package(modules, number),)]


def _of_call(modules: Modules, uid: int, place: int, depth: int) -> list[Pattern]:
    """Give what a method of a text makes of it: `"app.{}".format(name)`, `".".join(["app", name])`."""
    body = modules.body(uid)
    record = body.calls[body.a[place]]
    callee, arguments = record[CALL_CALLEE], record[CALL_ARGUMENTS]
    if body.ops[callee] != Op.ATTR:
        return []
    method = _string(modules, uid, body.b[callee])
    if method not in _SAME and method not in ("format", "join"):
        return []
    base = patterns(modules, uid, body.a[callee], depth - 1)
    if method == "format":
        given = arguments or [value for _, value in record[CALL_KEYWORDS][:1]]
        opened = [_opened(text, _FIELD) for (text, *_) in base if text]
        return [_filled(modules, uid, name, given, depth) for name in opened]
    if method != "join":
        return base
    pieces: list[str | None] = []
    for part in _elements(modules, uid, arguments[0]) if arguments else ():
        pieces += [*patterns(modules, uid, part, depth - 1)[0], base[0][0]]
    return [tuple(pieces[:-1])] if pieces else []


def _elements(modules: Modules, uid: int, place: int) -> list[int]:
    """List the places of what a display holds, by itself or by a name of the same unit."""
    body = modules.body(uid)
    if body.ops[place] == Op.NAME:
        values = [value for text, value, *_ in body.binds if text == body.a[place]]
        place = values[0] if len(values) == 1 else 0
    if body.ops[place] != Op.SITE:
        return []
    kind, pairs = body.sites[body.a[place]]
    return list(pairs[1::2]) if kind in ("list", "tuple", "set") else []


# -- which modules a pattern means ------------------------------------------------------------------------


def is_telling(pattern: Pattern) -> bool:
    """Whether enough of a name is written to tell which modules are meant."""
    return any(piece and piece.strip(".") for piece in pattern)


def modules_like(heap: Heap, pattern: Pattern) -> tuple[int, ...]:
    """List the modules of the application that a name may mean, if there are not too many.

    What is filled in is one step of a dotted name, or several where no module fits otherwise.
    """
    known = heap.plugins.like.get(pattern)
    if known is None:
        found = _fitting(heap, pattern, r"[^.]+") or _fitting(heap, pattern, r".+")
        if len(pattern) == _ROOT_AND_HOLE and (pattern[0] or "").count(".") == 1:
            found = [number for number in found if number not in imported(heap)]
        known = heap.plugins.like[pattern] = tuple(found) if len(found) <= MOST_LOADED else ()
    return known


def imported(heap: Heap) -> frozenset[int]:
    """List the modules that some other module of the application imports by a statement."""
    known = heap.plugins.imported
    if known is None:
        found = set()
        for number, facts in enumerate(heap.modules.facts):
            for fact in facts.imports if facts.role == FileRole.APPLICATION else ():
                name = heap.modules.absolute(number, fact.module, fact.level)
                below = heap.modules.exact(f"{name}.{fact.attribute}") if fact.attribute else -1
                found.add(below if below >= 0 else heap.modules.exact(name))
        known = heap.plugins.imported = frozenset(found)
    return known


def fitting(pattern: Pattern) -> re.Pattern[str]:
    """Give what fits a name with holes."""
    return re.compile("".join(".*" if piece is None else re.escape(piece) for piece in pattern))


def _fitting(heap: Heap, pattern: Pattern, hole: str) -> list[int]:
    if pattern[0] is None and len(pattern) > 1 and (pattern[1] or "").startswith("."):
        pattern = pattern[1:]  # the package around, or nothing: `f"{root}.stores"`
    written = "".join(hole if piece is None else re.escape(piece) for piece in pattern)
    wanted = re.compile(rf"(?:.*\.)?{written.removeprefix(re.escape('.'))}")
    return [
        number
        for number, module in enumerate(heap.modules.facts)
        if module.role == FileRole.APPLICATION and wanted.fullmatch(module.module)
    ]


def absolute(heap: Heap, context: Context, call: int, pattern: Pattern) -> Pattern:
    """Put the package before a name that counts from one: `import_module("." + name, __package__)`."""
    modules, record = heap.modules, context.body.calls[call]
    given = record[CALL_ARGUMENTS]
    strings = modules.facts[context.module].strings
    keywords = {strings[name]: place for name, place in record[CALL_KEYWORDS]}
    level_at = keywords.get("level", given[4] if len(given) > 4 else 0)
    level = _constant(modules, context.uid, level_at) if level_at else 0
    if isinstance(level, int) and level > 0:
        return (f"{modules.absolute(context.module, '', level)}.", *pattern)
    if not pattern or not pattern[0] or not pattern[0].startswith("."):
        return pattern
    dots = len(pattern[0]) - len(pattern[0].lstrip("."))
    place = keywords.get("package", given[1] if len(given) > 1 else 0)
    package = patterns(modules, context.uid, place)[0] if place else _HOLE
    if package == _HOLE:
        package = (_package(modules, context.module),)
    last = package[-1]
    if dots > 1 and last:
        package = (*package[:-1], ".".join(last.split(".")[: 1 - dots]))
    return (*package, f".{pattern[0].lstrip('.')}", *pattern[1:])


# -- what else tells them ---------------------------------------------------------------------------------


def templates(heap: Heap, module: int) -> list[Pattern]:
    """List the names with a hole that a module writes and that begin as one of the project's does.

    Where the name that is loaded comes by a way that is not followed, they say what it is made of.
    """
    known = heap.plugins.templates.get(module)
    if known is None:
        known = heap.plugins.templates[module] = list(dict.fromkeys(_written_in(heap.modules, module)))
    return known


def _written_in(modules: Modules, module: int) -> Iterator[Pattern]:
    roots = {name.partition(".")[0] for name in modules.packages}
    first = modules.first[module]
    for uid in range(first, first + len(modules.facts[module].units)):
        body = modules.body(uid)
        for place in range(1, len(body.ops)):
            for pattern in patterns(modules, uid, place) if body.ops[place] in (Op.MIX, Op.CALL) else ():
                head = "".join(piece or "" for piece in pattern[:1]) if None in pattern else ""
                root, dot, _ = head.partition(".")
                if dot and root in roots:
                    yield pattern


def folders(modules: Modules, uid: int) -> Iterator[Pattern]:
    """Give the packages whose folder a unit asks for, to load what lies there: `plugins.__path__`."""
    body = modules.body(uid)
    for place in range(1, len(body.ops)):
        number = -1
        if body.ops[place] == Op.NAME and _string(modules, uid, body.a[place]) in _FOLDERS:
            number = modules.module_of(uid)
        elif body.ops[place] == Op.ATTR and _string(modules, uid, body.b[place]) in _FOLDERS:
            number = module_at(modules, uid, body.a[place])
        if number >= 0:
            package = _package(modules, number)
            yield (f"{package}." if package else "", None)
