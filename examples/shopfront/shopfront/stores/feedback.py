"""Messages of customers, one JSON object a line."""

from __future__ import annotations

import json
import os
from pathlib import Path

FEEDBACK_FILE = Path(os.environ.get("FEEDBACK_FILE", "var/feedback.jsonl"))


def append(email: str, text: str) -> None:
    """Add a message."""
    with FEEDBACK_FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"email": email, "text": text}) + "\n")


def messages() -> list[dict[str, str]]:
    """List all messages, oldest first."""
    if not FEEDBACK_FILE.exists():
        return []
    return [json.loads(line) for line in FEEDBACK_FILE.read_text(encoding="utf-8").splitlines()]
