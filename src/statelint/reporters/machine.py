"""What the formats for programs share: JSON that no log takes for a command."""

from __future__ import annotations

import json


def json_page(document: object) -> str:
    """Write a document as JSON in plain ASCII, so that no reader can take its text for something else."""
    text = json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)
    # It can stand within strings only, and the runner of GitHub Actions would take it for a command.
    return text.replace("##[", "#\\u0023[") + "\n"
