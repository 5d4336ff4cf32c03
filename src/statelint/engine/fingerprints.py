"""The lasting name of a finding."""

from __future__ import annotations

import hashlib


def fingerprint(rule: str, holder: str, site: str, ordinal: int) -> str:
    """Name a finding so that it keeps its name when lines or files move."""
    identity = "\0".join((rule, holder, site, str(ordinal)))
    return hashlib.sha256(identity.encode("utf-8", "backslashreplace")).hexdigest()[:16]
