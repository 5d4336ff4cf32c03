"""Where the log goes."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG_FILE = Path(os.environ.get("LOG_FILE", "var/shopfront.log"))


def write_log() -> None:
    """Keep the last few megabytes of the log."""
    LOG_FILE.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("shopfront").addHandler(
        RotatingFileHandler(LOG_FILE, maxBytes=1_000_000, backupCount=3)
    )
