"""Digests of passwords."""

from __future__ import annotations

import hashlib
import hmac
import secrets

SALT_BYTES = 16


def digest(password: str) -> str:
    """Digest a password under a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    return salt.hex() + _derive(password, salt).hex()


def matches(password: str, stored: str) -> bool:
    """Tell whether a password belongs to a digest."""
    raw = bytes.fromhex(stored)
    return hmac.compare_digest(_derive(password, raw[:SALT_BYTES]), raw[SALT_BYTES:])


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**12, r=8, p=1)
