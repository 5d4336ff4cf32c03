"""The harness of the benchmarks counts right; what it measures is measured by `make bench`."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from benchmarks import reading
from benchmarks.__main__ import middle_file
from benchmarks.contenders import (
    CHANGED,
    COLD,
    FILLING,
    FLOOR,
    ONE_PROCESS,
    RUFF,
    WARM,
    Bench,
    changed_text,
    contenders,
)
from benchmarks.floor import parse_all
from benchmarks.machine import machine, versions
from benchmarks.manifests import manifests
from benchmarks.measure import Contender, Cost, FailedError, Sample, cost_of, run_in_turns, run_once
from benchmarks.table import Result, page, section
from benchmarks.trees import LIST, Tree, TreeError, chosen, list_files, read_trees, unpack

PROGRAMS = Path(sys.executable).parent
TREE = Tree(name="small", title="a small one", packages=("Shop-Front==1.2",))


def python(name: str, code: str, **more: object) -> Contender:
    return Contender(name=name, command=(sys.executable, "-c", code), **more)  # type: ignore[arg-type]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Make a folder in which the wheel of TREE was downloaded already."""
    (tmp_path / "wheels").mkdir()
    with zipfile.ZipFile(tmp_path / "wheels/shop_front-1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr("shop/__init__.py", "")
        wheel.writestr("shop/app.py", "x = 1\ny = 2\n")
        wheel.writestr("shop/static/app.js", "1\n")
    return tmp_path


@pytest.fixture
def bench(cache: Path) -> Bench:
    tree = unpack(TREE, cache)
    listing = cache / "files.json"
    listing.write_text(list_files(tree, str(PROGRAMS / "statelint")).text, encoding="ascii")
    scratch = cache / "scratch"
    scratch.mkdir()
    edited = tree / "shop-front/shop/app.py"
    return Bench(
        programs=PROGRAMS, tree=tree, listing=listing, scratch=scratch, edited=edited, has_cache=True
    )


def test_a_process_is_measured_with_those_that_it_starts(tmp_path: Path) -> None:
    # kernels may count in ticks and look at sizes now and then: the size stays while the child works
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    code = (
        f"import subprocess, sys; a = bytearray(90_000_000); subprocess.run([sys.executable, '-c', {burn!r}])"
    )
    sample = run_once(python("both", code), tmp_path, os.environ)
    assert 0.2 < sample.cpu < 30
    assert sample.wall > 0.2
    assert 80e6 < sample.peak < 1e9


def test_a_process_that_fails_has_no_figures(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="broken: exit status 3"):
        run_once(python("broken", "raise SystemExit(3)"), tmp_path, os.environ)
    found = python("finds", "raise SystemExit(1)", statuses=frozenset({0, 1}))
    assert run_once(found, tmp_path, os.environ).wall > 0


def test_contenders_run_in_turns_and_a_failed_one_is_left_out() -> None:
    order: list[str] = []
    told: list[str] = []

    def run(one: Contender) -> Sample:
        order.append(one.name)
        if one.name == "b" and len(order) > 3:
            raise FailedError("b is broken")
        return Sample(wall=len(order), cpu=1.0, peak=1)

    costs = run_in_turns([python(name, "") for name in "abc"], 3, run, told.append)
    assert "".join(order) == "abcabcac"
    assert list(costs) == ["a", "c"]
    assert costs["a"].runs == 3
    assert "left out: b is broken" in told


def test_each_figure_has_its_own_median() -> None:
    samples = [Sample(wall=w, cpu=c, peak=p) for w, c, p in [(1, 9, 5), (3, 7, 6), (2, 8, 900)]]
    assert cost_of(samples) == Cost(wall=2, cpu=8, peak=6, quickest=1, slowest=3, runs=3)


def test_the_table_compares_with_the_floor_and_with_ruff() -> None:
    def cost(wall: float, cpu: float) -> Cost:
        return Cost(wall=wall, cpu=cpu, peak=50_400_000, quickest=wall, slowest=wall * 2, runs=5)

    costs = {FLOOR: cost(1, 2), RUFF: cost(4, 3), COLD: cost(10, 30)}
    result = Result(title="small", packages=("a==1", "b==2"), files=1234, lines=5, costs=costs)
    text = section(result)
    assert "`a==1`, `b==2`: 1,234 files, 5 lines of Python." in text
    assert f"| {COLD} | 10.00 | 10.00-20.00 | 30.00 | 15.0 x | 2.5 x | 50 | 5 |" in text
    del costs[RUFF]
    assert f"| {COLD} | 10.00 | 10.00-20.00 | 30.00 | 15.0 x |  | 50 | 5 |" in section(result)
    whole = page(["machine: x"], ["a note"], [result])
    assert whole.startswith("# Benchmarks\n")
    assert "- machine: x\n- a note\n" in whole


def test_the_floor_parses_what_the_list_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("a.py", "x = 1\n"), ("b.py", "def\n"), ("c.py", "x\0")):
        Path(name).write_text(text, encoding="utf-8")
    files = [{"path": name, "language": "python"} for name in ("a.py", "b.py", "c.py")]
    assert parse_all(json.dumps({"files": [*files, {"path": "gone.yaml", "language": "yaml"}]})) == 3


