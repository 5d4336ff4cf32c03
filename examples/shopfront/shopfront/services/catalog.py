"""Fast look-up of products: every page asks for some."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from shopfront.stores import products

if TYPE_CHECKING:
    from shopfront.stores.models import Product


@lru_cache(maxsize=4096)
def product_by_sku(sku: str) -> Product | None:
    """Find a product by its number."""
    return products.find(sku)
