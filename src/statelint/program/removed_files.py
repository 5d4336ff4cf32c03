"""Files that are gone before the answer: whoever writes one, or called for it, removes it at the end.

path = os.path.join(UPLOADS, uuid4().hex)           background.add_task(os.remove, path)
file.save(path)
try:
    return convert(path)
finally:
    os.remove(path)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import (
    CALL_ARGUMENTS,
    CALL_CALLEE,
    CALL_GUARD,
    CALL_KEYWORDS,
    CALL_LINE,
    FLOW_GUARD,
    Op,
    Test,
)
from statelint.program import callees, file_memos, filecontent, filewrites, guards, own_files
from statelint.program.calling import call_record
from statelint.program.callsites import CallSite
from statelint.program.evaluate import evaluate
from statelint.program.reach import Reach
from statelint.program.values import SERVING, Bit, Kind
from statelint.program.written_paths import WrittenPath, is_alike, lies_in, speaks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.knowledge import FunctionEntry
    from statelint.model.facts import Body
    from statelint.program.calling import CallRecord
    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.filewrites import FileWrite
    from statelint.program.heap import Heap

MOST_CALLS = 4
"""Calls between the function that writes a file and the one that removes it."""
_ALWAYS = (Test.FINALLY, Test.HELD, Test.ONE_OF)
"""Guards that keep nothing from happening."""
_GATHERS = frozenset({"append", "add"})
_OPPOSITE = {
    Test.TRUTHY: Test.FALSY,
    Test.FALSY: Test.TRUTHY,
    Test.IS_NONE: Test.NOT_NONE,
    Test.NOT_NONE: Test.IS_NONE,
    Test.ABSENT: Test.PRESENT,
    Test.PRESENT: Test.ABSENT,
}


def is_removed(heap: Heap, calls: CallSites, write: FileWrite) -> bool:
    """Whether the function that writes a file, or one that calls it, removes it; and no other asks for it."""
    if write.opened is not None or not write.place:
        return False
    ends = _ends(heap, WrittenPath(write.context, write.call, write.place, in_folder=False), MOST_CALLS)
    return bool(ends) and not _is_asked_elsewhere(heap, calls, write, ends)


# -- who removes it ---------------------------------------------------------------------------------------


def _ends(heap: Heap, path: WrittenPath, room: int) -> Sequence[WrittenPath]:
    """List where a path stands in the functions that remove it in the end; none where one leaves it there."""
    if _is_moved(heap, path):
        return ()
    body = path.context.body
    before = guards.chain(body, call_record(body, path.number).guard)
    ways = [
        [
            one
            for one in reversed(guards.chain(body, guard))
            if one not in before and not _is_open(heap, path, one)
        ]
        for guard in _removals(heap, path)
    ]
    if _covers(body, path.place, ways):
        return (path,)
    found: list[WrittenPath] = []
    for known in _above(heap, path) if room else ():
        ends = next((ends for one in known if (ends := _ends(heap, one, room - 1))), ())
        if not ends:
            return ()
        found += ends
    return found


def _above(heap: Heap, path: WrittenPath) -> Iterator[list[WrittenPath]]:
    """Yield, for each call of a function, where the caller has the path: what it gives, what it is given."""
    context, body = path.context, path.context.body
    if context.key in heap.entries:
        return
    heads = [
        (heap.modules.string(context.module, body.a[place]), in_folder)
        for place, in_folder in lies_in(heap, path)
        if body.ops[place] == Op.NAME and not any(text == body.a[place] for text, *_ in body.binds)
    ]
    back = [flow[1] for flow in body.flows if not flow[0]]
    is_back = not path.in_folder and any(is_alike(body, one, path.place) for one in back)
    for caller in context.callers:
        if caller.era not in SERVING:
            continue
        calls = callees.calls_in(heap, caller).get(context.uid, ())
        if not calls or callees.is_handed_over(heap, caller, context):
            yield []
        for number, bound in calls:
            known = [
                WrittenPath(caller, number, _given(heap, context, (caller, number, bound), name), in_folder)
                for name, in_folder in heads
            ]
            held = filecontent.names_of_result(CallSite(caller, number, 0, "")) if is_back else ()
            named = [one for one in sorted(held) if caller.body.ops[one] == Op.NAME]
            known += [WrittenPath(caller, number, one, in_folder=False) for one in named[:1]]
            yield [one for one in known if one.place]


def _given(heap: Heap, context: Context, call: tuple[Context, int, int], name: str) -> int:
    """Give the place of what a call gives for a parameter; 0 where there is none, or it leaves it out."""
    caller, number, bound = call
    params = [param.name for param in heap.modules.units[context.uid].params]
    if name not in params:
        return 0
    record = call_record(caller.body, number)
    return callees.given(heap, caller, record, name, params.index(name) - bound)


def _is_moved(heap: Heap, path: WrittenPath) -> bool:
    """Whether a function moves the file to another place: a copy is a write of its own."""
    for number, record in callees.calls_of(path.context):
        for name in callees.names_called(heap, path.context, record.callee):
            entry = heap.knowledge.function(name)
            if entry is None or not entry.moves or entry.keeps_source or number == path.number:
                continue
            source = callees.receiver(path.context, record) if entry.writes_file == 0 else 0
            source = source or (record.arguments[0] if record.arguments else 0)
            bare = file_memos.bare(heap, path.context, source)
            if any(is_alike(path.context.body, place, bare) for place, _ in lies_in(heap, path)):
                return True
    return False


def _removals(heap: Heap, path: WrittenPath) -> Iterator[int]:
    """Yield the guards under which a function removes a path, or has it removed after it is done."""
    context, body = path.context, path.context.body
    after = _start(body, path.number)
    for number, record in callees.calls_of(context):
        if number == path.number:
            continue
        is_later = _start(body, number) > after or guards.is_in_finally(body, record.guard)
        if is_later and _removes(heap, path, record):
            yield record.guard


def _start(body: Body, number: int) -> tuple[int, int]:
    record = call_record(body, number)
    return record.line, record.column


def _removes(heap: Heap, path: WrittenPath, record: CallRecord) -> bool:
    context = path.context
    for name in callees.names_called(heap, context, record.callee):
        entry = heap.knowledge.function(name)
        if entry is not None and entry.removes_file:
            return _is_gone(heap, path, _subject(context, record, entry), entry)
    for target in callees.targets(heap, context, record.callee):
        if _is_cleaned(heap, path, target, record.arguments):
            return True
    return _is_left_to(heap, path, record)


def _is_left_to(heap: Heap, path: WrittenPath, record: CallRecord) -> bool:
    """Whether a call is given the path and what removes it, to be called in the end."""
    kinds, context = heap.values.kinds, path.context
    for at, place in enumerate(record.arguments[:-1]):
        rest = record.arguments[at + 1 :]
        for value in sorted(evaluate(heap, context, place).values):
            for name in callees.names_of(heap, value) if kinds[value] == Kind.EXTERNAL else ():
                entry = heap.knowledge.function(name)
                if entry is not None and entry.removes_file and _is_gone(heap, path, rest[0], entry):
                    return True
            if kinds[value] == Kind.FUNCTION:
                runs = heap.contexts_of(heap.values.parts[value][0])
                if any(_is_cleaned(heap, path, run, rest) for run in runs if run.era in SERVING):
                    return True
    return False


def _is_cleaned(heap: Heap, path: WrittenPath, target: Context, arguments: Sequence[int]) -> bool:
    """Whether a function of the project removes one of its parameters, for which it is given the path."""
    params = [param.name for param in heap.modules.units[target.uid].params]
    params = [name for name in params if not heap.modules.is_receiver(target.uid, name)]
    for name, place in zip(params, arguments, strict=False):
        for _, record in callees.calls_of(target):
            for called in callees.names_called(heap, target, record.callee):
                entry = heap.knowledge.function(called)
                if entry is None or not entry.removes_file or not _is_gone(heap, path, place, entry):
                    continue
                gone = file_memos.bare(heap, target, _subject(target, record, entry))
                is_param = target.body.ops[gone] == Op.NAME and (
                    heap.modules.string(target.module, target.body.a[gone]) == name
                )
                if is_param and _asks_only_for(heap, target, record.guard, gone):
                    return True
    return False


def _subject(context: Context, record: CallRecord, entry: FunctionEntry) -> int:
    """Give the place of the path that a call removes or asks for."""
    if entry.receiver:
        return callees.receiver(context, record)
    return record.arguments[0] if record.arguments else 0


def _is_gone(heap: Heap, path: WrittenPath, removed: int, entry: FunctionEntry) -> bool:
    """Whether what is removed is the path, or a folder in which it lies."""
    if not removed:
        return False
    context = path.context
    gone = file_memos.bare(heap, context, removed)
    if context.body.ops[gone] == Op.NAME and any(
        context.body.ops[value] == Op.ELEMENT and _is_gathered(heap, path, context.body.a[value])
        for text, value, *_ in context.body.binds
        if text == context.body.a[gone]
    ):
        return True
    for place, in_folder in lies_in(heap, path):
        if (entry.removes_tree or not in_folder) and is_alike(context.body, place, gone):
            return not _is_one_of_many(context.body, place, path, removed)
    return False


def _is_gathered(heap: Heap, path: WrittenPath, table: int) -> bool:
    """Whether each path is put into a list: `paths.append(path)`, where it is written."""
    context, body = path.context, path.context.body
    own = guards.chain(body, call_record(body, path.number).guard)
    return any(
        body.ops[record.callee] == Op.ATTR
        and heap.modules.string(context.module, body.b[record.callee]) in _GATHERS
        and is_alike(body, body.a[record.callee], table)
        and record.guard in (0, *own)
        and any(is_alike(body, one, path.place) for one in record.arguments)
        for _, record in callees.calls_of(context)
    )


def _is_one_of_many(body: Body, place: int, path: WrittenPath, removed: int) -> bool:
    """Whether a path is another one in each round of a loop, and only that of the last one is removed."""
    if body.ops[place] != Op.NAME:
        return False
    loops = {
        one
        for text, _, guard, *_ in body.binds
        if text == body.a[place]
        for one in guards.chain(body, guard)
        if body.guards[one][1] == Test.EACH
    }
    own = set(guards.chain(body, call_record(body, path.number).guard))
    ends = [
        record[CALL_GUARD]
        for record in body.calls
        if removed in record[CALL_ARGUMENTS] or body.a[record[CALL_CALLEE]] == removed
    ]
    return any(not loops.intersection(own) <= set(guards.chain(body, guard)) for guard in ends)


def _covers(body: Body, path: int, ways: Sequence[Sequence[int]]) -> bool:
    """Whether a path is removed whatever tests say; `ways` has those of each removal, outermost first."""
    if not all(ways):
        return True
    for one in dict.fromkeys(way[0] for way in ways):
        inner = [way[1:] for way in ways if way[0] == one]
        if _covers(body, path, inner) and any(
            _covers(body, path, [way[1:] for way in ways if way[0] == other])
            or _ends_without(body, path, other)
            for other in _opposites(body, one)
        ):
            return True
    return False


def _opposites(body: Body, guard: int) -> Iterator[int]:
    """Yield the guard of what runs where a test says the opposite."""
    parent, test, *rest = body.guards[guard]
    for number, (above, other, *same) in enumerate(body.guards):
        if (above, same) == (parent, rest) and other == _OPPOSITE.get(test):
            yield number


def _ends_without(body: Body, path: int, guard: int) -> bool:
    """Whether a function ends under a guard, and hands the path to nobody there."""
    ends = [flow for flow in body.flows if not flow[0] and guards.is_under(body, flow[FLOW_GUARD], (guard,))]
    said = [place for _, place, *_ in ends]
    for record in body.calls:
        if guards.is_under(body, record[CALL_GUARD], (guard,)):
            said += [*record[CALL_ARGUMENTS], *(one for _, one in record[CALL_KEYWORDS])]
            said.append(body.a[record[CALL_CALLEE]])
    return bool(ends) and not any(speaks_of(body, one, path) for one in said)


def _is_open(heap: Heap, path: WrittenPath, guard: int) -> bool:
    """Whether a guard only asks for the file or the folder that it lies in."""
    _, test, asked, *_ = path.context.body.guards[guard]
    if test == Test.EACH and _is_gathered(heap, path, asked):
        return True
    return any(_is_passed(heap, path.context, guard, place) for place, _ in lies_in(heap, path))


def _asks_only_for(heap: Heap, context: Context, guard: int, place: int) -> bool:
    """Whether something happens for sure, or where a file is there."""
    return all(_is_passed(heap, context, one, place) for one in guards.chain(context.body, guard))


def _is_passed(heap: Heap, context: Context, guard: int, path: int) -> bool:
    """Whether a guard keeps nothing from happening, or only asks whether there is such a file."""
    body = context.body
    _, test, asked, _, _ = body.guards[guard]
    if test in _ALWAYS:
        return True
    if test not in (Test.TRUTHY, Test.NOT_NONE):
        return False
    if body.ops[asked] != Op.CALL:
        return is_alike(body, asked, path)
    record = call_record(body, body.a[asked])
    for name in callees.names_called(heap, context, record.callee):
        entry = heap.knowledge.function(name)
        if entry is not None and entry.asks_file:
            return is_alike(body, file_memos.bare(heap, context, _subject(context, record, entry)), path)
    return False


# -- who else asks ----------------------------------------------------------------------------------------


def _is_asked_elsewhere(heap: Heap, calls: CallSites, write: FileWrite, ends: Sequence[WrittenPath]) -> bool:
    """Whether another request may look for a file meanwhile, or this one does before it writes: a lock."""
    if evaluate(heap, write.context, write.place).bits & Bit.RANDOM:
        return False
    own = file_memos.fixed(own_files.parts_of(heap, write.context, write.place))
    if not own:
        return False
    inside = set(Reach(heap).below([end.context for end in ends]))
    makers = _makers(heap, own)
    after = {end.context: end.context.body.calls[end.number][CALL_LINE] for end in ends}
    for name, sites in calls.of_name.items():
        entry = heap.knowledge.function(name)
        if entry is None or "io-file" not in entry.bits or entry.temporary:
            continue
        for site in sites:
            context = site.context
            begins = after.get(context, 0) if context in inside else makers.get(context)
            if context.era not in SERVING or (begins is not None and site.record.line >= begins):
                continue
            for asked in own_files.paths_of(heap, context, site.record):
                if own_files.is_same(own, file_memos.fixed(own_files.parts_of(heap, context, asked))):
                    return True
    return False


def _makers(heap: Heap, own: own_files.Parts) -> dict[Context, int]:
    """Find the functions that make a file of the same name and remove it, and on which line they make it."""
    return {
        other.context: other.span[0]
        for other in filewrites.find(heap)
        if other.place
        and other.opened is None
        and file_memos.fixed(own_files.parts_of(heap, other.context, other.place)) == own
        and _ends(heap, WrittenPath(other.context, other.call, other.place, in_folder=False), 0)
    }
