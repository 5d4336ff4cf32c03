"""What the knowledge files say of something of a library that is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program import builtin, names
from statelint.program.kept_keywords import home_of_keywords
from statelint.program.library import container_type, dotted_names, is_bag
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statelint.knowledge import CommandEntry, FunctionEntry, Method, RegisterEntry
    from statelint.program.calling import Arguments, Caller
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap


class Callee(NamedTuple):
    """What the knowledge files say of something that is called.

    `plain` is what a method of a container does that does nothing else, if it is given no functions; `held`
    the type of what a method gives; `owner` the class of the project, if any, whose bases decide all this
    (-1: none). `keeps` is the type of what keeps the keywords of a constructor.
    """

    dotted: tuple[str, ...]
    owner: int
    plain: Method | None
    held: str
    register: RegisterEntry | None
    function: FunctionEntry | None
    command: CommandEntry | None
    builtin: Callable[[Heap, Caller, Arguments], Found] | None
    starts_server: bool
    beside: bool
    bits: int
    keeps: str


def look_up(heap: Heap, value: int, reader: Context) -> Callee:
    """Look a callee up; kept until the bases of some class become known."""
    known = heap.classes.callees.get(value)
    if not isinstance(known, Callee):
        known = heap.classes.callees[value] = _describe(heap, value)
    if known.owner >= 0:
        names.ancestors(heap, known.owner, reader)
    return known


def _describe(heap: Heap, value: int) -> Callee:
    kinds, knowledge = heap.values.kinds, heap.knowledge
    owner = value
    while kinds[owner] == Kind.BOUND:
        owner = heap.values.parts[owner][0]
    dotted = dotted_names(heap, value)
    functions = [entry for name in dotted if (entry := knowledge.function(name)) is not None]
    bits = 0
    for name in dotted:
        bits |= bits_of(knowledge.bits(name))
    found = Callee(
        dotted=dotted,
        owner=heap.values.parts[owner][0] if kinds[owner] in (Kind.OBJECT, Kind.CLASS) else -1,
        plain=None,
        held=next((held for name in dotted if (held := _held(heap, name))), ""),
        register=next((r for name in dotted if (r := knowledge.register(name)) is not None), None),
        function=functions[0] if functions else None,
        command=next((c for name in dotted if (c := knowledge.command(name)) is not None), None),
        builtin=builtin.HANDLERS.get(dotted[0]) if kinds[value] == Kind.EXTERNAL else None,
        starts_server=any(entry.starts_server for entry in functions),
        beside=any(entry.beside for entry in functions),
        bits=bits,
        keeps=home_of_keywords(heap, value, dotted[0]),
    )
    return found._replace(plain=_plain_method(heap, value, found))


def _held(heap: Heap, name: str) -> str:
    owner, _, method = name.rpartition(".")
    return heap.knowledge.result(owner, method) if owner else ""


def _plain_method(heap: Heap, value: int, known: Callee) -> Method | None:
    """Say what a method of a container does, if no entry says more of it."""
    if heap.values.kinds[value] != Kind.BOUND:
        return None
    receiver, method = heap.values.parts[value]
    is_described = known.register or known.function or known.command or known.bits
    if is_described or known.held:
        return None
    if heap.values.kinds[receiver] == Kind.EXTERNAL_OBJECT and is_bag(heap, receiver):
        return _method_of_bag(heap, heap.values.parts[receiver][0], method)
    if heap.values.kinds[receiver] not in (Kind.CONTAINER, Kind.OBJECT):
        return None
    type_name = container_type(heap, receiver)
    if not type_name or heap.knowledge.secret(known.dotted[0]) is not None:
        return None
    return heap.knowledge.method(type_name, method)


def _method_of_bag(heap: Heap, type_name: str, method: str) -> Method | None:
    """Say what a method gives of what lies in the application: `current_app.config.get("STORE")`."""
    found = heap.knowledge.method(type_name, method)
    return found if found.gives else None


def bits_of(words: Iterable[str]) -> int:
    """Unite the bits that a knowledge file names."""
    bits = 0
    for word in words:
        bits |= Bit.NAMES[word]
    return bits
