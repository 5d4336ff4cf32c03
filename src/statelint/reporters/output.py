"""Reports that are written to files beside the one on standard output."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from statelint.errors import UsageError
from statelint.reporters import format_names, unknown_format


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One more report: its format, and the file that it is written to."""

    format_name: str
    path: Path


def parse_output(word: str) -> Output:
    """Read `FORMAT=FILE`; raise UsageError where it cannot be written, as far as that is known before."""
    name, equals, file = word.partition("=")
    if not equals or not file:
        raise UsageError(f"`{word}` does not say which format and which file, as in `sarif=out.sarif`")
    if name not in format_names():
        raise unknown_format(name)
    if file == "-":
        raise UsageError(f"`{word}`: standard output is written with `--format {name}`")
    output = Output(format_name=name, path=Path(file))
    _look(output.path)
    return output


def write_output(output: Output, text: str) -> None:
    """Write a report in UTF-8, wholly or not at all; raise UsageError if that fails.

    A file is replaced in one step and keeps its mode; pipes and devices are written to as they are.
    """
    data = text.encode("utf-8", "backslashreplace")
    mode = _look(output.path)
    try:
        if mode is None or stat.S_ISREG(mode):
            _replace(output.path, data, mode)
        else:
            with output.path.open("wb") as stream:
                stream.write(data)
    except OSError as error:
        raise UsageError(f"`{output.path}` cannot be written: {_reason(error)}") from error


def _look(path: Path) -> int | None:
    """Give the mode of what stands at a path, or None; raise UsageError for what must not be written to."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {_reason(error)}") from error
    if mode is None and not path.parent.is_dir():
        raise UsageError(f"`{path}` cannot be written: there is no folder `{path.parent}`")
    if mode is not None and stat.S_ISDIR(mode):
        raise UsageError(f"`{path}` cannot be written: it is a folder")
    # A link in the tree that is read may lead anywhere; one to a pipe or a device (`/dev/stderr`) is fine.
    if path.is_symlink() and (mode is None or stat.S_ISREG(mode)):
        raise UsageError(f"`{path}` cannot be written: it is a symbolic link")
    return mode


def _replace(path: Path, data: bytes, mode: int | None) -> None:
    """Write beside the file, then put the new one in its place: a reader never sees half a report."""
    beside = path.with_name(f".statelint-{os.getpid()}-{secrets.token_hex(8)}.tmp")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
            stream.write(data)
        if mode is not None:
            beside.chmod(stat.S_IMODE(mode))
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
