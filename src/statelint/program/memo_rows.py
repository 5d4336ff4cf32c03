"""Row D5 of the list: memos that are written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Test
from statelint.program import ages, callees, guards, key_sources, library, looked_up, memo_levels, own_files
from statelint.program.decisions import Decision, empties_all, puts, sets_nothing
from statelint.program.evaluate import evaluate
from statelint.program.gateways import are_gateways
from statelint.program.handles import is_handle
from statelint.program.making import is_of_making
from statelint.program.values import SERVING, Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from statelint.program.accesses import Write
    from statelint.program.contexts import Context
    from statelint.program.decisions import Holder
    from statelint.program.heap import Heap

_IO = Bit.IO_DB | Bit.IO_HTTP
_READS_BITS = frozenset({"io-db", "io-http"})
_READS = frozenset(
    {"get", "head", "options", "urlopen", "urlretrieve", "download", "list", "search", "stream"}
)
"""How calls are named that read what others may change there; the rest is given something to work on."""
_NOT_COMPUTED = _IO | Bit.CONNECTION | Bit.TASK | Bit.RANDOM


def memo(held: Holder) -> Decision | None:
    """Decide where a key is filled when it is absent or expired, with a value computed from it."""
    heap, writes = held.heap, _but_for_own_fields(held, _but_for_handles(held, _but_for_making(held)))
    adds = memo_levels.but_for_levels(heap, puts(writes))
    if not adds:
        return None
    expiry = _expiry(heap, writes, adds)
    if expiry:
        is_revoked = any(_is_revoked(write, adds) for write in writes)
        expires = Decision(row="D5c", ephemeral=True, reason=expiry)
        return forgotten_here(remembers_io=False) if is_revoked else expires
    filled = [w for w in adds if not w.puts_none]  # `None` remembers that there is nothing
    fills = all((w.absent or w.once) and not w.constant_value and _is_found_out(heap, w) for w in filled)
    fills = fills and all(memo_levels.is_of_its_keys(heap, w) for w in filled)
    if not filled or not fills or _changed_later(heap, adds, writes) or looked_up.is_store(held, filled):
        return None
    if all(_is_content_addressed(heap, w) for w in filled):
        return Decision(row="D5a", ephemeral=True, reason="its key is a hash of all that it is made of")
    decision = _by_origin(held, writes, adds)
    if decision is None or decision.ephemeral:
        return decision
    kept = {value for w in filled if w.value is not None for value in w.value.values}
    return leads_there(heap, kept) or decision


def _by_origin(held: Holder, writes: Sequence[Write], adds: Sequence[Write]) -> Decision | None:
    """Decide by where the values come from, and who drops them."""
    bits = 0
    for write in adds:
        bits |= write.value.bits if write.value is not None else 0
    bits = computed(held, bits, [write.context for write in adds])
    # what is emptied where it is filled for the first time is forgotten by nobody
    taken = [w for w in writes if (w.removes or w.empties or sets_nothing(w)) and not w.once]
    is_pure = not bits & (_NOT_COMPUTED | Bit.IO_FILE | Bit.IO_PROCESS)
    # what is only ever emptied as a whole is computed anew, to the same values
    if any(is_for_a_request(w) for w in taken) and not (is_pure and all(empties_all(w) for w in taken)):
        return forgotten_here(remembers_io=bool(bits & _IO))
    return memo_of(held.heap, bits, [write.context for write in adds])


def leads_there(heap: Heap, kept: Collection[int]) -> Decision | None:
    """D3: what is kept only leads to what it could have remembered."""
    if not are_gateways(heap, kept):
        return None
    return Decision(row="D3", ephemeral=True, reason="ways to a database or a service, made once")


def computed(held: Holder, bits: int, fillers: Iterable[Context]) -> int:
    """Leave out of the bits of a value what its `fillers` did not ask for: that came with its parts."""
    return bits & (~_NOT_COMPUTED | held.asking.bits(fillers)) if bits & _NOT_COMPUTED else bits


def _but_for_making(held: Holder) -> Iterator[Write]:
    """Yield the writes but for those to a value that is still being made, before it is put there.

    if name not in TEMPLATES:
        template = Template(text)           # fills a list of its own while it reads the text
        template.name = name
        TEMPLATES[name] = template
    """
    fills: dict[Context, dict[int, set[int]]] = {}
    for write in puts(held.writes):
        if write.guard and (write.absent or write.once):
            put = write.value.values if write.value is not None else ()
            fills.setdefault(write.context, {}).setdefault(write.guard, set()).update(put)
    tests = {context: set(under) for context, under in fills.items()}
    keyed = [write for write in held.direct if write.context in fills and write.key is not None]
    direct = {id(write) for write in held.direct}
    for write in held.writes:
        is_made = _is_of_a_fill(write, fills) or (
            id(write) not in direct
            and (
                is_of_making(held.heap, write, [one for one in keyed if one.context is write.context])
                or _runs_only_to_fill(held.heap, write.context, tests)
            )
        )
        if not is_made:
            yield write


def _but_for_handles(held: Holder, writes: Iterable[Write]) -> list[Write]:
    """List the writes but for those with which what is kept opens a handle of its own.

    async def session(self):                # of a client that is kept under its token
        if self._session is None:
            self._session = ClientSession()
            self._is_closed = False
    """
    direct = {id(write) for write in held.direct}
    inside = [w for w in held.writes if id(w) not in direct and w.cell[0] == "F" and not w.removes]
    opens = {write.context for write in inside if is_handle(held.heap, write.value)}
    handles = {
        id(write)
        for write in inside
        if write.context in opens and (write.constant_value or is_handle(held.heap, write.value))
    }
    return [write for write in writes if id(write) not in handles]


def _but_for_own_fields(held: Holder, writes: Sequence[Write]) -> list[Write]:
    """List the writes but for those with which an entry sets a field of its own from its others."""
    direct = {id(write) for write in held.direct}
    return [w for w in writes if id(w) in direct or not memo_levels.finds_again(held.heap, w)]


def _is_of_a_fill(write: Write, fills: Mapping[Context, Mapping[int, Collection[int]]]) -> bool:
    """Whether what is written to is put there right after, by the same function under the same guard."""
    put = fills.get(write.context, {}).get(write.guard, ())
    return write.cell[0] in ("E", "F", "I") and write.cell[1] in put


def _runs_only_to_fill(heap: Heap, context: Context, fills: Mapping[Context, set[int]]) -> bool:
    """Whether a function is called, over however many others, by nothing but calls under guards of fills."""
    if context in fills:
        return False
    seen = {context}
    waiting = [context]
    for one in waiting:  # grows while it is read
        callers = {caller: edge[1] for caller, edge in one.callers.items() if caller.era in SERVING}
        if one.key in heap.entries or not callers:
            return False
        for caller, line in callers.items():
            if caller in fills:
                if not guards.stands_under(caller, line, fills[caller]):
                    return False
            elif caller not in seen:
                seen.add(caller)
                waiting.append(caller)
    return True


def _emptied_by_clock(heap: Heap, writes: Sequence[Write]) -> bool:
    """Whether what is computed is looked up before it is put there, and all of it goes when it is too old."""
    adds = [w for w in puts(writes) if w.cell[0] in ("E", "I")]
    emptied = [w for w in writes if empties_all(w)]
    if not adds or not emptied or not all(ages.is_guarded(heap, w.context, w.guard) for w in emptied):
        return False
    if any(is_for_a_request(w) for w in writes if w.removes and not empties_all(w)):
        return False
    return all(_is_computed(w) and _looks_up_first(heap, w) for w in adds)


def _is_computed(write: Write) -> bool:
    """Whether a value was found out, not sent by a client, counted, or drawn."""
    if write.value is None or write.augmented or write.constant_value or _adds_itself(write):
        return False
    return not write.value.bits & (_NOT_COMPUTED & ~_IO)


def _looks_up_first(heap: Heap, write: Write) -> bool:
    """Whether the function that puts something there asks whether it is there."""
    body = write.context.body
    for _, test, place, _, _ in body.guards:
        if (
            test in (Test.ABSENT, Test.PRESENT)
            and write.cell[1] in evaluate(heap, write.context, place).values
        ):
            return True
    return write.absent


def _expiry(heap: Heap, writes: Sequence[Write], adds: Sequence[Write]) -> str:
    """Say how what is too old goes; empty where nothing says so."""
    if all(ages.is_refilled(heap, w) for w in adds):
        return "refilled when it is too old"
    if all(_is_computed(w) and _asks_age_first(heap, w) and key_sources.is_of_its_key(heap, w) for w in adds):
        return "refilled when it is too old"
    found_out = [w for w in adds if not w.constant_value]  # `False` remembers that there is nothing
    if found_out and all(map(_is_computed, found_out)) and all(_drops_by_itself(heap, w) for w in adds):
        return "its container drops what is too old"
    return "looked up first, and emptied when it is too old" if _emptied_by_clock(heap, writes) else ""


def _drops_by_itself(heap: Heap, write: Write) -> bool:
    """Whether a write goes into a container that expires its elements, where one is missing."""
    if write.cell[0] not in ("E", "I") or not (write.absent or write.once):
        return False
    return heap.knowledge.expires(library.container_type(heap, write.cell[1]))


def forgotten_here(*, remembers_io: bool) -> Decision:
    """Decide on a memo out of which a request drops an entry."""
    reason = "a request drops or replaces an entry, in this process only"
    return Decision(row="D5b", ephemeral=False, reason=reason, remembers_io=remembers_io)


def _is_found_out(heap: Heap, write: Write) -> bool:
    return not _adds_itself(write) or memo_levels.completes(heap, write)


def _adds_itself(write: Write) -> bool:
    """Whether nothing is computed from a key: a member of a set, a parameter, a field from a client."""
    if write.key is None and write.handed and write.cell[0] == "E":
        return True
    if write.key is None:
        return write.value is not None and bool(write.value.bits & Bit.REQUEST)
    return write.value is write.key or write.handed


def memo_of(heap: Heap, bits: int, fillers: Sequence[Context]) -> Decision | None:
    """Decide on a memo by where what it remembers comes from; `fillers` compute that."""
    if bits & _IO:
        reason = "remembers what a database or another service said, without expiry"
        return Decision(row="D5e", ephemeral=False, reason=reason, remembers_io=True)
    if bits & _NOT_COMPUTED:
        return None
    if bits & Bit.IO_FILE and own_files.reads_what_it_writes(heap, fillers):
        reason = "remembers a file that requests write"
        return Decision(row="D5d", ephemeral=False, reason=reason, remembers_io=True)
    if bits & (Bit.IO_FILE | Bit.IO_PROCESS):
        reason = "remembers a file or command that the service does not change"
        return Decision(row="D5d", ephemeral=True, reason=reason)
    return Decision(row="D5a", ephemeral=True, reason="a memo of a pure function")


def _asks_age_first(heap: Heap, write: Write) -> bool:
    """Whether the function that puts something there has asked the age of what is there."""
    if write.key is None or ages.is_time_of_client(heap, write):
        return False
    return ages.is_asked(heap, write.context, write.cell[1])


def _changed_later(heap: Heap, adds: Sequence[Write], writes: Sequence[Write]) -> bool:
    """Whether a value that was put there is itself written to while serving."""
    put = {value for write in adds if write.value is not None for value in write.value.values}
    held = {v for v in put if heap.values.kinds[v] in (Kind.CONTAINER, Kind.OBJECT)}
    return any(
        write.cell[0] in ("E", "F", "I") and write.cell[1] in held and not memo_levels.completes(heap, write)
        for write in writes
    )


def is_for_a_request(write: Write) -> bool:
    """Tell whether an entry goes because a client asked, not for its size or age."""
    body = write.context.body
    tests = {body.guards[one][1] for one in guards.chain(body, write.guard)}
    if Test.COMPARE in tests or Test.EACH in tests:
        return False
    return write.key is None or bool(write.key.bits & Bit.REQUEST)


def _is_revoked(write: Write, adds: Sequence[Write]) -> bool:
    """Whether a client names an entry that is to go at once, though all go in the end: a key is deleted."""
    fills = {one.context for one in adds}
    return write.removes and write.key is not None and write.context not in fills and is_for_a_request(write)


def _is_content_addressed(heap: Heap, write: Write) -> bool:
    """Whether the key is a hash of what was worked on, not the hash of where something is to be read."""
    if write.key is None or write.value is None or not write.key.bits & Bit.DIGEST:
        return False
    called = [
        name
        for _, record in callees.calls_of(write.context)
        for name in callees.names_called(heap, write.context, record.callee)
    ]
    if not any("digest" in heap.knowledge.bits(name) for name in called):
        return False  # a hash from elsewhere, of what nobody here can see
    asked = [name for name in called if not _READS_BITS.isdisjoint(heap.knowledge.bits(name))]
    if write.value.bits & _IO and not asked:
        return False
    return not any(is_read_there(heap, name) for name in asked)


def is_read_there(heap: Heap, name: str) -> bool:
    """Whether a call reads what others may change there; else it is given something to work on."""
    return name.rpartition(".")[2] in _READS or "io-db" in heap.knowledge.bits(name)
