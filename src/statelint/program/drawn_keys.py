"""Keys that each process draws at random for itself, and what signs, checks or encrypts with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.facts import Op, Test, UnitKind, WriteHow
from statelint.model.places import Place
from statelint.program import callees, names
from statelint.program.calling import call_record
from statelint.program.cell_names import describe
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.trails import trail_to
from statelint.program.values import Bit, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.knowledge import SecretEntry
    from statelint.program.calling import CallRecord
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap

_LIBRARY = (Kind.EXTERNAL, Kind.EXTERNAL_OBJECT, Kind.BOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One key, where it is kept, and one use of it.

    `symbol` and `holder` name what keeps it, `at` is where that is made. `user` uses it at `used`, by a call
    of `call` (empty: a comparison, or a setting that a framework reads); `use` says what for.
    """

    symbol: str
    name: str
    holder: str
    at: Place
    user: Context
    used: Place
    call: str
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A use of what was drawn at start-up: the place of the key, and the words for what is done with it."""

    key: int
    used: Place
    setting: str = ""
    call: str = ""
    use: str = "signs"


def find(heap: Heap) -> list[Secret]:
    """Find each key that is drawn at start-up and used while serving, with its first use."""
    if not heap.entries:
        return []
    settings = _settings_read(heap)
    found: dict[tuple[Place, str], Secret] = {}
    for context in heap.in_order():
        if context.era == Era.CLI or not context.passes:
            continue
        for use in _uses(heap, context, settings):
            secret = _secret(heap, context, use)
            if secret is None:
                continue
            known = found.get((secret.at, secret.symbol))
            if known is None or _rank(secret) < _rank(known):
                found[secret.at, secret.symbol] = secret
    return [found[key] for key in sorted(found)]


def _rank(secret: Secret) -> tuple[bool, bool]:
    """Put first what tells a reader most: a use while serving, and one that does more than compare."""
    return secret.user.era == Era.BOOT, secret.use == "compares"


def _settings_read(heap: Heap) -> frozenset[str]:
    """Name the settings that hold keys of packages which the project imports."""
    imported = {fact.module for module in heap.modules.facts for fact in module.imports if not fact.level}
    roots = {name.partition(".")[0] for name in imported} | imported
    settings = heap.knowledge.secret_settings
    return frozenset(name for name, packages in settings.items() if packages & roots)


def _secret(heap: Heap, context: Context, use: _Use) -> Secret | None:
    """Name what keeps a key: the cell out of which it comes, or else what it is put into or handed to.

    None where the key is stored for the next process, or where it is not seen how it was drawn.
    """
    trail = trail_to(heap, context, use.key, Bit.BOOT, Bit.RANDOM)
    if not trail.reached or any(_stores_it(heap, one) for one in trail.contexts):
        return None
    origin = trail.origin
    naming = describe(heap, origin.cell) if origin is not None else None
    unit = heap.modules.units[context.uid]
    symbol = name = use.setting or use.call.rpartition(".")[2]
    holder = f"{unit.qualified}.{symbol}" if unit.qualified else symbol
    at = use.used
    if origin is not None and naming is not None:
        at = origin.place
        symbol, name, holder = naming.symbol, naming.name, naming.holder
    return Secret(
        symbol=symbol,
        name=name,
        holder=holder,
        at=at,
        user=context,
        used=use.used,
        call=use.call,
        use=use.use,
    )


def _uses(heap: Heap, context: Context, settings: frozenset[str]) -> Iterator[_Use]:
    for _, record in callees.calls_of(context):
        if _is_given_drawn(heap, context, record):
            yield from _call_uses(heap, context, record, settings)
            yield from _keyword_settings(heap, context, record, settings)
    yield from _written_settings(heap, context, settings)
    if context.era == Era.SERVE:
        yield from _comparisons(heap, context)


def _is_drawn(heap: Heap, context: Context, place: int) -> bool:
    return bool(place) and bool(evaluate(heap, context, place).bits & Bit.BOOT)


def _is_given_drawn(heap: Heap, context: Context, record: CallRecord) -> bool:
    """Whether a call may be given something drawn: as an argument, by `**` or as its receiver."""
    if record.star:
        return True
    given = (*record.arguments, *(place for _, place in record.keywords), callees.receiver(context, record))
    return any(_is_drawn(heap, context, place) for place in given)


def _stores_it(heap: Heap, context: Context) -> bool:
    """Whether a context writes what was drawn to a file or database: `file.write(key)`."""
    if context.era != Era.BOOT:
        return False
    for _, record in callees.calls_of(context):
        if _is_told_to_store(heap, context, record):
            return True
        given = (*record.arguments, *(place for _, place in record.keywords))
        if any(_holds_drawn(heap, context, place) for place in given) and _stores(heap, context, record):
            return True
    return False


def _is_told_to_store(heap: Heap, context: Context, record: CallRecord) -> bool:
    """Whether something that is not known is told to make a change last: `session.commit()`."""
    if not callees.receiver(context, record) or evaluate(heap, context, record.callee).values:
        return False
    return heap.modules.string(context.module, context.body.b[record.callee]) in heap.knowledge.act_words


def _holds_drawn(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place is what was drawn, or a record made of it: `session.add(Key(os.urandom(32)))`."""
    if _is_drawn(heap, context, place):
        return True
    body = context.body
    bound = [value for text, value, *_ in body.binds if body.ops[place] == Op.NAME and text == body.a[place]]
    made = [call_record(body, body.a[one]) for one in (place, *bound) if one and body.ops[one] == Op.CALL]
    parts = [part for one in made for part in (*one.arguments, *(given for _, given in one.keywords))]
    return any(_is_drawn(heap, context, part) for part in parts)


