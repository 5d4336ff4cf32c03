"""Counters for the monitoring, which adds them up over all instances."""

from __future__ import annotations

REQUESTS = {"served": 0, "failed": 0}


def count(*, failed: bool) -> None:
    """Count one request."""
    REQUESTS["served"] += 1
    if failed:
        REQUESTS["failed"] += 1


def exposition() -> str:
    """Write the counters as the monitoring reads them."""
    return "".join(f"shopfront_requests_{name}_total {value}\n" for name, value in REQUESTS.items())
