"""The application: routers, middleware, start and stop."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from shopfront.api import accounts, admin, cart, catalog, feedback, home, live, media, orders, reports
from shopfront.observability.logs import write_log
from shopfront.observability.middleware import observe
from shopfront.stores.database import create_tables

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Prepare the log and the database."""
    write_log()
    create_tables()
    yield


def create_app() -> FastAPI:
    """Build the service."""
    app = FastAPI(title="shopfront", lifespan=lifespan)
    app.state.version = "2.0.0"
    app.middleware("http")(observe)
    for module in (accounts, admin, cart, catalog, feedback, home, live, media, orders, reports):
        app.include_router(module.router)
    return app


app = create_app()
