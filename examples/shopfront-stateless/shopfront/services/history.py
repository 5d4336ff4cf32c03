"""What visitors looked at."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from shopfront.stores.connections import client

HISTORY_SECONDS = 7 * 24 * 3600


class ViewTracker:
    """A dependency that notes which product a visitor opens."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def __call__(self, sku: str, visitor: Annotated[str, Header(alias="x-visitor")] = "anonymous") -> None:
        """Note one view."""
        key = f"seen:{visitor}"
        with client().pipeline() as pipeline:
            pipeline.lpush(key, sku)
            pipeline.ltrim(key, 0, self._limit - 1)
            pipeline.expire(key, HISTORY_SECONDS)
            pipeline.execute()

    def seen_by(self, visitor: str) -> list[str]:
        """List the products that a visitor opened, latest first, each once."""
        return list(dict.fromkeys(client().lrange(f"seen:{visitor}", 0, -1)))


track_view = ViewTracker(limit=20)
