"""Settings, read once from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between deployments."""

    database_url: str
    payments_url: str
    admin_key: str


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the environment."""
    return Settings(
        database_url=os.environ.get("DATABASE_URL", "sqlite:///shopfront.db"),
        payments_url=os.environ.get("PAYMENTS_URL", ""),
        admin_key=os.environ.get("ADMIN_KEY", ""),
    )
