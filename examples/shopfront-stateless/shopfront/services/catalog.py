"""Fast look-up of products: every page asks for some."""

from __future__ import annotations

import json

from shopfront.stores import products
from shopfront.stores.connections import client
from shopfront.stores.models import Product

CACHE_SECONDS = 60


def product_by_sku(sku: str) -> Product | None:
    """Find a product by its number."""
    cached = client().get(f"product:{sku}")
    if cached is not None:
        return Product(**json.loads(cached))
    product = products.find(sku)
    if product is not None:
        client().set(f"product:{sku}", json.dumps(product.as_json()), ex=CACHE_SECONDS)
    return product


def forget(sku: str) -> None:
    """Drop what is kept of a product that has changed."""
    client().delete(f"product:{sku}")
