"""Files of the cache are whole or not there, nobody else's are taken, and nothing here ever raises."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from statelint.engine import store as store_module
from statelint.engine.store import DAYS_KEPT, Store, default_folder

if TYPE_CHECKING:
    from collections.abc import Callable

CODE = b"c" * 32
OTHER_CODE = b"d" * 32
BODY = b"what was found out"
DAY = 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "user" / "caches" / "statelint"


def kept(folder: Path) -> Path:
    """Keep a body, and give the one file that holds it."""
    opened(folder).write("facts", b"", CODE, BODY)
    (file,) = folder.glob("*.facts")
    return file


def opened(folder: Path, project: str = "/project") -> Store:
    return Store(folder, Path(project))


def rewrite(file: Path, content: bytes) -> None:
    """Put other content in the place of a file that cannot be written, with the same permissions."""
    mode = stat.S_IMODE(file.stat().st_mode)
    file.unlink()
    file.write_bytes(content)
    file.chmod(mode)


def test_what_is_written_is_read_back(folder: Path) -> None:
    store = opened(folder)
    assert store.read("facts", b"", CODE) is None
    store.write("facts", b"", CODE, BODY)
    assert store.read("facts", b"", CODE) == BODY
    store.write("facts", b"", CODE, b"")
    assert store.read("facts", b"", CODE) == b""
    assert opened(folder).read("facts", b"", CODE) == b""
    assert store.complaint == ""


@pytest.mark.parametrize(
    ("kind", "of", "code", "project"),
    [
        ("report", b"", CODE, "/project"),
        ("facts", b"x", CODE, "/project"),
        ("facts", b"", OTHER_CODE, "/project"),
        ("facts", b"", CODE, "/other"),
    ],
)
def test_what_belongs_to_something_else_is_not_there(
    kind: str, of: bytes, code: bytes, project: str, folder: Path
) -> None:
    kept(folder)
    store = opened(folder, project)
    assert store.read(kind, of, code) is None
    assert store.complaint == ""


def test_other_code_takes_the_place_over(folder: Path) -> None:
    file = kept(folder)
    store = opened(folder)
    store.write("facts", b"", OTHER_CODE, b"other")
    assert store.read("facts", b"", OTHER_CODE) == b"other"
    assert store.read("facts", b"", CODE) is None
    assert list(folder.glob("*.facts")) == [file]


def test_a_file_that_is_cut_off_anywhere_is_damaged(folder: Path) -> None:
    file = kept(folder)
    whole = file.read_bytes()
    for length in range(len(whole)):
        rewrite(file, whole[:length])
        store = opened(folder)
        assert store.read("facts", b"", CODE) is None
        assert store.complaint == f"`{file}` in the cache is damaged: it is made anew"
        store.write("facts", b"", CODE, BODY)
        assert opened(folder).read("facts", b"", CODE) == BODY


def test_a_file_with_one_wrong_bit_is_not_used(folder: Path) -> None:
    file = kept(folder)
    whole = file.read_bytes()
    start = whole.index(CODE)
    for place in range(len(whole)):
        wrong = bytearray(whole)
        wrong[place] ^= 1 << place % 8
        rewrite(file, bytes(wrong))
        store = opened(folder)
        assert store.read("facts", b"", CODE) is None
        # a file of other code is no damage, and in these bytes the two look the same
        assert bool(store.complaint) is not (start <= place < start + len(CODE))


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 200, b"statelint cache 1\n", b"statelint cache 2\n" + b"x" * 99]
)
def test_a_file_that_is_no_cache_is_damaged(content: bytes, folder: Path) -> None:
    rewrite(kept(folder), content)
    store = opened(folder)
    assert store.read("facts", b"", CODE) is None
    assert "is damaged" in store.complaint


def test_a_file_cannot_stand_in_for_another(folder: Path) -> None:
    file = kept(folder)
    store = opened(folder, "/other")
    store.write("facts", b"", CODE, b"harmless")
    (other,) = set(folder.glob("*.facts")) - {file}
    rewrite(file, other.read_bytes())
    assert opened(folder).read("facts", b"", CODE) is None


def become_symlink(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


def become_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def become_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def become_dangling(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


def as_git_writes_it(file: Path) -> None:
    file.chmod(0o644)


def as_git_writes_it_for_me(file: Path) -> None:
    file.chmod(0o600)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (become_symlink, "symbolic links"),
        (become_dangling, "symbolic links"),
        (become_folder, "it is no file"),
        (become_pipe, "it is no file"),
        (as_git_writes_it, "its permissions are not 0400, so statelint has not written it"),
        (as_git_writes_it_for_me, "its permissions are not 0400, so statelint has not written it"),
    ],
)
def test_a_file_that_is_not_ours_is_not_used(
    change: Callable[[Path], None], reason: str, folder: Path
) -> None:
    file = kept(folder)
    change(file)
    store = opened(folder)
    assert store.read("facts", b"", CODE) is None
    assert store.complaint.startswith(f"`{file}` in the cache is not used: ")
    assert reason in store.complaint


def test_a_symlink_to_a_file_is_replaced_and_not_followed(folder: Path) -> None:
    file = kept(folder)
    victim = folder / "victim"
    victim.write_bytes(b"keep me")
    file.unlink()
    file.symlink_to(victim)
    opened(folder).write("facts", b"", CODE, BODY)
    assert victim.read_bytes() == b"keep me"
    assert opened(folder).read("facts", b"", CODE) == BODY


def test_a_folder_that_is_a_symlink_is_not_used(folder: Path) -> None:
    kept(folder)
    link = folder.with_name("link")
    link.symlink_to(folder)
    before = sorted(folder.iterdir())
    store = opened(link)
    assert store.read("facts", b"", CODE) is None
    store.write("report", b"", CODE, BODY)
    assert store.complaint == f"the cache folder `{link}` is not used: it is a symlink"
    assert sorted(folder.iterdir()) == before


def test_a_folder_of_somebody_else_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(folder)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    store = opened(folder)
    assert store.read("facts", b"", CODE) is None
    assert store.complaint == f"the cache folder `{folder}` is not used: it belongs to another user"


def test_a_file_of_somebody_else_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = kept(folder)
    store = opened(folder)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    assert store.read("facts", b"", CODE) is None
    assert store.complaint == f"`{file}` in the cache is not used: it belongs to another user"


@pytest.mark.parametrize("inner", ["file", "file/deeper"])
def test_a_folder_that_cannot_be_is_told_once(inner: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = opened(tmp_path / inner)
    store.write("facts", b"", CODE, BODY)
    store.write("report", b"", CODE, BODY)
    assert store.read("facts", b"", CODE) is None
    assert store.complaint.count("\n") == 0
    assert "is not used: " in store.complaint


@pytest.mark.parametrize("broken", ["write", "replace"])
def test_a_write_that_fails_leaves_what_was_there(
    broken: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = kept(folder)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if broken == "write":
            patch.setattr(os, "fdopen", fail)
        else:
            patch.setattr(Path, "replace", fail)
        store = opened(folder)
        store.write("facts", b"", CODE, b"new")
        assert store.complaint == f"nothing is kept in the cache `{folder}`: no space left on device"
    assert opened(folder).read("facts", b"", CODE) == BODY
    assert [path for path in folder.iterdir() if path.suffix == ".tmp"] == []
    assert list(folder.glob("*.facts")) == [file]


def test_the_folder_says_what_it_is(folder: Path) -> None:
    kept(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text(encoding="ascii") == "*\n"
    tag = (folder / "CACHEDIR.TAG").read_text(encoding="ascii")
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_a_folder_with_something_else_in_it_is_not_marked(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").touch()
    kept(folder)
    assert not (folder / ".gitignore").exists()
    assert not (folder / "CACHEDIR.TAG").exists()


def age(file: Path, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(file, (then, then))


def test_what_nobody_has_used_for_long_is_cleared_out(folder: Path) -> None:
    old = kept(folder)
    left = old.with_name(f"{old.name}.{'0' * 16}.tmp")
    fresh = old.with_name(f"{old.name}.{'1' * 16}.tmp")
    foreign = folder / "thesis.txt"
    for file in (left, fresh, foreign):
        file.touch()
    age(old, DAYS_KEPT + 1)
    age(left, 2)
    age(foreign, 1000)
    opened(folder, "/other").write("facts", b"", CODE, BODY)
    assert [file.exists() for file in (old, left, fresh, foreign)] == [False, False, True, True]


def test_what_is_used_stays(folder: Path) -> None:
    file = kept(folder)
    age(file, DAYS_KEPT + 1)
    assert opened(folder).read("facts", b"", CODE) == BODY
    opened(folder, "/other").write("facts", b"", CODE, BODY)
    assert file.exists()


def test_the_files_unused_for_longest_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept(folder)
    age(first, 2)
    opened(folder, "/second").write("facts", b"", CODE, BODY)
    (second,) = set(folder.glob("*.facts")) - {first}
    age(second, 1)
    monkeypatch.setattr(store_module, "MOST_BYTES", 2 * first.stat().st_size)
    opened(folder, "/third").write("facts", b"", CODE, BODY)
    assert (first.exists(), second.exists()) == (False, True)
    assert opened(folder, "/third").read("facts", b"", CODE) == BODY


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "/home/me/.cache/statelint"),
        ("linux", {"XDG_CACHE_HOME": "/var/me"}, "/var/me/statelint"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/me/.cache/statelint"),
        ("darwin", {}, "/home/me/Library/Caches/statelint"),
        ("win32", {}, "/home/me/AppData/Local/statelint"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/statelint"),
    ],
)
def test_the_folder_follows_the_platform(
    platform: str, environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    assert default_folder(environment, platform) == Path(folder)


def test_a_user_without_a_home_has_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", fail)
    assert default_folder({}, "linux") is None
    assert default_folder({"XDG_CACHE_HOME": "/var/me"}, "linux") == Path("/var/me/statelint")
