"""Reports that take a while."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

from shopfront.api.deps import require_admin
from shopfront.stores import jobs
from shopfront.work import reports

router = APIRouter(prefix="/admin/reports", tags=["reports"], dependencies=[Depends(require_admin)])


class ReportRequest(BaseModel):
    """What the report is about, and how it is written."""

    country: str
    layout: Literal["csv", "json"] = "csv"


@router.post("", status_code=202)
def start_report(body: ReportRequest) -> dict[str, str]:
    """Start a report and tell under which number to ask for it."""
    job = jobs.start(f"sales in {body.country}")
    reports.write_sales.delay(job.id, body.country, body.layout)
    return {"job": job.id}


@router.get("")
def list_reports() -> list[dict[str, str]]:
    """List all reports."""
    return [job.as_json() for job in jobs.everything()]


@router.get("/{job_id}")
def show_report(job_id: str) -> dict[str, str]:
    """Tell how far a report is, and what it says when it is done."""
    job = jobs.find(job_id)
    if job is None:
        raise HTTPException(404, "no such report")
    return job.as_json()
