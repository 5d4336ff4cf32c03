"""Where the cache of a run lies, and what is said when something is wrong with it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from statelint.engine.cache import NO_CACHE, open_cache
from statelint.engine.store import default_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from statelint.engine.cache import Cache
    from statelint.model.settings import Settings


def cache_folder(stated: Path | None, environment: Mapping[str, str], *, no_cache: bool) -> Path | None:
    """Choose the folder of the cache: the one that the user names, else the platform's; None for no cache."""
    if no_cache:
        return None
    return stated.absolute() if stated is not None else default_folder(environment)


@contextmanager
def cache_in(folder: Path | None, settings: Settings, warn: Callable[[str], None]) -> Iterator[Cache]:
    """Open the cache of a project in a folder, and say in the end what was wrong with it."""
    cache = NO_CACHE if folder is None else open_cache(folder, settings)
    yield cache
    if cache.complaint:
        warn(cache.complaint)
