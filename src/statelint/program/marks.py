"""Functions that a decorator marks, and that code finds by the mark in a module it looks through.

def command(name):
    def mark(function):
        function.command = name
        return function
    return mark

for found in vars(module).values():
    if hasattr(found, "command"):
        commands[found.command] = found
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, Op, UnitKind, WriteHow
from statelint.model.files import FileRole
from statelint.program.constants import constant
from statelint.program.methods import function_identity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_ASK = ("getattr", "hasattr")


def asked(heap: Heap, context: Context) -> frozenset[str]:
    """Name the marks for which a unit asks what it finds: attributes that decorators of the project set."""
    found = {*_asked_by_calls(heap, context), *_asked_by_tests(heap, context)}
    return frozenset(found & _set_by_decorators(heap)) if found else frozenset()


def _asked_by_calls(heap: Heap, context: Context) -> Iterator[str]:
    """Name what `is_command = getattr(found, "command", None)` asks for."""
    body = context.body
    for record in body.calls:
        callee, places = record[CALL_CALLEE], record[CALL_ARGUMENTS]
        is_call = body.ops[callee] == Op.NAME and len(places) > 1
        if is_call and heap.modules.string(context.module, body.a[callee]) in _ASK:
            name = constant(heap, context, places[1])
            if isinstance(name, str):
                yield name


def _asked_by_tests(heap: Heap, context: Context) -> Iterator[str]:
    """Name what `if hasattr(found, "command")` asks for: there the call is known as the attribute itself."""
    body, modules = context.body, heap.modules
    for _, _, place, *_ in body.guards:
        base = body.a[place] if body.ops[place] == Op.ATTR else 0
        if not base or body.ops[base] != Op.NAME:
            continue
        owner = modules.string(context.module, body.a[base])
        if owner in modules.locals[context.uid] and not modules.is_receiver(context.uid, owner):
            yield modules.string(context.module, body.b[place])


def is_marked(heap: Heap, reader: Context, function: int, marks: Collection[str]) -> bool:
    """Whether a function has any of some marks by now; the reader is asked again when it gets one."""
    owner = function_identity(heap, function)
    found = [heap.read(heap.slot(("F", owner, name)), reader) for name in sorted(marks)]
    return any(one.values or one.bits for one in found)


def _set_by_decorators(heap: Heap) -> frozenset[str]:
    """Name the attributes that functions of the application set on one of their parameters; found once."""
    if heap.plugins.marks is None:
        heap.plugins.marks = frozenset(_names_set(heap))
    return heap.plugins.marks


def _names_set(heap: Heap) -> Iterator[str]:
    modules = heap.modules
    for uid, unit in enumerate(modules.units):
        number = modules.module_of(uid)
        facts = modules.facts[number]
        if unit.kind != UnitKind.FUNCTION or not unit.params or facts.role != FileRole.APPLICATION:
            continue
        body = modules.glance(uid)
        names = {param.name for param in unit.params if not modules.is_receiver(uid, param.name)}
        for target, how, key, *_ in body.writes:
            if (
                how == WriteHow.ATTR
                and body.ops[target] == Op.NAME
                and facts.strings[body.a[target]] in names
            ):
                yield facts.strings[key]
