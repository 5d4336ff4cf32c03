"""What a library is told apart from the call that makes it: by a later call, in a table, for developers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, Test
from statelint.program import guards, tables
from statelint.program.callsites import call_at
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.library import dotted_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.program.callsites import CallSite, CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

DEVELOPERS = frozenset(
    {"dev", "devel", "develop", "development", "debug", "local", "test", "tests", "testing", "ci"}
)
"""Words of modules, classes and conditions whose settings no user meets."""

_USERS = frozenset({"prod", "production"})
FOR_DEVELOPERS = "only development or tests take this branch"


def is_thing(heap: Heap, context: Context, place: int, things: Sequence[str]) -> bool:
    """Whether a place is one of some things of libraries, by their dotted names, or a list of such."""
    if not things:
        return False
    values = set(evaluate(heap, context, place).values)
    for one in tables.elements(heap, context, place):
        values |= evaluate(heap, context, one).values
    return any(name in things for value in values for name in dotted_names(heap, value))


def calls_of(heap: Heap, calls: CallSites, names: Sequence[str], methods: Iterable[str]) -> list[CallSite]:
    """List the calls of methods of what is known by some names; a dotted name stands for itself."""
    types = {known.names[0] for name in names if (known := heap.knowledge.type_of(name))}
    owners = sorted({*names, *types})
    wanted = [
        name
        for method in methods
        for name in ([method] if "." in method else [f"{owner}.{method}" for owner in owners])
    ]
    return [site for name in wanted for site in calls.of_name.get(name, ())]


def lacks(heap: Heap, context: Context, table: int, keys: Sequence[str]) -> bool:
    """Whether a place is a table that can be read, and has none of the keys."""
    found = list(tables.displays(heap, context, table))
    return bool(found) and all(
        tables.is_readable(home, row) and not any(name in keys for name, _ in tables.pairs(heap, home, row))
        for home, row in found
    )


def excuse(heap: Heap, context: Context, guard: int) -> str:
    """Say why a branch does not count: `if settings.DEBUG:`; empty where it does."""
    for one in guards.chain(context.body, guard):
        _, test, place, *_ = context.body.guards[one]
        wanted = DEVELOPERS if test == Test.TRUTHY else _USERS if test == Test.FALSY else frozenset()
        if wanted & set(words(asked(heap, context, place))):
            return FOR_DEVELOPERS
    return ""


def asks_developers(heap: Heap, context: Context, place: int) -> bool:
    """Whether a value only says whether this is development or a test: `immediate=settings.DEBUG`."""
    return bool(DEVELOPERS & set(words(asked(heap, context, place))))


def asked(heap: Heap, context: Context, place: int) -> str:
    """Name what a condition asks: the last name, or the key of a table or of the environment."""
    body, modules = context.body, heap.modules
    op = body.ops[place]
    if op == Op.NAME:
        return modules.string(context.module, body.a[place]).partition("@")[0]
    if op == Op.ATTR:
        return modules.string(context.module, body.b[place])
    if op == Op.ITEM:
        key = constant(heap, context, body.b[place])
        return key if isinstance(key, str) else ""
    if op == Op.CALL:
        given = call_at(context, place).arguments
        key = constant(heap, context, given[0]) if given else None
        return key if isinstance(key, str) else ""
    return ""


def words(name: str) -> list[str]:
    """Split a name at underscores and capitals: `DevelopmentConfig` -> development, config."""
    if name.isupper():
        return name.lower().split("_")
    spaced = "".join(f"_{letter}" if letter.isupper() else letter for letter in name)
    return [word.lower() for word in spaced.split("_") if word]
