"""A brake for routes that invite guessing."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from fastapi import HTTPException

from shopfront.stores.connections import client

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

WINDOW_SECONDS = 60


def limited(*, per_minute: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse a client that asks more often; the view needs a parameter `request`."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            key = f"attempts:{view.__name__}:{kwargs['request'].client.host}"
            with client().pipeline() as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, WINDOW_SECONDS, nx=True)
                attempts, _ = pipeline.execute()
            if attempts > per_minute:
                raise HTTPException(429, "too many attempts, wait a minute")
            return view(*args, **kwargs)

        return guarded

    return decorate
