"""The start page, and what the monitoring asks for."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shopfront.config import flags
from shopfront.observability import metrics

router = APIRouter(tags=["home"])


@router.get("/")
def index(request: Request) -> dict[str, object]:
    """Greet."""
    return {
        "version": request.app.state.version,
        "banner": request.app.state.banner,
        "gift_wrapping": flags.enabled("gift_wrapping"),
        "reviews": flags.enabled("reviews"),
    }


@router.get("/banner")
def show_banner(request: Request) -> dict[str, str]:
    """Tell what stands above every page."""
    return {"text": request.app.state.banner}


@router.get("/metrics")
def show_metrics() -> Response:
    """Tell the monitoring how many requests were served."""
    return Response(metrics.exposition(), media_type="text/plain")
