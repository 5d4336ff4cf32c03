"""The check on packages in which nothing serves, on archives that are made here."""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import quiet

if TYPE_CHECKING:
    import pytest

_LOUD = """
from flask import Flask, request

app = Flask(__name__)
CARTS = {}


@app.post("/<user>")
def put(user):
    CARTS[user] = request.form["item"]
    return CARTS[user]
"""
_STATELINT = Path(sys.executable).with_name("statelint")


def archive(name: str, text: str, cache: Path) -> str:
    """Put a wheel with one file where the check looks for it; give its entry in the list."""
    made = cache / "made.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", text)
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    home = cache / "archives" / digest
    home.mkdir(parents=True)
    made.rename(home / f"{name}-1.0-py3-none-any.whl")
    return f'[{name}]\nversion = "1.0"\nsha256 = "{digest}"\nwhat = "made here"\n'


def run(entries: str, folder: Path) -> int:
    listed = folder / "list.toml"
    listed.write_text(entries, encoding="utf-8")
    return quiet.main(["--list", str(listed), "--cache", str(folder), "--statelint", str(_STATELINT)])


def test_twelve_packages_are_pinned() -> None:
    packages = quiet.read_list()
    assert len(packages) == 12
    assert all(re.fullmatch(r"[0-9a-f]{64}", package.sha256) for package in packages)
    assert all(re.fullmatch(r"\d+(\.\d+)+", package.version) for package in packages)


def test_what_serves_is_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = archive("loud", _LOUD, tmp_path) + archive("still", "CARTS = {}\n" * 200, tmp_path)
    assert run(entries, tmp_path) == 1
    shown = capsys.readouterr().out
    assert "loud: loud/__init__.py:5 module-state `CARTS`" in shown
    assert re.search(r"still 1\.0 +0 in +200 lines, 0\.00 in 1,000", shown)
    assert re.search(r"all +1 in +211 lines, 4\.74 in 1,000", shown)


def test_few_findings_in_many_lines_are_quiet(tmp_path: Path) -> None:
    entries = archive("loud", _LOUD, tmp_path) + archive("still", "A = 1\n" * 10_000, tmp_path)
    assert run(entries, tmp_path) == 0


def test_an_archive_that_was_changed_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = archive("loud", _LOUD, tmp_path)
    (wheel,) = (tmp_path / "archives").glob("*/*.whl")
    wheel.write_bytes(b"other")
    assert run(entries, tmp_path) == 2
    assert "is not the archive" in capsys.readouterr().err
