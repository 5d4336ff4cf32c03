"""Products."""

from __future__ import annotations

from sqlalchemy import select, update

from shopfront.stores.database import transaction
from shopfront.stores.models import Product


def listed(category: str = "") -> list[Product]:
    """List the products of a category, or all."""
    query = select(Product).order_by(Product.sku)
    if category:
        query = query.where(Product.category == category)
    with transaction() as session:
        return list(session.scalars(query))


def find(sku: str) -> Product | None:
    """Find a product by its number."""
    with transaction() as session:
        return session.get(Product, sku)


def stock_of(sku: str) -> int | None:
    """Count the pieces in the warehouse."""
    with transaction() as session:
        return session.scalar(select(Product.stock).where(Product.sku == sku))


def save(sku: str, *, title: str, category: str, price: int, stock: int) -> None:
    """Add a product or change it."""
    with transaction() as session:
        session.merge(Product(sku=sku, title=title, category=category, price=price, stock=stock))


def take(sku: str, quantity: int) -> int:
    """Take pieces out of the warehouse and tell how many are left."""
    with transaction() as session:
        session.execute(update(Product).where(Product.sku == sku).values(stock=Product.stock - quantity))
        return session.scalars(select(Product.stock).where(Product.sku == sku)).one()
