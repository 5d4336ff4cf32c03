"""Standard input as the text of a file, and standard error as a place to show how far a run is."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from statelint.errors import UsageError
from statelint.model.progress import tell_nobody
from statelint.model.settings import Buffer
from statelint.reporters.progress import Progress, wants_progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from statelint.model.progress import Tell

STANDARD_INPUT = Path("-")


def read_buffer(paths: Sequence[Path], file: Path | None) -> Buffer | None:
    """Read what an editor holds of `file`, where the paths say that standard input has it."""
    if file is None:
        if STANDARD_INPUT in paths:
            raise UsageError("`-` needs `--stdin-filename`, which says what file standard input stands for")
        return None
    if tuple(paths) != (STANDARD_INPUT,):
        raise UsageError("`--stdin-filename` needs `-` as the only path: `statelint --stdin-filename FILE -`")
    if file.is_dir():
        raise UsageError(f"`--stdin-filename`: `{file}` is a folder")
    from statelint.sources.reading import MAX_BYTES

    return Buffer(file=Path(os.path.realpath(file)), data=sys.stdin.buffer.read(MAX_BYTES + 1))


def progress(*, quiet: bool = False) -> AbstractContextManager[Tell]:
    """Show on standard error how far a run is, if somebody looks on; used as a context."""
    if wants_progress(os.environ, is_terminal=sys.stderr.isatty(), quiet=quiet):
        return Progress(sys.stderr)
    return nullcontext(tell_nobody)
