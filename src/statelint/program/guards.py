"""Which calls under a guard run in boot although they are reached while serving: once-guards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statelint.model.facts import (
    CALL_ARGUMENTS,
    CALL_CALLEE,
    CALL_GUARD,
    CALL_LINE,
    WRITE_GUARD,
    Op,
    Test,
    WriteHow,
)
from statelint.program import library, names
from statelint.program.contexts import era_of
from statelint.program.evaluate import evaluate
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from statelint.model.facts import Body
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.values import SlotKey

Shape = tuple[int, Any, Any]
"""How a place is written."""

_NO_GUARD = -1
_WRITE_LINE = 6
"""Where the record of a statement that writes has its line."""
_MERGES = frozenset({"update", "extend"})
"""Methods that put there all of another container."""
_ADDS = frozenset({"append", "add"})
"""Methods that do so in a loop: `for line in file: RULES.append(parse(line))`."""
_ASKS_ONCE = (Test.IS_NONE, Test.FALSY, Test.EXCEPT)


def chain(body: Body, guard: int) -> list[int]:
    """List a guard and those around it, innermost first."""
    found = []
    while guard:
        found.append(guard)
        guard = body.guards[guard][0]
    return found


def is_under(body: Body, guard: int, wanted: Collection[int]) -> bool:
    """Whether what stands under a guard stands under one of some others, or it is one of them."""
    return not set(chain(body, guard)).isdisjoint(wanted)


def tests_in(body: Body, guard: int) -> set[int]:
    """List the kinds of test that hold under a guard."""
    return {body.guards[one][1] for one in chain(body, guard)}


def serves(context: Context, guard: int) -> bool:
    """Whether a guard is in a loop that serves, in the body of a thread or of a consumer."""
    body = context.body
    return any(body.guards[one][1] == Test.ENDLESS or one in context.loops for one in chain(body, guard))


def stands_under(context: Context, line: int, wanted: Collection[int]) -> bool:
    """Whether all calls of a line, and statements there that may call a setter, are under some guards."""
    body = context.body
    under = [record[CALL_GUARD] for record in body.calls if record[CALL_LINE] == line]
    under += [record[WRITE_GUARD] for record in body.writes if record[_WRITE_LINE] == line]
    return bool(under) and all(is_under(body, guard, wanted) for guard in under)


def is_in_finally(body: Body, guard: int) -> bool:
    """Tell whether what stands under a guard runs at the end, whatever happens."""
    return Test.FINALLY in tests_in(body, guard)


def once_guards(body: Body, strings: Sequence[str]) -> dict[int, int]:
    """Find the guards of a body that ask for a cell which their block then sets, with the cell's place.

    `if X is None: X = make()`, the early return on the opposite, and
    `try: return X except AttributeError: X = ...`. A local name that is bound to the cell stands for it:
    `found = cls._instance`, then `if found is None`. What is put into a container fills it: `if not TABLE:`,
    then `TABLE[key] = ...` or `TABLE.update(...)`,
    or `TABLE.append(...)` in a loop.
    """
    wanted = {
        number: _aliased(body, place, number)
        for number, (_, test, place, _, _) in enumerate(body.guards)
        if test in _ASKS_ONCE and place
    }
    keyed = {
        number: (Op.ITEM, shape_of(body, place), shape_of(body, key))
        for number, (_, test, place, key, _) in enumerate(body.guards)
        if test == Test.ABSENT and key
    }
    if not wanted and not keyed:
        return {}
    set_under, constants = _cells_set(body)
    _add_merged(body, strings, set_under)
    shapes = {number: shape_of(body, place) for number, place in wanted.items()} | keyed
    asked = {number: wanted.get(number, body.guards[number][2]) for number in shapes}
    return {
        number: place
        for number, place in asked.items()
        if shapes[number] in set_under.get(number, ())
        and len(constants.get(shapes[number], ())) < 2  # no flag, set and set back
    }


def _cells_set(body: Body) -> tuple[dict[int, set[Shape]], dict[Shape, set[int]]]:
    """Collect the cells that are set or filled under each guard, and the constants each cell is set to."""
    set_under: dict[int, set[Shape]] = {}
    constants: dict[Shape, set[int]] = {}
    for target, how, key, value, guard, *_ in body.writes:
        if not value or how not in (WriteHow.ATTR, WriteHow.ITEM, WriteHow.NAME):
            continue
        shape = shape_of(body, target)
        around = chain(body, guard)
        if how == WriteHow.ITEM:
            shape = shape_of(body, _aliased(body, target, _NO_GUARD))
            for one in around:
                if body.guards[one][1] == Test.FALSY:
                    set_under.setdefault(one, set()).add(shape)
            shape = (Op.ITEM, shape, shape_of(body, key))
        elif how == WriteHow.ATTR:
            shape = (Op.ATTR, shape, key)
        if body.ops[value] == Op.CONST:
            constants.setdefault(shape, set()).add(body.a[value])
        for one in around:
            set_under.setdefault(one, set()).add(shape)
    return set_under, constants


def _add_merged(body: Body, strings: Sequence[str], set_under: dict[int, set[Shape]]) -> None:
    """Add the containers into which a call puts all of another one, where they are empty."""
    for record in body.calls:
        callee = record[CALL_CALLEE]
        if body.ops[callee] != Op.ATTR or not record[CALL_ARGUMENTS]:
            continue
        method, around = strings[body.b[callee]], chain(body, record[CALL_GUARD])
        loop = next((at for at, one in enumerate(around) if body.guards[one][1] == Test.EACH), len(around))
        if method in _MERGES or (method in _ADDS and loop < len(around)):
            shape = shape_of(body, _aliased(body, body.a[callee], _NO_GUARD))
            for one in around[loop if method in _ADDS else 0 :]:
                if body.guards[one][1] == Test.FALSY:
                    set_under.setdefault(one, set()).add(shape)


def shape_of(body: Body, place: int) -> Shape:
    """Give what two places share that are written alike: each call without arguments is a place of its own.

    if get().client is None:
        get().client = connect()
    """
    op = body.ops[place]
    if op == Op.ATTR:
        return (int(op), shape_of(body, body.a[place]), body.b[place])
    if op == Op.ITEM:
        return (int(op), shape_of(body, body.a[place]), shape_of(body, body.b[place]))
    if op == Op.CONST and body.a[place] >= 0:
        return (int(op), body.a[place], 0)
    if op == Op.CALL:
        callee, arguments, keywords, star, *_ = body.calls[body.a[place]]
        if not (arguments or keywords or star):
            return (int(op), shape_of(body, callee), 0)
    return (-1, place, 0)


def _aliased(body: Body, place: int, guard: int) -> int:
    """Give the cell to which a local name was bound; under the guard it may be bound anew."""
    if body.ops[place] != Op.NAME:
        return place
    bound = [(value, under) for name, value, under, *_ in body.binds if name == body.a[place]]
    if not bound or not bound[0][0] or not all(guard in chain(body, under) for _, under in bound[1:]):
        return place
    return bound[0][0]


def fills_itself(body: Body, cell: Shape, value: int) -> bool:
    """Whether a cell keeps what it has, and is only set where it has nothing: `X = X or make()`."""
    if not value or body.ops[value] != Op.ANY:
        return False
    return any(shape_of(body, part) == cell for part in body.joins[body.a[value]])


def adds_to_itself(body: Body, cell: Shape, value: int) -> bool:
    """Whether a cell is set to something made of what it has: `STATS["hits"] = STATS["hits"] + 1`."""
    if not value or body.ops[value] != Op.MIX:
        return False
    return any(shape_of(body, part) == cell for part in body.joins[body.a[value]])


def is_once(heap: Heap, context: Context, guard: int) -> bool:
    """Whether code under a guard runs once a process: the cell that it asks for outlives the request."""
    if not guard:
        return False
    once = heap.once_guards(context.uid)
    return any(
        number in once and _asks_lasting(heap, context, number, once[number])
        for number in chain(context.body, guard)
    )


def asks_field(heap: Heap, context: Context, guard: int, cell: SlotKey) -> bool:
    """Whether code under a guard sets a field where its object has none: whatever else the receiver may be.

    def uid(self):
        if self._uid is None:
            self._uid = find_uid(self.text)    # `self` is one of start-up, or one that a request made

    So does a name of a function around it, whichever of its calls that was: `nonlocal name`.
    """
    if not guard or cell[0] not in ("F", "L"):
        return False
    once = heap.once_guards(context.uid)
    strings = heap.modules.facts[context.module].strings
    body = context.body
    asked = [once[number] for number in chain(body, guard) if number in once]
    if cell[0] == "L":
        return any(body.ops[place] == Op.NAME and strings[body.a[place]] == cell[3] for place in asked)
    return any(
        body.ops[place] == Op.ATTR
        and strings[body.b[place]] == cell[2]
        and cell[1] in evaluate(heap, context, body.a[place]).values
        for place in asked
    )


def _asks_lasting(heap: Heap, context: Context, guard: int, place: int) -> bool:
    """Whether what a guard asks for is one cell for the process: a name, a field, the entry of a class."""
    body = context.body
    _, test, _, key, _ = body.guards[guard]
    if test == Test.ABSENT:
        return _is_known_entry(heap, context, place, key)
    if body.ops[place] == Op.ITEM:
        return _is_known_entry(heap, context, body.a[place], body.b[place])
    return _outlives(heap, context, place)


def _is_known_entry(heap: Heap, context: Context, table: int, key: int) -> bool:
    """Whether a table that outlives the request is asked for an entry of which there are few.

    One that a class has, or one whose name stands in the program:

    if cls not in cls._instances:                     if "store" not in app.config:
        cls._instances[cls] = super().__call__()          app.config["store"] = Store()
    """
    kinds = heap.values.kinds
    tables = evaluate(heap, context, table).values
    if not tables:
        return False
    if context.body.ops[key] == Op.CONST:
        return all(_is_lasting_table(heap, value) for value in tables)
    keys = evaluate(heap, context, key).values
    are_classes = bool(keys) and all(kinds[value] == Kind.CLASS for value in keys)
    return are_classes and all(
        kinds[value] == Kind.CONTAINER and _is_lasting_table(heap, value) for value in tables
    )


def _is_lasting_table(heap: Heap, value: int) -> bool:
    if heap.values.kinds[value] == Kind.CONTAINER:
        return bool(heap.values.parts[value][2] == Era.BOOT)
    return library.is_bag(heap, value) and is_lasting(heap, value)


def _outlives(heap: Heap, context: Context, place: int) -> bool:
    body = context.body
    if body.ops[place] == Op.NAME:
        name = heap.modules.string(context.module, body.a[place])
        if name in heap.modules.locals[context.uid]:
            return False
        home, _, runs = names.owner_of_name(heap, context, name)
        return home == "module" or all(era_of(run) == Era.BOOT for run in runs)
    if body.ops[place] == Op.CALL:
        return _gives_lasting(heap, context, place)
    if body.ops[place] != Op.ATTR:
        return False
    owners = evaluate(heap, context, body.a[place]).values
    return bool(owners) and all(is_lasting(heap, owner) for owner in owners)


def _gives_lasting(heap: Heap, context: Context, place: int) -> bool:
    """Whether a call gives a container of start-up: `if not get_table(): get_table().update(load())`."""
    kinds, parts = heap.values.kinds, heap.values.parts
    given = evaluate(heap, context, place).values
    return bool(given) and all(
        kinds[value] == Kind.CONTAINER and parts[value][2] == Era.BOOT for value in given
    )


def is_lasting(heap: Heap, value: int) -> bool:
    """Whether an attribute of a value stays for all requests: not what a thread has, or what is elsewhere."""
    kind, parts = heap.values.kinds[value], heap.values.parts[value]
    if kind == Kind.EXTERNAL_OBJECT:
        own = any(entry.kind == "per-request" for entry in heap.knowledge.mro(parts[0]))
        return bool(parts[1] == Era.BOOT) and not own
    if kind == Kind.OBJECT:
        order = names.ancestors(heap, parts[0])
        elsewhere = any(isinstance(one, int) and "__setattr__" in heap.modules.locals[one] for one in order)
        return era_of(parts[1]) == Era.BOOT and not elsewhere
    return kind in (Kind.CLASS, Kind.MODULE)
