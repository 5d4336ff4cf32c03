"""Cells that are compared with a version or a time from outside before they are used: row D10 of the list.

stamp = os.path.getmtime(path)              version = redis.get("rules:version")
if CACHE.get("stamp") != stamp:             if version != self._version:
    CACHE["rules"] = read(path)                 self._rules, self._version = load(), version
    CACHE["stamp"] = stamp
return CACHE["rules"]                       return self._rules
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_CALLEE, CALL_GUARD, Op, Test, WriteHow
from statelint.program import callees, guards, library
from statelint.program.evaluate import evaluate
from statelint.program.reads import cells_at
from statelint.program.values import SERVING, Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_OUTSIDE = Bit.IO_DB | Bit.IO_HTTP | Bit.IO_FILE | Bit.IO_PROCESS
_OWN = Bit.TASK
"""Which process or thread it is: what a fork has changed is made anew, and then is this process's own."""
_COMPARES = (Test.OTHER, Test.COMPARE)
_STAMPS = frozenset(
    {
        "version",
        "generation",
        "revision",
        "epoch",
        "mtime",
        "serial",
        "stamp",
        "etag",
        "ctag",
        "stat",
        "modified",
        "snapshot",
        "fingerprint",
        "signature",
    }
    | {"hash", "digest", "checksum", "sha", "sha1", "sha256", "md5"}
)
"""Last words of names for what says that something has changed: `self._source.generation`."""
_LONGEST = 6
"""Attributes, items and names in a row; what is written longer is compared with nothing."""
MOST_CALLS = 4
"""Calls between a check and what then writes; more are not looked at."""
_PUTS = (WriteHow.ITEM, WriteHow.ATTR, WriteHow.NAME)


def checked_against(heap: Heap, adds: Sequence[Write]) -> str:
    """Name what all writes are guarded by: it is read anew, and compared with what is kept; empty if not.

    Where nothing is kept but the last thing that was read, a change is noticed by it, and the next process
    would notice the change again: that is state.
    """
    named = ""
    for write in adds:
        here = _check(heap, write.context, write.guard)
        if not here:
            return ""
        named = named or here
    return named


def _check(heap: Heap, context: Context, guard: int) -> str:
    """Name what code under a guard is checked against, there or where its function is called."""
    for one, fresh, named in comparisons(heap, context, guard):
        if evaluate(heap, context, fresh).bits & _OWN or _keeps_more(heap, context, one, fresh):
            return named
    return _above(heap, context, MOST_CALLS) if _computes(context) else ""


def _above(heap: Heap, context: Context, calls: int) -> str:
    """Name what each call of a function is checked against, or the calls of its callers are."""
    if context.key in heap.entries or not calls:
        return ""
    named = ""
    for one in context.callers:
        if one.era in SERVING:
            guarded = [record.guard for record, _ in callees.calls_to(heap, one, context.uid)]
            found = [next((name for _, _, name in comparisons(heap, one, at)), "") for at in guarded]
            here = found[0] if found and all(found) else _above(heap, one, calls - 1)
            if not here:
                return ""
            named = named or here
    return named


def comparisons(heap: Heap, context: Context, guard: int) -> Iterator[tuple[int, int, str]]:
    """Yield the guards that compare what is kept with what is read anew, the place of that, and its name."""
    body = context.body
    for one in guards.chain(body, guard):
        _, test, first, second, _ = body.guards[one]
        if test not in _COMPARES or not second:
            continue
        for fresh, kept in ((first, second), (second, first)):
            if _is_kept(heap, context, kept) and (named := _fresh(heap, context, fresh, kept)):
                yield one, fresh, named


def _fresh(heap: Heap, context: Context, place: int, kept: int) -> str:
    """Name what is read from outside just now, or the version of something else; empty for anything else."""
    name = last_name(heap, context, place)
    if _is_kept(heap, context, place):
        bound_here = is_bound_here(context.body, kept) and not is_bound_here(context.body, place)
        return f"`{name}`" if _is_stamp(name) and bound_here else ""
    bits = evaluate(heap, context, place).bits
    told = bits & (_OUTSIDE | _OWN)
    if not told and not bits & Bit.REQUEST:  # whatever it is, it is kept as what a change is seen by
        told = _is_stamp(last_name(heap, context, kept)) and is_bound_here(context.body, kept)
    return f"`{name}`" if name and told else ""


