"""Read files that were found, without being held up by what is no file."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model.files import SourceFile

MAX_BYTES = 10_000_000


class SourceError(Exception):
    """A file that was found and cannot be read; carries the problem to report."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_bytes(file: SourceFile) -> bytes:
    """Read a file, which may have changed since it was found; raise SourceError where that fails."""
    try:
        return read_regular(file.absolute) if file.content is None else _not_too_much(file.content)
    except OSError as error:
        raise SourceError(Problem(path=file.path, line=0, message=reason_of(error))) from error


def read_regular(path: Path) -> bytes:
    """Read a regular file; raise OSError for anything else, also for one that was exchanged meanwhile."""
    # O_NONBLOCK keeps a named pipe from waiting for a writer; neither flag exists on Windows.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, f"{kind_of(status.st_mode)}, not a file")
        # Asking for no more than there is keeps every small file from being given ten megabytes of room.
        most = min(status.st_size, MAX_BYTES) + 1
        parts: list[bytes] = []
        size = 0
        while size <= MAX_BYTES and (part := os.read(descriptor, most)):
            parts.append(part)
            size += len(part)
            if size == status.st_size:  # one more was asked for: there is no need to ask again for nothing
                break
    finally:
        os.close(descriptor)
    return _not_too_much(b"".join(parts))


def _not_too_much(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"larger than {MAX_BYTES // 1_000_000} MB")
    return data


def reason_of(error: OSError) -> str:
    """Word why a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if error.errno == errno.ELOOP:
        return "cannot be read: it became a symlink"
    words = error.strerror or str(error)
    return f"cannot be read: {words[:1].lower()}{words[1:]}"


def kind_of(mode: int) -> str:
    """Name what stands in place of a regular file, by its mode."""
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a device"
