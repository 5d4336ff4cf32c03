"""The reports of the back office."""

from __future__ import annotations

from shopfront.services.layouts import LAYOUTS
from shopfront.stores import jobs, orders
from shopfront.work.queue import queue


@queue.task(acks_late=True)
def write_sales(job_id: str, country: str, layout: str) -> None:
    """Write down all orders of a country."""
    rows = [order.as_json() for order in orders.of_country(country)]
    jobs.finish(job_id, LAYOUTS[layout](rows))
