"""The packages themselves: downloaded once by version and hash, unpacked outside of the repository."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.labels import Package

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "statelint-corpus"


class ArchiveError(Exception):
    """An archive that cannot be had; the message says why."""


def unpack(package: Package, cache: Path) -> Path:
    """Give the folder with the files of a package, and no more.

    It is made anew each time, so that nobody's edit is measured.
    """
    archive = _archive(package, cache / "archives")
    folder = cache / "trees" / f"{package.name}-{package.version}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)  # noqa: S202 - as labelled: its hash was checked
    else:
        with tarfile.open(archive) as source:
            source.extractall(folder, filter="data")
    # What marks the project, so that no folder above it does.
    (folder / "statelint.toml").touch()
    return folder


def _archive(package: Package, folder: Path) -> Path:
    """Find the archive by its hash, downloaded if it is not there.

    pip asks a source archive for its metadata, which runs the build of it; the hash is checked before that.
    """
    home = folder / package.sha256
    if not home.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            wanted = Path(scratch) / "wanted.txt"
            wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", "utf-8")
            command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
            command += ["--no-deps", "--require-hashes", "--requirement", str(wanted)]
            command += ["--dest", str(Path(scratch) / "home")]
            done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our words
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
                raise ArchiveError(f"`{package.name}=={package.version}` cannot be downloaded: {last}")
            (Path(scratch) / "home").rename(home)
    archive = next(one for one in sorted(home.iterdir()) if one.is_file())
    if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
        raise ArchiveError(f"{archive} is not the archive that was labelled: remove it and try again")
    return archive
