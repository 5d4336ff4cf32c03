"""What customers tell us."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from shopfront.api.deps import require_admin
from shopfront.stores import feedback

router = APIRouter(prefix="/feedback", tags=["feedback"])


class Feedback(BaseModel):
    """One message."""

    email: str
    text: str


@router.post("", status_code=202)
def send_feedback(body: Feedback) -> dict[str, str]:
    """Take a message."""
    feedback.append(body.email, body.text)
    return {"status": "thank you"}


@router.get("", dependencies=[Depends(require_admin)])
def list_feedback() -> list[dict[str, str]]:
    """List all messages."""
    return feedback.messages()
