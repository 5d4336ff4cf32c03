"""The application: routers, middleware, start and stop."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from shopfront.api import accounts, admin, cart, catalog, feedback, home, live, media, orders, reports
from shopfront.observability.logs import write_log
from shopfront.observability.middleware import observe
from shopfront.scheduling import make_scheduler
from shopfront.stores.database import create_tables
from shopfront.stores.feedback import FEEDBACK_FILE
from shopfront.stores.media import MEDIA_DIR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Prepare the stores, and run the nightly work while the service is up."""
    MEDIA_DIR.mkdir(parents=True, exist_ok=True)
    FEEDBACK_FILE.parent.mkdir(parents=True, exist_ok=True)
    write_log()
    create_tables()
    scheduler = make_scheduler()
    scheduler.start()
    yield
    scheduler.shutdown()


def create_app() -> FastAPI:
    """Build the service."""
    app = FastAPI(title="shopfront", lifespan=lifespan)
    app.state.version = "1.4.0"
    app.state.banner = ""
    app.middleware("http")(observe)
    for module in (accounts, admin, cart, catalog, feedback, home, live, media, orders, reports):
        app.include_router(module.router)
    return app


app = create_app()
