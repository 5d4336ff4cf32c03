"""The cart of a customer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from shopfront.api.deps import Carts, Customer
from shopfront.services.catalog import product_by_sku
from shopfront.services.holds import StockHolds

router = APIRouter(prefix="/cart", tags=["cart"])


class Quantity(BaseModel):
    """How many pieces; none takes the product out."""

    quantity: Annotated[int, Field(ge=0, le=99)]


@router.get("")
def show_cart(customer: Customer, carts: Carts) -> dict[str, int]:
    """Show the cart."""
    return carts.content(customer)


@router.put("/{sku}")
def put_item(sku: str, body: Quantity, customer: Customer, carts: Carts) -> dict[str, str]:
    """Put a product into the cart, change its number, or take it out."""
    if product_by_sku(sku) is None:
        raise HTTPException(404, "no such product")
    carts.put(customer, sku, body.quantity)
    return {"status": "saved"}


@router.put("/{sku}/hold")
def put_hold(sku: str, body: Quantity, customer: Customer) -> dict[str, str]:
    """Keep pieces back for the customer until the order is placed."""
    StockHolds().hold(sku, customer, body.quantity)
    return {"status": "held"}
