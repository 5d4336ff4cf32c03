"""Kinds of state that are used alike: each case has what tells one from its neighbour."""

from __future__ import annotations

import pytest
from test_usage import Case, case, look

CASES = {
    # connections, and what merely has a method of that name
    "messages that send themselves": case(
        "session",
        "threads",
        "async def replay(session_id):\n    for message in threads[session_id]:\n"
        "        await message.send()",
        "def say(session_id, m):\n    threads[session_id].append(m)",
        keys=["request"],
        values=["request"],
    ),
    "sockets that a message is sent to": case(
        "websocket",
        "threads",
        "async def tell(room, text):\n    for socket in threads[room]:\n        await socket.send(text)",
        keys=["request"],
    ),
    # work, and what else the background writes
    "results that whoever asked takes out": case(
        "job-result",
        "files",
        "def work(key):\n    data = pack(key)\n    files[key] = data",
        "def fetch(request):\n    return files.pop(request.args['key'], None)",
        keys=["request"],
        entries=["background", "request"],
    ),
    "news that only a loop writes": case(
        "other",
        "sightings",
        "def listen():\n    for event in bus:\n        sightings[event.host] = event.seen",
        "def show(host):\n    return sightings[host]",
        entries=["background"],
    ),
    "news under a key that came with them": case(
        "records",
        "last_messages",
        "def hear(topic, text):\n    last_messages[topic] = Message(topic, text)",
        "def show(topic):\n    return last_messages[topic]",
        keys=["request"],
        values=["request"],
        entries=["task"],
    ),
    "a green thread": case(
        "job-result",
        "current",
        "    def start(self):\n        self.current = gevent.spawn(self.run, 3)",
        "    def stop(self):\n        self.current.kill()\n        self.current = None",
        entries=["request"],
    ),
    "a green thread that waits": case(
        "scheduler",
        "current",
        "    def start(self):\n        self.current = gevent.spawn_later(60, self.stop)",
        "    def stop(self):\n        self.current = None",
        entries=["request"],
    ),
    "a timer per key": case(
        "scheduler",
        "ends",
        "def plan(key):\n    ends[key] = loop.call_later(60, finish, key)",
        keys=["request"],
    ),
    "what the thread of a worker has done": case(
        "job-result",
        "done",
        "    def run(self):\n        self.done.append(self.take())",
        "    def all(self):\n        return list(self.done)",
        owner="tasks.WorkerThread",
        symbol="WorkerThread.done",
        container="list",
        values=["request"],
        entries=["background"],
    ),
    "workers that have announced themselves": case(
        "registry",
        "workers",
        "def hello(m):\n    workers[m.id] = Node(m)",
        "def send(k):\n    return workers[k]",
        entries=["background"],
    ),
    # copies, and entries that are the only ones
    "a new entry that is changed later": case(
        "session",
        "pages",
        "def page_of(session_id):\n    if session_id not in pages:\n        pages[session_id] = Page(app)\n"
        "    return pages[session_id]",
        "def put(session_id, value):\n    pages[session_id].values.append(value)",
        keys=["request"],
        values=["io-file"],
    ),
    "a new entry, with an answer in it": case(
        "cache",
        "pages",
        "def page_of(url):\n    if url not in pages:\n        pages[url] = Page(fetch(url), now())\n"
        "    return pages[url]",
        keys=["request"],
        values=["io-http"],
    ),
    "rows that are counted up": case(
        "registry",
        "faults",
        'def note(key, text):\n    row = faults.setdefault(key, {"count": 0, "text": text})\n'
        '    row["count"] += 1',
        "def every():\n    return list(faults.values())",
        keys=["request"],
        values=["request", "io-file"],
    ),
    "parts that are taken out when the last one comes": case(
        "session",
        "parts",
        """
        def receive(sid, data):
            if sid in parts:
                whole = parts[sid]
                if whole.add(data):
                    del parts[sid]
            else:
                parts[sid] = parse(data)
        """,
        keys=["request"],
        values=["request"],
    ),
    "the test of another field": case(
        "other",
        "figures",
        "    def add(self, other):\n        if self.figures.last is None:\n"
        "            self.figures.mean = compute(other)",
        values=["io-file"],
    ),
    # stores
    "a table that keeps what it is handed": case(
        "records",
        "root",
        "    def set(self, key, value):\n        self.root[key] = value",
        "    def get(self, key):\n        return self.root[key]",
        owner="storage.MemoryStorage",
        symbol="MemoryStorage.root",
        container="dict",
        keys=["request"],
        values=["request"],
    ),
    "a database in memory": case(
        "records",
        "memory",
        "    async def put(self, key, value):\n        self.memory[key] = value",
        "    async def get(self, key):\n        return self.memory.get(key)",
        owner="database.InMemoryDatabase",
        symbol="InMemoryDatabase.memory",
        container="dict",
        values=["request"],
    ),
    "the memory of an agent": case(
        "session",
        "memory",
        "    def put(self, key, value):\n        self.memory[key] = value",
        owner="bots.Agent",
        symbol="Agent.memory",
        container="dict",
        values=["request"],
    ),
    "what a class keeps that is a store": case(
        "records",
        "_removed",
        '    def drop(self, parent, item):\n        self._removed[parent][item["id"]] = stamp(item)',
        "    def all(self, parent):\n        return self._removed[parent].items()",
        owner="memory.Storage",
        symbol="Storage._removed",
        container="defaultdict",
        keys=["request"],
        values=["request"],
    ),
    "keys of users among others": case(
        "records",
        "_store",
        '    def add(self, user_id, role):\n        user_key = f"user:{user_id}"\n'
        "        self._store[user_key] = role",
        '    def allow(self, path, role):\n        key = f"path:{path}"\n        self._store[key] = role',
        owner="Permission",
        symbol="Permission._store",
        container="dict",
        keys=["request"],
        values=["request"],
    ),
    # noted, listed, found again
    "names that are noted and gone through": case(
        "registry",
        "_hosts",
        "    def note(self, host):\n        self._hosts.add(host)",
        "    def knows(self, host):\n        return host in self._hosts",
        "    def show(self):\n        for host in self._hosts:\n            yield page(host)",
        container="set",
        keys=["request"],
        values=["request"],
    ),
    "a word of the code that is looked up": case(
        "other",
        "parts",
        "    def load(self):\n        self.parts = read()",
        '    def show(self):\n        return self.parts["a"] if "a" in self.parts else None',
        values=["const"],
        container="dict",
    ),
    "objects under their own numbers": case(
        "session",
        "instances",
        "    def __init__(self):\n        self.id = str(uuid4())\n        self.instances[self.id] = self",
        "def find(data):\n    return Page.instances.get(data['id'])",
        keys=["random"],
    ),
    "accounts that are looked through": case(
        "records",
        "_users",
        "    def add(self, username, mail):\n        self._users[username] = User(username, mail)",
        "    def find(self, mail):\n        for user in self._users.values():\n"
        "            if user.mail == mail:\n                return user",
        container="dict",
        keys=["request"],
        values=["request"],
    ),
    "users that are there": case(
        "session",
        "online_users",
        "def come(name):\n    online_users.add(name)",
        "def every():\n    return list(online_users)",
        container="set",
        keys=["request"],
        values=["request"],
    ),
    "what is set or dropped": case(
        "records",
        "last_messages",
        """
        def publish(topic, text):
            if text:
                last_messages[topic] = Kept(text)
            elif topic in last_messages:
                del last_messages[topic]
        """,
        "def join(topic):\n    return last_messages[topic]",
        keys=["request"],
        values=["request"],
    ),
    # counts
    "the first that fits": case(
        "other",
        "things",
        "def find(k):\n    found = next((t for t in things if t.id == k), None)\n    return found",
        "def add(t):\n    things.append(t)",
    ),
    "a number with the name of what it counts": case(
        "counter", "events_recorded", "    def f(self):\n        self.events_recorded += 1", owner="Queue"
    ),
}


@pytest.mark.parametrize("shown", CASES.values(), ids=CASES)
def test_kind_of_state(shown: Case) -> None:
    usage = look(shown.name, *shown.texts, **shown.known)
    assert usage.state is shown.kind, usage
    assert look(shown.name, *reversed(shown.texts), **shown.known).state is shown.kind
