"""From which folder a code host counts the names of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statelint.reporters.repository import repository_root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("project", "base", "environment", "root"),
    [
        ("repo/service", "repo/service", {}, "repo"),
        ("repo", "repo/service", {}, "repo"),
        ("plain/a", "plain", {}, "plain"),
        ("plain/a", "repo", {}, "plain/a"),
        ("repo/vendored/lib", "repo", {}, "repo/vendored"),
        ("repo/vendored/lib", "repo", {"GITHUB_WORKSPACE": "repo"}, "repo"),
        ("plain/checkout/a", "plain", {"GITHUB_WORKSPACE": "plain"}, "plain/checkout"),
        ("plain/a", "plain/a", {"CI_PROJECT_DIR": "plain"}, "plain"),
        ("repo/service", "repo", {"GITHUB_WORKSPACE": "plain"}, "repo"),
    ],
)
def test_root_of_the_repository(
    project: str, base: str, environment: dict[str, str], root: str, tmp_path: Path
) -> None:
    for folder in ("repo/service", "repo/vendored/lib", "plain/a", "plain/checkout/a"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "repo/.git").mkdir()
    (tmp_path / "repo/vendored/.git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    (tmp_path / "plain/checkout/.git").mkdir()
    real = {
        name: str(tmp_path / path) if path not in {"", "."} else path for name, path in environment.items()
    }
    assert repository_root(tmp_path / project, tmp_path / base, real) == tmp_path / root