def _is_stamp(name: str) -> bool:
    return name.lower().strip("_").split("_")[-1] in _STAMPS


def _is_kept(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place is, or lies in, a cell that is no local name, or a container made elsewhere."""
    kinds, parts = heap.values.kinds, heap.values.parts
    for one in way(heap, context, place):
        if any(True for _ in cells_at(heap, context, one)):
            return True
        if any(
            kinds[value] == Kind.CONTAINER and parts[value][0] != context.uid
            for value in evaluate(heap, context, one).values
        ):
            return True
    return False


def way(heap: Heap, context: Context, place: int, room: int = _LONGEST) -> Iterator[int]:
    """Yield a place and what it lies in: `CACHE["stamp"]`, `entry[0]`, `CACHE.get("stamp")`."""
    yield place
    body = context.body
    op = body.ops[place]
    inside: Sequence[int] = []
    if op in (Op.ATTR, Op.ITEM, Op.ELEMENT, Op.AWAIT):
        inside = [body.a[place]]
    elif op == Op.CALL:
        callee = body.calls[body.a[place]][CALL_CALLEE]
        if body.ops[callee] == Op.ATTR and _is_container(heap, context, body.a[callee]):
            inside = [body.a[callee]]
    elif op == Op.NAME:
        inside = [value for name, value, *_ in body.binds if name == body.a[place] and value]
    elif op == Op.MIX:
        inside = body.joins[body.a[place]]
    for one in inside if room else ():
        yield from way(heap, context, one, room - 1)


def _is_container(heap: Heap, context: Context, place: int) -> bool:
    """Whether a method of what stands there looks something up, and asks nothing outside."""
    values = evaluate(heap, context, place).values
    return bool(values) and all(library.container_type(heap, value) for value in values)


def _keeps_more(heap: Heap, context: Context, guard: int, fresh: int) -> bool:
    """Whether something else than what was compared is kept under a guard."""
    body = context.body
    for _, how, _, value, one, *_ in body.writes:
        if how in _PUTS and value and guard in guards.chain(body, one) and not is_same(body, value, fresh):
            return True
    for record in body.calls:
        callee = record[CALL_CALLEE]
        if body.ops[callee] == Op.ATTR and guard in guards.chain(body, record[CALL_GUARD]):
            name = heap.modules.string(context.module, body.b[callee])
            types = {library.container_type(heap, v) for v in evaluate(heap, context, body.a[callee]).values}
            if any(heap.knowledge.method(one, name).changes for one in types if one):
                return True
    return False


def _computes(context: Context) -> bool:
    """Whether a function puts something somewhere that was not handed to it."""
    ops = context.body.ops
    return any(
        how in _PUTS and value and ops[value] != Op.NAME for _, how, _, value, *_ in context.body.writes
    )


def is_same(body: Body, one: int, other: int) -> bool:
    """Whether two places of a function are written alike, whatever calls are given."""
    if body.ops[one] != body.ops[other]:
        return False
    if body.ops[one] == Op.CALL:
        called = [body.calls[body.a[place]][CALL_CALLEE] for place in (one, other)]
        return guards.shape_of(body, called[0]) == guards.shape_of(body, called[1])
    return (body.a[one], body.b[one]) == (body.a[other], body.b[other])


def is_bound_here(body: Body, place: int) -> bool:
    """Whether a function itself binds the name or attribute that stands at a place."""
    op = body.ops[place]
    for target, how, key, *_ in body.writes:
        if op == Op.NAME and how == WriteHow.NAME and body.a[target] == body.a[place]:
            return True
        if op == Op.ATTR and how == WriteHow.ATTR and key == body.b[place]:
            return guards.shape_of(body, target) == guards.shape_of(body, body.a[place])
    return False


def last_name(heap: Heap, context: Context, place: int) -> str:
    """Give the name of what stands at a place: of an attribute, of what is called; empty if it has none."""
    body = context.body
    op = body.ops[place]
    if op == Op.NAME:
        return heap.modules.string(context.module, body.a[place]).partition("@")[0]
    if op == Op.ATTR:
        return heap.modules.string(context.module, body.b[place])
    if op == Op.CALL:
        return last_name(heap, context, body.calls[body.a[place]][CALL_CALLEE])
    return last_name(heap, context, body.a[place]) if op in (Op.ITEM, Op.AWAIT) else ""
