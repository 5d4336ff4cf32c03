"""Product pictures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, HTTPException, Response

from shopfront.api.deps import require_admin
from shopfront.stores import media

router = APIRouter(prefix="/media", tags=["media"])


@router.put("/{sku}", dependencies=[Depends(require_admin)])
def upload_picture(sku: str, picture: Annotated[bytes, File()]) -> dict[str, str]:
    """Store the picture of a product."""
    if not sku.isalnum():
        raise HTTPException(400, "a product number has letters and digits only")
    media.save(f"{sku}.png", picture)
    return {"url": f"/media/{sku}"}


@router.get("/{sku}")
def show_picture(sku: str) -> Response:
    """Send the picture of a product."""
    picture = media.load(f"{sku}.png") if sku.isalnum() else None
    if picture is None:
        raise HTTPException(404, "no picture")
    return Response(picture, media_type="image/png")
