"""Run the command line as `python -m statelint`."""

from __future__ import annotations

import sys

from statelint.cli import main

if __name__ == "__main__":
    sys.exit(main())
