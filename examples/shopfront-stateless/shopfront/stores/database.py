"""The database connection."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from shopfront.settings import settings
from shopfront.stores.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterator


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Connect once, and share the pool."""
    return create_engine(settings().database_url, pool_pre_ping=True)


def create_tables() -> None:
    """Make the tables that do not exist yet."""
    Base.metadata.create_all(engine())


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a session that commits when the block ends well."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session
