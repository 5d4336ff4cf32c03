"""Carts of customers."""

from __future__ import annotations

from functools import lru_cache


class CartStore:
    """What each customer has put into the cart."""

    def __init__(self) -> None:
        self._carts: dict[str, dict[str, int]] = {}

    def content(self, customer: str) -> dict[str, int]:
        """Return the products in a cart and how many of each."""
        return dict(self._carts.get(customer, {}))

    def put(self, customer: str, sku: str, quantity: int) -> None:
        """Set how many pieces of a product are in a cart."""
        cart = self._carts.setdefault(customer, {})
        if quantity:
            cart[sku] = quantity
        else:
            cart.pop(sku, None)


@lru_cache(maxsize=1)
def get_carts() -> CartStore:
    """Return the one store of the service."""
    return CartStore()
