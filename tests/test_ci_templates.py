"""The GitHub action and the GitLab template: valid, and their commands do what they promise."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema.validators import validator_for

from readers import read_gitlab, read_markdown, read_sarif
from runner import runner
from specs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = """\
from flask import Flask, request

app = Flask(__name__)
CARTS = {}


@app.post("/cart")
def add():
    CARTS[request.form["user"]] = request.form["item"]
    return "ok"


@app.get("/cart")
def show():
    return CARTS[request.args["user"]]
"""

# A Python whose environments see what is installed for these tests, so that pip has nothing to download.
PYTHON = f"""\
#!/bin/sh
"{sys.executable}" "$@" || exit
for word; do :; done
if [ -f "$word/pyvenv.cfg" ]; then
  for site in "$word"/lib/python*/site-packages; do
    echo "{sysconfig.get_path("purelib")}" > "$site/tests.pth"
  done
fi
"""
# pip reads the value of the second one as that of `build-isolation`: 0 switches it off.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_ROOT_USER_ACTION": "ignore"}
PACKAGE = ("src", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
SHADOWS = ("pip.py", "venv.py", "click.py", "statelint.py", "sitecustomize.py", "hatchling.py")


def load(name: str, schema: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    form = get_builtin_schema(f"vendor.{schema}")
    assert [error.message for error in validator_for(form)(form).iter_errors(document)] == []
    return document


ACTION = load("action.yml", "github-actions")
JOB = load("templates/gitlab-ci.yml", "gitlab-ci")["statelint"]
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


def test_the_action_hands_inputs_over_as_environment_only() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", "")
    used = set(re.findall(r"inputs\.([\w-]+)", str(STEPS)))
    assert used == set(ACTION["inputs"])


def test_the_action_pins_what_it_uses() -> None:
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"]) for step in STEPS if "uses" in step)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Lay out what a runner has: the code that is linted, hostile to whoever runs it, and our own."""
    folder = tmp_path / "check out"
    (folder / "my app").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "my app/web.py").write_text(SERVICE, encoding="utf-8")
    (folder / "other.py").write_text(SERVICE, encoding="utf-8")
    for name in SHADOWS:
        (folder / name).write_text("open('made', 'w').close()\nraise SystemExit(7)\n", encoding="utf-8")
    ours = tmp_path / "our action"
    ours.mkdir()
    for name in PACKAGE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, ours / name)
    python = tmp_path / "tools/python"
    python.parent.mkdir()
    python.write_text(PYTHON, encoding="utf-8")
    python.chmod(0o755)
    return folder


def shell(folder: Path, script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub runs a step with `shell: bash`; GitLab's runner does nearly the same."""
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        words,
        cwd=folder,
        env=os.environ | OFFLINE | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def act(folder: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the action on a checkout; give the outcome of its last step, and the summary of that step."""
    home, summary = folder.parent, folder.parent / "summary"
    summary.touch()
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(home / "our action"),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_WORKSPACE": str(folder),
        "RUNNER_TEMP": str(home / "temp"),
    }
    values = {
        f"inputs.{name}": inputs.get(name, given["default"]) for name, given in ACTION["inputs"].items()
    }
    values["steps.python.outputs.python-path"] = str(home / "tools/python")

    def fill(text: str) -> str:
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: values[found[1]], text)

    first = not (home / "temp").exists()
    (home / "temp").mkdir(exist_ok=True)
    _, install, run = STEPS
    for step in (install, run) if first else (run,):
        own = {name: fill(value) for name, value in step["env"].items()}
        done = shell(folder, step["run"], environment | own)
        assert done.returncode == 0 or step is run, done.stderr
    return done, summary


def test_the_action_annotates_summarises_and_writes_sarif(checkout: Path) -> None:
    done, summary = act(checkout, paths="my app\n", args="--select module-state", sarif="my out.sarif")
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    (command,) = runner(done.stdout)
    assert (command.name, command.properties["file"]) == ("warning", "my app/web.py")
    (result,) = read_sarif((checkout / "my out.sarif").read_text(encoding="utf-8"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20app/web.py"
    assert read_markdown(summary.read_text(encoding="utf-8")) == 1
    assert not (checkout / "made").exists()

    # By default the whole checkout is reported, and no more is written.
    done, summary = act(checkout, args=" --exit-zero\n--select  module-state ")
    assert done.returncode == 0, done.stderr
    assert {command.properties["file"] for command in runner(done.stdout)} == {"my app/web.py", "other.py"}
    assert read_markdown(summary.read_text(encoding="utf-8")) == 2

    # Inputs are words and nothing else.
    hostile = "$(touch made) `touch made` ; touch made \" ' * "
    for name, status in (("paths", 2), ("args", 2), ("sarif", 1)):
        done, _ = act(checkout, **{name: hostile})
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
    assert (checkout / hostile).exists()
    assert not (checkout / "made").exists()


def test_the_job_writes_the_report_that_it_hands_over(checkout: Path) -> None:
    environment = {
        **JOB["variables"],
        "STATELINT_PACKAGE": str(checkout.parent / "our action"),
        "STATELINT_ARGS": "--select module-state",
        "STATELINT_PATHS": "other.py ./my*",
        "CI_PROJECT_DIR": str(checkout),
        "PATH": f"{checkout.parent / 'tools'}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(checkout.parent),
    }
    done = shell(checkout, "\n".join(JOB["script"]), environment)
    assert done.returncode == 2, done.stderr  # a pattern is no list of files, so `./my*` is missing
    assert "no such file" in done.stdout
    done = shell(checkout, "\n".join(JOB["script"]), environment | {"STATELINT_PATHS": "."})
    assert done.returncode == 1, done.stderr
    report = checkout / JOB["artifacts"]["reports"]["codequality"]
    paths = [issue["location"]["path"] for issue in read_gitlab(report.read_text(encoding="utf-8"))]
    assert paths == ["my app/web.py", "other.py"]
    assert not (checkout / "made").exists()
