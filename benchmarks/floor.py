"""Parse the files that a list names, and nothing else: what reading Python costs at least.

Run as a script, `python floor.py LIST`; LIST is what `statelint --show-files --format json` printed, and
paths in it count from the working folder.
"""

from __future__ import annotations

import ast
import gc
import json
import sys
from pathlib import Path


def parse_all(listing: str) -> int:
    """Parse each Python file of a listing and give their number; one that cannot be parsed counts, too."""
    files = [one["path"] for one in json.loads(listing)["files"] if one["language"] == "python"]
    for path in files:
        try:
            ast.parse(Path(path).read_bytes())
        except (SyntaxError, ValueError):
            continue
    return len(files)


if __name__ == "__main__":
    gc.disable()
    parse_all(Path(sys.argv[1]).read_text(encoding="ascii"))
