"""Kinds of state in whole projects, where the facts tell the microscope what it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specs import PLAIN, is_shown, lint_project, write_project
from statelint.model.diagnostics import State

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = """
import asyncio
import threading
import time

from flask import Flask, request

app = Flask(__name__)
"""

_MANY = "abcdefghijklmno"

_PROJECTS = {
    "an object with a lock of its own is no lock": (
        "CARTS",
        State.SESSION,
        """
CARTS = {}

class Cart:
    def __init__(self, owner):
        self.owner = owner
        self.lock = threading.Lock()
        self.items = []

    def add(self, item):
        with self.lock:
            self.items.append(item)

@app.post("/cart/<user_id>")
def put(user_id):
    if user_id not in CARTS:
        CARTS[user_id] = Cart(user_id)
    CARTS[user_id].add(request.form["item"])
    return str(len(CARTS[user_id].items))
""",
    ),
    "a lock for each room is a lock": (
        "ROOMS",
        State.LOCK,
        """
ROOMS = {}

@app.post("/rooms/<room>")
def put(room):
    lock = ROOMS.setdefault(room, threading.Lock())
    with lock:
        with open("/data/" + room, "w") as file:
            file.write(request.form["text"])
    return "ok"
""",
    ),
    "an object that counts is no counter": (
        "PLAYERS",
        State.SESSION,
        """
PLAYERS = {}

class Player:
    def __init__(self, name):
        self.name = name
        self.points = 0

    def score(self):
        self.points += 1

@app.post("/join/<user_id>")
def join(user_id):
    PLAYERS[user_id] = Player(request.form["name"])
    return "ok"

@app.post("/score/<user_id>")
def score(user_id):
    PLAYERS[user_id].score()
    return str(PLAYERS[user_id].points)
""",
    ),
    "queues that are kept under a key": (
        "SINKS",
        State.QUEUE,
        """
class EventQueue:
    def __init__(self):
        self._lock = threading.Lock()
        self._events = []

    def push(self, event):
        with self._lock:
            self._events.append(event)

    def take(self):
        with self._lock:
            return self._events.pop(0)

SINKS = {}

@app.post("/tasks/<task>")
def start(task):
    SINKS[task] = EventQueue()
    SINKS[task].push(request.form["text"])
    return "ok"

@app.get("/tasks/<task>")
def poll(task):
    return SINKS[task].take()
""",
    ),
    "an object with a socket and a task for itself is neither": (
        "VISITS",
        State.SESSION,
        """
from flask_sock import Sock

sock = Sock(app)
VISITS = {}

class Visit:
    def __init__(self, name):
        self.name = name
        self.socket = None
        self.ticker = None

    def attach(self, socket):
        self.socket = socket
        self.ticker = threading.Thread(target=socket.send, args=(self.name,))

@app.post("/visits/<user_id>")
def begin(user_id):
    VISITS[user_id] = Visit(request.form["name"])
    return "ok"

@sock.route("/live/<user_id>")
def live(ws, user_id):
    VISITS[user_id].attach(ws)
    ws.send(VISITS[user_id].name)
""",
    ),
    "a text that a task has made is no task": (
        "ANSWERS",
        State.SESSION,
        """
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor()
ANSWERS = {}

@app.post("/ask/<user_id>")
def ask(user_id):
    made = pool.submit(str.upper, request.form["text"])
    ANSWERS[user_id] = {"text": made.result(), "user": user_id}
    return "ok"

@app.get("/ask/<user_id>")
def answer(user_id):
    return ANSWERS[user_id]
""",
    ),
    "what is done to the entries does not hide who lists them": (
        "machines",
        State.REGISTRY,
        """
class Machine:
    def __init__(self, address):
        self.address = address
"""
        + "".join(
            f"\n    def set_{letter}(self, value):\n        self.{letter} = value\n" for letter in _MANY
        )
        + """
machines = {}

@app.post("/machines/<name>")
def put(name):
    machines[name] = Machine(request.form["address"])
    return "ok"

@app.patch("/machines/<name>")
def patch(name):
    machine = machines[name]
"""
        + "".join(f"    machine.set_{letter}(request.form['x'])\n" for letter in _MANY)
        + """
    return "ok"

@app.get("/machines")
def every():
    return list(machines)
""",
    ),
    "a limit in a long function": (
        "CALLS",
        State.RATE_LIMIT,
        """
CALLS = {}

@app.post("/send")
def send():
    now = time.time()
    since = now - 60
    ip = request.remote_addr
    if ip not in CALLS:
        CALLS[ip] = []
    CALLS[ip] = [at for at in CALLS[ip] if at > since]
    if len(CALLS[ip]) >= 5:
        return "slow down", 429
