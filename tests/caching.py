"""What the tests of the cache share: a service to lint, and ways to lint it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from statelint.config import load_settings
from statelint.engine.cache import open_cache
from statelint.engine.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model.diagnostics import Report
    from statelint.model.settings import Settings

SECONDS = 120
KINDS = ("facts", "looks", "report")

SERVICE = {
    "statelint.toml": "",
    "store.py": """\
from collections import deque


class CartStore:
    def __init__(self):
        self._carts = {}

    def put(self, user, item):
        self._carts.setdefault(user, []).append(item)

    def all_of(self, user):
        return self._carts.get(user, [])


JOBS = deque()
""",
    "app.py": """\
from flask import Flask, request

from store import JOBS, CartStore

app = Flask(__name__)
carts = CartStore()


@app.post("/cart")
def add():
    carts.put(request.form["user"], request.form["item"])
    JOBS.append(request.form["item"])
    return "ok"


@app.get("/cart")
def show():
    return [carts.all_of(request.args["user"]), JOBS.popleft()]
""",
    "deploy.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  sessionAffinity: ClientIP
""",
}
"""A service with state of several kinds, in several files, one of which says how it is deployed."""


def write_service(root: Path) -> Path:
    """Write the service into a new folder."""
    root.mkdir()
    for name, text in SERVICE.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def settings_of(project: Path, **overrides: object) -> Settings:
    """Read the settings of a project."""
    return load_settings([project], {"jobs": 1, **overrides})


def lint(project: Path, folder: Path, **overrides: object) -> tuple[Report, str]:
    """Lint in this process with the cache in a folder; give the report and what was wrong with the cache."""
    settings = settings_of(project, **overrides)
    cache = open_cache(folder, settings)
    return run(settings, cache=cache), cache.complaint


def start(project: Path, *words: str | Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start the command line in a project."""
    return subprocess.Popen(
        [sys.executable, "-m", "statelint", *words],
        cwd=project,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def told(project: Path, *words: str | Path, **environment: str) -> tuple[int, bytes, str]:
    """Give status, output and errors of the command line."""
    output, errors = (started := start(project, *words, **environment)).communicate(timeout=SECONDS)
    return started.returncode, output, errors.decode()


def python(project: Path, code: str, *words: str | Path, **environment: str) -> tuple[int, bytes, str]:
    """Give status, output and errors of a piece of code that starts statelint by itself."""
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode()


def kept(folder: Path, kind: str) -> Path:
    """Give the one file of a kind in a cache folder."""
    (file,) = folder.glob(f"*.{kind}")
    return file


def rewrite(file: Path, content: bytes) -> None:
    """Put other content in the place of a file of the cache, as if statelint had written it."""
    file.unlink()
    file.write_bytes(content)
    file.chmod(0o400)
