"""Decide what kind of state a cell is, by what was seen of it: the first row of `KINDS` that fits.

Usage and values go first, names second: a name decides only where nothing that is done with the cell does, or
where two kinds are used alike (a cache and a store of sessions are both filled when absent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.model.diagnostics import State
from statelint.usage import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.model.usage import Hints
    from statelint.usage.broadcasting import Broadcasting
    from statelint.usage.counting import Counting
    from statelint.usage.flags import Flags
    from statelint.usage.guards import Guards
    from statelint.usage.keys import Keys
    from statelint.usage.membership import Membership
    from statelint.usage.reading import Reading
    from statelint.usage.taking import Taking
    from statelint.usage.trimming import Trimming
    from statelint.usage.values import Values

_IO = frozenset({"io-db", "io-http", "io-file", "io-process"})
_OF_CLIENTS = (State.SESSION, State.WEBSOCKET)
_BEHIND = frozenset({"task", "background"})
_QUEUES = frozenset(
    {
        "queue",
        "Queue",
        "SimpleQueue",
        "LifoQueue",
        "PriorityQueue",
        "JoinableQueue",
        "asyncio.Queue",
        "queue.Queue",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The answers of all questions."""

    keys: Keys
    values: Values
    guards: Guards
    trimming: Trimming
    taking: Taking
    counting: Counting
    membership: Membership
    broadcasting: Broadcasting
    flags: Flags
    reading: Reading

    def facts(self) -> tuple[str, ...]:
        """Say what was seen, for `explain`."""
        answers = (
            self.keys, self.values, self.guards, self.trimming, self.taking, self.counting, self.membership,
            self.broadcasting, self.flags, self.reading,
        )  # fmt: skip
        return tuple(sentence for answer in answers for sentence in answer.facts())


def decide(seen: Seen, hints: Hints) -> tuple[State, str]:
    """Give the kind of state and, in a short sentence, why."""
    for state, fits in KINDS:
        reason = fits(seen, hints)
        if reason:
            return state, reason
    told = names.told_by_name(hints)
    stores = "request" in hints.values and (seen.keys.key or hints.container)
    if told is None and stores and (word := names.is_store(hints)):
        return State.RECORDS, f"the name `{hints.symbol}` speaks of a `{word}`"
    return told or (State.OTHER, "nothing that is done with it tells what it is for")


def _websocket(seen: Seen, hints: Hints) -> str:
    sent = seen.broadcasting.each or seen.broadcasting.one
    if "connection" in hints.values:
        return "the values are connections of clients"
    if sent and not seen.taking.taken:
        return f"its elements are sent to by `{sent}`"
    return ""


def _job_result(seen: Seen, hints: Hints) -> str:
    waiting = seen.taking.put and seen.taking.taken and not seen.keys.key
    if "task" in hints.values and not waiting:
        return "the values are tasks that run"
    if seen.values.work and not waiting:
        return f"the values are work that was started by `{seen.values.work}`"
    if seen.values.progress and (seen.keys.key or seen.reading.by_key) and not seen.taking.taken:
        return f"the entries tell the `{seen.values.progress}` of some work"
    # Who asked for work takes the result out, or named it beforehand: the rest that a loop writes is news.
    behind = sorted(hints.entries & _BEHIND)
    cached = names.named(hints, State.CACHE) or (seen.guards.absent and not seen.guards.blank)
    told = names.told_by_name(hints)
    of_others = told is not None and told[0] in _OF_CLIENTS
    shared = bool(hints.entries - _BEHIND) and (
        seen.reading.collected or names.named(hints, State.JOB_RESULT)
    )
    asked = seen.keys.key and seen.reading.by_key and (shared or seen.keys.given) and not of_others
    if behind and asked and not cached and not seen.taking.taken:
        return f"written by a {behind[0]} and read by key (`{seen.reading.collected or seen.reading.by_key}`)"
    return ""


def _later(seen: Seen, _: Hints) -> str:
    return f"the values are work that begins later (`{seen.values.timer}`)" if seen.values.timer else ""


def _kept_while_asked(seen: Seen, _: Hints) -> str:
    """By the last time that each client was seen, if whoever stays away is forgotten."""
    field, age = seen.values.touched, seen.trimming.by_time
    counted = seen.counting.counted or seen.counting.inside or seen.counting.limit
    if field and field in age and not counted:
        return f"an entry stays as long as a client comes back (`{age}`)"
    return ""


