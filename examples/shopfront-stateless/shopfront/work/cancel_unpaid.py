"""The nightly clean-up: `python -m shopfront.work.cancel_unpaid`, once for all instances."""

from __future__ import annotations

from shopfront.stores import orders

if __name__ == "__main__":
    orders.cancel_unpaid()
