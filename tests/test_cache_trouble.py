"""What is wrong with a cache, with its folder, or with another run, changes nothing that is said."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_hostile_input import WITHOUT_PRIVILEGE

from caching import KINDS, kept, lint, python, rewrite, settings_of, start, told, write_service
from statelint.engine import analysis
from statelint.engine.cache import StoredCache, open_cache
from statelint.engine.run import run
from statelint.sources.finding import find_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_service(tmp_path / "project")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


# -- damage ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_told_once_and_mended(kind: str, project: Path, folder: Path) -> None:
    words = ("--format", "json", "--cache-dir", folder, ".")
    expected = told(project, *words)
    if kind != "report":
        kept(folder, "report").unlink()
    file = kept(folder, kind)
    rewrite(file, file.read_bytes()[:-1])
    status, output, errors = told(project, *words)
    assert (status, output) == expected[:2]
    assert errors == f"statelint: warning: `{file}` in the cache is damaged: it is made anew\n"
    assert told(project, *words) == expected


class Filled:
    """A project with its report, and caches that one run has filled, as many as are asked for."""

    def __init__(self, root: Path) -> None:
        self.project = write_service(root / "project")
        self.settings = settings_of(self.project)
        self._root, self._copies = root, 0
        self.report, _ = lint(self.project, root / "filled")

    def copy(self, kind: str) -> tuple[Path, StoredCache]:
        """Give a folder and the cache in it; what a report would hide is not hidden."""
        self._copies += 1
        folder = shutil.copytree(self._root / "filled", self._root / str(self._copies))
        if kind != "report":
            kept(folder, "report").unlink()
        cache = open_cache(folder, self.settings)
        assert isinstance(cache, StoredCache)
        return folder, cache


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return Filled(tmp_path_factory.mktemp("filled"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", range(16))
def test_a_file_cut_off_or_changed_changes_nothing(kind: str, part: int, filled: Filled) -> None:
    for ending in ("cut off", "changed"):
        folder, _ = filled.copy(kind)
        file = kept(folder, kind)
        content = file.read_bytes()
        at = len(content) * part // 16
        rest = b"" if ending == "cut off" else bytes([content[at] ^ 1]) + content[at + 1 :]
        rewrite(file, content[:at] + rest)
        report, complaint = lint(filled.project, folder)
        assert report == filled.report
        assert "is damaged" in complaint or 18 <= at < 50  # there, it is of other code


_ANYTHING = st.one_of(st.binary(max_size=60), st.sampled_from([b"\x91" * 5000, b"\xc0", b"\x80", b"\x90"]))


@given(body=_ANYTHING)
@settings(max_examples=30)
@pytest.mark.parametrize("kind", KINDS)
def test_a_sealed_file_with_anything_in_it_changes_nothing(kind: str, body: bytes, filled: Filled) -> None:
    folder, cache = filled.copy(kind)
    shelf = {"facts": cache._facts._shelf, "looks": cache._looks._shelf, "report": cache._report}[kind]
    shelf.write(body)
    assert lint(filled.project, folder)[0] == filled.report


@pytest.mark.parametrize("value", [b"\xc0", b"\x93\x01\x02\x03", b"\xff", b"\x81\xa4path\xa1x"])
@pytest.mark.parametrize("kind", ["facts", "looks"])
def test_a_value_that_is_none_is_found_anew(kind: str, value: bytes, filled: Filled) -> None:
    folder, cache = filled.copy(kind)
    shelf = {"facts": cache._facts._shelf, "looks": cache._looks._shelf}[kind]
    table = shelf.read(msgspec.msgpack.Decoder(dict[bytes, msgspec.Raw]))
    assert table
    shelf.write(msgspec.msgpack.encode(dict.fromkeys(table, msgspec.Raw(value))))
    report, complaint = lint(filled.project, folder)
    assert report == filled.report
    assert "is damaged" in complaint
    assert lint(filled.project, folder) == (filled.report, "")


# -- several runs, killed runs --------------------------------------------------------------------------


def test_runs_at_the_same_time_do_not_meet(project: Path, folder: Path) -> None:
    words = ("--format", "json", "--cache-dir", folder, ".")
    expected = told(project, *words, "--no-cache")
    for _ in range(2):  # all cold, then all warm
        outcomes = []
        started = [start(project, *words) for _ in range(5)]
        for one in started:
            output, errors = one.communicate(timeout=120)
            outcomes.append((one.returncode, output, errors.decode()))
        assert outcomes == [expected] * 5
    assert [path for path in folder.iterdir() if path.suffix == ".tmp"] == []


KILLED = """\
import os, sys
from statelint.engine import store

