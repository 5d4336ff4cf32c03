"""A brake for routes that invite guessing."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from fastapi import HTTPException

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

WINDOW_SECONDS = 60.0


def limited(*, per_minute: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse a client that asks more often; the view needs a parameter `request`."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        attempts: defaultdict[str, deque[float]] = defaultdict(deque)

        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            now = time.monotonic()
            recent = attempts[kwargs["request"].client.host]
            while recent and now - recent[0] > WINDOW_SECONDS:
                recent.popleft()
            if len(recent) >= per_minute:
                raise HTTPException(429, "too many attempts, wait a minute")
            recent.append(now)
            return view(*args, **kwargs)

        return guarded

    return decorate
