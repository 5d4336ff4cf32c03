"""What happens around every request."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from shopfront.observability import metrics
from shopfront.observability.context import request_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import Request, Response

logger = logging.getLogger(__name__)

SLOW_SECONDS = 1.0
SERVER_ERROR = 500
last_slow: dict[str, object] = {}


async def observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Give the request an id, count it, and write down when it was slow."""
    request_id.set(request.headers.get("x-request-id") or uuid4().hex)
    started = time.monotonic()
    response = await call_next(request)
    seconds = time.monotonic() - started
    metrics.count(failed=response.status_code >= SERVER_ERROR)
    if seconds > SLOW_SECONDS:
        last_slow.update(path=request.url.path, seconds=seconds)
        logger.warning("%s took %.1f s (%s)", request.url.path, seconds, request_id.get())
    response.headers["x-request-id"] = request_id.get()
    return response
