"""Pictures."""

from __future__ import annotations

import os
from pathlib import Path

MEDIA_DIR = Path(os.environ.get("MEDIA_DIR", "var/media"))


def save(name: str, content: bytes) -> None:
    """Store a picture under a name."""
    target = MEDIA_DIR / name
    target.write_bytes(content)


def load(name: str) -> bytes | None:
    """Return a picture, or nothing if there is none."""
    source = MEDIA_DIR / name
    return source.read_bytes() if source.is_file() else None
