"""The payment provider."""

from __future__ import annotations

import httpx

from shopfront.settings import settings

_client: httpx.Client | None = None


def _provider() -> httpx.Client:
    global _client
    if _client is None:
        _client = httpx.Client(base_url=settings().payments_url, timeout=5.0)
    return _client


def charge(customer: str, cents: int) -> str:
    """Take a payment and return its reference; nothing where no provider is set up."""
    if not settings().payments_url:
        return ""
    response = _provider().post("/charges", json={"customer": customer, "cents": cents})
    response.raise_for_status()
    return str(response.json()["reference"])
