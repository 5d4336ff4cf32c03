"""All knowledge files as one JSON text, which is read ten times as fast; made when the package is built.

It is never believed for other files than those it was made of. Standard library only, and nothing of
statelint: the build hook runs this file by its path, where nothing else is installed.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "compiled.json"


def compile_files(files: Mapping[str, bytes]) -> bytes:
    """Write knowledge files, by name, as JSON below a line with their digest."""
    import tomllib  # our own files, while a package is built; what users write is read with tomli

    tables = {name: tomllib.loads(content.decode()) for name, content in sorted(files.items())}
    text = json.dumps(tables, ensure_ascii=False, separators=(",", ":"))
    return b"\n".join((_digest(files), text.encode()))


def tables_of(files: Mapping[str, bytes], compiled: bytes) -> bytes | None:
    """Give the JSON that was compiled of exactly these files, if it was."""
    digest, _, tables = compiled.partition(b"\n")
    return tables if digest == _digest(files) else None


def _digest(files: Mapping[str, bytes]) -> bytes:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest().encode()