def die(temporary, path):
    if path.suffix == sys.argv[1]:
        os.chmod(temporary, 0o600)
        os.truncate(temporary, os.path.getsize(temporary) // 2)
        os._exit(9)
    return rename(temporary, path)

rename, store._rename = store._rename, die
from statelint.cli import main
main(["--format", "json", "."])
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_killed_while_it_writes_harms_no_other(kind: str, project: Path, folder: Path) -> None:
    expected = told(project, "--format", "json", "--no-cache", ".")
    environment = {"STATELINT_CACHE_DIR": str(folder)}
    assert python(project, KILLED, f".{kind}", **environment)[0] == 9
    assert [path.suffix for path in folder.iterdir() if kind in path.name] == [".tmp"]
    for _ in range(2):
        assert told(project, "--format", "json", ".", **environment) == expected


def test_a_file_that_changes_during_the_run_is_not_mixed_up(
    project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project / "store.py"
    text = file.read_bytes()
    link = analysis.link

    def link_late(*arguments: object, **keywords: object) -> object:
        file.write_bytes(text.replace(b"_carts", b"_cards"))
        return link(*arguments, **keywords)  # type: ignore[arg-type] # handed on as they came

    with monkeypatch.context() as patch:
        patch.setattr(analysis, "link", link_late)
        lint(project, folder)
    assert list(folder.glob("*.report")) == []
    assert lint(project, folder)[0] == run(settings_of(project))
    file.write_bytes(text)
    assert lint(project, folder)[0] == run(settings_of(project))


# -- folders that are in the way ------------------------------------------------------------------------


def unprivileged(project: Path, *words: str | Path) -> tuple[int, bytes, str]:
    return python(project, WITHOUT_PRIVILEGE, "-m", "statelint", *words)


@pytest.mark.skipif(sys.platform != "linux", reason="needs rights to be given up")
def test_a_project_that_cannot_be_written_has_a_cache_all_the_same(project: Path, folder: Path) -> None:
    project.chmod(0o500)
    words = ("--format", "json", "--cache-dir", folder, ".")
    cold, warm = unprivileged(project, *words), unprivileged(project, *words)
    assert cold == warm
    assert cold[2] == ""
    assert kept(folder, "report")


@pytest.mark.skipif(sys.platform != "linux", reason="needs rights to be given up")
def test_a_folder_that_cannot_be_written_is_told(project: Path, folder: Path) -> None:
    folder.mkdir(mode=0o500)
    words = ("--format", "json", "--cache-dir", folder, ".")
    expected = told(project, *words, "--no-cache")
    status, output, errors = unprivileged(project, *words)
    assert (status, output) == expected[:2]
    assert errors == f"statelint: warning: nothing is kept in the cache `{folder}`: permission denied\n"


SMALL_DISK = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
from statelint.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_full_disk_is_told(project: Path, folder: Path) -> None:
    words = ("--format", "concise", "--cache-dir", folder, ".")
    expected = told(project, *words, "--no-cache")
    status, output, errors = python(project, SMALL_DISK, *words, PYTHONDONTWRITEBYTECODE="1")
    assert (status, output) == expected[:2]
    assert errors == f"statelint: warning: nothing is kept in the cache `{folder}`: file too large\n"
    assert [path.name for path in folder.iterdir() if path.suffix in {".facts", ".tmp"}] == []


def test_a_user_without_a_home_has_no_cache(project: Path) -> None:
    words = ("--format", "json", ".")
    expected = told(project, *words, "--no-cache")
    nowhere = {"HOME": "nowhere", "STATELINT_CACHE_DIR": "", "XDG_CACHE_HOME": ""}
    assert told(project, *words, **nowhere) == expected


def test_a_pull_request_cannot_bring_a_cache(project: Path) -> None:
    inner = project / ".statelint_cache"
    words = ("--format", "json", "--cache-dir", inner, ".")
    expected = told(project, *words)
    cache = open_cache(inner, settings_of(project))
    assert isinstance(cache, StoredCache)
    true = cache.report()
    assert true is not None
    cache._report.write(msgspec.msgpack.encode(true._replace(report=replace(true.report, findings=()))))
    assert told(project, *words)[1] != expected[1]  # it would hide everything
    for file in inner.iterdir():
        file.chmod(0o644)  # as git writes it: it keeps no other permissions
    status, output, errors = told(project, *words)
    assert (status, output) == expected[:2]
    assert "so statelint has not written it" in errors
    assert errors.count("\n") == 1
    assert told(project, *words) == expected


def test_a_name_that_is_no_text(project: Path, folder: Path) -> None:
    try:
        (project / os.fsdecode(b"raw\xff.py")).write_text("A = {}  # statelint: alow[x]\n", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    expected = run(settings_of(project))
    assert "unused-suppression" in {finding.rule for finding in expected.findings}
    for _ in range(2):
        assert lint(project, folder) == (expected, "")


def test_a_file_that_cannot_be_read_is_told_each_time(project: Path, folder: Path) -> None:
    (project / "large.py").write_bytes(b"#" * 10_000_001)
    first, second = lint(project, folder), lint(project, folder)
    assert first == second
    assert [problem.path for problem in first[0].problems] == ["large.py"]
    assert list(folder.glob("*.report")) == []
    files = find_files(settings_of(project)).files
    known = open_cache(folder, settings_of(project)).facts(files)
    assert {file.path for file in files} - set(known) == {"large.py"}
