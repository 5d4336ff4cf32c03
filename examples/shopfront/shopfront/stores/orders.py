"""Orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from shopfront.stores.database import transaction
from shopfront.stores.models import Order

if TYPE_CHECKING:
    from shopfront.services.pricing import Quote

PAYMENT_DAYS = 14


def add(customer: str, quote: Quote, *, paid: bool) -> int:
    """Enter an order and return its number."""
    order = Order(customer=customer, country=quote.country, lines=quote.lines, total=quote.total(), paid=paid)
    with transaction() as session:
        session.add(order)
        session.flush()
        return order.id


def find(order_id: int, customer: str) -> Order | None:
    """Find an order of a customer."""
    with transaction() as session:
        order = session.get(Order, order_id)
        return order if order and order.customer == customer else None


def of_country(country: str) -> list[Order]:
    """List all orders that went to a country."""
    with transaction() as session:
        return list(session.scalars(select(Order).where(Order.country == country).order_by(Order.id)))


def cancel_unpaid() -> None:
    """Drop orders that nobody paid in time."""
    limit = datetime.now(UTC) - timedelta(days=PAYMENT_DAYS)
    with transaction() as session:
        session.execute(delete(Order).where(Order.paid.is_(False), Order.placed < limit))
