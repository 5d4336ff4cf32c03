"""The hooks for pre-commit, run by pre-commit itself in repositories made for the purpose."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from specs import ROOT
from statelint.baseline import FILE_NAME
from statelint.model.files import Language
from statelint.sources.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 600  # the first run installs
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis", "build", "dist")
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}

CARTS = "CARTS = {}\n"
LIMIT = "LIMIT = 10\n"
HANDLER = """\
from flask import Flask, request

from carts import CARTS

app = Flask(__name__)


@app.post("/cart/<user>")
def add(user):
    CARTS[user] = request.json
    return CARTS
"""
VISITS = """\
from flask import Blueprint, request

pages = Blueprint("pages", __name__)
VISITS = {}


@pages.get("/visit")
def visit():
    VISITS[request.args["user"]] = True
    return VISITS
"""


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.com", *words],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A repository that pre-commit can install the hooks from, and where it keeps what it installs."""

    folder: Path
    revision: str
    home: Path


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("hooks") / "statelint"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    git(folder.parent, "init", "--quiet", str(folder))
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is")
    return Source(
        folder=folder,
        revision=git(folder, "rev-parse", "HEAD"),
        home=tmp_path_factory.mktemp("pre-commit-home"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A project whose commits are checked."""

    folder: Path
    home: Path

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def stage(self, *names: str) -> None:
        git(self.folder, "add", "--", *names)

    def commit_all(self) -> None:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--no-verify", "--message", "more")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--color", "never", "--verbose", *words],
            cwd=self.folder,
            env=os.environ | {"PRE_COMMIT_HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )


@pytest.fixture
def repository(tmp_path: Path, source: Source) -> Repository:
    """Set up a project with both hooks; its first commit has carts that one module makes and one writes."""
    folder = tmp_path / "shop"
    git(tmp_path, "init", "--quiet", str(folder))
    hooks = [{"id": "statelint"}, {"id": "statelint-changed"}]
    config = {"repos": [{"repo": str(source.folder), "rev": source.revision, "hooks": hooks}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    made = Repository(folder=folder, home=source.home)
    for name, text in (("carts.py", CARTS), ("app.py", HANDLER), ("util.py", LIMIT), ("README", "# shop\n")):
        made.write(name, text)
    made.commit_all()
    return made


def test_the_whole_project_is_reported(repository: Repository) -> None:
    repository.write("util.py", "LIMIT = 11\n")
    repository.stage("util.py")
    done = repository.run("statelint")
    assert done.returncode == 1
    assert "carts.py:1:1 warning[module-state] `CARTS`" in done.stdout
    assert "1 warning in 4 files" in done.stdout


def test_only_what_concerns_the_commit_is_reported(repository: Repository) -> None:
    repository.write("util.py", "LIMIT = 11\n")
    repository.stage("util.py")
    done = repository.run("statelint-changed")
    assert done.returncode == 0, done.stdout
    assert "4 files" in done.stdout  # all are read
    assert "1 elsewhere" in done.stdout


def test_a_handler_that_writes_to_another_module_is_seen(repository: Repository) -> None:
    repository.write(
        "app.py", HANDLER.replace("CARTS[user] = request.json", 'CARTS[user, "a"] = request.json')
    )
    repository.stage("app.py")
    done = repository.run("statelint-changed")
    assert done.returncode == 1
    assert "carts.py:1:1 warning[module-state] `CARTS`" in done.stdout


def test_what_is_not_staged_is_not_seen(repository: Repository) -> None:
    repository.write("visits.py", VISITS)
    repository.stage("visits.py")
    assert "VISITS" in repository.run("statelint").stdout
    repository.write("visits.py", VISITS.replace("VISITS", "SEEN"))
    printed = repository.run("statelint-changed").stdout
    assert "`VISITS`" in printed
    assert "SEEN" not in printed


def test_a_commit_of_other_files_runs_nothing(repository: Repository) -> None:
    repository.write("README", "# the shop\n")
    repository.stage("README")
    for hook in HOOKS:
        done = repository.run(hook)
        assert done.returncode == 0
        assert "(no files to check)" in done.stdout


def test_files_that_no_reader_takes_are_no_mistake(repository: Repository) -> None:
    repository.write("pyproject.toml", '[project]\nname = "shop"\n')
    repository.stage("pyproject.toml")
    done = repository.run("statelint-changed")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["--no-baseline.py", "--exit-zero", "-h.py"])
def test_a_file_that_is_called_like_an_option_is_none(repository: Repository, name: str) -> None:
    repository.write(name, VISITS)
    repository.stage(name)
    done = repository.run("statelint-changed")
    if name.endswith(".py"):
        assert done.returncode == 1
        assert f"{name}:4:1 warning[module-state] `VISITS`" in done.stdout
    else:
        assert "(no files to check)" in done.stdout


def test_the_baseline_counts_in_a_hook(repository: Repository) -> None:
    statelint = [sys.executable, "-m", "statelint", "baseline", "write"]
    subprocess.run(statelint, cwd=repository.folder, check=True, capture_output=True, timeout=60)
    repository.write("visits.py", VISITS)
    repository.stage("visits.py", FILE_NAME)
    for hook in HOOKS:
        done = repository.run(hook)
        assert done.returncode == 1, done.stdout
        assert "`VISITS`" in done.stdout
        assert "`CARTS`" not in done.stdout
        assert "1 in the baseline" in done.stdout


def test_both_hooks_pass_where_nothing_is_kept(repository: Repository) -> None:
    repository.write("app.py", "def main():\n    return 0\n")
    repository.stage("app.py")
    for hook in HOOKS:
        assert repository.run(hook).returncode == 0
        assert repository.run(hook, "--all-files").returncode == 0


def test_the_configuration_in_the_readme_works(repository: Repository, source: Source) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = (text for text in re.findall(r"(?ms)^```yaml\n(.*?)^```", readme) if "hooks:" in text)
    config = shown.replace("../statelint", str(source.folder)).replace("<commit>", source.revision)
    repository.write(".pre-commit-config.yaml", config)
    repository.commit_all()
    ids = [hook["id"] for repo in yaml.safe_load(config)["repos"] for hook in repo["hooks"]]
    done = repository.run("--all-files")
    assert done.returncode == 1
    assert done.stdout.count("- hook id: ") == len(ids)
    assert "`CARTS`" in done.stdout


def test_pre_commit_accepts_the_hooks() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"]
    subprocess.run(command, check=True, timeout=60)
    assert set(HOOKS) == {"statelint", "statelint-changed"}
    assert HOOKS["statelint"]["pass_filenames"] is False
    assert all(hook["require_serial"] for hook in HOOKS.values())


def triggers(path: str) -> bool:
    return all(re.search(hook["files"], path) is not None for hook in HOOKS.values())


def words_of_the_readers() -> Iterator[str]:
    """Collect what may be a part of a file name from the code that tells who reads a file by its name."""
    package = ROOT / "src" / "statelint"
    for module in (package / "sources/languages.py", *sorted((package / "deploy").rglob("*.py"))):
        for node in ast.walk(ast.parse(module.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from re.findall(r"[\w.-]{2,40}", node.value)


def test_every_file_that_is_read_triggers_the_hooks() -> None:
    """A reader for a new kind of file needs no line here: its words are in its code."""
    words = sorted(set(words_of_the_readers()))
    shapes = ("{}", "web{}", "web.{}", "{}.web", "{}/web", "ops/{}", "{}/web.conf", "{}/web.conf.template")
    shapes += ("ops/{}-web.conf", "ops/web-{}.conf", "ops/{}.conf.template")
    paths = [shape.format(word) for word in words for shape in shapes]
    paths += [path.upper() for path in paths]
    read = {path: language for path in paths if (language := language_of(path)) is not None}
    assert set(read.values()) == set(Language)
    assert [path for path in read if not triggers(path)] == []


@pytest.mark.parametrize(
    "path",
    [
        "app/views.py",
        "k8s/web.yml",
        "compose.yaml",
        "nginx.conf",
        "etc/nginx/sites-enabled/shop",
        "Dockerfile",
        "docker/Dockerfile.web",
        "web.Dockerfile",
        "Containerfile",
        "Procfile",
        "supervisord.conf",
        "pyproject.toml",
        "backend/statelint.toml",
        FILE_NAME,
    ],
)
def test_what_can_change_a_finding_triggers_the_hooks(path: str) -> None:
    assert triggers(path)


@pytest.mark.parametrize(
    "path",
    ["README.md", "package.json", "app/views.pyc", "Cargo.toml", "docs/py", "procfiles/a.txt", "a.pyi"],
)
def test_other_files_do_not(path: str) -> None:
    assert not triggers(path)
