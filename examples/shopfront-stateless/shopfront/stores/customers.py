"""Accounts."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from shopfront.stores.database import transaction
from shopfront.stores.models import Customer


def add(email: str, password: str) -> bool:
    """Open an account; false if there is one already."""
    try:
        with transaction() as session:
            session.add(Customer(email=email, password=password))
    except IntegrityError:
        return False
    return True


def password_of(email: str) -> str | None:
    """Return the digest of a customer's password."""
    with transaction() as session:
        customer = session.get(Customer, email)
        return customer.password if customer else None