def _queue(seen: Seen, hints: Hints) -> str:
    if seen.taking.taken and (seen.taking.put or hints.container in _QUEUES):
        put = f"`{seen.taking.put}` puts in, " if seen.taking.put else ""
        return f"{put}`{seen.taking.taken}` takes out"
    if hints.container in _QUEUES:
        return "it is a queue"
    both = hints.methods & {"append", "put", "put_nowait"} and hints.methods & {"popleft", "get_nowait"}
    if both and not seen.trimming.by_time:
        return f"{' and '.join(f'`{method}`' for method in sorted(both))} takes out what others put in"
    held = seen.values.queue or next(filter(names.is_queue, sorted(hints.holds)), "")
    if held:
        return f"the values are queues (`{held}`)"
    if seen.taking.picked and not names.named(hints, State.REGISTRY):
        return f"the first that waits is given out (`{seen.taking.picked}`)"
    return ""


def _scheduler(seen: Seen, hints: Hints) -> str:
    timed = seen.taking.due and "request" not in hints.keys and not seen.keys.key
    return f"entries are taken out when they are due (`{seen.taking.due}`)" if timed else ""


def _rate_limit(seen: Seen, hints: Hints) -> str:
    if not seen.keys.key and "request" not in hints.keys:
        return ""
    key = f"per `{seen.keys.key}`" if seen.keys.key else "per key of the request"
    times = seen.values.clock or "clock" in hints.values
    if (seen.counting.counted or seen.counting.inside) and seen.counting.limit:
        return f"counts {key} are held against a limit (`{seen.counting.limit}`)"
    limit = seen.counting.limit or seen.counting.number
    if times and limit and not seen.trimming.by_length:
        return f"times {key} are held against a limit (`{limit}`)"
    times = times and not seen.values.mixed  # a record with a time in it may be a log-in that ends
    if times and seen.trimming.by_time and not (seen.membership.test and seen.values.plain):
        return f"times {key} are trimmed by age (`{seen.trimming.by_time}`)"
    if times and seen.guards.aged and not seen.membership.test and not seen.guards.computed:
        return f"the last time {key} is compared with now (`{seen.guards.aged}`)"
    return ""


def _idempotency(seen: Seen, hints: Hints) -> str:
    if not seen.membership.test or seen.membership.released or seen.membership.removed:
        return ""
    noted = seen.keys.key or hints.container == "set"
    if not noted or seen.reading.looped or seen.reading.listed:
        return ""  # a key that is only there to be found again is never shown to anybody
    plain = seen.values.plain or (bool(hints.values) and hints.values <= {"clock", "const"})
    is_set = hints.container == "set" or "add" in hints.methods
    told = names.named(hints, State.IDEMPOTENCY)
    only_keys = plain or is_set
    unnamed = not names.speaks_of_more(hints)
    if (told and (only_keys or seen.membership.noted)) or (only_keys and (seen.membership.noted or unnamed)):
        return f"a key is looked up before it is noted (`{seen.membership.test}`)"
    return ""


def _session(seen: Seen, hints: Hints) -> str:
    """By the cell's own name or its key; who merely keeps things per user comes after the cache."""
    if _is_cached(seen, hints) or seen.counting.counted:
        return ""
    if names.keyed_by_session(seen.keys.words):
        return f"its key `{seen.keys.key}` is that of a session"
    named = names.told_by_name(hints)
    if seen.keys.itself and "random" in hints.keys and (named is None or named[0] in _OF_CLIENTS):
        return f"each puts itself under its own `{seen.keys.key}`, to be found again by it"
    told = names.named(hints, State.SESSION)
    if told and (seen.keys.key or hints.container == "set") and not _are_accounts(seen, hints):
        return told
    if (
        seen.keys.handed_out
        and not seen.reading.listed
        and not names.speaks_of_records(hints)
        and not names.speaks_of_more(hints)
    ):
        return f"its key `{seen.keys.key}` is drawn at random, handed out and sent back"
    return ""


def _lock(seen: Seen, hints: Hints) -> str:
    if seen.flags.held:
        return f"it is held around work (`{seen.flags.held}`)"
    if seen.flags.around:
        return f"it is set before work and set back after it (`{seen.flags.around}`)"
    if seen.membership.noted and seen.membership.released:
        return f"a key is claimed before work (`{seen.membership.test}`) and released after it"
    claimed = seen.membership.noted and seen.membership.refused and seen.membership.removed
    unread = not seen.reading.by_key and not (seen.reading.listed and "values" in seen.reading.listed)
    if claimed and (unread or names.named(hints, State.LOCK)):
        return f"who finds its key there is turned away (`{seen.membership.test}`), until it is given back"
    return ""


def _is_cached(seen: Seen, hints: Hints) -> bool:
    fills = bool(seen.guards.absent) and not (seen.guards.blank or seen.guards.grows or seen.keys.random)
    return fills and (bool(hints.values & _IO) or seen.guards.computed)


