"""The same input gives the same bytes: in any order of files, by workers or alone, from a cache or not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reports import rendered
from specs import PLAIN, ROOT, Variant, lint_project, pages, parse_page, write_project

if TYPE_CHECKING:
    from collections.abc import Callable


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


def crowded(folder: Path) -> Path:
    """Write a project in which more values meet in one function than are followed: some are lost."""
    files = {
        "pick.py": "def same(value):\n    return value\n",
        "app.py": "from flask import Flask, request\n",
    }
    for number in range(20):
        files[f"part{number:02}.py"] = (
            "from pick import same\n\n\n"
            f"class Store{number}:\n    def __init__(self):\n        self.rows = {{}}\n\n\n"
            f"store = same(Store{number}())\n"
        )
        files["app.py"] += f"from part{number:02} import store as store{number}\n"
    files["app.py"] += "\napp = Flask(__name__)\n"
    for number in range(20):
        files["app.py"] += (
            f'\n\n@app.post("/{number}")\ndef put{number}():\n'
            f'    store{number}.rows[request.form["key"]] = request.form["value"]\n'
            f"    return store{number}.rows\n"
        )
    return write_project(files, folder, PLAIN)


PROJECTS = {"every spec": every_spec, "shopfront": shopfront, "crowded": crowded}
# of the crowded one, all but the first value are lost
LEAST = {"every spec": 1_000, "shopfront": 20, "crowded": 1}


@pytest.fixture(scope="module", params=PROJECTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def project(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PROJECTS[name](tmp_path_factory.mktemp("order"))


@pytest.fixture(scope="module")
def expected(name: str, project: Path) -> str:
    text = rendered(lint_project(project, PLAIN), project, "json")
    assert text.count('"fingerprint"') >= LEAST[name]
    return text


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_neither_order_nor_workers_change_a_byte(project: Path, expected: str, order: Variant) -> None:
    assert rendered(lint_project(project, order), project, "json") == expected


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


# -- edits that have nothing to do with a finding ---------------------------------------------------------


def a_function_that_nobody_calls(project: Path) -> None:
    """Put a function at the end of each module: units and values that come later get other numbers."""
    for path in project.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        path.write_text(
            f"{source}\n\ndef nobody_calls_this(rows=()):\n    return list(rows)\n", encoding="utf-8"
        )


def a_module_that_imports_all_others(project: Path) -> None:
    """Put a module first that needs nothing of the project, but imports all of it, the last one first."""
    names = {path.stem for path in project.rglob("*.py")}
    imports = sorted((name for name in names if name.isidentifier()), reverse=True)
    lines = ["import json", *(f"from {name} import __doc__" for name in imports)]
    lines += ["", "WORDS = {'one': 1}", "", "", "class Aardvark:", "    legs = [1, 2, 3, 4]", "", ""]
    lines += ["print(json.dumps(WORDS), Aardvark().legs)"]
    (project / "aaa_first.py").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("edit", [a_function_that_nobody_calls, a_module_that_imports_all_others])
def test_an_edit_elsewhere_changes_no_finding(
    project: Path, expected: str, edit: Callable[[Path], None], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(project, tmp_path / project.name))
    edit(copy)
    actual = json.loads(rendered(lint_project(copy, PLAIN), copy, "json"))
    assert actual["findings"] == json.loads(expected)["findings"]
