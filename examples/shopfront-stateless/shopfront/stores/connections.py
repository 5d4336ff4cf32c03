"""The Redis connections."""

from __future__ import annotations

from functools import lru_cache

import redis
from redis import asyncio as aioredis

from shopfront.settings import settings


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """Connect once, and share the pool."""
    return redis.Redis.from_url(settings().redis_url, decode_responses=True)


def listener() -> aioredis.Redis:
    """Open a connection for one websocket."""
    return aioredis.Redis.from_url(settings().redis_url, decode_responses=True)
