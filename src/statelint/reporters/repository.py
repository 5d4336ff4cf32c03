"""Where the repository begins: the folder from which a code host counts the names of files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where CI systems check a repository out: GitHub Actions (and Gitea's and Forgejo's), GitLab CI.
_CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def repository_root(project: Path, base: Path, environment: Mapping[str, str]) -> Path:
    """Find the root of the repository that holds a project; the project always lies in it.

    In the checkout of a CI system that is its outermost folder with `.git`, so that a submodule is a folder
    of the repository that is built, or the checkout itself (an archive has no `.git`). Elsewhere it is the
    nearest folder with `.git`; without any, the working folder if it holds the project, else the project.
    """
    around = [project, *project.parents]
    with_git = [folder for folder in around if os.path.lexists(folder / ".git")]
    for name in _CHECKOUTS:
        # A relative or empty value says nothing; the real path is what paths of the report count from.
        value = environment.get(name, "")
        checkout = Path(os.path.realpath(value)) if Path(value).is_absolute() else None
        if checkout in around:
            inside = [folder for folder in with_git if folder.is_relative_to(checkout)]
            return inside[-1] if inside else checkout
    if with_git:
        return with_git[0]
    return base if base in around else project
