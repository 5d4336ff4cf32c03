"""Pieces that are kept back for customers who are about to order."""

from __future__ import annotations

from shopfront.stores.connections import client

HOLD_SECONDS = 15 * 60


class StockHolds:
    """How many pieces of a product are held, and for whom; a hold ends by itself."""

    def hold(self, sku: str, customer: str, quantity: int) -> None:
        """Keep pieces back; none lets them go."""
        if quantity:
            client().set(f"hold:{sku}:{customer}", quantity, ex=HOLD_SECONDS)
        else:
            client().delete(f"hold:{sku}:{customer}")

    def total(self, sku: str, *, besides: str = "") -> int:
        """Count the held pieces, leaving out those of one customer."""
        own = f"hold:{sku}:{besides}"
        keys = [key for key in client().scan_iter(match=f"hold:{sku}:*") if key != own]
        return sum(int(quantity) for quantity in client().mget(keys) if quantity) if keys else 0
