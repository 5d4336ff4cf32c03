from __future__ import annotations

import ast
import re
from string import Template

import pytest

from statelint import remedies
from statelint.model.diagnostics import Remedy, State
from statelint.model.usage import Hints, Usage
from statelint.remedies.offers import Offer, for_cells, for_files

EVERY_OFFER = [
    pytest.param(table, state, offer, id=f"{table}-{state}-{offer.store}")
    for table, offers in (("cell", for_cells()), ("file", for_files()))
    for state, choices in offers.items()
    for offer in choices
]
# What design and users call a remedy's store must not change from one release to the next.
DEFAULTS = {
    "session": "redis",
    "upload": "object-storage",
    "records": "postgresql",
    "cache": "redis",
    "config": "etcd",
    "queue": "celery",
    "job-result": "result-backend",
    "counter": "redis",
    "rate-limit": "redis",
    "idempotency": "redis",
    "websocket": "redis",
    "lock": "redis",
    "scheduler": "delayed-task",
    "secret": "environment",
    "log": "stdout",
    "environment": "argument",
    "registry": "database",
    "sticky-session": "none",
    "volume": "object-storage",
    "pool": "process",
    "metrics": "metrics",
    "other": "redis",
}
HOSTILE_NAMES = [
    "",
    "_",
    "class",
    "None",
    'request.cookies["sid"]',
    "a b",
    '"}); import os  #',
    "x\ny",
    "{key}",
    "$name",
    "k" * 200,
    "user.id",
    "f'{x}'",
    "self._carts",
    "\u202eevil",
    "9lives",
    "`quoted`",
    "a..b",
]


def suggest(state: State, store: str = "", **names: str) -> Remedy:
    usage = Usage(state=state, reason="", key=names.get("key", ""), value=names.get("value", ""))
    name = names.get("name", "_carts")
    hints = Hints(name=name, symbol=names.get("symbol", name), owner="app")
    return remedies.suggest(usage, hints, {state: store} if store else {})


def word(table: str, state: State, offer: Offer, name: str) -> Remedy:
    if table == "file":
        return remedies.suggest_for_file(name, state, {state: offer.store})
    return suggest(state, offer.store, name=name, symbol=name, key=name, value=name)


def test_a_cart_goes_to_redis_under_the_users_own_names() -> None:
    remedy = suggest(State.SESSION, name="_carts", symbol="CartStore._carts", key="user_id", value="item")
    assert remedy.store == "redis"
    assert "`CartStore._carts`" in remedy.title
    assert 'redis.hset(f"carts:{user_id}", mapping={"data": json.dumps(item)})' in remedy.sample
    assert 'redis.expire(f"carts:{user_id}", 86400)' in remedy.sample


@pytest.mark.parametrize("state", State)
def test_each_kind_has_its_default(state: State) -> None:
    assert suggest(state).store == DEFAULTS[state]
    assert remedies.OFFERED[state][0] == DEFAULTS[state]


@pytest.mark.parametrize(("table", "state", "offer"), EVERY_OFFER)
def test_each_offer_is_reached_by_preferring_it(table: str, state: State, offer: Offer) -> None:
    assert word(table, state, offer, "carts").store == offer.store
    if table == "cell":
        assert offer.store in remedies.OFFERED[state]


@pytest.mark.parametrize(("table", "state", "offer"), EVERY_OFFER)
def test_each_sample_is_short_and_parses_whatever_the_names(table: str, state: State, offer: Offer) -> None:
    for name in ("carts", *HOSTILE_NAMES):
        remedy = word(table, state, offer, name)
        ast.parse(remedy.sample)
        assert len(remedy.sample.splitlines()) <= 8
        assert max(map(len, remedy.sample.splitlines()), default=0) <= 200
        assert "\n" not in remedy.title
        assert remedy.title.count("`") % 2 == 0


@pytest.mark.parametrize(("table", "state", "offer"), EVERY_OFFER)
def test_the_words_keep_the_style(table: str, state: State, offer: Offer) -> None:
    remedy = word(table, state, offer, "carts")
    assert remedy.title == remedy.title.strip()
    assert remedy.title[0].islower()
    assert not remedy.title.endswith(".")
    assert remedy.text.endswith(".")
    assert 1 <= len(re.findall(r"[.;:]?\.(?:\s|$)", remedy.text)) <= 3
    assert "$" not in remedy.title + remedy.text
    assert set(Template(offer.title + offer.text).get_identifiers()) <= {"symbol"}


