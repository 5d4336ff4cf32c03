"""What an order costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shopfront.stores.models import Product

SHIPPING_CENTS = {"DE": 490, "FR": 690, "NL": 590}
SHIPPING_ELSEWHERE = 1290
WRAPPING_CENTS = 250


class Quote:
    """The bill of one order while it is made up."""

    def __init__(self, country: str) -> None:
        self.country = country
        self.lines: dict[str, int] = {}
        self._cents = SHIPPING_CENTS.get(country, SHIPPING_ELSEWHERE)

    def add(self, product: Product, quantity: int) -> None:
        """Add pieces of a product."""
        self.lines[product.sku] = self.lines.get(product.sku, 0) + quantity
        self._cents += product.price * quantity

    def add_wrapping(self) -> None:
        """Add the fee for gift wrapping."""
        self._cents += WRAPPING_CENTS

    def total(self) -> int:
        """Tell the sum in cents."""
        return self._cents
