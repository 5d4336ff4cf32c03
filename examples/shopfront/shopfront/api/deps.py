"""What routes ask for."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Header, HTTPException

from shopfront.security import tokens
from shopfront.settings import settings
from shopfront.stores.carts import CartStore, get_carts


def current_customer(authorization: Annotated[str, Header()] = "") -> str:
    """Name the customer whose token came with the request."""
    customer = tokens.verify(authorization.removeprefix("Bearer "))
    if customer is None:
        raise HTTPException(401, "log in first")
    return customer


def require_admin(x_admin_key: Annotated[str, Header()] = "") -> None:
    """Let only the back office pass."""
    expected = settings().admin_key
    if not expected or not hmac.compare_digest(expected.encode(), x_admin_key.encode()):
        raise HTTPException(403, "not allowed")


Customer = Annotated[str, Depends(current_customer)]
Carts = Annotated[CartStore, Depends(get_carts)]
