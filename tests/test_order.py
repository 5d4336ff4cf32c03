"""The same input gives the same bytes: in any order of files, by workers or alone, from a cache or not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specs import PLAIN, ROOT, Variant, lint_project, pages, parse_page, write_project
from statelint.reporters import RenderOptions, render

if TYPE_CHECKING:
    from statelint.model.diagnostics import Report

SEEDS = range(1, 5)
ORDERS = (
    *(Variant(name=f"shuffled by {seed}", shuffled=True, seed=seed) for seed in SEEDS),
    Variant(name="warm cache", warm=True),
    Variant(name="two workers", workers=2),
    *(
        Variant(name=f"two workers, shuffled by {seed}", workers=2, shuffled=True, seed=seed)
        for seed in SEEDS
    ),
)


def every_spec(folder: Path) -> Path:
    """Write the projects of all specs into one: hundreds of files, many with the same import name."""
    cases = [case for page in pages() for case in parse_page(page)]
    files = {
        f"case{number}/{name}": text for number, case in enumerate(cases) for name, text in case.files.items()
    }
    return write_project({name: text for name, text in files.items() if ".toml" not in name}, folder, PLAIN)


def shopfront(folder: Path) -> Path:
    """Copy the example service to where nothing around it is part of the project."""
    ignore = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "examples" / "shopfront", folder / "shopfront", ignore=ignore))


PROJECTS = {"every spec": every_spec, "shopfront": shopfront}


@pytest.fixture(scope="module", params=PROJECTS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PROJECTS[request.param](tmp_path_factory.mktemp("order"))


@pytest.fixture(scope="module")
def expected(project: Path) -> str:
    return as_json(lint_project(project, PLAIN), project)


def as_json(report: Report, project: Path) -> str:
    options = RenderOptions(
        format_name="json",
        color=False,
        project=project,
        base=project,
        root=project,
        github_actions=False,
        unicode=False,
    )
    return render(report, options)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_neither_order_nor_workers_change_a_byte(project: Path, expected: str, order: Variant) -> None:
    assert expected.count('"fingerprint"') > 5
    assert as_json(lint_project(project, order), project) == expected


@pytest.mark.parametrize(("seed", "jobs"), [("1", "1"), ("2", "2"), ("3", "1")])
def test_no_process_hashes_its_way_to_other_bytes(project: Path, expected: str, seed: str, jobs: str) -> None:
    command = (sys.executable, "-m", "statelint", "--format", "json", "--audience", "auditor", "--exit-zero")
    done = subprocess.run(
        (*command, "--jobs", jobs, "."),
        cwd=project,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == expected
