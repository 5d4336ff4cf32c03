"""Whether what is kept under a key is computed from that key, or from something else that a client sent.

KNOWN[text] = re.compile(text)             # of its key
DRAFTS[name] = request.form["draft"]       # not: another client gets what the first one sent
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import CALL_ARGUMENTS, Op, WriteHow
from statelint.program import guards, names
from statelint.program.accesses import CALL_SPAN, values_of
from statelint.program.evaluate import evaluate
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.heap import Heap

_DEEPEST = 8
"""Names and expressions inside each other; what lies deeper is taken for something of the key."""
_NOT_SENT = Bit.HANDLE | Bit.IO_DB | Bit.IO_HTTP
_Source = tuple[int, int, int]


def is_of_its_key(heap: Heap, write: Write) -> bool:
    """Whether nothing that a client sent goes into a value but what is in its key, as far as that is seen."""
    places = places_of(write)
    if write.key is None or places is None:
        return True
    return is_made_of(heap, write.context, places[:1], places[1])


def is_made_of(heap: Heap, context: Context, keys: Sequence[int], value: int) -> bool:
    """Whether nothing that a client sent goes into the value at one place but what stands at some others."""
    body = context.body
    known = {source for key in keys for source in _sources(body, key, _DEEPEST)}
    return not any(
        source not in known and _is_sent(heap, context, source) for source in _sources(body, value, _DEEPEST)
    )


def goes_into(body: Body, part: int, value: int) -> bool:
    """Whether something of which one expression is made goes into another one."""
    return not set(_sources(body, part, _DEEPEST)).isdisjoint(_sources(body, value, _DEEPEST))


def handed_on(heap: Heap, context: Context, place: int) -> list[str] | None:
    """Name the parameters that an expression is made of; None where something else of a client goes in."""
    strings = heap.modules.facts[context.module].strings
    params = {param.name for param in heap.modules.units[context.uid].params}
    sources = dict.fromkeys(_sources(context.body, place, _DEEPEST))
    if any(strings[one[1]] not in params and _is_sent(heap, context, one) for one in sources):
        return None
    return [strings[one[1]] for one in sources if strings[one[1]] in params]


def is_told_by(heap: Heap, context: Context, name: int, value: int) -> bool:
    """Whether nothing that a client sent goes into a value but what a name says, field by field.

    path = f"{request.args['name']}.txt"
    text = request.form["text"]             # of the same request, and not in its name
    """
    body = context.body
    known = set(_fields(body, name, _DEEPEST))
    for shape, place in _fields(body, value, _DEEPEST).items():
        if (
            not any(part in known for part in _parts(shape))
            and evaluate(heap, context, place).bits & Bit.REQUEST
        ):
            return False
    return True


def _fields(body: Body, place: int, room: int) -> dict[guards.Shape, int]:
    """Find the names, and fields of names, of which an expression is made, and where each stands."""
    if not place or not room:
        return {}
    shape = _field(body, place)
    if shape is not None:
        return {shape: place}
    named: dict[guards.Shape, int] = {}
    for one in inside(body, place):
        named |= _fields(body, one, room - 1)
    return named


def _field(body: Body, place: int) -> guards.Shape | None:
    """Give the shape of a name, a field of one, or what a method of one gives: `request.args.get("q")`."""
    root = place
    while body.ops[root] in (Op.ATTR, Op.ITEM):
        root = body.a[root]
    if body.ops[root] == Op.NAME and not inside(body, root):
        return guards.shape_of(body, place)
    if body.ops[place] == Op.CALL:
        callee, arguments, keywords, star, *_ = body.calls[body.a[place]]
        is_fixed = not (keywords or star) and all(body.ops[one] == Op.CONST for one in arguments)
        asked = _field(body, callee) if is_fixed and body.ops[callee] == Op.ATTR else None
        if asked is not None:
            return (Op.CALL, asked, tuple(guards.shape_of(body, one) for one in arguments))
    return None


def _parts(shape: guards.Shape) -> Iterator[guards.Shape]:
    """Yield a field and what it lies in."""
    while True:
        yield shape
        if shape[0] not in (Op.ATTR, Op.ITEM, Op.CALL):
            return
        shape = shape[1]


def is_of_its_object(heap: Heap, write: Write) -> bool:
    """Whether a method computes a field from others of its object: `self._uid = find_uid(self.text)`."""
    params = heap.modules.units[write.context.uid].params
    values = values_of(write)
    if write.cell[0] != "F" or len(params) != 1 or not values:
        return False
    context = write.context
    sources = set(_sources(context.body, values[0], _DEEPEST))
    strings = heap.modules.facts[context.module].strings
    own = {source for source in sources if strings[source[1]] == params[0].name}
    return bool(own) and not any(_is_sent(heap, context, source) for source in sources - own)


def is_sent_now(heap: Heap, context: Context, place: int) -> bool:
    """Whether a request goes into an expression, not only what a field or a global keeps of an earlier one.

    self.producer = Producer(self.host)     # if requests set `self.host`, that field is what remembers it
    """
    return any(_is_told(heap, context, source) for source in _sources(context.body, place, _DEEPEST))


def _is_told(heap: Heap, context: Context, source: _Source) -> bool:
    found = _found(heap, context, source)
    name = heap.modules.string(context.module, source[1]).partition("@")[0]
    if name not in heap.modules.locals[context.uid]:
        home, *_ = names.owner_of_name(heap, context, name)
        if home == "module":
            return is_request(heap, found)
    return bool(found.bits & Bit.REQUEST) or is_request(heap, found)


def places_of(write: Write) -> tuple[int, int] | None:
    """Find the key and the value of a write in its body; None where they stand elsewhere."""
    body = write.context.body
    for _, how, key, value, _, _, *span in body.writes:
        if how == WriteHow.ITEM and tuple(span) == write.span and value:
            return key, value
    for record in body.calls:
        if write.method == "setdefault" and record[CALL_SPAN] == write.span:
            arguments = record[CALL_ARGUMENTS]
            return (arguments[0], arguments[1]) if len(arguments) > 1 else None
    return None


def _sources(body: Body, place: int, room: int) -> Iterator[_Source]:
    """Yield the names that an expression is made of; of a local name, what it is bound to."""
    if not place or not room:
        return
    parts = inside(body, place)
    if body.ops[place] == Op.NAME and not parts:
        yield (Op.NAME, body.a[place], 0)
    for one in parts:
        yield from _sources(body, one, room - 1)


def inside(body: Body, place: int) -> Sequence[int]:
    """List the expressions that one is directly made of."""
    op, first = body.ops[place], body.a[place]
    if op == Op.NAME:
        return [value for name, value, *_ in body.binds if name == first and value and value != place]
    if op == Op.CALL:
        callee, arguments, keywords, star, *_ = body.calls[first]
        return [callee, *arguments, *(value for _, value in keywords), star]
    if op in (Op.MIX, Op.ANY):
        return body.joins[first]
    if op == Op.SITE:
        return body.sites[first][1]
    return [first] if op in (Op.ATTR, Op.ITEM, Op.ELEMENT, Op.AWAIT) else []


def _is_sent(heap: Heap, context: Context, source: _Source) -> bool:
    """Whether a name stands for a request, or for something of one."""
    found = _found(heap, context, source)
    if found.bits & Bit.REQUEST:
        return not found.bits & _NOT_SENT
    return is_request(heap, found)


def is_request(heap: Heap, found: Found) -> bool:
    """Whether a value is a request as a framework gives it: `flask.request`."""
    kinds, parts = heap.values.kinds, heap.values.parts
    named = [str(parts[v][0]) for v in found.values if kinds[v] in (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT)]
    return any(entry.kind == "request" for one in named for entry in heap.knowledge.mro(one))


def _found(heap: Heap, context: Context, source: _Source) -> Found:
    """Give what a name stands for."""
    body = context.body
    op, name, _ = source
    place = next(p for p in range(1, len(body.ops)) if body.ops[p] == op and body.a[p] == name)
    return evaluate(heap, context, place)
