"""Which files a change touches: told by git, or by whoever calls."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from statelint import git
from statelint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r"[0-9a-f]{40,64}")  # of a commit, in full
_NO_TREE = "`--changed-since` needs a git work tree, and there is none here"

# Drivers that git runs on the contents of files, if the repository's own configuration says so.
_DRIVERS = r"^filter\..*\.(clean|smudge|process|required)$"


def changed_since(project: Path, revision: str) -> tuple[str, ...]:
    """List the files below a project that differ from the point where `HEAD` branched off from a revision.

    That is what a pull request shows: commits, what is staged, what is not, and files that git does not know
    yet. Raise UsageError where git cannot tell.
    """
    if not revision or revision.startswith("-"):
        raise UsageError(f"`{revision}` is no revision of git")
    if not git.has_work_tree(project):
        raise UsageError(_NO_TREE)
    repository = _Repository(project)
    base = repository.branched_off(repository.commit(revision), revision)
    # Renames stay two names: to find them, git would read contents.
    compare = ("diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv")
    tracked = repository.ask(*compare, "--ignore-submodules=all", base, "--")
    unknown = repository.ask("ls-files", "--others", "--exclude-standard", "-z")
    for answer in (tracked, unknown):
        if answer.status != 0:
            raise UsageError("git cannot tell which files changed: " + _first_line(answer.complaint))
    return tuple(sorted({*tracked.lines, *unknown.lines}))


def named_files(project: Path, names: Iterable[Path]) -> tuple[str, ...]:
    """List files that are named from the working folder by their paths below the project.

    A symlink stands for itself, as it does for git; what lies outside of the project is left out.
    """
    absolute = [Path(os.path.realpath(name.absolute().parent)) / name.name for name in names]
    return tuple(
        sorted({path.relative_to(project).as_posix() for path in absolute if path.is_relative_to(project)})
    )


class _Repository:
    """The repository around a project, asked with the drivers off that it would have git run on contents."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.off: dict[str, str] = {}
        drivers = self.ask("config", "-z", "--name-only", "--get-regexp", _DRIVERS).lines
        self.off = {name: "false" if name.endswith(".required") else "" for name in drivers}

    def ask(self, *words: str) -> git.Answer:
        try:
            answer = git.ask(self.project, *words, config=self.off)
        except git.GitSilentError as error:
            raise UsageError("git does not answer: which files changed is not known") from error
        if answer is None:
            raise UsageError("`--changed-since` needs git, which is not installed")
        return answer

    def commit(self, revision: str) -> str:
        answer = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        name = answer.text.strip()
        if answer.status == 0 and _NAME.fullmatch(name):
            return name
        if "dubious ownership" in answer.complaint:
            raise UsageError("git does not trust this repository: see `safe.directory` in its manual")
        if "not a git repository" in answer.complaint:
            raise UsageError(_NO_TREE)
        advice = "; this clone is shallow: fetch the revision first" if self.is_shallow() else ""
        raise UsageError(f"there is no revision `{revision}`{advice}")

    def branched_off(self, commit: str, revision: str) -> str:
        answer = self.ask("merge-base", commit, "HEAD")
        base = answer.text.strip()
        if answer.status == 0 and _NAME.fullmatch(base):
            return base
        if self.ask("rev-parse", "--verify", "--quiet", "HEAD").status != 0:
            raise UsageError(f"there is no commit to compare with `{revision}`")
        if answer.status != 1:  # 1 says that they share none, anything else that it is no commit
            raise UsageError(f"`{revision}` is no commit")
        advice = " in this shallow clone: fetch more first, as by `git fetch --unshallow`"
        shallow = advice if self.is_shallow() else ""
        raise UsageError(f"`{revision}` and `HEAD` have no commit in common{shallow}")

    def is_shallow(self) -> bool:
        return self.ask("rev-parse", "--is-shallow-repository").text.strip() == "true"


def _first_line(complaint: str) -> str:
    return (complaint.strip().splitlines() or ["it does not say why"])[0]
