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


@pytest.mark.parametrize(("name", "kind", "code"), _PROJECTS.values(), ids=_PROJECTS)
def test_kind_of_state(name: str, kind: State, code: str, tmp_path: Path) -> None:
    report = lint_project(write_project({"app.py": _HEAD + code}, tmp_path, PLAIN), PLAIN)
    kinds = {finding.symbol: finding.state for finding in report.findings if is_shown(finding)}
    assert kinds.get(name) is kind, [(finding.symbol, finding.state) for finding in report.findings]
