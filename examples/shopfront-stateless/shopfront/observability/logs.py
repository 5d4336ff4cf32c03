"""Where the log goes."""

from __future__ import annotations

import logging
import sys


def write_log() -> None:
    """Write to standard output; the platform collects it."""
    logging.getLogger("shopfront").addHandler(logging.StreamHandler(sys.stdout))
