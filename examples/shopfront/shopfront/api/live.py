"""Stock figures that move while one looks at them."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from shopfront.services.hub import hub

router = APIRouter(tags=["live"])


@router.websocket("/live/{sku}")
async def watch(websocket: WebSocket, sku: str) -> None:
    """Send each change of the stock until the visitor leaves."""
    await hub.join(sku, websocket)
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        hub.leave(sku, websocket)
