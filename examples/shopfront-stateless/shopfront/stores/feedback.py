"""Messages of customers."""

from __future__ import annotations

from sqlalchemy import select

from shopfront.stores.database import transaction
from shopfront.stores.models import Message


def append(email: str, text: str) -> None:
    """Add a message."""
    with transaction() as session:
        session.add(Message(email=email, text=text))


def messages() -> list[dict[str, str]]:
    """List all messages, oldest first."""
    with transaction() as session:
        found = session.scalars(select(Message).order_by(Message.id))
        return [{"email": message.email, "text": message.text} for message in found]
