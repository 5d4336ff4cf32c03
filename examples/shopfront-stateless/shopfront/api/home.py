"""The start page, and what the monitoring asks for."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shopfront.observability import metrics
from shopfront.stores import switches

router = APIRouter(tags=["home"])


@router.get("/")
def index(request: Request) -> dict[str, object]:
    """Greet."""
    return {
        "version": request.app.state.version,
        "banner": switches.banner(),
        "gift_wrapping": switches.enabled("gift_wrapping"),
        "reviews": switches.enabled("reviews"),
    }


@router.get("/banner")
def show_banner() -> dict[str, str]:
    """Tell what stands above every page."""
    return {"text": switches.banner()}


@router.get("/metrics")
def show_metrics() -> Response:
    """Tell the monitoring how many requests were served."""
    return Response(metrics.exposition(), media_type="text/plain")
