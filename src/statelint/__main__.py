"""Run the command line in a process of its own: `statelint`, or `python -m statelint`."""

from __future__ import annotations

import atexit
import gc
import sys

from statelint.cli import main


def run() -> int:
    """Run one command and give its exit status.

    What an analysis leaves behind ends with the process: nobody looks for cycles in it, not at exit either.
    """
    gc.disable()
    atexit.register(gc.freeze)
    return main()


if __name__ == "__main__":
    sys.exit(run())
