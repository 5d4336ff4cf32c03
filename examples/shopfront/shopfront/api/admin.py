"""The back office."""

from __future__ import annotations

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Request
from pydantic import BaseModel

from shopfront.api.deps import require_admin
from shopfront.config import flags
from shopfront.services.hub import hub
from shopfront.stores import products

router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[Depends(require_admin)])


class Switch(BaseModel):
    """On or off."""

    enabled: bool


class Banner(BaseModel):
    """What stands above every page."""

    text: str


class ProductData(BaseModel):
    """A product as the back office knows it."""

    title: str
    category: str
    price: int
    stock: int


@router.put("/flags/{name}")
def set_flag(name: str, body: Switch) -> dict[str, bool]:
    """Switch a feature on or off."""
    if name not in flags.FLAGS:
        raise HTTPException(404, "no such flag")
    flags.FLAGS[name] = body.enabled
    return {name: body.enabled}


@router.put("/banner")
def set_banner(body: Banner, request: Request) -> dict[str, str]:
    """Change what stands above every page."""
    request.app.state.banner = body.text
    return {"text": body.text}


@router.put("/products/{sku}")
def set_product(sku: str, body: ProductData, tasks: BackgroundTasks) -> dict[str, str]:
    """Add a product or change it."""
    products.save(sku, title=body.title, category=body.category, price=body.price, stock=body.stock)
    tasks.add_task(hub.announce, sku, body.stock)
    return {"sku": sku}
