"""Products, and what a visitor looked at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException

from shopfront.services.catalog import product_by_sku
from shopfront.services.history import track_view
from shopfront.services.holds import StockHolds
from shopfront.stores import products

router = APIRouter(tags=["catalog"])

Visitor = Annotated[str, Header(alias="x-visitor")]


@router.get("/products")
def list_products(category: str = "") -> list[dict[str, object]]:
    """List what is for sale."""
    return [product.as_json() for product in products.listed(category)]


@router.get("/products/{sku}", dependencies=[Depends(track_view)])
def show_product(sku: str) -> dict[str, object]:
    """Show one product."""
    product = product_by_sku(sku)
    if product is None:
        raise HTTPException(404, "no such product")
    return product.as_json()


@router.get("/products/{sku}/availability")
def availability(sku: str) -> dict[str, int]:
    """Tell how many pieces a customer could still order."""
    stock = products.stock_of(sku)
    if stock is None:
        raise HTTPException(404, "no such product")
    return {"free": stock - StockHolds().total(sku)}


@router.get("/history")
def history(visitor: Visitor = "anonymous") -> list[str]:
    """List what the visitor looked at, latest first."""
    return track_view.seen_by(visitor)


@router.get("/recommendations")
def recommendations(visitor: Visitor = "anonymous") -> list[str]:
    """Suggest products of the categories that the visitor looked at."""
    seen = track_view.seen_by(visitor)
    found = [product_by_sku(sku) for sku in seen]
    categories = {product.category for product in found if product is not None}
    return [p.sku for category in sorted(categories) for p in products.listed(category) if p.sku not in seen]
