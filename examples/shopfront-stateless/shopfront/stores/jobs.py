"""Work that outlasts the request that asked for it, and what came of it."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select

from shopfront.stores.database import transaction
from shopfront.stores.models import Job


def start(title: str) -> Job:
    """Enter a new piece of work."""
    job = Job(id=uuid4().hex, title=title, status="running", result="")
    with transaction() as session:
        session.add(job)
    return job


def finish(job_id: str, result: str) -> None:
    """Enter what came of it."""
    with transaction() as session:
        job = session.get_one(Job, job_id)
        job.result = result
        job.status = "done"


def find(job_id: str) -> Job | None:
    """Look one up."""
    with transaction() as session:
        return session.get(Job, job_id)


def everything() -> list[Job]:
    """List all, oldest first."""
    with transaction() as session:
        return list(session.scalars(select(Job).order_by(Job.entered)))
