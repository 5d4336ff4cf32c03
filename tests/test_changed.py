"""What concerns a change: told by git against the point of branching off, or by the names of files."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from statelint import git as asking
from statelint.changes import changed_since, named_files
from statelint.cli import main
from statelint.errors import UsageError

CARTS = "CARTS = {}\n"
HANDLER = """\
from flask import Flask, request

from shop.carts import CARTS

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
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def commit(folder: Path, message: str = "more") -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up a repository whose first commit, on `main`, holds two pieces of state."""
    folder = tmp_path / "project"
    git(tmp_path, "init", "--quiet", "--initial-branch", "main", str(folder))
    for name, text in (("shop/carts.py", CARTS), ("shop/app.py", HANDLER), ("shop/visits.py", VISITS)):
        write(folder, name, text)
    write(folder, "util.py", "LIMIT = 1\n")
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


def found(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    status = main(["--format", "json", *words])
    report = json.loads(capsys.readouterr().out)
    symbols = sorted(finding["symbol"] for finding in report["findings"])
    assert status == (1 if symbols else 0)
    assert len(symbols) + report["summary"]["elsewhere"] == report["summary"]["entries"]
    return symbols


def test_nothing_changed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert changed_since(project, "HEAD") == ()
    assert found(capsys, "--changed-since", "HEAD") == []
    assert main(["--changed-since", "HEAD"]) == 0
    told = capsys.readouterr().out
    assert told == (
        "no hidden state found where it was asked for; 4 files (2 entry points) read; 2 elsewhere\n"
    )


def test_every_way_to_change_a_file_counts(project: Path) -> None:
    for name in ("committed.py", "staged.py", "both.py", "gone.py"):
        write(project, name, "x = 1\n")
    base = commit(project)
    write(project, "committed.py", "x = 2\n")
    commit(project)
    write(project, "staged.py", "x = 2\n")
    git(project, "add", "staged.py")
    write(project, "util.py", "LIMIT = 2\n")
    write(project, "new.py", "x = 1\n")
    write(project, "deep/new file\n.py", "x = 1\n")
    write(project, ".gitignore", "*.log\n")
    write(project, "a.log", "")
    (project / "gone.py").unlink()
    assert changed_since(project, base) == (
        ".gitignore",
        "committed.py",
        "deep/new file\n.py",
        "gone.py",
        "new.py",
        "staged.py",
        "util.py",
    )


def test_a_renamed_file_changed_under_both_names(project: Path) -> None:
    git(project, "mv", "util.py", "tools.py")
    assert changed_since(project, "HEAD") == ("tools.py", "util.py")


def test_what_others_did_since_is_no_change_of_ours(project: Path) -> None:
    git(project, "checkout", "--quiet", "-b", "topic")
    write(project, "ours.py", "x = 1\n")
    commit(project)
    git(project, "checkout", "--quiet", "main")
    write(project, "theirs.py", "x = 1\n")
    commit(project)
    git(project, "checkout", "--quiet", "topic")
    assert changed_since(project, "main") == ("ours.py",)
    assert changed_since(project, "HEAD~1") == ("ours.py",)


def test_paths_count_from_the_project_below_the_repository(project: Path) -> None:
    write(project, "shop/statelint.toml", "")
    write(project, "util.py", "LIMIT = 2\n")
    write(project, "shop/new.py", "x = 1\n")
    assert changed_since(project / "shop", "HEAD") == ("new.py", "statelint.toml")


def test_a_finding_is_reported_where_its_place_or_its_evidence_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, "shop/app.py", HANDLER + "\n# a remark\n")
    assert found(capsys, "--changed-since", "HEAD") == ["CARTS"]
    git(project, "checkout", "--quiet", ".")
    write(project, "shop/carts.py", "# a remark\n" + CARTS)
    assert found(capsys, "--changed-since", "HEAD") == ["CARTS"]
    git(project, "checkout", "--quiet", ".")
    write(project, "util.py", "LIMIT = 2\n")
    assert found(capsys, "--changed-since", "HEAD") == []


def test_names_of_files_are_a_filter(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project
    assert found(capsys, "--changed-files", "shop/app.py") == ["CARTS"]
    assert found(capsys, "--changed-files", "shop/visits.py", "shop/carts.py") == ["CARTS", "VISITS"]
    assert found(capsys, "--changed-files", "util.py", "README", "no/such/file.py", "../elsewhere.py") == []
    assert found(capsys, "--changed-files") == []


def test_paths_are_the_same_filter(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(capsys, "shop/app.py") == ["CARTS"]
    assert found(capsys, "shop") == ["CARTS", "VISITS"]
    assert found(capsys, "util.py") == []
    write(project, "shop/app.py", HANDLER + "\n# a remark\n")
    write(project, "shop/visits.py", VISITS + "\n# a remark\n")
    assert found(capsys, "--changed-since", "HEAD", "shop/carts.py") == ["CARTS"]


def test_a_project_below_is_not_chosen_by_the_names(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, "shop/statelint.toml", 'ignore = ["module-state"]\n')
    assert found(capsys, "--changed-files", "shop/app.py") == ["CARTS"]


def test_a_symlink_is_named_by_its_own_name(project: Path, tmp_path: Path) -> None:
    (project / "link.py").symlink_to("util.py")
    (tmp_path / "other").symlink_to(project)
    names = [Path("link.py"), Path("shop/../util.py"), tmp_path / "other/shop/app.py", tmp_path / "x.py"]
    assert named_files(project, names) == ("link.py", "shop/app.py", "util.py")


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("", "`` is no revision of git"),
        ("-x", "`-x` is no revision of git"),
        ("--output=marker", "`--output=marker` is no revision of git"),
        ("nope", "there is no revision `nope`"),
        ("HEAD..main", "there is no revision `HEAD..main`"),
        ("^HEAD", "there is no revision `^HEAD`"),
        ("HEAD --output=marker", "there is no revision `HEAD --output=marker`"),
        ("HEAD:util.py", "`HEAD:util.py` is no commit"),
    ],
)
def test_a_wrong_revision_is_one_line(
    project: Path, revision: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"--changed-since={revision}"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"statelint: error: {message}\n")
    assert not (project / "marker").exists()


def test_a_revision_writes_no_command_to_a_log(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del project
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["--changed-since", "x\n::error::\x1b[31m##[error]"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert "##[" not in err


def test_two_ways_to_say_what_changed_contradict(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project
    assert main(["--changed-since", "HEAD", "--changed-files", "util.py"]) == 2
    assert "give one of them" in capsys.readouterr().err


def test_a_folder_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "app.py", HANDLER)
    with pytest.raises(UsageError, match="needs a git work tree, and there is none here"):
        changed_since(tmp_path, "HEAD")
    (tmp_path / ".git").write_text("no repository\n", encoding="utf-8")
    with pytest.raises(UsageError):
        changed_since(tmp_path, "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="needs git, which is not installed"):
        changed_since(tmp_path, "HEAD")


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(UsageError, match="there is no revision `HEAD`"):
        changed_since(tmp_path, "HEAD")


def test_an_orphan_has_nothing_in_common(project: Path) -> None:
    git(project, "checkout", "--quiet", "--orphan", "other")
    write(project, "other.py", "x = 1\n")
    with pytest.raises(UsageError, match="there is no commit to compare with `main`"):
        changed_since(project, "main")
    commit(project)
    with pytest.raises(UsageError, match=r"`main` and `HEAD` have no commit in common$"):
        changed_since(project, "main")


def test_a_shallow_clone_is_named_as_the_reason(project: Path, tmp_path: Path) -> None:
    git(project, "checkout", "--quiet", "-b", "topic")
    commit(project, "ours")
    git(project, "checkout", "--quiet", "main")
    commit(project, "theirs")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{project}", str(shallow))
    with pytest.raises(UsageError, match="no commit in common in this shallow clone: fetch more"):
        changed_since(shallow, "origin/topic")
    with pytest.raises(UsageError, match="no revision `HEAD~1`; this clone is shallow"):
        changed_since(shallow, "HEAD~1")
    assert changed_since(shallow, "HEAD") == ()


PROGRAMS = (
    "core.fsmonitor",
    "core.pager",
    "core.sshCommand",
    "diff.external",
    "diff.own.command",
    "diff.own.textconv",
    "filter.a=b.clean",
    "filter.own.clean",
    "filter.own.process",
)


def test_the_repository_runs_nothing(project: Path, tmp_path: Path) -> None:
    """Its configuration names programs for nearly everything that git does on the way."""
    marker = tmp_path / "marker"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\necho x >> {marker}\ncat\n", encoding="utf-8")
    script.chmod(0o755)
    write(project, ".gitattributes", "*.py filter=own diff=own\n*.md filter=a=b\n")
    write(project, "README.md", "one\n")
    commit(project)
    for key in PROGRAMS:
        git(project, "config", key, str(script))
    git(project, "config", "filter.own.required", "true")
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        write(project, f".git/hooks/{hook}", script.read_text(encoding="utf-8"))
        (project / f".git/hooks/{hook}").chmod(0o755)
    marker.unlink(missing_ok=True)
    write(project, "util.py", "LIMIT = 2\n")
    write(project, "README.md", "two\n")
    for name in ("shop/app.py", "shop/visits.py"):
        os.utime(project / name, (1, 1))  # git has to look at their contents
    assert set(changed_since(project, "HEAD")) == {"README.md", "util.py"}
    assert not marker.exists()
    plain = ["git", "-C", project, "diff", "--name-only", "HEAD"]  # what it would have done
    subprocess.run(plain, capture_output=True, check=False)
    assert marker.exists()


def test_a_submodule_runs_nothing(project: Path, tmp_path: Path) -> None:
    """Git starts another git in it, without the settings that keep the first one quiet."""
    marker = tmp_path / "marker"
    inner = tmp_path / "inner"
    git(tmp_path, "init", "--quiet", str(inner))
    write(inner, "lib.py", "x = 1\n")
    commit(inner)
    git(project, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "vendored")
    commit(project)
    git(project / "vendored", "config", "core.fsmonitor", f"touch {marker}")
    write(project, "vendored/lib.py", "x = 2\n")
    assert changed_since(project, "HEAD") == ()
    assert not marker.exists()
    git(project, "diff", "--name-only", "HEAD")
    assert marker.exists()


def test_missing_objects_are_not_fetched(project: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    clone = tmp_path / "clone"
    git(project, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{project}", str(clone))
    git(clone, "config", "remote.origin.uploadpack", f"touch {marker};git-upload-pack")
    write(clone, "util.py", "LIMIT = 2\n")
    changed_since(clone, "HEAD")
    answer = asking.ask(clone, "show", "HEAD:util.py")
    assert answer is not None
    assert answer.status != 0
    assert not marker.exists()
    subprocess.run(["git", "-C", clone, "show", "HEAD:util.py"], capture_output=True, check=False)
    assert marker.exists()


def test_settings_from_the_environment_stay(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "statelint.probe")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "kept")
    answer = asking.ask(project, "config", "--get", "statelint.probe", config={"a.b": "c"})
    assert answer is not None
    assert answer.text == "kept\n"
    answer = asking.ask(project, "config", "--get", "a.b", config={"a.b": "c"})
    assert answer is not None
    assert answer.text == "c\n"


def test_the_place_of_a_hook_is_not_asked(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "--quiet", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "none"))
    assert changed_since(project, "HEAD") == ()


def test_git_that_does_not_answer(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("git", 1)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(UsageError, match="git does not answer"):
        changed_since(project, "HEAD")
