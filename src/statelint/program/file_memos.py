"""Files that are memos: where they are missing, or too old, the code that writes them makes them once more.

if not os.path.exists(path):                when = os.path.getmtime(made) if os.path.isfile(made) else 0
    with open(path, "wb") as file:          if when < os.path.getmtime(source):
        file.write(draw(size))                  compile_to(source, made)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_LINE, Op, Test
from statelint.program import callees, filecontent, filewrites, guards, key_sources, memo_rows, own_files
from statelint.program.calling import call_record
from statelint.program.callsites import CallSite
from statelint.program.checked import MOST_CALLS
from statelint.program.evaluate import evaluate
from statelint.program.origins import Origins
from statelint.program.values import SERVING, Bit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from statelint.model.facts import Body
    from statelint.program.asking import Asked, Asking
    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.filewrites import FileWrite
    from statelint.program.heap import Heap

_OTHERS_SAY = Bit.IO_DB | Bit.IO_HTTP
_NEVER_AGAIN = Bit.CONNECTION | Bit.TASK | Bit.RANDOM
_DEEPEST = 8
"""Names and calls between a test and the call that asks for the file."""
_UNFINISHED = (".", "~")
"""How texts begin that are put behind a path while the file is being written: `path + ".part"`."""


class Question(NamedTuple):
    """Where it is asked for a file before it is written; `is_old`: whether it is too old, not just there."""

    context: Context
    is_old: bool


def is_made_again(heap: Heap, calls: CallSites, asking: Asking, write: FileWrite) -> bool:
    """Whether all that a call writes to a file can be made again, and is where the file is missing."""
    if write.opened is not None or not write.place or write.is_upload:
        return False
    questions = _asked_before(heap, write)
    makers = [write.context, *(question.context for question in questions)]
    is_hash = _is_named_by_hash(heap, asking, write)
    is_dated = not questions and _is_dated(heap, calls, write)
    is_found = questions or is_dated or (is_hash and _is_looked_up(heap, calls, write))
    if not is_found or (is_hash and _is_handed_out(write)) or _is_written_elsewhere(heap, write):
        return False
    if _says_only_that_it_is_there(heap, calls, write) or _is_sent(heap, calls, write, is_hash=is_hash):
        return False
    bits = _bits(heap, write) & asking.bits(makers)  # what is there from the start is the same everywhere
    if bits & _NEVER_AGAIN or not _can_be_moved(heap, calls, asking, write):
        return False
    if is_hash:
        return not any(_is_read(heap, asked) for asked in asking.below(makers))
    own = own_files.parts_of(heap, write.context, write.place)
    is_lasting = not bits & _OTHERS_SAY and not own_files.reads_what_it_writes(heap, makers, own)
    return is_lasting or is_dated or all(question.is_old for question in questions)


def _asked_before(heap: Heap, write: FileWrite) -> Sequence[Question]:
    guard = call_record(write.context.body, write.call).guard
    return _questions(heap, write.context, guard, write.place, MOST_CALLS) if write.place else ()


def _is_written_elsewhere(heap: Heap, write: FileWrite) -> bool:
    """Whether other code writes the same file, and does not ask whether it is there: with what is new."""
    own = own_files.parts_of(heap, write.context, write.place)
    return any(
        other.place
        and (other.context.uid, other.span) != (write.context.uid, write.span)
        and own == own_files.parts_of(heap, other.context, other.place)
        and not _asked_before(heap, other)
        for other in (filewrites.find(heap) if own else ())
    )


def _is_named_by_hash(heap: Heap, asking: Asking, write: FileWrite) -> bool:
    """Whether the name of a file has a hash in it that is made there."""
    is_hash = evaluate(heap, write.context, write.place).bits & Bit.DIGEST
    return bool(is_hash and asking.bits([write.context]) & Bit.DIGEST)


def _is_handed_out(write: FileWrite) -> bool:
    """Whether the function that writes a file gives its path away: a hash alone makes nothing again."""
    body, place = write.context.body, write.place
    named = [
        one for one in range(1, len(body.ops)) if (body.ops[one], body.a[one]) == (Op.NAME, body.a[place])
    ]
    return filecontent.is_handed_back(write.context, {place, *(named if body.ops[place] == Op.NAME else ())})


def _is_read(heap: Heap, asked: Asked) -> bool:
    """Whether a call reads elsewhere what may have changed since: a hash tells nothing of that."""
    return bool(asked.bits & _OTHERS_SAY) and memo_rows.is_read_there(heap, asked.name)


# -- what is asked first ----------------------------------------------------------------------------------


def _questions(heap: Heap, context: Context, guard: int, path: int, calls: int) -> Sequence[Question]:
    """Find where it is asked for a file before code under a guard writes it, there or at each call of it."""
    for one in guards.chain(context.body, guard):
        question = _question(heap, context, one, path)
        if question is not None:
            return (question,)
    body = context.body
    if body.ops[path] != Op.NAME or any(text == body.a[path] for text, *_ in body.binds) or not calls:
        return ()
    name = heap.modules.string(context.module, body.a[path])
    found: list[Question] = []
    for caller, place, around in callees.handed(heap, context, name) or ():
        above = _questions(heap, caller, around, place, calls - 1) if place else ()
        if not above:
            return ()
        found += above
    return found


def _question(heap: Heap, context: Context, guard: int, path: int) -> Question | None:
    """Say what one guard asks about a file, if anything."""
    _, test, first, second, line = context.body.guards[guard]
    if test in (Test.FALSY, Test.IS_NONE) and _asks_for(heap, context, first, path):
        return Question(context, is_old=False)
    if test == Test.EXCEPT and _is_tried(heap, context, line, path):
        return Question(context, is_old=False)
    if test == Test.COMPARE and any(_asks_for(heap, context, place, path) for place in (first, second)):
        return Question(context, is_old=True)
    return None


def _is_looked_up(heap: Heap, calls: CallSites, write: FileWrite) -> bool:
    """Whether serving code that reads files of such a name asks first whether there is one."""
    return any(
        _question(heap, site.context, one, path)
        for site, path in _reads(heap, calls, write)
        if site.context.era in SERVING
        for one in range(1, len(site.context.body.guards))
    )


def _is_dated(heap: Heap, calls: CallSites, write: FileWrite) -> bool:
    """Whether all code that reads a file compares a date in it with the clock: what is too old is not used.

    entry = json.load(file)
    if time.time() - entry["made"] > 3600:
        return None
    """
    found = list(_reads(heap, calls, write))
    return bool(found) and all(_compares_date(heap, site) for site, _ in found)


def _compares_date(heap: Heap, site: CallSite) -> bool:
    """Whether a function compares something of a file that it reads with the clock."""
    context, held = site.context, filecontent.names_of_result(site)
    for _, test, first, second, _ in context.body.guards:
        if test == Test.COMPARE:
            bits = evaluate(heap, context, first).bits | evaluate(heap, context, second).bits
            parts = (first, second)
            if bits & Bit.CLOCK and any(_is_of(context.body, place, held, _DEEPEST) for place in parts):
                return True
    return False


def _is_of(body: Body, place: int, held: Collection[int], room: int) -> bool:
    """Whether an expression is made of one of some places, by whatever calls."""
    if place in held:
        return True
    return bool(room) and any(_is_of(body, one, held, room - 1) for one in key_sources.inside(body, place))


def _reads(heap: Heap, calls: CallSites, write: FileWrite) -> Iterator[tuple[CallSite, int]]:
    """Yield where a file of the same name, or of one made in the same way, is opened for reading."""
    own = fixed(own_files.parts_of(heap, write.context, write.place))
    for name, sites in calls.of_name.items() if own else ():
        entry = heap.knowledge.function(name)
        if entry is None or "io-file" not in entry.bits or not entry.mode:
            continue
        for site in sites:
            for path in _asked(heap, site.context, site.number):
                if own == fixed(own_files.parts_of(heap, site.context, path)):
                    yield site, path


def fixed(parts: own_files.Parts) -> own_files.Parts:
    """Leave out what is another one in each function, its own names, and how the path ends."""
    return frozenset(
        part
        for part in parts
        if not (isinstance(part, tuple) and part[0] == "local")
        and not (isinstance(part, str) and part.startswith(_UNFINISHED))
    )


def _asks_for(heap: Heap, context: Context, place: int, path: int, room: int = _DEEPEST) -> bool:
    """Whether a place is what a library says of the file at a path: that it is there, or how old it is."""
    body = context.body
    if not place or not room:
        return False
    op, a = body.ops[place], body.a[place]
    inside: Sequence[int] = ()
    if op == Op.CALL:
        return any(_is_path(heap, context, one, path) for one in _asked(heap, context, a))
    if op in (Op.ATTR, Op.AWAIT, Op.ITEM):
        inside = (a,)
    elif op in (Op.ANY, Op.MIX):
        inside = body.joins[a]
    elif op == Op.NAME:
        inside = [value for text, value, *_ in body.binds if text == a and value != place]
    return any(_asks_for(heap, context, one, path, room - 1) for one in inside)


def _asked(heap: Heap, context: Context, number: int) -> Iterator[int]:
    """List the paths of files of which a call asks something, and does not write them."""
    record = call_record(context.body, number)
    for name in callees.names_called(heap, context, record.callee):
        entry = heap.knowledge.function(name)
        if entry is None or "io-file" not in entry.bits or entry.temporary:
            continue
        site = CallSite(context, number, 0, name)
        if not entry.mode or not filewrites.asks_for_writing(heap, site, entry):
            yield from own_files.paths_of(heap, context, record)
            return


def _is_tried(heap: Heap, context: Context, line: int, path: int) -> bool:
    """Whether a function reads a file before the line on which it handles that this has failed."""
    body = context.body
    return any(
        body.calls[number][CALL_LINE] < line and _is_path(heap, context, one, path)
        for number in range(len(body.calls))
        for one in _asked(heap, context, number)
    )


def _is_path(heap: Heap, context: Context, asked: int, written: int) -> bool:
    """Whether two places of a function are one path, but for what stands behind it while it is written."""
    one, other = bare(heap, context, asked), bare(heap, context, written)
    if one == other or (context.body.ops[one], context.body.a[one]) == (Op.NAME, context.body.a[other]):
        return True
    parts = own_files.parts_of(heap, context, one)
    more = own_files.parts_of(heap, context, other) - parts
    is_part = parts and parts <= own_files.parts_of(heap, context, other)
    return bool(is_part) and all(isinstance(text, str) and text.startswith(_UNFINISHED) for text in more)


def bare(heap: Heap, context: Context, place: int) -> int:
    """Give the path of which another form is made: `Path(path)`, `os.path.expanduser(path)`, `str(path)`."""
    body = context.body
    while body.ops[place] == Op.CALL:
        record = call_record(body, body.a[place])
        if len(record.arguments) != 1 or not callees.names_called(heap, context, record.callee):
            break
        if callees.receiver(context, record) and body.ops[callees.receiver(context, record)] == Op.CALL:
            break
        place = record.arguments[0]
    return place


# -- what is written --------------------------------------------------------------------------------------


def _bits(heap: Heap, write: FileWrite) -> int:
    bits = 0
    for place in _content(write):
        bits |= evaluate(heap, write.context, place).bits
    return bits


def _content(write: FileWrite) -> Sequence[int]:
    """List the places of what a call writes, or of what is written to the file that it opens."""
    context, record = write.context, call_record(write.context.body, write.call)
    held = filecontent.names_of_result(CallSite(context, write.call, 0, write.name))
    places = [*record.arguments, *(value for _, value in record.keywords)]
    if callees.receiver(context, record):
        places.append(callees.receiver(context, record))
    for _, other in callees.calls_of(context):
        given = [*other.arguments, *(value for _, value in other.keywords)]
        if callees.receiver(context, other) in held or not held.isdisjoint(given):
            places += given
    return [place for place in dict.fromkeys(places) if place not in held and place != write.place]


def _is_sent(heap: Heap, calls: CallSites, write: FileWrite, *, is_hash: bool) -> bool:
    """Whether something of a client goes into a file but what can be read in its name."""
    context, origins = write.context, Origins(heap, calls)
    for place in _content(write):
        is_known = key_sources.is_told_by(heap, context, write.place, place)
        if not is_known and context.key in heap.entries:
            return True  # whatever was made of it
        if (is_hash or not is_known) and origins.holds_sent(context, place):
            return True
    return False


def _says_only_that_it_is_there(heap: Heap, calls: CallSites, write: FileWrite) -> bool:
    """Whether a file with a constant in it has a name of a client's: it says what that client has done."""
    context, content = write.context, _content(write)
    is_constant = all(evaluate(heap, context, place).bits in (0, Bit.CONST) for place in content)
    return is_constant and Origins(heap, calls).is_sent(context, write.place)


def _can_be_moved(heap: Heap, calls: CallSites, asking: Asking, write: FileWrite) -> bool:
    """Whether a call writes the file itself, or moves there what the same function has written before."""
    source = _source(heap, write)
    return not source or any(
        other.context is write.context
        and other.place
        and not _source(heap, other)
        and _is_path(heap, write.context, source, other.place)
        and is_made_again(heap, calls, asking, other)
        for other in filewrites.find(heap)
    )


def _source(heap: Heap, write: FileWrite) -> int:
    """Give the place of the file that a call moves or copies; 0 for a call that does something else."""
    record, entry = call_record(write.context.body, write.call), heap.knowledge.function(write.name)
    if entry is None or not entry.moves:
        return 0
    if entry.writes_file == 0:  # `path.rename(target)`
        return callees.receiver(write.context, record)
    return record.arguments[0] if record.arguments else 0