def test_trees_are_published_packages_at_exact_versions() -> None:
    trees = read_trees()
    assert [tree.name for tree in trees] == ["django", "services-100k", "services-800k"]
    assert all("==" in package for tree in trees for package in tree.packages)
    assert LIST.exists()
    assert chosen(trees, []) == trees
    assert [tree.name for tree in chosen(trees, ["services-800k", "django"])] == ["django", "services-800k"]
    with pytest.raises(TreeError, match="there is no tree `djago`"):
        chosen(trees, ["djago"])


def test_a_tree_is_made_anew_and_listed(cache: Path) -> None:
    folder = unpack(TREE, cache)
    (folder / "shop-front/shop/app.py").write_text("changed\n", encoding="utf-8")
    (folder / "left.py").touch()
    folder = unpack(TREE, cache)
    listing = list_files(folder, str(PROGRAMS / "statelint"))
    assert listing.python == ("shop-front/shop/__init__.py", "shop-front/shop/app.py")
    assert (listing.files, listing.lines) == (2, 2)


def test_the_middle_file_is_changed(tmp_path: Path) -> None:
    for name, size in (("a.py", 5), ("b.py", 1), ("c.py", 3)):
        (tmp_path / name).write_bytes(b"#" * size)
    assert middle_file(tmp_path, ("a.py", "b.py", "c.py")) == "c.py"


@pytest.mark.parametrize("text", [b"", b"x = 1", b"x = 1\n", b"\xef\xbb\xbfx = 1\r\n"])
def test_a_change_is_one_more_statement(text: bytes) -> None:
    first, second = changed_text(text, 1), changed_text(text, 2)
    assert first != second
    assert len(ast.parse(first).body) == len(ast.parse(text).body) + 1


def test_states_of_cache_and_tree_are_brought_about(bench: Bench) -> None:
    named = {one.name: one for one in contenders(bench)}
    assert [name for name in named if name.startswith("statelint")] == [
        ONE_PROCESS,
        COLD,
        FILLING,
        WARM,
        CHANGED,
    ]
    before, status = bench.edited.read_bytes(), bench.edited.stat()
    (bench.scratch / "statelint").mkdir()
    empty, edit, restore = (named[name].prepare for name in (FILLING, CHANGED, FLOOR))
    assert empty
    assert edit
    assert restore
    empty()
    assert not (bench.scratch / "statelint").exists()
    edit()
    first = bench.edited.read_bytes()
    edit()
    assert first != bench.edited.read_bytes() != before
    restore()
    assert bench.edited.read_bytes() == before
    assert bench.edited.stat().st_mtime_ns == status.st_mtime_ns
    assert "--no-cache" in named[COLD].command
    assert "--cache-dir" in named[WARM].command


def test_without_a_cache_there_are_no_such_states(bench: Bench) -> None:
    plain = Bench(**{name: getattr(bench, name) for name in bench.__slots__} | {"has_cache": False})
    named = {one.name: one for one in contenders(plain)}
    assert not {FILLING, WARM, CHANGED} & set(named)
    assert "--no-cache" not in named[COLD].command


def test_contenders_that_are_installed_here_run(bench: Bench) -> None:
    plain = Bench(**{name: getattr(bench, name) for name in bench.__slots__} | {"has_cache": False})
    ours = {FLOOR, ONE_PROCESS, COLD, RUFF}
    costs = run_in_turns(
        [one for one in contenders(plain) if one.name in ours],
        1,
        lambda one: run_once(one, bench.tree, os.environ),
        lambda words: None if "left out" not in words else pytest.fail(words),
    )
    assert set(costs) == ours


def test_the_machine_and_the_tools_are_named(tmp_path: Path) -> None:
    assert any("cores" in line for line in machine())
    told = versions(PROGRAMS)
    assert "ruff 0." in told
    assert "not installed" in versions(tmp_path)


def test_the_rules_for_semgrep_have_ids_and_patterns() -> None:
    rules = yaml.safe_load((LIST.parent / "semgrep.yaml").read_text(encoding="utf-8"))["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) == 5
    assert all(rule.keys() & {"patterns", "pattern-either"} for rule in rules)


def test_manifests_are_read_by_all_that_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(manifests(50)) == list(manifests(50))
    files = reading.written(tmp_path, 50)
    assert [file.path for file in files] == [path for path, _ in manifests(50)]
    assert reading.take_events(files[:1]) < reading.take_events(files)
    monkeypatch.setattr(sys, "argv", ["bench-reading", "--files", "50", "--runs", "1"])
    assert reading.main() in {0, 1}
    assert re.match(r"50 manifests, .*\n.*\n.* times that\n", capsys.readouterr().out)
