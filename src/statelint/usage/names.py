"""What names tell: the last resort, and the judge between kinds that are used alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.diagnostics import State
from statelint.usage.words import last_word, split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.usage import Hints

# The first kind with a word in the name decides: `job_queue` holds jobs, `session_cache` sessions.
_TELLING: Mapping[State, frozenset[str]] = {
    State.WEBSOCKET: split("websocket ws socket socketio connection subscriber subscription listener waiter"),
    State.JOB_RESULT: split("job task progress running result pending future"),
    State.QUEUE: split("queue q backlog inbox outbox buffer mailbox"),
    State.RATE_LIMIT: split("rate throttle attempt bucket limiter quota failure"),
    State.IDEMPOTENCY: split("nonce seen processed replay dedup idempotency handled delivered"),
    State.LOCK: split("lock mutex busy locked semaphore claim claimed processing inflight"),
    State.SESSION: split(
        "session sess cart basket login logged auth token cookie conversation tracker dialog chat revoked "
        "blacklist denylist otp memory"
    ),
    State.CACHE: split("cache cached memo memoized"),
    State.SCHEDULER: split("scheduler schedule scheduled timer reminder"),
    State.UPLOAD: split("upload uploaded file attachment image photo blob"),
    State.CONFIG: split("config configuration setting option pref preference flag feature maintenance mode"),
    State.REGISTRY: split("registry registered plugin handler webhook callback hook node peer worker"),
    State.SECRET: split("secret"),
    State.COUNTER: split("counter count total"),
}
_ORDER = {state: place for place, state in enumerate(_TELLING)}
_NO_COPIES = frozenset({State.SESSION, State.QUEUE, State.RATE_LIMIT, State.IDEMPOTENCY, State.LOCK})
"""What nobody has a copy of elsewhere: whoever says cache means the only place where it is."""
_RECORDS = split(
    "order item product post message comment note todo ticket record book article invoice customer account "
    "store db database data entry person event user document"
)
_STORES = split("store storage database db index repository backend")
"""What keeps anything: in front of these, `memory` says how, and no conversation is meant."""

_WORKS = split("worker thread")
"""What a class is called that works in the background: what it collects is work."""

_ONE_THING = ("", "tuple", "frozenset")

_MEMORY = split("memory")
_INDEX = split("index")
_ONE_USER = "user"
_ACCOUNTS = split("user account customer member")
_USER = split("user username uid userid account customer member visitor login chat conversation sender")
_SESSION_KEY = split("session sid cookie sessionid jti")


def told_by_name(hints: Hints) -> tuple[State, str] | None:
    """Let the names decide: the cell's own, the one it is shown by, then that of its class or module."""
    owner_name = hints.owner.rpartition(".")[2]
    unsaid = _MEMORY if split(owner_name, hints.name) & _STORES else frozenset[str]()
    owner = _told_by(owner_name, unsaid | _WORKS)
    if hints.container not in _ONE_THING and (last := last_word(owner_name)) in _WORKS:
        owner = State.JOB_RESULT, f"`{owner_name}` is a `{last}`"
    symbol = owner if owner_name in hints.symbol else _told_by(hints.symbol)
    own = _told_by(hints.name, unsaid) or symbol
    if hints.symbol != hints.name and split(hints.symbol) & _TELLING[State.CONFIG]:
        # `app.config["COOKIE_PATH"]` is a setting, whatever it sets
        return State.CONFIG, f"`{hints.symbol}` is a setting"
    # `cache` says how a thing is kept, the class around it what for: a `RamSession` has a cache of sessions.
    if own is not None and own[0] is State.CACHE and owner is not None and owner[0] in _NO_COPIES:
        return owner
    if last_word(hints.name) == _ONE_USER and (own is None or _ORDER[own[0]] > _ORDER[State.SESSION]):
        return State.SESSION, f"the name `{hints.name}` speaks of `{_ONE_USER}`"
    return own or owner


def _told_by(name: str, unsaid: frozenset[str] = frozenset()) -> tuple[State, str] | None:
    words = split(name) - unsaid
    for state, telling in _TELLING.items():
        if found := sorted(words & telling):
            return state, f"the name `{name}` speaks of `{found[0]}`"
    return None


def named(hints: Hints, state: State) -> str:
    """Give the reason if the names speak of one kind, else nothing."""
    told = told_by_name(hints)
    return told[1] if told is not None and told[0] is state else ""


def speaks_of_records(hints: Hints) -> bool:
    """Tell the names of things that people keep: `ORDERS`, `_items`."""
    return bool(split(hints.name) & _RECORDS)


def is_store(hints: Hints) -> str:
    """Give the word by which a cell is a store: its own name, or that of its class, not of its module."""
    owner = hints.owner.rpartition(".")[2] if hints.symbol != hints.name else ""
    return next(iter((*sorted(split(hints.name) & _RECORDS), *sorted(split(owner) & _STORES - _INDEX))), "")


def speaks_of_users(hints: Hints) -> bool:
    """Tell a cell that is called after the users, as their accounts are: `_users`, not `user_count`."""
    return last_word(hints.name) in _ACCOUNTS


def speaks_of_more(hints: Hints) -> bool:
    """Tell a cell whose own name has a word that stands for a kind, and not for records alone."""
    words = split(hints.name) - _RECORDS
    return any(words & telling for telling in _TELLING.values())


def speaks_of_settings(hints: Hints) -> bool:
    """Tell a cell whose own name says that settings are kept there, `_config_cache` included."""
    words = split(hints.name)
    others = (telling for state, telling in _TELLING.items() if state not in {State.CONFIG, State.CACHE})
    return bool(words & _TELLING[State.CONFIG]) and not any(words - _RECORDS & telling for telling in others)


def keyed_by_user(words: frozenset[str]) -> bool:
    """Tell the words of a key that names a user."""
    return bool(words & _USER)


def keyed_by_session(words: frozenset[str]) -> bool:
    """Tell the words of a key that names a session."""
    return bool(words & _SESSION_KEY)


def is_queue(name: str) -> bool:
    """Tell the name of a class of queues: `Queue`, `app.EventQueue`."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and "queue" in split(last)
