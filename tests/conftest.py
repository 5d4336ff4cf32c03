"""What all tests share."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from pathlib import Path

# The same examples on each machine, and no deadline: a slow machine is no defect.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


_numbers = itertools.count()


@pytest.fixture(scope="session")
def _caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, _caches: Path) -> None:
    """Let nothing of the machine decide an output: colours, widths, the format that CI would choose.

    Each test has a cache folder of its own, which is not there yet.
    """
    for name in sorted(os.environ):
        if name.startswith(("STATELINT_", "GITHUB_")) or name in {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("STATELINT_CACHE_DIR", str(_caches / str(next(_numbers))))
