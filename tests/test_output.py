"""Reports that go to files: several in one run, each wholly or not at all."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from readers import read_gitlab, read_junit, read_markdown, read_rdjson, read_sarif
from statelint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.engine.cache import Cache
    from statelint.model.diagnostics import Report
    from statelint.model.progress import Tell
    from statelint.model.settings import Settings

# A warning that needs no rule: what the engine says of a suppression that is none.
WARNED = "x = 1  # statelint: alow[module-state] because of a typing error\n"

# Files may grow to 400 bytes and no further, as on a full disk.
FULL_DISK = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
from statelint.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "statelint.toml").touch()
    (tmp_path / "warned.py").write_text(WARNED, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_one_run_writes_all_reports(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import statelint.engine.run

    runs: list[Report] = []
    real = statelint.engine.run.run

    def counted(settings: Settings, tell: Tell, *, cache: Cache) -> Report:
        runs.append(real(settings, tell, cache=cache))
        return runs[-1]

    monkeypatch.setattr("statelint.engine.run.run", counted)
    assert main(["--format", "concise"]) == 1
    alone = capsys.readouterr().out
    words = [f"--output={name}=out/{name}.txt" for name in ("sarif", "gitlab", "junit", "rdjson", "markdown")]
    (project / "out").mkdir()
    assert main(["--format", "concise", *words, "--output", "json=again.json"]) == 1
    assert capsys.readouterr().out == alone
    assert len(runs) == 2

    def page(name: str) -> str:
        return (project / "out" / f"{name}.txt").read_text(encoding="utf-8")

    assert [result["ruleId"] for result in read_sarif(page("sarif"))["results"]] == ["unused-suppression"]
    assert [issue["check_name"] for issue in read_gitlab(page("gitlab"))] == ["unused-suppression"]
    assert len(read_junit(page("junit"))) == len(read_rdjson(page("rdjson"))) == 1
    assert read_markdown(page("markdown")) == 1
    assert json.loads((project / "again.json").read_text(encoding="utf-8"))["version"] == 1
    assert names(project) == {"statelint.toml", "warned.py", "again.json", "out"}
    assert names(project / "out") == {"sarif.txt", "gitlab.txt", "junit.txt", "rdjson.txt", "markdown.txt"}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("sarif", "`sarif` does not say which format and which file, as in `sarif=out.sarif`"),
        ("sarif=", "`sarif=` does not say which format and which file"),
        ("sarfi=out.sarif", "there is no format `sarfi`; did you mean `sarif`?"),
        ("xml=out.xml", "there is no format `xml`; choose one of `full`"),
        ("sarif=-", "`sarif=-`: standard output is written with `--format sarif`"),
        ("sarif=none/out.sarif", "`none/out.sarif` cannot be written: there is no folder `none`"),
        ("sarif=folder", "`folder` cannot be written: it is a folder"),
        ("sarif=link", "`link` cannot be written: it is a symbolic link"),
        ("sarif=dangling", "`dangling` cannot be written: it is a symbolic link"),
        ("sarif=warned.py/x", "`warned.py/x` cannot be written: not a directory"),
        (f"sarif={'x' * 300}", "cannot be written: file name too long"),
    ],
)
def test_a_wrong_output_ends_the_run_before_it_starts(
    project: Path,
    word: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (project / "folder").mkdir()
    (project / "link").symlink_to("warned.py")
    (project / "dangling").symlink_to("elsewhere")
    before = names(project)

    def unexpected(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("statelint.engine.run.run", unexpected)
    assert main(["--output", word]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert names(project) == before
    assert (project / "warned.py").read_text(encoding="utf-8") == WARNED


def test_a_file_keeps_its_mode_and_a_new_one_gets_the_usual(project: Path) -> None:
    kept = project / "kept.json"
    kept.write_text("old", encoding="utf-8")
    kept.chmod(0o640)
    before = os.umask(0o027)
    try:
        assert main(["--output", "json=kept.json", "--output", "json=new.json"]) == 1
    finally:
        os.umask(before)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert stat.S_IMODE((project / "new.json").stat().st_mode) == 0o640
    assert kept.read_bytes() == (project / "new.json").read_bytes()


def test_a_full_disk_leaves_the_old_report_and_nothing_else(project: Path) -> None:
    (project / "out.sarif").write_text("old", encoding="utf-8")
    before = names(project)
    words = ["--no-cache", "--output", "sarif=out.sarif", "--output", "concise=ok.txt"]
    done = subprocess.run(
        [sys.executable, "-B", "-c", FULL_DISK, *words],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "statelint: error: `out.sarif` cannot be written: file too large\n"
    # The report on standard output is not lost over it, nor is a report that fits.
    assert "warned.py:1" in done.stdout
    assert names(project) == before | {"ok.txt"}
    assert (project / "out.sarif").read_text(encoding="utf-8") == "old"


def test_devices_and_pipes_are_written_to_as_they_are(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "statelint", "--output", "json=/dev/stderr", "--output", "sarif=/dev/null"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stderr)["version"] == 1
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116 - what it is, not what it is called


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")  # noqa: PTH110
def test_a_device_that_takes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project
    assert main(["--output", "json=/dev/full"]) == 2
    assert capsys.readouterr().err == (
        "statelint: error: `/dev/full` cannot be written: no space left on device\n"
    )


def test_files_are_in_utf_8_without_colour_whatever_the_terminal_is(project: Path) -> None:
    (project / "größe.py").write_text(WARNED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "statelint", "--color", "always", "--output", "concise=out.txt"],
        cwd=project,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert (project / "out.txt").read_text(encoding="utf-8").startswith("größe.py:1:")
