"""A digest of the code that draws conclusions: what other code has concluded is of no use."""

from __future__ import annotations

import hashlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import msgspec

import statelint

READS_FILES = ("deploy/", "engine/facts.py", "errors.py", "model/", "python/", "sources/")
"""What the facts of a file depend on; a test holds this to the imports."""

_READ_WITH = ("yaml",)
_LOOKED_WITH = ("libcst",)


class Fingerprint(NamedTuple):
    """Digests of what makes the facts of a file, and of what makes a report of them."""

    facts: bytes
    report: bytes


def fingerprint(package: Path | None = None) -> Fingerprint | None:
    """Digest statelint's own files and the versions of what it reads with; nothing where it has no files.

    All files are read each time: it takes 2 ms, and an edited installation never meets its former self.
    """
    root = Path(statelint.__file__).parent if package is None else package
    files = sorted(_own_files(str(root), ""))
    if not any(path.endswith(".py") for path, _ in files):  # runs from an archive, or compiled
        return None
    facts, rest = hashlib.sha256(), hashlib.sha256()
    for version in (sys.version, sys.byteorder, msgspec.__version__, *map(_version, _READ_WITH)):
        facts.update(version.encode())
    for version in map(_version, _LOOKED_WITH):
        rest.update(version.encode())
    for path, content in files:
        digest = facts if path.startswith(READS_FILES) else rest
        digest.update(f"\0{path}\0{len(content)}\0".encode())
        digest.update(content)
    rest.update(facts.digest())
    return Fingerprint(facts.digest(), rest.digest())


def _own_files(folder: str, prefix: str) -> list[tuple[str, bytes]]:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                found += _own_files(entry.path, f"{prefix}{entry.name}/") if entry.name[0] not in "_." else []
            elif entry.name.endswith((".py", ".toml")):
                found.append((prefix + entry.name, Path(entry.path).read_bytes()))
    return found


def _version(library: str) -> str:
    """Tell one version of a library from another without importing it, or the slow `importlib.metadata`."""
    spec = find_spec(library)
    if spec is None or spec.origin is None:
        return ""
    init = Path(spec.origin)
    stated = init.with_name("_version.py")
    return hashlib.sha256((stated if stated.exists() else init).read_bytes()).hexdigest()
