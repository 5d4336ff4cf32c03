"""The baseline file: read, checked, and written back so that a review shows what changed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from statelint import toml_file
from statelint.errors import ConfigError, UsageError
from statelint.model.baseline import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE_NAME = "statelint-baseline.toml"
MAX_BYTES = 10_000_000

_HEAD = """\
# Findings of statelint that were there before: they are not reported, everything new is.
# `statelint baseline write --add` takes in what is new, `statelint baseline prune` removes what is gone.
# Say behind `because` why a finding may stay. Reasons are kept when the file is written, comments are not.
"""
_KEYS = ("fingerprint", "rule", "symbol", "path", "message", "because")
_NEEDED = ("fingerprint", "rule")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_HEADER = re.compile(r"[ \t]*\[\[[ \t]*finding[ \t]*\]\][ \t]*(?:#.*)?")
_LONGEST_HINT = 300


def read_baseline(file: Path) -> tuple[Entry, ...]:
    """Read the entries of a baseline; raise ConfigError that says where it is wrong."""
    data = toml_file.read_bytes(file, MAX_BYTES)
    content = toml_file.parse(file, data)
    for key in content:
        if key != "finding":
            raise ConfigError(f"`{file.name}`: `{key}` is no key of a baseline: entries are `[[finding]]`")
    given = content.get("finding", [])
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise ConfigError(f"`{file.name}`: `finding` must be an array of tables, each `[[finding]]`")
    lines = _lines_of(data, len(given))
    entries = tuple(
        _entry(file, number, line, table)
        for number, (table, line) in enumerate(zip(given, lines, strict=True), 1)
    )
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        first = seen.setdefault(entry.fingerprint, number)
        if first != number:
            raise _wrong(
                file, number, entry.line, f"`fingerprint` is that of entry {first}: remove one of them"
            )
    return entries


def write_baseline(file: Path, entries: Iterable[Entry]) -> None:
    """Write entries, sorted, in place of what was there; the old file stays whole until the new one is.

    Raise UsageError where that fails, or where a symlink would be written through.
    """
    import tempfile  # slow to load, and most runs only read

    if file.is_symlink():
        raise UsageError(f"`{file.name}` is a symlink: not written")
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(format_baseline(entries))
            Path(name).chmod(mode)
            os.replace(name, file)  # noqa: PTH105 - `Path.replace` does the same
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"`{file.name}`: cannot be written: {(error.strerror or '').lower()}") from error


def format_baseline(entries: Iterable[Entry]) -> str:
    """Write entries as TOML, in an order that does not depend on theirs."""
    ordered = sorted(entries, key=lambda entry: (entry.path, entry.rule, entry.symbol, entry.fingerprint))
    return "\n".join((_HEAD, *map(_format_entry, ordered))) if ordered else _HEAD


def hint(text: str) -> str:
    """Give text as an entry keeps it: without what UTF-8 cannot hold, and no longer than a line or two."""
    plain = text.encode("utf-8", "backslashreplace").decode()
    return plain if len(plain) <= _LONGEST_HINT else f"{plain[: _LONGEST_HINT - 1]}…"


def _format_entry(entry: Entry) -> str:
    values = "".join(f"{key} = {_quote(getattr(entry, key))}\n" for key in _KEYS)
    return f"[[finding]]\n{values}"


def _quote(text: str) -> str:
    """Write a basic string of TOML; whatever is invisible, or turns the direction of text, is escaped."""
    return '"' + "".join(map(_quote_letter, text)) + '"'


def _quote_letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    if letter == "\n":
        return "\\n"
    code = ord(letter)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _entry(file: Path, number: int, line: int, table: dict[str, object]) -> Entry:
    for key, value in table.items():
        if key not in _KEYS:
            known = ", ".join(f"`{word}`" for word in _KEYS)
            raise _wrong(file, number, line, f"`{key}` is no key of an entry; there are {known}")
        if not isinstance(value, str):
            raise _wrong(file, number, line, f"`{key}` must be a string")
    for key in _NEEDED:
        if not table.get(key):
            raise _wrong(file, number, line, f"there is no `{key}`")
    words = {key: str(table.get(key, "")) for key in _KEYS}
    if not _FINGERPRINT.fullmatch(words["fingerprint"]):
        raise _wrong(file, number, line, "`fingerprint` must be 16 hexadecimal digits")
    return Entry(**words, line=line)


def _wrong(file: Path, number: int, line: int, message: str) -> ConfigError:
    where = f"line {line}" if line else f"entry {number}"
    return ConfigError(f"`{file.name}`: {where}: {message}")


def _lines_of(data: bytes, count: int) -> list[int]:
    """Find the line of each entry; if headers and entries do not come out even, no line is known."""
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    lines = [number for number, line in enumerate(text.split("\n"), 1) if _HEADER.fullmatch(line)]
    return lines if len(lines) == count else [0] * count
