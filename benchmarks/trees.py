"""The projects that are measured: downloaded once, unpacked outside of the repository."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LIST = Path(__file__).with_name("trees.toml")


class TreeError(Exception):
    """A tree that cannot be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One project to measure on; `packages` are requirements with exact versions."""

    name: str
    title: str
    packages: tuple[str, ...]


def read_trees(file: Path = LIST) -> tuple[Tree, ...]:
    """Read which trees there are, in the order of the file."""
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Tree(name=name, title=one["title"], packages=tuple(one["packages"])) for name, one in content.items()
    )


def chosen(trees: Sequence[Tree], names: Sequence[str]) -> tuple[Tree, ...]:
    """Take the trees that are named, or all; raise TreeError for a name that is none."""
    known = {tree.name: tree for tree in trees}
    for name in names:
        if name not in known:
            raise TreeError(f"there is no tree `{name}`; there are {', '.join(known)}")
    return tuple(tree for tree in trees if not names or tree.name in names)


def unpack(tree: Tree, cache: Path) -> Path:
    """Give the folder of a tree, which holds what its packages hold and no more.

    It is made anew each time: a run that was broken off may have left a changed file behind.
    """
    folder = cache / "trees" / tree.name
    shutil.rmtree(folder, ignore_errors=True)
    for requirement in tree.packages:
        wheel = _wheel(requirement, cache / "wheels")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / requirement.partition("==")[0].lower())
    # What marks the project, so that no folder above it does.
    (folder / "statelint.toml").touch()
    return folder


def _wheel(requirement: str, folder: Path) -> Path:
    """Find the wheel of a requirement, downloaded if it is not there; nothing of it is ever run."""
    name, _, version = requirement.partition("==")
    wanted = f"{name.replace('-', '_')}-{version}-".lower()
    found = [one for one in sorted(folder.glob("*.whl")) if one.name.lower().startswith(wanted)]
    if found:
        return found[0]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), requirement]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own words
    if done.returncode:
        raise TreeError(f"`{requirement}` cannot be downloaded: {done.stderr.strip().splitlines()[-1:]}")
    return _wheel(requirement, folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What statelint reads of a tree: the text of its list, the number of files, and of lines of Python."""

    text: str
    files: int
    python: tuple[str, ...]
    lines: int


def list_files(folder: Path, statelint: str) -> Listing:
    """Ask statelint which files of a tree it reads."""
    command = [statelint, "--show-files", "--format", "json", "."]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise TreeError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    files = json.loads(done.stdout)["files"]
    python = tuple(one["path"] for one in files if one["language"] == "python")
    lines = sum((folder / path).read_bytes().count(b"\n") for path in python)
    return Listing(text=done.stdout, files=len(files), python=python, lines=lines)
