"""What all tests share."""

from __future__ import annotations

import os

import hypothesis
import pytest

# The same examples on each machine, and no deadline: a slow machine is no defect.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of the machine decide an output: colours, widths, the format that CI would choose."""
    for name in sorted(os.environ):
        if name.startswith(("STATELINT_", "GITHUB_")) or name in {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
