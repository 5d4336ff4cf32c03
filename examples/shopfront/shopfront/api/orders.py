"""Place and look up orders."""

from __future__ import annotations

from fastapi import APIRouter, BackgroundTasks, HTTPException
from pydantic import BaseModel

from shopfront.api.deps import Carts, Customer
from shopfront.config import flags
from shopfront.services import payments
from shopfront.services.holds import StockHolds
from shopfront.services.hub import hub
from shopfront.services.pricing import Quote
from shopfront.stores import orders, products

router = APIRouter(prefix="/orders", tags=["orders"])


class Delivery(BaseModel):
    """Where the goods go."""

    country: str
    gift: bool = False


@router.post("", status_code=201)
def place_order(
    body: Delivery, customer: Customer, carts: Carts, tasks: BackgroundTasks
) -> dict[str, object]:
    """Turn the cart into an order and take the payment."""
    quote = Quote(country=body.country)
    if body.gift and flags.enabled("gift_wrapping"):
        quote.add_wrapping()
    for sku, quantity in carts.content(customer).items():
        product = products.find(sku)
        if product is None or product.stock - StockHolds().total(sku, besides=customer) < quantity:
            raise HTTPException(409, f"{sku} is sold out")
        quote.add(product, quantity)
    if not quote.lines:
        raise HTTPException(409, "the cart is empty")
    reference = payments.charge(customer, quote.total())
    order_id = orders.add(customer, quote, paid=bool(reference))
    for sku, quantity in quote.lines.items():
        left = products.take(sku, quantity)
        tasks.add_task(hub.announce, sku, left)
    return {"order": order_id, "total": quote.total()}


@router.get("/{order_id}")
def show_order(order_id: int, customer: Customer) -> dict[str, object]:
    """Show an order to the customer who placed it."""
    order = orders.find(order_id, customer)
    if order is None:
        raise HTTPException(404, "no such order")
    return order.as_json()
