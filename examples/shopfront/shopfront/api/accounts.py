"""Sign up and log in."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from shopfront.security import passwords, tokens
from shopfront.security.rate_limit import limited
from shopfront.stores import customers

router = APIRouter(tags=["accounts"])


class Credentials(BaseModel):
    """What a customer types in."""

    email: str
    password: str


@router.post("/accounts", status_code=201)
def sign_up(body: Credentials) -> dict[str, str]:
    """Open an account."""
    if not customers.add(body.email, passwords.digest(body.password)):
        raise HTTPException(409, "this address has an account already")
    return {"email": body.email}


@router.post("/sessions")
@limited(per_minute=5)
def log_in(request: Request, body: Credentials) -> dict[str, str]:
    """Hand out a token."""
    stored = customers.password_of(body.email)
    if stored is None or not passwords.matches(body.password, stored):
        raise HTTPException(401, "wrong address or password")
    return {"token": tokens.issue(body.email)}
