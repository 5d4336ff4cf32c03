"""Read the TOML files that users write for statelint; what is wrong with one ends the run."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from statelint.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1_000_000


def read_bytes(file: Path, most: int = MAX_BYTES) -> bytes:
    """Read a regular file; raise ConfigError for anything else, and for one that is larger than `most`."""
    # Not shared with source files: a configuration that cannot be read ends the run, a source file does not.
    try:
        # O_NONBLOCK keeps a named pipe from waiting for a writer; Windows has none.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigError(f"`{file.name}`: not a file")
            with open(descriptor, "rb", closefd=False) as stream:
                data = stream.read(most + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or "").lower()
        raise ConfigError(f"`{file.name}`: cannot be read: {reason}") from error
    if len(data) > most:
        raise ConfigError(f"`{file.name}`: larger than {most // 1_000_000} MB")
    return data


def parse(file: Path, data: bytes) -> dict[str, object]:
    """Parse what was read; raise ConfigError, with the place, for what is no TOML."""
    import tomli

    try:
        return tomli.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"`{file.name}`: not UTF-8 (byte {error.start + 1})") from error
    except (ValueError, RecursionError) as error:  # a ValueError is also what a number of 5,000 digits gives
        raise ConfigError(f"`{file.name}`: not valid TOML: {error}") from error
