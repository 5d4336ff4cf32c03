"""Which files a project has, what they are for, how they are imported, and what no reader may wait for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from statelint.model.diagnostics import Problem
from statelint.model.files import FileRole, Language
from statelint.model.globs import Globs
from statelint.model.settings import Settings
from statelint.sources.finding import Sources, chosen_by_paths, find_files
from statelint.sources.languages import language_of
from statelint.sources.reading import MAX_BYTES, SourceError, read_bytes
from statelint.sources.roles import module_name, role_of


def write(root: Path, *names: str, text: str = "x = 1\n") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)


def found(sources: Sources) -> list[str]:
    return [file.path for file in sources.files]


def find(project: Path, *paths: str, exclude: tuple[str, ...] = (), roots: tuple[str, ...] = ()) -> Sources:
    named = tuple(project / path for path in paths) or (project,)
    return find_files(Settings(project=project, paths=named, exclude=exclude, roots=roots))


def test_files_of_known_languages_are_sorted_by_path(tmp_path: Path) -> None:
    write(
        tmp_path, "b.py", "a/z.py", "k8s/web.yaml", "ci.yml", "nginx.conf", "README.md", "data.json", "a.pyi"
    )
    sources = find(tmp_path)
    assert found(sources) == ["a/z.py", "b.py", "ci.yml", "k8s/web.yaml", "nginx.conf"]
    assert [file.language for file in sources.files][2:] == [Language.YAML, Language.YAML, Language.CONF]
    assert sources.files[0].size == len("x = 1\n")
    assert sources.problems == ()


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("app.py", Language.PYTHON),
        ("APP.PY", Language.PYTHON),
        ("app.pyi", None),
        ("compose.yml", Language.YAML),
        ("nginx.conf", Language.CONF),
        ("deploy/nginx/site.conf", Language.CONF),
        ("deploy/nginx/templates/default.conf.template", Language.CONF),
        ("nginx-prod.conf", Language.CONF),
        ("sites-available/default", Language.CONF),
        ("etc/conf.d/web.conf", Language.CONF),
        ("web.nginx", Language.CONF),
        ("supervisord.conf", Language.CONF),
        ("nginx/Dockerfile", Language.DOCKERFILE),
    ],
)
def test_language(path: str, language: Language | None) -> None:
    assert language_of(path) is language


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("app/views.py", FileRole.APPLICATION),
        ("app/tasks.py", FileRole.APPLICATION),
        ("app/latest_testimonials.py", FileRole.APPLICATION),
        ("tests/app.py", FileRole.TEST),
        ("app/tests.py", FileRole.TEST),
        ("app/test_views.py", FileRole.TEST),
        ("app/views_test.py", FileRole.TEST),
        ("conftest.py", FileRole.TEST),
        ("tests/compose.yaml", FileRole.TEST),
        ("test_values.yaml", FileRole.APPLICATION),
        ("shop/migrations/0001_initial.py", FileRole.MIGRATION),
        ("alembic/versions/ab12.py", FileRole.MIGRATION),
        ("app/versions/v1.py", FileRole.APPLICATION),
        ("setup.py", FileRole.BUILD),
        ("docs/conf.py", FileRole.BUILD),
        ("app/conf.py", FileRole.APPLICATION),
        ("noxfile.py", FileRole.BUILD),
        ("examples/chat/app.py", FileRole.EXAMPLE),
        ("examples/chat/tests/test_app.py", FileRole.TEST),
    ],
)
def test_role(path: str, role: FileRole) -> None:
    assert role_of(path) is role


@pytest.mark.parametrize(
    ("path", "packages", "roots", "module"),
    [
        ("app.py", "", "", "app"),
        ("pkg/__init__.py", "pkg", "", "pkg"),
        ("pkg/mod.py", "pkg", "", "pkg.mod"),
        ("backend/pkg/mod.py", "backend/pkg", "", "pkg.mod"),
        ("pkg/part/mod.py", "pkg", "", "pkg.part.mod"),
        ("pkg/part/inner/mod.py", "pkg pkg/part/inner", "", "pkg.part.inner.mod"),
        ("app/api/mod.py", "", "", "app.api.mod"),
        ("src/pkg/mod.py", "", "", "pkg.mod"),
        ("web/src/pkg/mod.py", "web/src/pkg", "", "pkg.mod"),
        ("src/pkg/mod.py", "src src/pkg", "", "src.pkg.mod"),
        ("lib/pkg/mod.py", "lib lib/pkg", "lib", "pkg.mod"),
        ("lib/deep/pkg/mod.py", "", "lib lib/deep", "pkg.mod"),
        ("src/__init__.py", "src", "", "src"),
        ("__init__.py", "", "", "__init__"),
    ],
)
def test_module_name(path: str, packages: str, roots: str, module: str) -> None:
    assert module_name(path, roots.split(), packages.split().__contains__) == module


def test_import_names_come_from_the_files_on_disk(tmp_path: Path) -> None:
    write(tmp_path, "lib/shop/__init__.py", "lib/shop/carts.py", "k8s/web.yaml")
    assert [file.module for file in find(tmp_path).files] == ["", "shop", "shop.carts"]
    assert [file.module for file in find(tmp_path, roots=("lib/shop",)).files] == ["", "__init__", "carts"]


def test_default_excludes_match_below_the_project_only(tmp_path: Path) -> None:
    project = tmp_path / "venv" / "build"
    write(
        project,
        "app.py",
        "venv/a.py",
        ".tox/b.py",
        "pkg/node_modules/c.py",
        "build/lib/d.py",
        "__pycache__/e.py",
    )
    write(project, "env/lib/f.py", "env/pyvenv.cfg", "app/build/__init__.py", "app/build/views.py")
    assert found(find(project)) == ["app.py", "app/build/__init__.py", "app/build/views.py"]


def test_excluded_files_are_counted_and_excluded_folders_not_entered(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "gen_a.py", "pkg/gen_b.py", "vendor/deep/c.py", "notes.md")
    sources = find(tmp_path, exclude=("gen_*", "vendor/**"))
    assert found(sources) == ["app.py"]
    assert sources.skipped == 2


def test_exclude_holds_for_files_that_are_named(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "gen.py")
    assert found(find(tmp_path, "app.py", "gen.py", exclude=("gen.py",))) == ["app.py"]


def test_git_decides_what_belongs_to_the_project(tmp_path: Path) -> None:
    write(tmp_path, "tracked.py", "new.py", "ignored.py", "data/ignored.py", "forced.py", "gone.py")
    write(tmp_path, ".gitignore", text="ignored.py\nforced.py\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", "tracked.py", "forced.py", "gone.py")
    (tmp_path / "gone.py").unlink()
    sources = find(tmp_path)
    assert found(sources) == ["forced.py", "new.py", "tracked.py"]
    assert sources.problems == ()


def test_a_part_of_a_work_tree_is_listed_with_its_own_paths(tmp_path: Path) -> None:
    write(tmp_path, "other.py", "service/app.py", "service/ignored.py")
    write(tmp_path, ".gitignore", text="ignored.py\n")
    git(tmp_path, "init", "-q")
    assert found(find(tmp_path / "service")) == ["app.py"]


def test_nested_repositories_are_read(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "libs/inner/mod.py")
    git(tmp_path, "init", "-q")
    git(tmp_path / "libs/inner", "init", "-q")
    assert found(find(tmp_path)) == ["app.py", "libs/inner/mod.py"]


def test_what_git_ignores_is_read_when_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "venv/lib/pkg/a.py", "venv/lib/pkg/b.py", "scratch.py")
    write(tmp_path, ".gitignore", text="venv\nscratch.py\n")
    git(tmp_path, "init", "-q")
    assert found(find(tmp_path, "venv/lib/pkg")) == ["app.py", "venv/lib/pkg/a.py", "venv/lib/pkg/b.py"]
    assert found(find(tmp_path, "scratch.py")) == ["app.py", "scratch.py"]


def test_a_hook_does_not_turn_git_to_another_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        write(tmp_path, f"{name}/{name}.py")
        git(tmp_path / name, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "two/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "two"))
    assert found(find(tmp_path / "one")) == ["one.py"]


def test_without_an_answer_from_git_the_tree_is_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "app.py", "ignored.py")
    write(tmp_path, ".gitignore", text="ignored.py\n")
    git(tmp_path, "init", "-q")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found(find(tmp_path)) == ["app.py", "ignored.py"]
    write(tmp_path, "git", text="#!/bin/sh\necho 'fatal: detected dubious ownership' >&2\nexit 128\n")
    (tmp_path / "git").chmod(0o755)
    sources = find(tmp_path)
    assert found(sources) == ["app.py", "ignored.py"]
    assert [(problem.path, problem.fatal) for problem in sources.problems] == [(".", False)]


def test_a_folder_called_git_is_no_repository(tmp_path: Path) -> None:
    write(tmp_path, "app.py", ".git/config.py")
    assert find(tmp_path) == find(tmp_path, ".")
    assert found(find(tmp_path)) == ["app.py"]


def test_links_to_folders_are_never_followed(tmp_path: Path) -> None:
    write(tmp_path, "project/app.py", "outside/secret.py")
    (tmp_path / "project/loop").symlink_to(".", target_is_directory=True)
    (tmp_path / "project/away").symlink_to("../outside", target_is_directory=True)
    assert found(find(tmp_path / "project")) == ["app.py"]


@pytest.mark.parametrize("in_git", [False, True])
def test_links_to_files_must_stay_inside(tmp_path: Path, in_git: bool) -> None:  # noqa: FBT001
    project = tmp_path / "project"
    write(tmp_path, "project/app.py", "secret.py")
    (project / "inside.py").symlink_to("app.py")
    (project / "away.py").symlink_to("../secret.py")
    (project / "dangling.py").symlink_to("nothing.py")
    (project / "circle.py").symlink_to("circle.py")
    (project / "folder.py").symlink_to("/")
    if in_git:
        git(project, "init", "-q")
    sources = find(project)
    assert found(sources) == ["app.py", "inside.py"]
    assert read_bytes(sources.files[1]) == b"x = 1\n"
    assert [problem.path for problem in sources.problems] == ["circle.py"]
    assert sources.skipped == 3


@pytest.mark.parametrize("in_git", [False, True])
def test_what_is_no_file_is_told_and_never_opened(tmp_path: Path, in_git: bool) -> None:  # noqa: FBT001
    write(tmp_path, "app.py")
    os.mkfifo(tmp_path / "pipe.py")
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.yaml"))
    if in_git:
        git(tmp_path, "init", "-q")
    sources = find(tmp_path)
    assert found(sources) == ["app.py"]
    assert sources.problems == (
        Problem(path="pipe.py", line=0, message="a named pipe, not a file: not read"),
        Problem(path="s.yaml", line=0, message="a socket, not a file: not read"),
    )
    named = find(tmp_path, "app.py", "pipe.txt")
    assert "pipe.txt" in [problem.path for problem in named.problems]


def test_a_missing_path_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    write(tmp_path, "app.py")
    sources = find(tmp_path, "app.py", "gone/b.py")
    assert found(sources) == ["app.py"]
    assert sources.problems == (Problem(path="gone/b.py", line=0, message="no such file or folder"),)


def test_nothing_to_check_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "docs/notes.md")
    (problem,) = find(tmp_path, "docs").problems
    assert problem.fatal
    assert "nothing to check" in problem.message


def test_a_named_script_is_known_by_its_first_line(tmp_path: Path) -> None:
    write(tmp_path, "manage", text="#!/usr/bin/env python3\nx = 1\n")
    write(tmp_path, "notes.txt", text="python\n")
    write(tmp_path, "app.py")
    assert found(find(tmp_path)) == ["app.py"]
    sources = find(tmp_path, "manage", "notes.txt")
    assert found(sources) == ["app.py", "manage"]
    assert [(problem.path, problem.fatal) for problem in sources.problems] == [("notes.txt", False)]


def test_only_the_scope_is_read_where_nothing_marks_a_project(tmp_path: Path) -> None:
    write(tmp_path, "a/one.py", "b/two.py", "c/three.py", "c/four.py")
    paths = (tmp_path / "a", tmp_path / "c/three.py")
    sources = find_files(Settings(project=tmp_path, paths=paths, scope=paths))
    assert found(sources) == ["a/one.py", "c/three.py"]


UNREADABLE = """\
import ctypes, os, sys
from pathlib import Path
from statelint.model.settings import Settings
from statelint.sources.finding import find_files
for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: what lets the superuser read everything
    ctypes.CDLL(None).prctl(24, right, 0, 0, 0)
