"""What visitors looked at."""

from __future__ import annotations

from collections import deque
from typing import Annotated

from fastapi import Header


class ViewTracker:
    """A dependency that notes which product a visitor opens."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: dict[str, deque[str]] = {}

    def __call__(self, sku: str, visitor: Annotated[str, Header(alias="x-visitor")] = "anonymous") -> None:
        """Note one view."""
        self._seen.setdefault(visitor, deque(maxlen=self._limit)).appendleft(sku)

    def seen_by(self, visitor: str) -> list[str]:
        """List the products that a visitor opened, latest first, each once."""
        return list(dict.fromkeys(self._seen.get(visitor, ())))


track_view = ViewTracker(limit=20)