def _stores(heap: Heap, context: Context, record: CallRecord) -> bool:
    receiver = callees.receiver(context, record)
    if receiver and evaluate(heap, context, receiver).bits & (Bit.IO_FILE | Bit.IO_DB):
        return True
    for name in callees.names_called(heap, context, record.callee):
        function = heap.knowledge.function(name)
        if function is not None and function.writes_file is not None:
            return True
        if heap.knowledge.writer(name) is not None:
            return True
    return False


# -- calls ------------------------------------------------------------------------------------------------


def _call_uses(heap: Heap, context: Context, record: CallRecord, settings: frozenset[str]) -> Iterator[_Use]:
    used = callees.place_of(heap, context, record)
    for name in callees.names_called(heap, context, record.callee):
        entry = heap.knowledge.secret(name)
        if entry is not None and (entry.keeps or context.era == Era.SERVE):
            setting = _setting(heap, context, record, entry)
            if entry.setting is None or setting in settings:
                for place in _keys(heap, context, record, entry):
                    yield _Use(key=place, used=used, setting=setting, call=name, use=entry.use)
            return
    yield from _class_uses(heap, context, record)


def _class_uses(heap: Heap, context: Context, record: CallRecord) -> Iterator[_Use]:
    """`add_middleware(SessionMiddleware, secret_key=...)`."""
    for argument in record.arguments:
        for value in sorted(evaluate(heap, context, argument).values):
            handed = heap.values.parts[value][0] if heap.values.kinds[value] == Kind.EXTERNAL else ""
            entry = heap.knowledge.secret(handed) if handed else None
            if entry is not None and entry.keeps:
                words = [at for at in entry.arguments if isinstance(at, str)]
                for place in (callees.argument(heap, context, record, word) for word in words):
                    if _is_drawn(heap, context, place):
                        used = callees.place_of(heap, context, record)
                        yield _Use(key=place, used=used, call=handed, use=entry.use)


def _setting(heap: Heap, context: Context, record: CallRecord, entry: SecretEntry) -> str:
    """Name the setting that a call declares: `define("cookie_secret", default=key)`; empty where none."""
    place = callees.argument(heap, context, record, entry.setting) if entry.setting is not None else 0
    name = constant(heap, context, place) if place else None
    return name if isinstance(name, str) else ""


