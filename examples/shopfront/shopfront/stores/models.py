"""The tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the service."""


class Customer(Base):
    """Somebody with an account."""

    __tablename__ = "customers"

    email: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]


class Product(Base):
    """Something for sale; prices are in cents."""

    __tablename__ = "products"

    sku: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    category: Mapped[str]
    price: Mapped[int]
    stock: Mapped[int]

    def as_json(self) -> dict[str, object]:
        """Show it to customers."""
        return {"sku": self.sku, "title": self.title, "category": self.category, "price": self.price}


class Order(Base):
    """What a customer has bought."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customers.email"))
    country: Mapped[str]
    lines: Mapped[dict[str, int]] = mapped_column(JSON)
    total: Mapped[int]
    paid: Mapped[bool]
    placed: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    def as_json(self) -> dict[str, object]:
        """Show it to the customer and the back office."""
        return {
            "order": self.id,
            "customer": self.customer,
            "total": self.total,
            "paid": self.paid,
            "lines": self.lines,
        }
