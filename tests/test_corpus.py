"""The runner of the corpus counts right, and what is committed of it agrees; `make corpus` measures."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from corpus.__main__ import RESULTS, main
from corpus.archives import ArchiveError, unpack
from corpus.drawn import FILE, Drawn, Sample, draw, read_sample, still_reported
from corpus.findings import Finding, ToolError, count_lines, find
from corpus.labels import Case, LabelError, Package, Spot, Verdict, chosen, read_packages, spot
from corpus.page import difference, page
from corpus.scoring import Score, judge

STATELINT = str(Path(sys.executable).with_name("statelint"))
README = FILE.with_name("README.md")
APP = """\
from flask import Flask, request

app = Flask(__name__)
CARTS = {}
COLOURS = {"red": 1}


@app.post("/cart")
def add():
    CARTS[request.form["user"]] = request.form["item"]
    return str(CARTS)
"""
LABELS = """\
[package]
name    = "shop-front"
version = "1.2"
sha256  = "{sha256}"
set     = "dev"

[[case]]
file     = "shop/app.py"
line     = 4
symbol   = "CARTS"
writes   = ["shop/app.py:10"]
reads    = ["shop/app.py:11"]
entry    = "shop/app.py:9 add"
state    = "session"
verdict  = "stateful"
why      = "carts of users"

