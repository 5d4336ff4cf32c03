"""Other code draws other conclusions: what it leaves in the cache is not taken for ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from specs import ROOT
from statelint.engine import fingerprint
from statelint.engine.cache import NO_CACHE, open_cache
from statelint.model.settings import Settings


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "src" / "statelint", tmp_path / "statelint"))


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("python/walk.py", {"facts", "report"}),
        ("model/facts.py", {"facts", "report"}),
        ("deploy/affinity.toml", {"facts", "report"}),
        ("sources/reading.py", {"facts", "report"}),
        ("rules/module_state.py", {"report"}),
        ("knowledge/flask.toml", {"report"}),
        ("remedies/sessions.toml", {"report"}),
        ("reporters/report.schema.json", set()),
        ("__pycache__/made.py", set()),
        ("rules/new_rule.py", {"report"}),
    ],
)
def test_the_fingerprint_follows_the_code(path: str, changes: set[str], package: Path) -> None:
    before = fingerprint.fingerprint(package)
    assert before == fingerprint.fingerprint(package)
    assert before is not None
    file = package / path
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n")
    after = fingerprint.fingerprint(package)
    assert after is not None
    assert {name for name in before._fields if getattr(before, name) != getattr(after, name)} == changes


def test_names_are_a_part_of_the_code(package: Path) -> None:
    before = fingerprint.fingerprint(package)
    (package / "rules" / "app_state.py").rename(package / "rules" / "other_state.py")
    assert fingerprint.fingerprint(package) != before


@pytest.mark.parametrize("library", ["yaml", "libcst", "msgspec"])
def test_libraries_are_a_part_of_the_fingerprint(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint.fingerprint()
    if library == "msgspec":
        monkeypatch.setattr("msgspec.__version__", "0.0")
    else:
        version = fingerprint._version
        monkeypatch.setattr(fingerprint, "_version", lambda name: version(name) + "x" * (name == library))
    assert fingerprint.fingerprint() != before


def test_the_interpreter_is_a_part_of_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint.fingerprint()
    assert before is not None
    monkeypatch.setattr(sys, "version", "4.0")
    after = fingerprint.fingerprint()
    assert after is not None
    assert before.facts != after.facts
    assert before.report != after.report


def test_code_without_files_has_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fingerprint.fingerprint(tmp_path) is None
    monkeypatch.setattr("statelint.engine.cache.fingerprint", lambda: None)
    assert open_cache(tmp_path / "cache", Settings(project=tmp_path, paths=(tmp_path,))) is NO_CACHE


USED = """\
import pkgutil, sys, statelint.deploy, statelint.python.index
for one in pkgutil.walk_packages(statelint.deploy.__path__, "statelint.deploy."):
    __import__(one.name)
print(*(one.__file__ for name, one in sys.modules.items() if name.startswith("statelint")), sep="\\n")
"""


def test_what_facts_depend_on_is_all_in_their_fingerprint() -> None:
    done = subprocess.run(
        [sys.executable, "-c", USED], capture_output=True, text=True, check=True, timeout=60
    )
    package = ROOT / "src" / "statelint"
    used = {Path(line).relative_to(package).as_posix() for line in done.stdout.splitlines()}
    assert {"python/walk.py", "deploy/affinity.py"} <= used
    assert {path for path in used if not path.startswith(fingerprint.READS_FILES)} == {"__init__.py"}
