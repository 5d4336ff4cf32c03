"""Stock figures that move while one looks at them."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from shopfront.services import hub

router = APIRouter(tags=["live"])


@router.websocket("/live/{sku}")
async def watch(websocket: WebSocket, sku: str) -> None:
    """Send each change of the stock until the visitor leaves."""
    async with anyio.create_task_group() as group:
        await group.start(hub.relay, sku, websocket)
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            group.cancel_scope.cancel()