if len(sys.argv) == 2:
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], "again", sys.argv[1]])
project = Path.cwd()
sources = find_files(Settings(project=project, paths=(project,)))
print([file.path for file in sources.files], [problem.path for problem in sources.problems])
"""


@pytest.mark.parametrize("in_git", [False, True])
def test_folders_that_cannot_be_read_are_told(tmp_path: Path, in_git: bool) -> None:  # noqa: FBT001
    write(tmp_path, "app.py", "locked/a.py", "ignored/b.py")
    if in_git:
        write(tmp_path, ".gitignore", text="ignored\n")
        git(tmp_path, "init", "-q")
    for name in ("locked", "ignored"):
        (tmp_path / name).chmod(0)
    try:
        done = subprocess.run(
            [sys.executable, "-c", UNREADABLE, UNREADABLE],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        for name in ("locked", "ignored"):
            (tmp_path / name).chmod(0o700)
    problems = ["locked"] if in_git else ["ignored", "locked"]
    assert done.stdout.strip() == f"{['app.py']} {problems}"


def test_a_file_that_changed_since_it_was_found(tmp_path: Path) -> None:
    write(tmp_path, "gone.py", "pipe.py", "link.py", "big.py", "fine.py")
    files = {file.path: file for file in find(tmp_path).files}
    (tmp_path / "gone.py").unlink()
    (tmp_path / "pipe.py").unlink()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "link.py").unlink()
    (tmp_path / "link.py").symlink_to("fine.py")
    with (tmp_path / "big.py").open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    assert read_bytes(files["fine.py"]) == b"x = 1\n"
    for path, words in {
        "gone.py": "no such",
        "pipe.py": "pipe",
        "link.py": "symlink",
        "big.py": "10 MB",
    }.items():
        with pytest.raises(SourceError) as caught:
            read_bytes(files[path])
        assert caught.value.problem.path == path
        assert words in caught.value.problem.message


def test_reading_closes_every_file(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    (file,) = find(tmp_path).files
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(SourceError):
            read_bytes(file)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_thousands_of_files_take_no_time(tmp_path: Path) -> None:
    for folder in range(100):
        (tmp_path / f"pkg{folder}").mkdir()
        for name in range(50):
            (tmp_path / f"pkg{folder}/mod{name}.py").touch()
    git(tmp_path, "init", "-q")
    start = time.process_time()
    assert len(find(tmp_path, "pkg7", exclude=("generated/**", "*_pb2.py")).files) == 5_000
    assert time.process_time() - start < 2


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    write(tmp_path, name)
    git(tmp_path, "init", "-q")
    assert found(find(tmp_path)) == [name]


@pytest.mark.parametrize(
    ("paths", "path", "chosen"),
    [
        (".", "a/b.py", True),
        ("a", "a/b.py", True),
        ("a", "ab/b.py", False),
        ("a/b.py c", "a/b.py", True),
        ("a/b.py c", "a/c.py", False),
    ],
)
def test_paths_choose_what_is_reported(paths: str, path: str, *, chosen: bool) -> None:
    project = Path("/project")
    settings = Settings(project=project, paths=tuple(project / name for name in paths.split()))
    assert chosen_by_paths(settings)(path) is chosen


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("gen.py", "a/b/gen.py", True),
        ("gen", "a/gen/b.py", True),
        ("gen/", "a/gen/b.py", True),
        ("a/gen", "a/gen/b.py", True),
        ("a/gen", "b/a/gen/b.py", False),
        ("*.py", "a/b.py", True),
        ("a/*.py", "a/b.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/**/c.py", "a/c.py", True),
        ("a/**/c.py", "a/x/y/c.py", True),
        ("a/**", "a/x/y/c.py", True),
        ("a/**", "a", False),
        ("**/c.py", "c.py", True),
        ("**", "a/b.py", True),
        ("./a", "a/b.py", True),
        ("[ab]?.py", "a1.py", True),
        ("[!a]?.py", "a1.py", False),
        ("a.py", "aXpy", False),
        ("a/b", "a", False),
    ],
)
def test_globs(pattern: str, path: str, *, fits: bool) -> None:
    assert Globs((pattern,)).matches(path) is fits


def test_globs_take_no_exponential_time() -> None:
    start = time.process_time()
    assert not Globs(("a/" + "**/b/" * 100 + "c",)).matches("a/" + "b/" * 200 + "d")
    assert not Globs(("*a" * 100 + "b",)).matches("a" * 2_000)
    assert time.process_time() - start < 2
