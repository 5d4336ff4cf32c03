"""Pieces that are kept back for customers who are about to order."""

from __future__ import annotations

from typing import ClassVar


class StockHolds:
    """How many pieces of a product are held, and for whom."""

    _held: ClassVar[dict[str, dict[str, int]]] = {}

    def hold(self, sku: str, customer: str, quantity: int) -> None:
        """Keep pieces back; none lets them go."""
        self._held.setdefault(sku, {})[customer] = quantity

    def total(self, sku: str, *, besides: str = "") -> int:
        """Count the held pieces, leaving out those of one customer."""
        return sum(n for customer, n in self._held.get(sku, {}).items() if customer != besides)