@pytest.mark.parametrize("state", [State.COUNTER, State.RATE_LIMIT])
def test_nobody_is_told_to_count_without_an_atomic_step(state: State) -> None:
    assert set(remedies.OFFERED[state]) == {"redis", "api-gateway"}
    redis = suggest(state, "redis")
    assert "INCR" in redis.text
    assert ".incr(" in redis.sample
    assert ".set(" not in redis.sample


@pytest.mark.parametrize("store", remedies.OFFERED[State.LOCK])
def test_a_lock_of_one_process_is_no_cure(store: str) -> None:
    assert "no lock across processes" in suggest(State.LOCK, store).text


@pytest.mark.parametrize("state", [State.SESSION, State.WEBSOCKET, State.RATE_LIMIT])
def test_stickiness_is_no_cure(state: State) -> None:
    text = suggest(state).text.lower()
    assert "sticky sessions" in text
    assert "cure" in text


def test_dedup_notes_and_tells_in_one_step() -> None:
    remedy = suggest(State.IDEMPOTENCY, name="_seen", key="nonce")
    assert 'redis.set(f"seen:{nonce}", 1, nx=True, ex=86400)' in remedy.sample


def test_a_store_that_is_not_offered_is_passed_over() -> None:
    assert suggest(State.COUNTER, "memcached").store == "redis"


def test_preferring_for_one_kind_leaves_the_others() -> None:
    usage = Usage(state=State.SESSION, reason="")
    hints = Hints(name="carts", symbol="carts", owner="app")
    assert remedies.suggest(usage, hints, {"queue": "sqs"}).store == "redis"
    assert remedies.suggest(usage, hints, {"session": "memcached", "queue": "sqs"}).store == "memcached"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("user.id", "{user.id}"),
        ('request.cookies["sid"]', "{key}"),
        ("class", "{key}"),
        ("", "{key}"),
        ("k" * 41, "{key}"),
    ],
)
def test_a_key_that_does_not_fit_becomes_neutral(key: str, shown: str) -> None:
    assert f'f"carts:{shown}"' in suggest(State.SESSION, key=key).sample


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("_carts", "carts"),
        ("userCarts", "user_carts"),
        ("__data", "data"),
        ("CARTS", "carts"),
        ("_", "state"),
        ("é", "state"),
    ],
)
def test_a_name_becomes_plain(name: str, shown: str) -> None:
    assert f'f"{shown}:' in suggest(State.SESSION, name=name).sample


@pytest.mark.parametrize(
    ("state", "store"),
    [
        (State.UPLOAD, "object-storage"),
        (State.LOG, "stdout"),
        (State.RECORDS, "postgresql"),
        (State.OTHER, "object-storage"),
        (State.SESSION, "object-storage"),
    ],
)
def test_a_file_goes_where_its_use_tells(state: State, store: str) -> None:
    assert remedies.suggest_for_file("target", state).store == store


def test_an_upload_is_streamed_under_the_path_of_the_user() -> None:
    assert (
        "upload_fileobj(source, BUCKET, str(target))"
        in remedies.suggest_for_file("target", State.UPLOAD).sample
    )
    assert "str(path)" in remedies.suggest_for_file('UPLOADS / f"{name}.png"', State.UPLOAD).sample


def test_offers_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        remedies.OFFERED[State.SESSION] = ()  # type: ignore[index]


def test_a_clock_is_moved_outside_and_a_plan_into_a_queue() -> None:
    kept = remedies.suggest(
        Usage(state=State.SCHEDULER, reason="", key="order_id", value="call_later()"),
        Hints(name="ends", symbol="ends", owner="app"),
        {},
    )
    assert "task_id=str(order_id)" in kept.sample
    assert remedies.suggest_for_call(State.SCHEDULER, "scheduler", {}).store == "kubernetes-cronjob"
    preferred = remedies.suggest(
        Usage(state=State.SCHEDULER, reason=""),
        Hints(name="ends", symbol="ends", owner="app"),
        {"scheduler": "leader-election"},
    )
    assert preferred.store == "leader-election"


def test_an_object_that_keeps_itself_is_not_written_down() -> None:
    kept = remedies.suggest(
        Usage(state=State.SESSION, reason="", key="self.id", value="self"),
        Hints(name="instances", symbol="Page.instances", owner="Page"),
        {},
    )
    assert "json.dumps(value)" in kept.sample
    assert "{self.id}" in kept.sample
