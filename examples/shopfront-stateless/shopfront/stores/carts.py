"""Carts of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopfront.stores.connections import client

if TYPE_CHECKING:
    from redis import Redis

CART_SECONDS = 30 * 24 * 3600


class CartStore:
    """What each customer has put into the cart; a cart that nobody touches expires."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def content(self, customer: str) -> dict[str, int]:
        """Return the products in a cart and how many of each."""
        return {sku: int(quantity) for sku, quantity in self._redis.hgetall(f"cart:{customer}").items()}

    def put(self, customer: str, sku: str, quantity: int) -> None:
        """Set how many pieces of a product are in a cart."""
        key = f"cart:{customer}"
        with self._redis.pipeline() as pipeline:
            if quantity:
                pipeline.hset(key, sku, quantity)
            else:
                pipeline.hdel(key, sku)
            pipeline.expire(key, CART_SECONDS)
            pipeline.execute()


def get_carts() -> CartStore:
    """Return the store over the shared connection."""
    return CartStore(client())
