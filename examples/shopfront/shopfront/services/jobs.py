"""Work that outlasts the request that asked for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import uuid4


@dataclass(slots=True)
class Job:
    """One piece of work, and what came of it."""

    id: str
    title: str
    status: str = "running"
    result: str = ""

    def as_json(self) -> dict[str, str]:
        """Show it to the back office."""
        return asdict(self)


JOBS: dict[str, Job] = {}


def start(title: str) -> Job:
    """Enter a new piece of work."""
    job = Job(id=uuid4().hex, title=title)
    JOBS[job.id] = job
    return job


def finish(job_id: str, result: str) -> None:
    """Enter what came of it."""
    job = JOBS[job_id]
    job.result = result
    job.status = "done"


def find(job_id: str) -> Job | None:
    """Look one up."""
    return JOBS.get(job_id)


def everything() -> list[Job]:
    """List all, oldest first."""
    return list(JOBS.values())
