"""The files of a library's releases: found on the package index, checked by hash, read, and never run.

A wheel is taken where there is one, else the archive of sources. pip would run the build of that to learn its
name and version; here it is known by the name that the index gives it, and only unpacked.
"""

from __future__ import annotations

import os
import re
import tarfile
import zipfile
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unearth import PackageFinder

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "statelint-knowledge"
SOURCES = (".tar.gz", ".tar.bz2", ".zip")
CODE = (".py", ".pyi", ".pyx", ".so", ".pyd")


def find_release(requirement: str, given: Path | None = None) -> Path | None:
    """Find the newest release that fits a requirement, on the index or in a folder; None if there is none."""
    if given is not None:
        wanted = _normal(re.split("[=<>]", requirement)[0])
        files = (file for file in sorted(given.iterdir()) if file.name.endswith((".whl", *SOURCES)))
        return next((file for file in files if _normal(_named(file)) == wanted), None)
    return _downloaded(requirement)


@cache
def _downloaded(requirement: str) -> Path | None:
    found = _finder().find_best_match(requirement, allow_prereleases=False).best
    if found is None:  # a library that has no other
        found = _finder().find_best_match(requirement).best
    return _finder().download(found.link, CACHE) if found is not None else None


@cache
def _finder() -> PackageFinder:
    from unearth import PackageFinder  # what reads releases of its own needs no network

    return PackageFinder(index_urls=[os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple/")])


def told(file: Path) -> str:
    """Name a release: `acme_kit-2.0`."""
    return f"{_named(file)}-{_version(file)}"


def code_in(file: Path) -> Iterator[tuple[str, bytes]]:
    """Give each file of code, by its path below the folder from which it is imported."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            for name in wheel.namelist():
                if name.endswith(CODE):
                    yield name, wheel.read(name)
        return
    for name, content in _members(file):
        path = PurePosixPath(*PurePosixPath(name).parts[1:])
        yield str(path.relative_to("src") if path.parts[0] == "src" else path), content


@cache
def tops_in(file: Path) -> frozenset[str]:
    """List the packages and modules that a release brings."""
    return frozenset(name.partition("/")[0].partition(".")[0] for name, _ in code_in(file))


def _members(file: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files of code in an archive of sources, each below the folder that holds them all."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            yield from ((one, archive.read(one)) for one in archive.namelist() if _is_code(one))
        return
    with tarfile.open(file) as archive:
        for one in archive:
            content = archive.extractfile(one) if one.isfile() and _is_code(one.name) else None
            if content is not None:
                yield one.name, content.read()


def _is_code(name: str) -> bool:
    """Whether it is code below the folder that holds all, and leads nowhere else."""
    parts = PurePosixPath(name).parts
    return name.endswith(CODE) and len(parts) > 1 and ".." not in parts and not name.startswith("/")


def _named(file: Path) -> str:
    return _parts(file)[0]


def _version(file: Path) -> str:
    return _parts(file)[1]


def _parts(file: Path) -> tuple[str, str]:
    """Take a file's name apart: `acme_kit-2.0-py3-none-any.whl`, `Acme-Kit-2.0.tar.gz`."""
    if file.suffix == ".whl":
        name, version, *_ = file.name.split("-")
        return name, version
    stem = next(file.name.removesuffix(end) for end in SOURCES if file.name.endswith(end))
    name, _, version = stem.rpartition("-")
    return name, version


def _normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()