def _keys(heap: Heap, context: Context, record: CallRecord, entry: SecretEntry) -> Iterator[int]:
    """List the places at which a call is given a key that was drawn at start-up."""
    places = [callees.argument(heap, context, record, position) for position in entry.arguments]
    if entry.receiver:
        places.append(callees.receiver(context, record))
    yield from (place for place in places if _is_drawn(heap, context, place))
    if not any(places) and record.star:
        for value in sorted(evaluate(heap, context, record.star).values):
            for word in entry.arguments:
                slot = heap.slots.get(("I", value, word))
                if slot is not None and slot.bits & Bit.BOOT:
                    yield record.star
                    return


# -- settings ---------------------------------------------------------------------------------------------


def _keyword_settings(
    heap: Heap, context: Context, record: CallRecord, settings: frozenset[str]
) -> Iterator[_Use]:
    """`app.config.update(SECRET_KEY=...)`."""
    strings = heap.modules.facts[context.module].strings
    for text, place in record.keywords:
        if strings[text] in settings and _is_drawn(heap, context, place):
            yield _Use(key=place, used=_line(heap, context, place), setting=strings[text])


def _written_settings(heap: Heap, context: Context, settings: frozenset[str]) -> Iterator[_Use]:
    """`SECRET_KEY = ...` in a module or class of settings, `app.secret_key = ...`, `{"SECRET_KEY": ...}`."""
    body, module = context.body, heap.modules.facts[context.module]
    if heap.modules.units[context.uid].kind in (UnitKind.MODULE, UnitKind.CLASS):
        for text, value, _, *span in body.binds:
            if module.strings[text] in settings and _is_drawn(heap, context, value):
                yield _Use(key=value, used=Place(module.path, *span), setting=module.strings[text])
    for target, how, key, value, _, _, *span in body.writes:
        name: object = None
        if how == WriteHow.ITEM:
            name = constant(heap, context, key)
        elif how == WriteHow.ATTR and _is_of_library(heap, context, target):
            name = module.strings[key]
        if isinstance(name, str) and name in settings and _is_drawn(heap, context, value):
            yield _Use(key=value, used=Place(module.path, *span), setting=name)
    for place in range(1, len(body.ops)):
        if body.ops[place] == Op.SITE and body.sites[body.a[place]][0] == "dict":
            yield from _displayed(heap, context, place, settings)


def _displayed(heap: Heap, context: Context, place: int, settings: frozenset[str]) -> Iterator[_Use]:
    pairs = context.body.sites[context.body.a[place]][1]
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        name = constant(heap, context, key) if key else None
        if isinstance(name, str) and name in settings and _is_drawn(heap, context, value):
            yield _Use(key=value, used=_line(heap, context, value), setting=name)


def _line(heap: Heap, context: Context, place: int) -> Place:
    line = context.body.line_of(place)
    return Place(heap.modules.facts[context.module].path, line, 1, line, 1)


def _is_of_library(heap: Heap, context: Context, place: int) -> bool:
    """Whether a place is an object of a library, or of a class that derives from one of its classes."""
    for value in evaluate(heap, context, place).values:
        kind, parts = heap.values.kinds[value], heap.values.parts[value]
        if kind in _LIBRARY:
            return True
        if kind == Kind.OBJECT and any(one != "object" for one in names.external_bases(heap, parts[0])):
            return True
    return False


# -- comparisons ------------------------------------------------------------------------------------------


def _comparisons(heap: Heap, context: Context) -> Iterator[_Use]:
    """`if request.headers["X-Token"] == TOKEN`: what one process has drawn is held against what is sent."""
    path = heap.modules.facts[context.module].path
    for _, test, first, second, line in context.body.guards:
        if test != Test.OTHER or not first or not second:  # `==` and `!=`
            continue
        for key, other in ((first, second), (second, first)):
            drawn, sent = (evaluate(heap, context, one).bits for one in (key, other))
            if drawn & Bit.BOOT and not drawn & Bit.REQUEST and sent & Bit.REQUEST and not sent & Bit.BOOT:
                yield _Use(key=key, used=Place(path, line, 1, line, 1), use="compares")
