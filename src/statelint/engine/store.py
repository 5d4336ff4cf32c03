"""Files in the cache folder: each is whole or not there, and none is taken from anybody else.

The folder lies outside of the project unless the user says otherwise, since what is found in a tree may come
with a pull request. A file is replaced in one step, so that runs at the same time need not know of each
other: the last one wins, and no reader sees half of anything.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DAYS_KEPT = 30
"""Days after which a file that no run has used is removed."""

MOST_BYTES = 1_000_000_000
"""Size of all files together; the ones not used for longest go first."""

_MAGIC = b"statelint cache 1\n"
_PYTHON = sys.version.encode()
_HEAD = len(_MAGIC) + 2 * hashlib.sha256().digest_size
_DAY = 86_400
_NAME = re.compile(r"[0-9a-f]{32}\.[a-z]+(?:\.[0-9a-f]{16}\.tmp)?")
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by statelint; see https://bford.info/cachedir/\n"

_POSIX = os.name == "posix"
_MODE = 0o400 if _POSIX else 0o600
"""Permissions of a file. No checkout makes them: git knows 0644 and 0755 only. So a cache folder that a user
keeps inside the project never takes what a pull request brings for its own. (On Windows a file that is
read-only cannot be replaced.)"""


class Store:
    """The files of one project in a cache folder.

    Nothing here raises for what is in the folder or for the folder itself: what cannot be used is not there,
    and `complaint` then says why, in one line, for the first thing that was wrong.
    """

    def __init__(self, folder: Path, project: Path) -> None:
        self.complaint = ""
        self._folder = folder
        self._project = os.fsencode(project)
        self._is_usable = self._check_folder()

    def read(self, kind: str, of: bytes, fingerprint: bytes) -> bytes | None:
        """Give what was written under this kind and key by the same code, or nothing."""
        if not self._is_usable:
            return None
        path = self._path(kind, of)
        try:
            whole = _read_own(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._complain(f"`{path}` in the cache is not used: {_reason(error)}")
            return None
        head = _MAGIC + fingerprint
        if whole.startswith(_MAGIC) and not whole.startswith(head) and len(whole) >= _HEAD:
            return None  # of another version
        body = whole[_HEAD:]
        if whole[:_HEAD] != head + _checksum(path, fingerprint, body):
            self._complain(f"`{path}` in the cache is damaged: it is made anew")
            return None
        return body

    def write(self, kind: str, of: bytes, fingerprint: bytes, body: bytes) -> None:
        """Replace what is kept under this kind and key."""
        if not self._is_usable:
            return
        path = self._path(kind, of)
        try:
            self._make_folder()
            _replace(path, _MAGIC + fingerprint + _checksum(path, fingerprint, body) + body)
            _clear_out(self._folder)
        except OSError as error:
            self._complain(f"nothing is kept in the cache `{self._folder}`: {_reason(error)}")

    def complain_of(self, kind: str, of: bytes) -> None:
        """Say that a file is whole, and what is in it cannot be understood."""
        self._complain(f"`{self._path(kind, of)}` in the cache is damaged: it is made anew")

    def _complain(self, message: str) -> None:
        self.complaint = self.complaint or message

    def _path(self, kind: str, of: bytes) -> Path:
        # Versions and interpreters that take turns do not take each other's files away; an installation
        # that is being edited does, so that it leaves no file behind for each edit.
        own = hashlib.sha256(b"\0".join((self._project, _PYTHON, of))).hexdigest()[:32]
        return self._folder / f"{own}.{kind}"

    def _check_folder(self) -> bool:
        try:
            status = self._folder.lstat()
        except FileNotFoundError:
            return True
        except OSError as error:
            wrong = _reason(error)
        else:
            wrong = _not_ours(status, is_folder=True)
        if wrong:
            self._complain(f"the cache folder `{self._folder}` is not used: {wrong}")
        return not wrong

    def _make_folder(self) -> None:
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        if not any(self._folder.iterdir()):
            # It may lie inside a project after all: neither backups nor git should take it along.
            (self._folder / "CACHEDIR.TAG").write_text(_TAG, encoding="ascii")
            (self._folder / ".gitignore").write_text("*\n", encoding="ascii")


def default_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """Name the folder where this platform keeps caches of a user; nothing for a user without a home."""
    stated = environment.get("LOCALAPPDATA" if platform == "win32" else "XDG_CACHE_HOME", "")
    if Path(stated).is_absolute():
        return Path(stated) / "statelint"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    inner = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(platform, ".cache")
    return home / inner / "statelint" if home.is_absolute() else None


def _checksum(path: Path, fingerprint: bytes, body: bytes) -> bytes:
    """Seal a body together with its name, so that no file can stand in for another."""
    return hashlib.sha256(b"\0".join((path.name.encode(), fingerprint, body))).digest()


def _read_own(path: Path) -> bytes:
    """Read a file that this user's statelint has written; raise OSError for any other."""
    # O_NONBLOCK keeps a named pipe from waiting for a writer; neither flag exists on Windows.
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    )
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if wrong := _not_ours(status, is_folder=False):
            raise OSError(errno.EPERM, wrong)
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            content = stream.read()
    finally:
        os.close(descriptor)
    if time.time() - status.st_mtime > _DAY:
        with contextlib.suppress(OSError):
            os.utime(path)  # in use: not yet to be cleared out
    return content


def _not_ours(status: os.stat_result, *, is_folder: bool) -> str:
    """Say what keeps a file or folder from being this user's own cache; empty if nothing does."""
    if stat.S_ISLNK(status.st_mode):
        return "it is a symlink"
    if not (stat.S_ISDIR if is_folder else stat.S_ISREG)(status.st_mode):
        return "it is no folder" if is_folder else "it is no file"
    if not _POSIX:
        return ""
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if not is_folder and stat.S_IMODE(status.st_mode) != _MODE:
        return f"its permissions are not {_MODE:04o}, so statelint has not written it"
    return ""


def _replace(path: Path, content: bytes) -> None:
    """Put a file in the place of another in one step; raise OSError, leaving the other, where that fails."""
    temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        _rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _rename(temporary: Path, path: Path) -> None:
    for pause in (0.02, 0.1):
        try:
            temporary.replace(path)
        except PermissionError:
            if _POSIX:
                raise
            time.sleep(pause)  # Windows: another run is reading the file at this moment
        else:
            return
    temporary.replace(path)


def _clear_out(folder: Path) -> None:
    """Remove what nobody has used for long, and what runs that were killed have left."""
    oldest = time.time() - DAYS_KEPT * _DAY
    files = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                files.append((status.st_mtime, status.st_size, entry.path))
    room = MOST_BYTES
    for used, size, path in sorted(files, reverse=True):
        room -= size
        is_left = path.endswith(".tmp") and used < time.time() - _DAY
        if room < 0 or used < oldest or is_left:
            with contextlib.suppress(OSError):
                Path(path).unlink()


def _reason(error: OSError) -> str:
    words = error.strerror or str(error)
    return words[:1].lower() + words[1:]