"""
        + "".join(
            f"    text = request.form.get('{word * 3}', '')\n" for word in "abcdefghijklmnopqrstuvwxyz" * 2
        )
        + """
    CALLS[ip].append(now)
    return text
""",
    ),
}

_CHILD = """
from twisted.internet import protocol, reactor
from twisted.web import resource, server

class Child(protocol.ProcessProtocol):
    def __init__(self, name):
        self.name = name

class Root(resource.Resource):
    isLeaf = True

    def __init__(self):
        resource.Resource.__init__(self)
        self.open = {}

    def render_POST(self, request):
        name = request.args[b"name"][0]
        child = Child(name)
        reactor.spawnProcess(child, "/usr/bin/crawl")
        self.open[name] = child
        return b"ok"

    def render_GET(self, request):
        return self.open[request.args[b"name"][0]].name

reactor.listenTCP(8080, server.Site(Root()))
"""

_FILES = {
    "a record that is encoded": (
        """
    with open(path, "wb") as file:
        file.write(json.dumps(dict(request.form)).encode())
""",
        State.RECORDS,
    ),
    "a record under a name": (
        """
    text = json.dumps(dict(request.form))
    with open(path, "w") as file:
        file.write(text)
""",
        State.RECORDS,
    ),
    "a record, the file as keyword": (
        """
    with open(path, "w") as file:
        json.dump(dict(request.form), indent=2, fp=file)
""",
        State.RECORDS,
    ),
    "a record as text of a path": (
        """
    pathlib.Path(path).write_text(json.dumps(dict(request.form)))
""",
        State.RECORDS,
    ),
    "a parser that writes itself": (
        """
    parser = configparser.ConfigParser()
    parser["all"] = dict(request.form)
    with open(path, "w") as file:
        parser.write(file)
""",
        State.RECORDS,
    ),
    "a book that writes itself as bytes": (
        """
    book = books.make(request.form["title"])
    with open(path, "wb") as file:
        book.write(file)
""",
        State.UPLOAD,
    ),
    "text as it comes": (
        """
    with open(path, "w") as file:
        file.write(request.form["text"])
""",
        State.UPLOAD,
    ),
}
_MOVED = """
import json
import os
import tempfile

from flask import Flask, request

app = Flask(__name__)

@app.post("/records/<name>")
def put(name):
    handle, made = tempfile.mkstemp()
    with os.fdopen(handle, "w") as file:
        {write}
    os.replace(made, os.path.join("/data", name))
    return "ok"
"""


@pytest.mark.parametrize(("name", "kind", "code"), _PROJECTS.values(), ids=_PROJECTS)
def test_kind_of_state(name: str, kind: State, code: str, tmp_path: Path) -> None:
    report = lint_project(write_project({"app.py": _HEAD + code}, tmp_path, PLAIN), PLAIN)
    kinds = {finding.symbol: finding.state for finding in report.findings if is_shown(finding)}
    assert kinds.get(name) is kind, [(finding.symbol, finding.state) for finding in report.findings]


def test_a_child_process_is_work_and_no_connection(tmp_path: Path) -> None:
    report = lint_project(write_project({"app.py": _CHILD}, tmp_path, PLAIN), PLAIN)
    assert {finding.symbol: finding.state for finding in report.findings if is_shown(finding)} == {
        "Root.open": State.JOB_RESULT
    }


@pytest.mark.parametrize(("body", "kind"), _FILES.values(), ids=_FILES)
def test_kind_of_a_file(body: str, kind: State, tmp_path: Path) -> None:
    head = "import configparser\nimport json\nimport os\nimport pathlib\n\nimport books\n" + _HEAD
    code = f"""{head}
@app.post("/files/<name>")
def put(name):
    path = os.path.join("/data", name)
{body}
    return "ok"
"""
    report = lint_project(write_project({"app.py": code}, tmp_path, PLAIN), PLAIN)
    assert [finding.state for finding in report.findings if is_shown(finding)] == [kind]


@pytest.mark.parametrize(
    ("write", "kind"),
    [("json.dump(dict(request.form), file)", State.RECORDS), ('file.write(request.form["x"])', State.UPLOAD)],
)
def test_a_moved_file_is_of_the_kind_of_what_was_written(write: str, kind: State, tmp_path: Path) -> None:
    code = _MOVED.replace("{write}", write)
    report = lint_project(write_project({"app.py": code}, tmp_path, PLAIN), PLAIN)
    kinds = {finding.symbol: finding.state for finding in report.findings if is_shown(finding)}
    assert kinds["replace"] is kind, kinds
