"""Ask git about a work tree that nobody vouches for; the only module that starts it.

What a repository says of itself must not run anything: no shell, no hook, no monitor, no transport. Nothing
that stands in the tree becomes part of a command.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GIT_SECONDS = 60

# What makes git look at another repository than the one around the project (a hook sets some of them).
_PLACES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_WORK_TREE",
    }
)  # fmt: skip

# No transport is on the list: a clone that lacks objects must not fetch them from wherever it says.
_QUIET = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": "", "GIT_TERMINAL_PROMPT": "0"}
# A folder of hooks that is none: `git diff` renews the index on the way, which calls one.
_HARMLESS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "safe.bareRepository": "explicit",
}


class GitSilentError(Exception):
    """Git is there and gives no answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What git said; `lines` are the pieces between NUL bytes, `complaint` is its standard error."""

    status: int
    text: str
    complaint: str

    @property
    def lines(self) -> list[str]:
        """Split what was written with `-z`."""
        return [piece for piece in self.text.split("\0") if piece]


def has_work_tree(folder: Path) -> bool:
    """Tell whether something calls itself a git repository here or above."""
    return any(os.path.lexists(each / ".git") for each in (folder, *folder.parents))


def ask(folder: Path, *words: str, config: Mapping[str, str] | None = None) -> Answer | None:
    """Run one command of git in a folder; nothing where git is not installed.

    `config` overrides settings of the repository. Raise GitSilentError where git cannot be started or takes
    longer than GIT_SECONDS.
    """
    git = shutil.which("git")
    if git is None:
        return None
    inherited = {name: value for name, value in os.environ.items() if name not in _PLACES}
    own = {**_HARMLESS, **(config or {})}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and nothing in the command comes from the project
            [git, "--no-pager", "-C", str(folder), *words],
            env=inherited | _QUIET | _settings(own, inherited.get("GIT_CONFIG_COUNT", "")),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitSilentError from error
    return Answer(status=done.returncode, text=os.fsdecode(done.stdout), complaint=os.fsdecode(done.stderr))


def _settings(own: Mapping[str, str], count: str) -> dict[str, str]:
    """Put settings behind those that the environment has already: the later ones win.

    `-c` would not do, since names of sections may hold an equals sign.
    """
    first = int(count) if count.isascii() and count.isdigit() else 0
    settings = {"GIT_CONFIG_COUNT": str(first + len(own))}
    for number, (name, value) in enumerate(own.items(), first):
        settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return settings
