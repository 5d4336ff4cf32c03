"""Settings, read once from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between deployments."""

    database_url: str
    redis_url: str
    media_bucket: str
    payments_url: str
    admin_key: str
    signing_key: bytes


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the environment."""
    return Settings(
        database_url=os.environ["DATABASE_URL"],
        redis_url=os.environ["REDIS_URL"],
        media_bucket=os.environ["MEDIA_BUCKET"],
        payments_url=os.environ.get("PAYMENTS_URL", ""),
        admin_key=os.environ.get("ADMIN_KEY", ""),
        signing_key=bytes.fromhex(os.environ["SIGNING_KEY"]),
    )
