"""Work that is done by the clock."""

from __future__ import annotations

from apscheduler.schedulers.background import BackgroundScheduler

from shopfront.stores import orders


def make_scheduler() -> BackgroundScheduler:
    """Plan the nightly clean-up of orders that nobody paid."""
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(orders.cancel_unpaid, "cron", hour=3, minute=15, id="cancel-unpaid")
    return scheduler
