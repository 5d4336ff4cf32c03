"""The back office."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

from shopfront.api.deps import require_admin
from shopfront.services import catalog, hub
from shopfront.stores import products, switches

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
    if name not in switches.FLAGS:
        raise HTTPException(404, "no such flag")
    switches.set_flag(name, on=body.enabled)
    return {name: body.enabled}


@router.put("/banner")
def set_banner(body: Banner) -> dict[str, str]:
    """Change what stands above every page."""
    switches.set_banner(body.text)
    return {"text": body.text}


@router.put("/products/{sku}")
def set_product(sku: str, body: ProductData) -> dict[str, str]:
    """Add a product or change it."""
    products.save(sku, title=body.title, category=body.category, price=body.price, stock=body.stock)
    catalog.forget(sku)
    hub.announce(sku, body.stock)
    return {"sku": sku}