def _cache(seen: Seen, hints: Hints) -> str:
    other = names.speaks_of_more(hints) and not (names.named(hints, State.CACHE) or hints.values & _IO)
    if _is_cached(seen, hints) and "request" not in hints.values - hints.keys and not other:
        return f"filled when absent (`{seen.guards.absent}`)"
    told = names.named(hints, State.CACHE)
    return "" if told and names.speaks_of_settings(hints) and _config(seen, hints) else told


def _are_accounts(seen: Seen, hints: Hints) -> bool:
    """Tell users that are looked through from those that are only found again when they come back."""
    looked_through = seen.reading.listed or seen.reading.looped
    return names.speaks_of_users(hints) and bool(looked_through) and hints.container != "set"


def _per_user(seen: Seen, hints: Hints) -> str:
    if _are_accounts(seen, hints):
        return ""
    if (
        names.keyed_by_user(seen.keys.shared)
        and not seen.counting.counted
        and not names.speaks_of_more(hints)
    ):
        return f"its key `{seen.keys.key}` names a user"
    return ""


def _counter(seen: Seen, hints: Hints) -> str:
    named = names.told_by_name(hints)
    alone = not hints.container and not seen.keys.key
    if seen.counting.counted and (
        alone or named is None or named[0] in {State.COUNTER, State.SESSION, State.JOB_RESULT}
    ):
        return f"the value is computed from itself (`{seen.counting.counted}`)"
    return ""


def _upload(seen: Seen, _: Hints) -> str:
    return "the content of uploaded files is kept" if seen.values.upload else ""


def _config(seen: Seen, hints: Hints) -> str:
    settings = names.speaks_of_settings(hints)
    if (seen.keys.key or names.speaks_of_more(hints)) and not settings:
        return ""
    listy = hints.container in {"list", "deque", "set"} or hints.methods & {"append", "add", "extend"}
    if "request" in hints.values and not listy:
        return "settings for all, set by a request" if settings else "one value for all, set by a request"
    if seen.values.truth:
        return "a switch for all, turned by one request"
    if seen.values.switched and not seen.guards.absent and hints.entries == {"request"}:
        return "one value for all, set by one request and dropped by another"
    return ""


def _registry(seen: Seen, hints: Hints) -> str:
    named = names.told_by_name(hints)
    if named is not None:
        return named[1] if named[0] is State.REGISTRY else ""
    described = "request" in hints.values or "request" in hints.keys
    listed = seen.reading.listed or (seen.keys.key and seen.reading.looped)
    if described and listed and not _created(seen, hints) and not names.is_store(hints):
        return f"described by requests and listed (`{listed}`)"
    return ""


def _records(seen: Seen, hints: Hints) -> str:
    if names.speaks_of_more(hints):
        return ""
    if hints.entries and hints.entries <= _BEHIND and names.named(hints, State.JOB_RESULT):
        return ""  # no request makes them: it is what came of work
    kept = "request" in hints.values or seen.keys.random
    if _created(seen, hints) and kept:
        return f"its entries are made one by one, and `{seen.keys.value or hints.symbol}` is kept in them"
    if (
        "request" in hints.values
        and names.speaks_of_records(hints)
        and (seen.keys.key or seen.reading.listed)
    ):
        return f"requests leave `{seen.keys.value or hints.symbol}` in it"
    if "request" in hints.values and seen.keys.passed and seen.reading.by_key:
        return f"it keeps what it is handed under a key and gives it back (`{seen.reading.by_key}`)"
    return ""


def _created(seen: Seen, hints: Hints) -> bool:
    """Tell a store that makes its own keys, or has none, from one whose keys the request brings."""
    appended = seen.taking.put in {"append", "insert", "extend"} or "append" in hints.methods
    return (appended and not seen.keys.key) or seen.keys.random


KINDS: tuple[tuple[State, Callable[[Seen, Hints], str]], ...] = (
    (State.WEBSOCKET, _websocket),
    (State.SESSION, _kept_while_asked),
    (State.SCHEDULER, _later),
    (State.JOB_RESULT, _job_result),
    (State.QUEUE, _queue),
    (State.SCHEDULER, _scheduler),
    (State.RATE_LIMIT, _rate_limit),
    (State.IDEMPOTENCY, _idempotency),
    (State.SESSION, _session),
    (State.LOCK, _lock),
    (State.CACHE, _cache),
    (State.SESSION, _per_user),
    (State.COUNTER, _counter),
    (State.UPLOAD, _upload),
    (State.CONFIG, _config),
    (State.RECORDS, _records),
    (State.REGISTRY, _registry),
)
