from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from statelint.model.diagnostics import Role, State
from statelint.model.usage import Hints, Statement
from statelint.usage.look import look_closely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.usage import Usage


def statement(text: str, *, role: Role = Role.WRITTEN, line: int = 1, focus: int = 0) -> Statement:
    text = text.strip("\n")
    if not text.startswith("    def"):
        text = textwrap.dedent(text)
    return Statement(path="app.py", line=line, text=text, focus=focus or line, role=role, function="f")


def look(name: str, *texts: str, **known: object) -> Usage:
    """Show statements to the microscope: the ones that begin with a name declare the cell."""
    hints = Hints(
        name=name,
        symbol=str(known.get("symbol", name)),
        owner=str(known.get("owner", "app")),
        container=str(known.get("container", "")),
        **{
            part: frozenset(known.get(part, ()))  # type: ignore[call-overload]
            for part in ("keys", "values", "entries", "methods", "holds")
        },
    )
    shown = [
        statement(text, role=Role.DECLARED if text.strip().startswith(name) else Role.WRITTEN)
        for text in texts
    ]
    return look_closely(shown, hints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One cell: its name, what the facts say, the statements, and the kind of state it must be."""

    kind: State
    name: str
    texts: tuple[str, ...]
    known: Mapping[str, object] = field(default_factory=dict)


def case(kind: str, name: str, *texts: str, **known: object) -> Case:
    return Case(kind=State(kind), name=name, texts=texts, known=known)


CASES = {
    # connections of clients
    "waiters that each get a message": case(
        "websocket",
        "waiters",
        "def send_updates(chat):\n    for waiter in waiters:\n        waiter.write_message(chat)",
    ),
    "connections by the facts": case("websocket", "pool", "pool[user] = ws", values=["connection"]),
    "rooms of a hub": case(
        "websocket",
        "_rooms",
        "    def join(self, room, ws):\n        self._rooms.setdefault(room, set()).add(ws)",
        "    async def cast(self, room, text):\n        for ws in list(self._rooms.get(room, ())):\n"
        "            await ws.send_text(text)",
    ),
    "a queue per client, each told": case(
        "websocket",
        "clients",
        "def tell(event):\n    for q in clients:\n        q.put_nowait(event)",
    ),
    "gathered sends": case(
        "websocket",
        "live",
        "async def cast(m):\n    await asyncio.gather(*[c.send(m) for c in live.values()])",
    ),
    "one connection by user": case(
        "websocket", "online", "async def tell(u, m):\n    await online[u].send_json(m)", keys=["request"]
    ),
    "elements that are only called": case(
        "registry",
        "hooks",
        "def add(f):\n    hooks.append(f)",
        "def fire():\n    for f in hooks:\n        f.run()",
    ),
    # jobs
    "futures": case(
        "job-result", "running", "def go(k):\n    running[k] = pool.submit(work, k)\n    return k"
    ),
    "tasks by the facts": case("job-result", "entries", "entries[k] = t", values=["task"]),
    "records with a status": case(
        "job-result",
        "exports",
        'def start():\n    k = str(uuid4())\n    exports[k] = {"status": "queued"}\n    return k',
        'def work(k):\n    exports[k]["status"] = "done"',
        "def poll(k):\n    return exports[k]",
    ),
    "written behind, read by key": case(
        "job-result",
        "reports",
        "def work(rid):\n    reports[rid] = render(rid)",
        "def show(rid):\n    return reports[rid]",
        entries=["background"],
    ),
    "the same written by a request": case(
        "records",
        "items",
        "def work(rid):\n    items[rid] = body",
        "def show(rid):\n    return items[rid]",
        entries=["request"],
        values=["request"],
    ),
    # queues
    "popleft elsewhere": case(
        "queue",
        "pending",
        "def accept(x):\n    pending.append(x)",
        "def work():\n    while pending:\n        run(pending.popleft())",
    ),
    "pop(0)": case(
        "queue",
        "mails",
        "def post(m):\n    mails.append(m)",
        "def work():\n    mail = mails.pop(0)\n    mail.send()",
    ),
    "put and get": case(
        "queue",
        "inbound",
        "def accept(x):\n    inbound.put(x)",
        "def work():\n    item = inbound.get(timeout=5)\n    item.run()",
    ),
    "a heap": case(
        "queue",
        "due",
        "def accept(x):\n    heapq.heappush(due, x)",
        "def work():\n    first = heapq.heappop(due)\n    return first",
    ),
    "appended at the front, popped": case(
        "queue", "todo", "def a(x):\n    todo.appendleft(x)", "def b():\n    x = todo.pop()\n    return x"
    ),
    "a buffer written behind": case(
        "queue",
        "rows",
        "def accept(x):\n    rows.append(x)",
        "def flush():\n    for row in rows:\n        db.insert(row)\n    rows.clear()",
    ),
    "a queue by the facts": case("queue", "things", "def a(x):\n    things.put_nowait(x)", container="queue"),
    "a list that is only added to": case(
        "records",
        "orders",
        "def post(o):\n    orders.append(o)",
        "def every():\n    return orders",
        values=["request"],
        container="list",
    ),
    # limits
    "times trimmed and counted": case(
        "rate-limit",
        "history",
        """
        def wrapper(request):
            now = time.time()
            ip = request.client.host
            recent = [t for t in history[ip] if now - t < 60]
            if len(recent) >= limit:
                raise TooMany
            recent.append(now)
            history[ip] = recent
        """,
        keys=["request"],
    ),
    "a deque per address": case(
        "rate-limit",
        "calls",
        """
        def check(ip):
            q = calls[ip]
            while q and q[0] < time.monotonic() - 60:
                q.popleft()
            q.append(time.monotonic())
            return len(q) <= 10
        """,
        keys=["request"],
    ),
    "counts per address": case(
        "rate-limit",
        "tries",
        "def check(ip):\n    tries[ip] = tries.get(ip, 0) + 1\n    if tries[ip] > 5:\n        abort(429)",
    ),
    "counts nobody compares": case(
        "counter", "views", "def show(page):\n    views[page] += 1", keys=["request"]
    ),
    "last time per user": case(
        "rate-limit",
        "last",
        "def check(uid):\n    if time.time() - last.get(uid, 0) < 5:\n        abort(429)\n"
        "    last[uid] = time.time()",
    ),
    "times compared with whatever number": case(
        "rate-limit",
        "history",
        """
        def wrapper(ip):
            now = time.time()
            since = now - period
            if ip not in history:
                history[ip] = []
            history[ip] = [t for t in history[ip] if t > since]
            if len(history[ip]) >= count:
                abort(429)
            history[ip].append(now)
        """,
    ),
    "things done when their time has come": case(
        "scheduler",
        "later",
        """
        def tick():
            now = time.time()
            while later and later[0].at <= now:
                due = later.pop(0)
                due.run()
        """,
        "def plan(x):\n    later.append(x)",
    ),
    # seen before
    "nonces": case(
        "idempotency",
        "used",
        "def check(nonce):\n    if nonce in used:\n        abort(409)\n    used.add(nonce)",
        container="set",
    ),
    "nonces with a time": case(
        "idempotency",
        "used",
        """
        def check(nonce):
            now = time.time()
            for k in [k for k, at in used.items() if at < now - 300]:
                del used[k]
            if nonce in used:
                return False
            used[nonce] = now
            return True
        """,
    ),
    "times under keys that are looked up": case(
        "rate-limit",
        "used",
        """
        def check(ip):
            now = time.time()
            if ip in used:
                used[ip][:] = [at for at in used[ip] if now - at < 300]
            used.setdefault(ip, []).append(now)
        """,
    ),
    "nonces noted elsewhere and trimmed": case(
        "idempotency",
        "used",
        "def check(nonce):\n    return nonce in used",
        """
        def note(nonce):
            now = time.time()
            for k in [k for k, at in used.items() if now - at > 300]:
                del used[k]
            used[nonce] = now
        """,
    ),
    "events by name": case(
        "idempotency",
        "processed_events",
        "def is_new(e):\n    return e.id not in processed_events",
        "def note(e):\n    processed_events.add(e.id)",
        container="set",
    ),
    "keys that are looked up elsewhere": case(
        "idempotency",
        "used",
        "def note(k):\n    used.add(k)",
        "def check(k):\n    return k in used",
        container="set",
    ),
    "keys that are looked up and removed elsewhere": case(
        "other",
        "used",
        "def note(k):\n    used.add(k)",
        "def check(k):\n    return k in used",
        "def forget(k):\n    used.discard(k)",
        container="set",
    ),
    "a claim given back after work": case(
        "lock",
        "active",
        """
        def run(uuid):
            if uuid in active:
                return
            active.add(uuid)
            try:
                work(uuid)
            finally:
                active.discard(uuid)
        """,
        container="set",
    ),
    "keys dropped before they are added again": case(
        "cache",
        "keys",
        """
        def check(k):
            now = time.time()
            if k in keys:
                at, user = keys[k]
                if user.valid:
                    return user
                del keys[k]
            user = load(k)
            keys[k] = (now, user)
            return user
        """,
    ),
    # sessions
    "a cart per user": case(
        "session",
        "_carts",
        "    def add(self, user_id, item):\n        self._carts.setdefault(user_id, []).append(item)",
        keys=["request"],
        values=["request"],
    ),
    "a cookie": case(
        "session",
        "things",
        'def f(request):\n    sid = request.cookies["sid"]\n    things[sid] = request.form["x"]',
        keys=["request"],
        values=["request"],
    ),
    "a token that is handed out": case(
        "session",
        "states",
        "def login(user):\n    key = secrets.token_urlsafe()\n    states[key] = user\n"
        "    return redirect(key)",
        "def back(key):\n    return states.pop(key)",
    ),
    "a record whose id is handed out, listed": case(
        "records",
        "orders",
        "def post(o):\n    key = str(uuid4())\n    orders[key] = o\n    return key",
        "def every():\n    return list(orders.values())",
        values=["request"],
    ),
    "per user, but counted": case("counter", "hits", "def f(user_id):\n    hits[user_id] += 1"),
    "sessions made when absent": case(
        "session",
        "SESSIONS",
        "def get(sid):\n    if sid not in SESSIONS:\n        SESSIONS[sid] = Session(sid)\n"
        "    return SESSIONS[sid]",
    ),
    "revoked tokens": case(
        "session",
        "revoked",
        "def logout(jti):\n    revoked.add(jti)",
        "def check(jti):\n    return jti in revoked",
        container="set",
    ),
    "the owner's name": case(
        "session", "cache", "    def _save(self, x):\n        self.cache[self.id] = x", owner="web.RamSession"
    ),
    # locks
    "a map of locks": case(
        "lock", "per_room", "async def f(room):\n    async with per_room[room]:\n        await work(room)"
    ),
    "a flag around work": case(
        "lock",
        "syncing",
        """
        def sync():
            global syncing
            if syncing:
                return "busy"
            syncing = True
            try:
                pull()
            finally:
                syncing = False
        """,
    ),
    "a flag turned by two requests": case(
        "config",
        "paused",
        "def on():\n    global paused\n    paused = True",
        "def off():\n    global paused\n    paused = False",
    ),
    "an attribute turned by a request": case(
        "config",
        "pause",
        "def put(core):\n    core.files.pause = True",
        "def go(core):\n    core.files.pause = False",
    ),
    # caches
    "filled when absent": case(
        "cache",
        "profiles",
        "def get(uid):\n    if uid not in profiles:\n        profiles[uid] = load(uid)\n"
        "    return profiles[uid]",
        values=["io-db"],
    ),
    "returned early": case(
        "cache",
        "pages",
        "def get(url):\n    page = pages.get(url)\n    if page is not None:\n        return page\n"
        "    page = fetch(url)\n    pages[url] = page\n    return page",
    ),
    "try and except": case(
        "cache",
        "pages",
        "def get(url):\n    try:\n        return pages[url]\n    except KeyError:\n"
        "        pages[url] = fetch(url)\n"
        "    return pages[url]",
    ),
    "the name of a cache": case("cache", "_icon_cache", "def put(k, v):\n    _icon_cache[k] = v"),
    "filled when absent with an empty entry": case(
        "other", "rooms", "def get(r):\n    if r not in rooms:\n        rooms[r] = []\n    rooms[r].append(1)"
    ),
    # counters
    "a global count": case("counter", "served", "def f():\n    global served\n    served += 1"),
    "next": case("counter", "ids", "def f():\n    return next(ids)"),
    "a sum of itself": case("counter", "n", "    def f(self):\n        self.n = self.n + 1"),
    "a sum of amounts": case(
        "counter", "total", "total = 0.0", "def f(x):\n    global total\n    total += x"
    ),
    "a list that grows by a name": case(
        "other", "lines", "lines = []", "def f(x):\n    global lines\n    lines += x"
    ),
    "a list that grows by +=": case("other", "lines", "def f(x):\n    global lines\n    lines += [x]"),
    # configuration
    "one value for all": case(
        "config",
        "threshold",
        "def put(body):\n    global threshold\n    threshold = body.value",
        values=["request"],
    ),
    "a constant key": case(
        "config",
        "SETTINGS",
        'def put(body):\n    SETTINGS["theme"] = body.theme',
        values=["request"],
        container="dict",
    ),
    "settings per key of the request": case(
        "config", "SETTINGS", "def put(k, v):\n    SETTINGS[k] = v", values=["request"], container="dict"
    ),
    "a setting with another name in it": case(
        "config",
        "COOKIE_PATH",
        "app.config['COOKIE_PATH'] = x",
        values=["request"],
        symbol="app.config['COOKIE_PATH']",
    ),
    # the rest
    "uploads": case("upload", "kept", "async def put(name, upload):\n    kept[name] = await upload.read()"),
    "backends described by requests and listed": case(
        "registry",
        "backends",
        "def put(name, url):\n    backends[name] = url",
        "def every():\n    return dict(backends)",
        keys=["request"],
        values=["request"],
    ),
    "nothing known": case("other", "x", "def f(a, b):\n    x[a] = b"),
    # what names alone would get wrong
    "log-ins that expire": case(
        "session",
        "_logins",
        """
        def begin(role):
            key = token_hex(16)
            _logins[key] = {"role": role, "until": time() + 3600}
            return key
        """,
        """
        def check(key):
            entry = _logins.get(key)
            if entry is None or time() > entry["until"]:
                _logins.pop(key, None)
                return None
            return entry["role"]
        """,
        keys=["random"],
        values=["clock"],
    ),
    "visitors that expire, in objects": case(
        "session",
        "_visits",
        """
        def begin(user_id, name):
            _visits[user_id] = Visit(name=name, ends=datetime.now() + DAY)
        """,
        """
        def check(user_id):
            visit = _visits[user_id]
            if visit.ends < datetime.now():
                del _visits[user_id]
        """,
        keys=["request"],
        values=["clock", "request"],
    ),
    "windows of counts that expire": case(
        "rate-limit",
        "windows",
        """
        def check(ip):
            now = time.time()
            window = windows.get(ip)
            if window is None or now - window["start"] > 60:
                windows[ip] = {"start": now, "count": 0}
            windows[ip]["count"] += 1
            if windows[ip]["count"] > 100:
                abort(429)
        """,
        keys=["request"],
    ),
    "answers as pairs with the time": case(
        "cache",
        "_key_cache",
        """
        def check(key):
            if key in _key_cache:
                at, data = _key_cache[key]
                if now() - at < 300:
                    if data["ends"] <= now():
                        del _key_cache[key]
                        return {"error": "gone"}
                    return {"data": data}
                del _key_cache[key]
            data = db.find(key)
            _key_cache[key] = (now(), data)
            return {"data": data}
        """,
        keys=["request"],
        values=["clock", "io-db"],
    ),
    "windows as pairs": case(
        "rate-limit",
        "windows",
        """
        def check(ip):
            now = time.time()
            for old in [k for k, (n, at) in windows.items() if now - at > 60]:
                del windows[old]
            n, at = windows.get(ip, (0, now))
            windows[ip] = (n + 1, at)
            if n > LIMIT:
                abort(429)
        """,
        keys=["request"],
    ),
    "clients that stay while they ask": case(
        "session",
        "clients",
        """
        def poll(uuid):
            clients[:] = [c for c in clients if c.seen + 30 >= time.time()]
            for client in clients:
                if client.uuid == uuid:
                    client.seen = time.time()
                    return client.take()
            clients.append(Client(uuid))
        """,
        values=["clock", "request"],
    ),
    "visitors touched by each request": case(
        "session",
        "active",
        "def touch(k):\n    active[k].last_seen = monotonic()",
        """
        def sweep():
            for k, v in list(active.items()):
                if monotonic() - v.last_seen > 600:
                    del active[k]
        """,
        keys=["request"],
    ),
    "a queue for each task": case(
        "queue",
        "_by_task",
        """
            def open(self, task_id):
                with self._lock:
                    queue = self._by_task.get(task_id)
                    if queue is None:
                        queue = EventQueue()
                        self._by_task[task_id] = queue
                    return queue
        """,
        "    def get(self, task_id):\n        return self._by_task.get(task_id)",
        keys=["request"],
    ),
    "queues by the facts": case(
        "queue",
        "_by_task",
        "    def add(self, task_id, inbound):\n        self._by_task[task_id] = inbound",
        keys=["request"],
        holds=["asyncio.Queue"],
    ),
    "sinks for each user, by the facts": case(
        "queue", "sinks", "def add(uid, s):\n    sinks[uid] = s", keys=["request"], holds=["app.EventQueue"]
    ),
    "futures that others wake": case(
        "queue",
        "_waiting",
        "def wait():\n    fut = Future()\n    _waiting.append(fut)\n    return fut",
        "def wake():\n    fut = _waiting.popleft()\n    fut.set_result(True)",
        values=["task"],
    ),
    "a claim that another function gives back": case(
        "lock",
        "checking",
        """
        def claim(uuid, worker):
            if uuid in checking:
                log.debug("busy")
                return False
            checking[uuid] = worker
            return True
        """,
        "def release(uuid):\n    checking.pop(uuid, None)",
        "def running():\n    return list(checking)",
        keys=["request"],
        values=["request"],
    ),
    "a claim in a set": case(
        "lock",
        "open_files",
        "def begin(path):\n    if path in open_files:\n        raise Busy(path)\n    open_files.add(path)",
        "def end(path):\n    open_files.discard(path)",
        keys=["request"],
    ),
    "a claim as a time": case(
        "lock",
        "syncing_now",
        "def begin(k):\n    if k in syncing_now:\n        return\n    syncing_now[k] = time()\n    sync(k)",
        "def end(k):\n    del syncing_now[k]",
        keys=["request"],
    ),
    "names that are taken": case(
        "registry",
        "rooms",
        "def add(name, room):\n    if name in rooms:\n        raise Taken(name)\n    rooms[name] = room",
        "def remove(name):\n    del rooms[name]",
        "def every():\n    return list(rooms.values())",
        keys=["request"],
        values=["request"],
    ),
    "one configuration, read from a file and set by a request": case(
        "config",
        "_main_config_cache",
        """
        def get():
            global _main_config_cache
            if _main_config_cache is None:
                _main_config_cache = read()
            return _main_config_cache
        """,
        "def put(new):\n    global _main_config_cache\n    _main_config_cache = dict(new)",
        values=["io-file", "request"],
    ),
    "settings by name, from a file and from requests": case(
        "config",
        "_settings_cache",
        "def load():\n    for k, v in read():\n        _settings_cache[k] = v",
        "def put(body):\n    _settings_cache[body.name] = body.value",
        values=["io-file", "request"],
        keys=["request"],
    ),
    "preferences of all in one cached object": case(
        "config",
        "cached_preferences",
        "    def save(self, form):\n        self.cached_preferences = Preferences(form)\n"
        "        self.cached_preferences.write()",
        "    def show(self):\n        return self.cached_preferences.theme",
        values=["io-file", "request"],
    ),
    "one configuration that is only read": case(
        "cache",
        "_config_cache",
        """
        def get():
            global _config_cache
            if _config_cache is None:
                _config_cache = fetch("http://config")
            return _config_cache
        """,
        values=["io-http"],
    ),
    "a model that requests replace": case(
        "config",
        "model",
        "def put(body):\n    global model\n    model = load(body.path)",
        "def drop():\n    global model\n    model = Model()",
        values=["io-file", "request"],
    ),
    "something picked by one request, and dropped by another": case(
        "config",
        "selected",
        "    def pick(self, pid):\n        found = self.find(pid)\n        self.selected = found",
        "    def drop(self):\n        self.selected = None",
        entries=["request"],
    ),
    "something set by a thread, and dropped by a request": case(
        "other",
        "sample",
        "    def measure(self):\n        found = self.find()\n        self.sample = found",
        "    def drop(self):\n        self.sample = None",
        entries=["request", "background"],
    ),
    "results made by a thread, first empty": case(
        "job-result",
        "found",
        "def begin(rid):\n    if rid not in found:\n        found[rid] = {}",
        "def work(rid):\n    found[rid].update(fetch(rid))",
        "def poll(rid):\n    return found.pop(rid, {})",
        keys=["request"],
        values=["io-http"],
        entries=["request", "background"],
    ),
    "entries that a thread fills when absent": case(
        "cache",
        "pages",
        "def get(url):\n    if url not in pages:\n        pages[url] = fetch(url)\n    return pages[url]",
        keys=["request"],
        values=["io-http"],
        entries=["background"],
    ),
    "the last messages": case(
        "queue",
        "cache",
        "    def add(self, m):\n        self.cache.append(m)\n"
        "        if len(self.cache) > 200:\n            self.cache = self.cache[-200:]",
        "    def since(self, cursor):\n        return [m for m in self.cache if m.id > cursor]",
        owner="chat.MessageBuffer",
        values=["request"],
    ),
    "work that waits for whoever asks": case(
        "queue",
        "puzzles",
        "    def add(self, p):\n        self.puzzles.append(p)",
        """
            def next(self):
                for puzzle in self.puzzles:
                    if puzzle.status == "waiting":
                        return puzzle
                return None
        """,
        "    def done(self, p):\n        self.puzzles.remove(p)",
        container="list",
    ),
    "work that waits, by next": case(
        "queue",
        "orders",
        "def add(o):\n    orders.append(o)",
        "def pick():\n    return next((o for o in orders if not o.taken), None)",
        "def done(o):\n    orders.remove(o)",
        values=["request"],
        container="list",
    ),
    "things that are found by their number": case(
        "records",
        "orders",
        "def add(o):\n    orders.append(o)",
        "def one(no):\n    for order in orders:\n        if order.id == no:\n            return order",
        "def done(o):\n    orders.remove(o)",
        values=["request"],
        container="list",
    ),
    # other names for the same cell
    "an alias": case(
        "queue",
        "_jobs",
        "    def push(self, x):\n        jobs = self._jobs\n        jobs.append(x)",
        "    def pull(self):\n        jobs = self._jobs\n        return jobs.popleft()",
    ),
    "a walrus": case(
        "cache",
        "pages",
        "def get(u):\n    if (p := pages.get(u)) is not None:\n        return p\n"
        "    pages[u] = fetch(u)\n    return pages[u]",
    ),
    "an item of a bag": case("counter", "hits", 'def f(request):\n    request.app["hits"] += 1'),
    "getattr": case(
        "counter", "hits", 'def f(app):\n    h = getattr(app, "hits")\n    h["all"] = h["all"] + 1'
    ),
}


def spelled(text: str, name: str, *names: str) -> Usage:
    """Show one statement of which the facts say how it spells the cell."""
    shown = [replace(statement(text), names=names)]
    return look_closely(shown, Hints(name=name, symbol=name, owner="app"))


def test_a_cell_under_another_name() -> None:
    text = "def show():\n    return here[request.args['page']]"
    assert spelled(text, "_pages").facts == ()
    assert spelled(text, "_pages", "here").facts[0] == "read by key (`here[request.args['page']]`)"


def test_a_cell_that_a_call_gives() -> None:
    text = "def add(page):\n    pages_of(request.host)[request.args['page']] = page"
    assert spelled(text, "_pages", "pages_of()").key == "request.args['page']"


def test_an_attribute_with_the_name_of_a_local_cell_is_another_one() -> None:
    text = "def work(box):\n    lines.append(box.lines.popleft())"
    assert "taken out by `popleft`" in spelled(text, "lines").facts
    assert "taken out by `popleft`" not in spelled(text, "lines", "lines").facts


@pytest.mark.parametrize("shown", CASES.values(), ids=CASES.keys())
def test_kind_of_state(shown: Case) -> None:
    usage = look(shown.name, *shown.texts, **shown.known)
    assert usage.state is shown.kind, usage
    assert usage.reason
    assert not usage.contradicts


def test_key_and_value_are_those_of_the_user() -> None:
    usage = look("_carts", "    def add(self, user_id, item):\n        self._carts[user_id] = item")
    assert (usage.key, usage.value) == ("user_id", "item")
    assert "written under the key `user_id`" in usage.facts


def test_the_key_of_an_element_is_the_key_of_the_cell() -> None:
    usage = look("rooms", 'def join(r, u):\n    room = rooms.setdefault(r, {})\n    room["by"][u] = 1')
    assert usage.key == "r"


def test_a_doubtful_escape_is_a_key_like_any_other() -> None:
    assert look("rules", "def f(x):\n    rules['\\d'] = x").facts == ("written under constant keys only",)


def test_a_nested_function_hides_nothing() -> None:
    usage = look(
        "hits",
        "def outer(ip):\n    hits[ip] += 1\n    def inner():\n        pass\n"
        "    if hits[ip] > MAX_HITS:\n        abort(429)",
    )
    assert usage.state is State.RATE_LIMIT


def test_labels_are_not_the_cell() -> None:
    usage = look("count", "def f(items):\n    g(count=1)\n    items.count += 0\n    total = items.count(3)")
    assert not usage.contradicts
    assert look("n", "def n(n=1):\n    pass").state is State.OTHER


def test_the_parameter_of_the_same_name_is_not_the_cell() -> None:
    usage = look(
        "users",
        "    def f(self, users):\n        self.users = users\n        users.append(1)\n"
        "        return users.pop(0)",
    )
    assert usage.state is not State.QUEUE


def test_a_declaration_is_no_write() -> None:
    assert look("paused", "paused = False\n", "def on():\n    global paused\n    paused = True").key == ""
    assert look("limit", "limit = 5").state is State.OTHER


def test_the_focus_finds_a_cell_under_another_name() -> None:
    """`put(CARTS, key, item)`: the facts know that `store` is the cell, the statement does not say so."""
    text = "def put(store, user_id, item):\n    check(item)\n    store[user_id] = item"
    hints = Hints(name="CARTS", symbol="CARTS", owner="app")
    usage = look_closely([statement(text, line=10, focus=12)], hints)
    assert usage.key == "user_id"
    assert not usage.contradicts


def test_the_focus_counts_from_the_statement_when_it_is_indented() -> None:
    text = "    def put(self, store, key, item):\n        log[key] = 1\n        store[item] = key"
    hints = Hints(name="CARTS", symbol="CARTS", owner="app")
    usage = look_closely([statement(text, line=10, focus=12)], hints)
    assert usage.key == "item"


def test_statements_without_the_cell_contradict_the_facts() -> None:
    hints = Hints(name="CARTS", symbol="CARTS", owner="app")
    assert look_closely([statement("def f(x):\n    return x + 1")], hints).contradicts
    assert not look_closely([statement("def f(x):\n    return CARTS[x]")], hints).contradicts
    assert not look_closely([statement("def f():\n    return g('CARTS')")], hints).contradicts
    assert not look_closely([], hints).contradicts


def test_what_cannot_be_parsed_safely_leaves_the_decision_to_the_facts() -> None:
    deep = statement("def f(k):\n    CARTS[k] = " + "(" * 150 + "1" + ")" * 150)
    hints = Hints(name="CARTS", symbol="CARTS", owner="app")
    usage = look_closely([deep], hints)
    assert usage.state is State.SESSION
    assert not usage.contradicts
    assert "1 statement too large or too deep to be looked at" in usage.facts


def test_only_the_first_twelve_are_looked_at() -> None:
    reads = [statement(f"def f{n}():\n    return x[{n}]") for n in range(12)]
    write = statement("def g():\n    global x\n    x += 1")
    hints = Hints(name="x", symbol="x", owner="app")
    assert look_closely([*reads, write], hints).state is State.OTHER
    assert look_closely([*reads[1:], write], hints).state is State.COUNTER


def test_the_order_of_statements_does_not_change_the_kind() -> None:
    for shown in CASES.values():
        assert look(shown.name, *reversed(shown.texts), **shown.known).state is shown.kind


def test_a_statement_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from statelint.usage import trees

    parsed: list[str] = []
    original = trees.parse_statement
    monkeypatch.setattr(trees, "parse_statement", lambda text: parsed.append(text) or original(text))
    trees.plant.cache_clear()
    text = "def f(k):\n    a[k] = 1\n    b[k] = 2"
    look("a", text)
    look("b", text)
    assert parsed == [text]


@pytest.mark.parametrize(
    "text",
    [
        "def f(k):\n"
        + "".join(f"    if CARTS[k] > x{n}: CARTS[k] = x{n}; del CARTS[k]\n" for n in range(900)),
        "def f(k):\n"
        + "".join(f"    x{n} = x{n + 1} + x{n + 2}\n" for n in range(1400))
        + "    CARTS[x0] = x0\n",
        "def f(k):\n" + "".join(f"    a{n} = CARTS; a{n}.append(time() - a{n}[0])\n" for n in range(600)),
    ],
)
def test_long_functions_take_no_long_time(text: str) -> None:
    start = time.process_time()
    assert look("CARTS", text).reason
    assert time.process_time() - start < 6


def test_importing_the_way_in_does_not_import_libcst() -> None:
    code = "import sys, statelint.usage.look, statelint.remedies; print('libcst' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
