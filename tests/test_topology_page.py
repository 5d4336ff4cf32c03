"""`statelint topology`: a table for people, JSON for programs, and what PATHS choose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from statelint.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Page = Callable[..., tuple[int, str]]

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def topology(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Page:
    """Run the command in a copy of a fixture."""

    def run(project: str, *words: str) -> tuple[int, str]:
        home = tmp_path / project
        if not home.exists():
            shutil.copytree(FIXTURES / project, home)
        monkeypatch.chdir(home)
        status = main(["topology", "--no-cache", *words])
        return status, capsys.readouterr().out

    return run


def services(page: str) -> dict[str, dict[str, Any]]:
    """Give the services of a page in JSON by name."""
    return {one["name"]: one for one in json.loads(page)["services"]}


def test_the_table_says_what_runs_where_how_often_and_what_is_found(topology: Page) -> None:
    status, page = topology("terraform")
    assert status == 0
    assert page == (
        "SERVICE                      RUNS    COPIES                  FINDINGS\n"
        "aws_ecs_task_definition.api  server  3 replicas x 2 workers  2 errors\n"
        "  declared   infra/main.tf:5 (terraform)\n"
        "  code       api/main.py, 2 modules in all\n"
        "  instances  infra/production.tfvars:1  copies: 3\n"
        "  workers    Dockerfile:5  WEB_CONCURRENCY=2\n"
        "  affinity   infra/main.tf:33  stickiness.enabled = true\n"
    )


def test_json_says_the_same(topology: Page) -> None:
    status, page = topology("compose", "--format", "json")
    found = services(page)
    assert status == 0
    assert set(found) == {"services.web", "services.worker", "services.beat", "services.proxy"}
    worker = found["services.worker"]
    assert worker["copies"] == {
        "known": "many",
        "factors": [
            {
                "what": "instances",
                "number": 2,
                "known": "many",
                "text": "replicas: 2",
                "path": "compose.yaml",
                "line": 11,
            },
            {
                "what": "workers",
                "number": 2,
                "known": "many",
                "text": "--concurrency 2",
                "path": "compose.yaml",
                "line": 9,
            },
        ],
    }
    assert worker["code"] == {"entries": ["photos/tasks.py"], "modules": 2, "found_by": "command"}
    assert worker["findings"] == {"error": 1, "warning": 0, "note": 0}
    assert [one["text"] for one in found["services.beat"]["schedulers"]] == ["celery -A photos.tasks beat"]
    assert found["services.web"]["copies"]["known"] == "many"
    assert found["services.proxy"]["copies"] == {"known": "unknown", "factors": []}
    assert found["services.proxy"]["code"]["modules"] == 0


def test_a_note_counts_for_an_auditor_only(topology: Page) -> None:
    def notes(*words: str) -> int:
        _, page = topology("compose", "--format", "json", *words)
        return sum(one["findings"]["note"] for one in services(page).values())

    assert notes() == 0
    assert notes("--audience", "auditor") == 2


def test_paths_choose_services_and_the_project_is_read_as_a_whole(topology: Page) -> None:
    _, page = topology("monorepo", "--format", "json", "services/cart")
    found = services(page)
    assert set(found) == {"Deployment/cart"}
    assert found["Deployment/cart"]["copies"]["known"] == "many"


def test_a_folder_without_deployment_files_has_no_services(topology: Page, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "statelint.toml").touch()
    (tmp_path / "bare" / "app.py").write_text("ITEMS = {}\n", encoding="utf-8")
    assert topology("bare") == (0, "no deployment file says what runs\n")


def test_what_cannot_be_read_is_told(
    topology: Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    topology("terraform")
    (tmp_path / "terraform" / "api" / "broken.py").write_text("def (\n", encoding="utf-8")
    capsys.readouterr()
    status, page = topology("terraform", "--format", "json")
    assert status == 2
    assert [one["path"] for one in json.loads(page)["problems"]] == ["api/broken.py"]
