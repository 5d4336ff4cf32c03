"""Tells visitors who look at a product how many pieces are left, whichever instance they are on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from anyio import TASK_STATUS_IGNORED

from shopfront.stores.connections import client, listener

if TYPE_CHECKING:
    from anyio.abc import TaskStatus
    from fastapi import WebSocket


def announce(sku: str, left: int) -> None:
    """Send the stock to everybody who looks at the product."""
    client().publish(f"stock:{sku}", json.dumps({"sku": sku, "left": left}))


async def relay(
    sku: str, websocket: WebSocket, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED
) -> None:
    """Pass on what is announced about a product until the task is cancelled."""
    async with listener() as redis, redis.pubsub() as channel:
        await channel.subscribe(f"stock:{sku}")
        await websocket.accept()
        task_status.started()
        async for message in channel.listen():
            if message["type"] == "message":
                await websocket.send_text(message["data"])
