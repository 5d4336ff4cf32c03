"""The queue of the workers: `celery -A shopfront.work.queue worker`."""

from __future__ import annotations

from celery import Celery

from shopfront.settings import settings

queue = Celery(
    "shopfront", broker=settings().redis_url, include=["shopfront.work.reports"], task_ignore_result=True
)
