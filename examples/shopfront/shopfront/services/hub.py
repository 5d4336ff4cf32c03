"""Tells visitors who look at a product how many pieces are left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import WebSocket


class StockHub:
    """The open connections, by product."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[WebSocket]] = {}

    async def join(self, sku: str, websocket: WebSocket) -> None:
        """Accept a connection and remember what it is about."""
        await websocket.accept()
        self._watchers.setdefault(sku, set()).add(websocket)

    def leave(self, sku: str, websocket: WebSocket) -> None:
        """Forget a connection."""
        self._watchers.get(sku, set()).discard(websocket)

    async def announce(self, sku: str, left: int) -> None:
        """Send the stock to everybody who looks at the product."""
        for websocket in tuple(self._watchers.get(sku, ())):
            with suppress(RuntimeError):
                await websocket.send_json({"sku": sku, "left": left})


hub = StockHub()