[[case]]
file     = "shop/app.py"
line     = 5
symbol   = "COLOURS"
writes   = []
reads    = []
entry    = ""
state    = "other"
verdict  = "benign"
why      = "constant table"
"""


def case(line: int, symbol: str = "x", verdict: str = "stateful", **more: object) -> Case:
    words = {"writes": (), "state": "cache", "why": "it is", "contested": False, **more}
    return Case(at=Spot("app.py", line), symbol=symbol, verdict=Verdict(verdict), **words)  # type: ignore[arg-type]


def finding(
    line: int, symbol: str = "x", *spots: int, rule: str = "module-state", path: str = "app.py"
) -> Finding:
    return Finding(
        rule=rule,
        state="cache",
        symbol=symbol,
        message=f"`{symbol}` is changed",
        at=Spot(path, line),
        spots=tuple(Spot("app.py", n) for n in spots),
    )


def package(*cases: Case, name: str = "shop", part: str = "dev") -> Package:
    return Package(name=name, version="1", sha256="0", part=part, cases=cases)


def score(cases: tuple[Case, ...], *findings: Finding, name: str = "shop", part: str = "dev") -> Score:
    return judge(package(*cases, name=name, part=part), findings, lines=1000)


def found(result: Score) -> list[bool]:
    return [bool(outcome.findings) for outcome in result.outcomes]


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    (tmp_path / "index").mkdir()
    file = tmp_path / "index/shop_front-1.2-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("shop/app.py", APP)
        archive.writestr(
            "shop_front-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: shop-front\nVersion: 1.2\n"
        )
        archive.writestr(
            "shop_front-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("shop_front-1.2.dist-info/RECORD", "")
    return file


@pytest.fixture
def shop(wheel: Path, tmp_path: Path) -> Package:
    """Label the wheel, which pip finds in a folder and nowhere else."""
    (tmp_path / "labels").mkdir()
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (tmp_path / "labels/shop-front.toml").write_text(LABELS.format(sha256=sha256), encoding="utf-8")
    return read_packages(tmp_path / "labels")[0]


@pytest.fixture
def cache(shop: Package, wheel: Path, tmp_path: Path) -> Path:
    """Make a cache in which the wheel was downloaded already."""
    home = tmp_path / "cache/archives" / shop.sha256
    home.mkdir(parents=True)
    shutil.copy(wheel, home)
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


# -- labels ----------------------------------------------------------------------------------------------


def test_a_label_says_where_what_and_why(shop: Package) -> None:
    carts, colours = shop.cases
    assert (carts.at, carts.writes) == (Spot("shop/app.py", 4), (Spot("shop/app.py", 10),))
    assert (carts.verdict, colours.verdict) == (Verdict.STATEFUL, Verdict.BENIGN)
    assert carts.name == "shop/app.py:4 CARTS"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('why      = "carts of users"', "", "`why`"),
        ("line     = 4", "line     = 4\nlength = 1", "`length`"),
        ('"session"', '"sessions"', "`state`"),
        ('"stateful"', '"state"', "'state' is not a valid Verdict"),
        ("shop/app.py:10", "shop/app.py", "case 1"),
        ('set     = "dev"', 'set     = "devel"', "there is no set `devel`"),
        ('version = "1.2"', "", "[package]"),
    ],
)
def test_a_wrong_label_is_named(shop: Package, tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / f"labels/{shop.name}.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(LabelError, match=re.escape(told)):
        read_packages(file.parent)


def test_a_package_is_chosen_by_its_name(shop: Package) -> None:
    assert chosen([shop], []) == chosen([shop], ["shop-front"]) == (shop,)
    with pytest.raises(LabelError, match="no package `shop`; there are shop-front"):
        chosen([shop], ["shop"])


def test_a_spot_has_a_line() -> None:
    assert spot("a/b.py:12 Cart.add") == Spot("a/b.py", 12)
    with pytest.raises(ValueError, match="invalid literal"):
        spot("a/b.py")


def test_labels_name_back_ends_and_findings_what_they_are_for() -> None:
    assert case(1, state="sqlite").accepts("records")
    assert case(1, state="local-file").accepts("upload")
    assert not case(1, state="local-file").accepts("session")
    assert case(1, state="other").accepts("session")


# -- packages --------------------------------------------------------------------------------------------


def test_an_archive_is_downloaded_once_and_unpacked_anew(shop: Package, wheel: Path, tmp_path: Path) -> None:
    tree = unpack(shop, tmp_path / "cache")
    assert (tree / "shop/app.py").read_text(encoding="utf-8") == APP
    (tree / "shop/app.py").write_text("edited", encoding="utf-8")
    wheel.unlink()
    assert (unpack(shop, tmp_path / "cache") / "shop/app.py").read_text(encoding="utf-8") == APP


def test_another_archive_of_the_same_version_is_refused(shop: Package, wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("shop/more.py", "")
    with pytest.raises(ArchiveError, match=r"`shop-front==1\.2` cannot be downloaded"):
        unpack(shop, tmp_path / "cache")


def test_a_spoilt_archive_is_refused(shop: Package, cache: Path) -> None:
    kept = next((cache / "archives").glob("*/*.whl"))
    kept.write_bytes(kept.read_bytes() + b"\n")
    with pytest.raises(ArchiveError, match="not the archive that was labelled"):
        unpack(shop, cache)


# -- findings --------------------------------------------------------------------------------------------


def test_errors_and_warnings_of_a_tree_are_read(shop: Package, cache: Path) -> None:
    tree = unpack(shop, cache)
    (only,) = find(tree, (STATELINT,))
    assert (only.rule, only.at, only.symbol) == ("module-state", Spot("shop/app.py", 4), "CARTS")
    assert Spot("shop/app.py", 10) in only.spots
    assert count_lines(tree) == APP.count("\n")


def test_a_program_that_gives_no_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"ended with 3: no such luck"):
        find(
            tmp_path,
            (sys.executable, "-c", "import sys; print('no such luck', file=sys.stderr); sys.exit(3)"),
        )


# -- which finding speaks of which label -----------------------------------------------------------------


def test_a_finding_on_the_line_of_a_label_speaks_of_it_under_any_name() -> None:
    assert found(score((case(4, "open"),), finding(4, "write"))) == [True]


def test_a_decorator_stands_above_its_function() -> None:
    assert found(score((case(4, "prices"),), finding(3, "prices"))) == [True]


def test_a_benign_neighbour_of_another_name_is_left_alone() -> None:
    result = score((case(4, "lock", "benign"),), finding(5, "active"))
    assert found(result) == [False]
    assert [one.symbol for one in result.unlabelled] == ["active"]


def test_a_write_that_the_label_names_counts_for_it() -> None:
    carts = case(4, "carts", writes=(Spot("app.py", 20),))
    assert found(score((carts,), finding(50, "self.store", 20))) == [True]


def test_a_write_next_to_a_benign_label_does_not() -> None:
    carts = case(4, "carts", "benign", writes=(Spot("app.py", 20),))
    assert found(score((carts,), finding(50, "self.store", 20))) == [False]


def test_a_name_counts_in_its_own_file_only() -> None:
    assert found(score((case(4, "self.carts['k']"),), finding(90, "Shop.carts"))) == [True]
    assert found(score((case(4, "carts"),), finding(90, "carts", path="other.py"))) == [False]


def test_a_finding_belongs_to_the_label_on_its_line_and_to_no_namesake() -> None:
    cases = (case(4, "cache", "benign"), case(40, "cache"))
    assert found(score(cases, finding(40, "cache"))) == [False, True]


def test_one_finding_answers_two_labels_at_the_most() -> None:
    cases = tuple(case(n, "carts") for n in (4, 14, 24))
    assert found(score(cases, finding(90, "carts"))) == [True, True, False]


def test_a_contested_label_counts_neither_way_and_takes_its_finding() -> None:
    result = score((case(4, contested=True), case(8, "y")), finding(4))
    assert [outcome.case.symbol for outcome in result.counted] == ["y"]
    assert not result.unlabelled


# -- the page --------------------------------------------------------------------------------------------

SAMPLE = Sample(
    seed=7,
    population=3,
    findings=(
        Drawn(
            package="shop", at=Spot("app.py", 70), rule="r", symbol="s", is_true=True, why="it is", lacks=""
        ),
        Drawn(
            package="shop", at=Spot("app.py", 80), rule="r", symbol="t", is_true=False, why="no", lacks="once"
        ),
    ),
)
CASES = (
    case(4, "a", state="session"),
    case(8, "b", state="cache"),
    case(12, "c"),
    case(16, "d", "benign"),
    case(20, "e", "ephemeral"),
    case(24, "f", contested=True),
)


def test_the_page_counts_what_was_found_missed_and_falsely_reported() -> None:
    result = score(CASES, finding(4, "a"), finding(8, "b"), finding(16, "d", rule="class-state"), finding(70))
    told = page([result, score((), name="other", part="further")], SAMPLE)
    assert "| dev | 2/3 | 0.67 | 1/2 | 0.67 | 1/2 | 1 | 1.00 | 1,000 |" in told
    assert "| further | 0/0 | - | 0/0 | - | 0/0 | 0 | 0.00 | 1,000 |" in told
    assert "| module-state | 2 | 0 | 0 | 1 |" in told
    assert "| class-state | 0 | 1 | 0 | 0 |" in told
    assert "| session | 1/1 | 0/1 | cache 1 |" in told
    assert "| cache | 1/2 | 1/1 |  |" in told
    assert "## Missed\n\n- shop `app.py:12 c` (cache): it is\n" in told
    assert "## False alarms\n\n- shop `app.py:16 d` (cache) reported by class-state: it is\n" in told


def test_the_page_says_which_drawn_findings_are_gone() -> None:
    told = page([score((), finding(70))], SAMPLE)
    assert "- drawn: 2 of 3, seed 7; true: 1\n- still reported: 1; true: 1\n" in told
    assert "- gone, wrong: shop `app.py:80 t` r" in told


def test_a_drawn_finding_that_a_label_speaks_of_by_now_is_still_there() -> None:
    assert still_reported(SAMPLE.findings[0], [finding(70, rule="class-state")])
    assert "- still reported: 1" in page([score((case(70),), finding(70))], SAMPLE)


def test_the_difference_shows_lines_that_changed() -> None:
    assert not difference("a\nb\n", "a\nb\n")
    assert "-b\n+c\n" in difference("a\nb\n", "a\nc\n")


# -- the sample ------------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_findings_in_whatever_order() -> None:
    some = [finding(n, f"s{n}") for n in range(1, 40)]
    once = draw([score((), *some)], 5, 10)
    assert once == draw([score((), *reversed(some))], 5, 10)
    assert once != draw([score((), *some)], 6, 10)


def test_one_finding_more_changes_one_of_the_sample_at_the_most() -> None:
    def drawn(findings: list[Finding]) -> set[int]:
        content = tomllib.loads(draw([score((), *findings)], 5, 10))
        return {entry["line"] for entry in content["finding"]}

    some = [finding(n, f"s{n}") for n in range(1, 40)]
    assert all(len(drawn(some) - drawn([*some, finding(n, "more")])) <= 1 for n in range(100, 140))


def test_only_unlabelled_findings_of_dev_packages_are_drawn() -> None:
    scores = [
        score((case(4),), finding(4), finding(9, 'odd"\n\u2028')),
        score((), finding(9), part="further"),
    ]
    content = tomllib.loads(draw(scores, 5, 10))
    assert content["population"] == 1
    assert [(one["line"], one["symbol"]) for one in content["finding"]] == [(9, 'odd"\n\u2028')]


@pytest.mark.parametrize(
    "judged",
    ['verdict = ""\nwhy = ""', 'verdict = "true"\nwhy = ""', 'verdict = "wrong"\nwhy = "it is not"'],
    ids=["not judged", "without a reason", "wrong without what is missing"],
)
def test_a_sample_must_be_judged(tmp_path: Path, judged: str) -> None:
    text = draw([score((), finding(9))], 5, 10).replace('verdict = ""\nwhy     = ""', judged)
    (tmp_path / "drawn.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LabelError, match=r"drawn\.toml, finding 1"):
        read_sample(tmp_path / "drawn.toml")


# -- the whole -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("cache")
def test_the_page_is_compared_until_it_is_written(
    shop: Package, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = draw([score((), finding(9), name=shop.name)], 5, 10)
    drawn = drawn.replace('verdict = ""\nwhy     = ""', 'verdict = "true"\nwhy = "it is"')
    (tmp_path / "drawn.toml").write_text(drawn, encoding="utf-8")
    places = {"labels": "labels", "cache": "cache", "drawn": "drawn.toml", "results": "results.md"}
    options = [word for name, place in places.items() for word in (f"--{name}", str(tmp_path / place))]

    assert main(options) == 1
    assert "+| shop-front 1.2 | 1/1 | 1.00 | 0/1 | 1.00 |" in capsys.readouterr().out
    assert main([*options, "--write"]) == 0
    capsys.readouterr()
    assert main(options) == 0
    assert capsys.readouterr().out == "as committed\n"
    assert main([*options, "--only", "shop-front"]) == 0
    assert "1/1 | 1.00" in capsys.readouterr().out
    assert main([*options, "--draw", "3", "--seed", "5"]) == 0
    assert tomllib.loads(capsys.readouterr().out) == {"seed": 5, "population": 0}


def test_what_cannot_be_measured_is_one_line(
    shop: Package, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--labels", str(tmp_path / "labels"), "--only", shop.name[:4]]) == 2
    assert capsys.readouterr().err == "corpus: error: there is no package `shop`; there are shop-front\n"


# -- what is committed -----------------------------------------------------------------------------------


def test_each_package_of_the_corpus_is_labelled_once() -> None:
    packages = read_packages()
    names = [one.name.lower() for one in packages]
    assert len(names) == len(set(names)) == 58
    for one in packages:
        places = [(label.at, label.symbol) for label in one.cases]
        assert len(places) == len(set(places)), one.name
        assert re.fullmatch("[0-9a-f]{64}", one.sha256), one.name


@pytest.mark.parametrize(
    ("part", "number"), [("further", 10), ("later", 10), ("latest", 10), ("fresh", 8), ("newest", 6)]
)
def test_further_packages_have_twelve_labels_and_look_alikes(part: str, number: int) -> None:
    further = [one for one in read_packages() if one.part == part]
    assert len(further) == number
    for one in further:
        quiet = sum(label.verdict is not Verdict.STATEFUL for label in one.cases)
        assert len(one.cases) >= 12, one.name
        assert 4 <= quiet < len(one.cases), one.name


def test_a_hundred_findings_were_judged_and_each_wrong_one_is_explained() -> None:
    sample = read_sample()
    assert len({(one.package, one.at, one.rule, one.symbol) for one in sample.findings}) == 100
    known = {one.name for one in read_packages() if one.part == "dev"}
    assert {one.package for one in sample.findings} <= known
    headings = set(re.findall(r"^### `([a-z-]+)`", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert {one.lacks for one in sample.findings if not one.is_true} == headings


def test_the_committed_page_is_about_the_committed_labels() -> None:
    told, sample = RESULTS.read_text(encoding="utf-8"), read_sample()
    rows = re.findall(r"^\| (\S+) \S+ \| \d+/\d+ \|", told, re.MULTILINE)
    assert rows == [one.name for one in read_packages()]
    assert f"- drawn: {len(sample.findings)} of {sample.population}, seed {sample.seed}" in told
