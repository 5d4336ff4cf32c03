"""A baseline: its findings are known wherever they move, what is gone is told, nothing is added by itself."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from statelint.baseline import FILE_NAME, format_baseline, hint, read_baseline, write_baseline
from statelint.cli import main
from statelint.engine.baseline import entry_of, recognise
from statelint.engine.fingerprints import fingerprint
from statelint.errors import ConfigError, UsageError
from statelint.model.baseline import Entry
from statelint.model.diagnostics import Confidence, Finding, Remedy, Severity, State
from statelint.model.places import Place

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = """\
from flask import Flask, request

app = Flask(__name__)
{name} = {{}}


@app.post("/{name}/<user>")
def add(user):
    {name}[user] = request.json
    return {name}
"""
WHY = "the game is played on one instance"


def service(name: str) -> str:
    return SERVICE.format(name=name)


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up two services, each with one piece of state."""
    write(tmp_path, "statelint.toml", "")
    write(tmp_path, "a.py", service("CARTS"))
    write(tmp_path, "b.py", service("GAMES"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """Run and give what matters of the report: places and counts."""
    capsys.readouterr()
    status = main([*words, "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    places = [f"{each['location']['path']}:{each['symbol']}" for each in report["findings"]]
    summary = report["summary"]
    assert status == (1 if places else 0)
    return {"found": places, "known": summary["in_baseline"], "stale": summary["stale"]}


def entries(project: Path, name: str = FILE_NAME) -> list[dict[str, str]]:
    found: list[dict[str, str]] = tomli.loads((project / name).read_text("utf-8")).get("finding", [])
    return found


def begin(capsys: pytest.CaptureFixture[str], *words: str) -> None:
    assert main(["baseline", "write", "--because", WHY, *words]) == 0
    capsys.readouterr()


def test_a_baseline_is_begun_reviewed_and_used(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(capsys) == {"found": ["a.py:CARTS", "b.py:GAMES"], "known": 0, "stale": 0}
    assert main(["baseline", "write", "a.py"]) == 0
    assert capsys.readouterr().out == f"wrote 1 entry to `{FILE_NAME}`\n"
    name = fingerprint("module-state", "CARTS", "cell", 0)
    assert (project / FILE_NAME).read_text(encoding="utf-8").partition("\n\n")[2] == (
        "[[finding]]\n"
        f'fingerprint = "{name}"\n'
        'rule = "module-state"\n'
        'symbol = "CARTS"\n'
        'path = "a.py"\n'
        'message = "`CARTS` is changed by `POST /CARTS/<user>`, and each process has its own"\n'
        'because = ""\n'
    )
    assert lint(capsys) == {"found": ["b.py:GAMES"], "known": 1, "stale": 0}
    assert main(["a.py"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("no hidden state found where it was asked for; 2 files")
    assert told.endswith("; 1 in the baseline; 1 elsewhere\n")


def test_it_never_grows_by_itself(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys, "a.py")
    before = (project / FILE_NAME).read_bytes()
    assert main(["baseline", "write"]) == 2
    assert "is there already: `--add` takes in what is new" in capsys.readouterr().err
    assert main([]) == 1
    assert main(["baseline", "check"]) == 1
    assert main(["baseline", "prune"]) == 0
    assert capsys.readouterr().out.endswith(f"removed 0 entries from `{FILE_NAME}`, kept 1\n")
    assert (project / FILE_NAME).read_bytes() == before


def test_what_is_new_is_added_when_asked_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys, "a.py")
    write(project, "c.py", service("VOTES"))
    assert main(["baseline", "write", "--add", "--because", "until June", "c.py"]) == 0
    assert capsys.readouterr().out == f"wrote 1 entry to `{FILE_NAME}`, beside 1 entry\n"
    assert [(each["symbol"], each["because"]) for each in entries(project)] == [
        ("CARTS", WHY),
        ("VOTES", "until June"),
    ]
    assert lint(capsys) == {"found": ["b.py:GAMES"], "known": 2, "stale": 0}
    assert main(["baseline", "write", "--add"]) == 0
    assert lint(capsys) == {"found": [], "known": 3, "stale": 0}


def test_adding_keeps_what_is_gone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys, "a.py")
    write(project, "a.py", "")
    assert main(["baseline", "write", "--add"]) == 0
    assert [each["symbol"] for each in entries(project)] == ["CARTS", "GAMES"]


def test_a_finding_is_known_when_lines_move_and_files_are_renamed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(capsys)
    write(project, "b.py", "# one\n\n\n" + service("GAMES") + "\n\n# two\n")
    (project / "pkg/deep").mkdir(parents=True)
    (project / "a.py").rename(project / "pkg/deep/renamed.py")
    assert lint(capsys) == {"found": [], "known": 2, "stale": 0}
    assert main(["baseline", "check"]) == 0
    assert main(["baseline", "prune"]) == 0
    assert [(each["path"], each["because"]) for each in entries(project)] == [
        ("b.py", WHY),
        ("pkg/deep/renamed.py", WHY),
    ]


def test_a_new_namesake_is_new(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Equals are numbered in order of path: one that comes before the others shifts their fingerprints."""
    write(project, "c.py", service("CARTS"))
    begin(capsys)
    write(project, "0.py", service("CARTS"))
    assert lint(capsys) == {"found": ["0.py:CARTS"], "known": 3, "stale": 0}
    assert main(["baseline", "prune"]) == 0
    assert lint(capsys) == {"found": ["0.py:CARTS"], "known": 3, "stale": 0}


def test_of_namesakes_the_one_that_went_is_gone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, "c.py", service("CARTS"))
    begin(capsys)
    (project / "a.py").unlink()
    assert lint(capsys) == {"found": [], "known": 2, "stale": 1}
    assert main(["baseline", "prune"]) == 0
    assert [each["path"] for each in entries(project)] == ["b.py", "c.py"]


def test_namesakes_that_were_never_listed_may_go(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, "c.py", service("CARTS"))
    write(project, "d.py", service("CARTS"))
    begin(capsys, "d.py")
    (project / "a.py").unlink()
    (project / "c.py").unlink()
    assert lint(capsys) == {"found": ["b.py:GAMES"], "known": 1, "stale": 0}


def test_what_is_gone_is_told_and_pruned(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys)
    write(project, "a.py", "x = 1\n")
    assert main([]) == 0
    assert "1 of the baseline not found any more" in capsys.readouterr().out
    assert main(["baseline", "check", "--format", "concise"]) == 1
    assert capsys.readouterr().out == (
        f"{FILE_NAME}:5:1: warning[unused-suppression] "
        "`CARTS` (`module-state`) in the baseline is not found any more\n"
    )
    assert main(["baseline", "prune"]) == 0
    assert capsys.readouterr().out == f"removed 1 entry from `{FILE_NAME}`, kept 1\n"
    assert [(each["symbol"], each["because"]) for each in entries(project)] == [("GAMES", WHY)]
    assert main(["baseline", "check"]) == 0
    write(project, "b.py", "x = 1\n")
    assert main(["baseline", "prune"]) == 0
    assert entries(project) == []
    assert main(["baseline", "check"]) == 0


def test_an_entry_without_a_reason_is_told_by_the_check_only(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["baseline", "write"]) == 0
    assert main([]) == 0
    capsys.readouterr()
    assert main(["baseline", "check", "--format", "concise"]) == 1
    assert capsys.readouterr().out.splitlines()[1] == (
        f"{FILE_NAME}:13:1: warning[suppression-without-reason] "
        "`GAMES` (`module-state`) in the baseline does not say why it may stay"
    )
    text = (project / FILE_NAME).read_text("utf-8")
    write(
        project, FILE_NAME, text.replace('because = ""', 'because = "a reason with \\"quotes\\" \\\\ and ü"')
    )
    assert main(["baseline", "check"]) == 0
    assert main(["baseline", "prune"]) == 0
    assert {each["because"] for each in entries(project)} == {'a reason with "quotes" \\ and ü'}


def test_a_suppression_makes_an_entry_needless(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys)
    text = service("CARTS").replace("{}", "{}  # statelint: allow[module-state] because it is meant")
    write(project, "a.py", text)
    assert lint(capsys) == {"found": [], "known": 1, "stale": 1}
    assert main(["baseline", "check", "--format", "concise"]) == 1
    assert "in the baseline is allowed by a suppression now" in capsys.readouterr().out
    assert main(["baseline", "prune"]) == 0
    assert [each["symbol"] for each in entries(project)] == ["GAMES"]


def test_a_suppressed_namesake_does_not_lend_its_entry(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(capsys)
    text = service("CARTS").replace("{}", "{}  # statelint: allow[module-state] because it is meant")
    write(project, "a.py", text)
    write(project, "c.py", service("CARTS"))
    assert lint(capsys) == {"found": ["c.py:CARTS"], "known": 1, "stale": 1}


def test_only_what_was_looked_for_can_be_gone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys)
    write(project, "a.py", "x = 1\n")
    assert lint(capsys, "--ignore", "module-state")["stale"] == 0
    assert lint(capsys, "--select", "class-state")["stale"] == 0
    assert lint(capsys, "--select", "module-state")["stale"] == 1
    write(project, "broken.py", "def (\n")
    assert main(["baseline", "check", "--format", "json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["findings"], report["summary"]["stale"]) == ([], 0)
    for command in (["prune"], ["write", "--add"]):
        before = (project / FILE_NAME).read_bytes()
        assert main(["baseline", *command]) == 2
        assert "nothing is written, because not all could be read: `broken.py:1`" in capsys.readouterr().err
        assert (project / FILE_NAME).read_bytes() == before


def test_a_rule_that_is_no_more_leaves_stale_entries(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(capsys)
    old = Entry(fingerprint="0" * 16, rule="old-state", symbol="A", path="a.py", message="", because=WHY)
    write_baseline(project / FILE_NAME, (*read_baseline(project / FILE_NAME), old))
    assert lint(capsys) == {"found": [], "known": 2, "stale": 1}


def test_filters_make_no_entry_stale(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys)
    write(project, "statelint.toml", "copies = 1\n")
    for words in ((), ("--min-confidence", "high"), ("b.py",), ("--changed-files", "b.py")):
        assert lint(capsys, *words)["stale"] == 0


def test_a_check_of_a_part_says_nothing_of_the_baseline(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(capsys)
    write(project, "a.py", "x = 1\n")
    assert lint(capsys, "baseline", "check", "b.py")["found"] == []
    assert len(lint(capsys, "baseline", "check", "b.py", FILE_NAME)["found"]) == 1  # type: ignore[arg-type]
    assert len(lint(capsys, "baseline", "check", ".")["found"]) == 1  # type: ignore[arg-type]


def test_which_file_is_used(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys, "a.py")
    assert main(["baseline", "write", "--baseline", "ci.toml", "b.py"]) == 0
    capsys.readouterr()
    assert lint(capsys)["found"] == ["b.py:GAMES"]
    assert lint(capsys, "--baseline", "ci.toml")["found"] == ["a.py:CARTS"]
    assert lint(capsys, "--no-baseline")["found"] == ["a.py:CARTS", "b.py:GAMES"]
    assert lint(capsys, "--isolated")["found"] == ["a.py:CARTS", "b.py:GAMES"]
    assert lint(capsys, "--isolated", "--baseline", "ci.toml")["found"] == ["a.py:CARTS"]
    write(project, "statelint.toml", 'baseline = "ci.toml"\n')
    assert lint(capsys)["found"] == ["a.py:CARTS"]
    (project / "ci.toml").unlink()
    assert main([]) == 2
    assert "`ci.toml`: cannot be read: no such file" in capsys.readouterr().err
    assert main(["baseline", "write"]) == 0
    assert [each["symbol"] for each in entries(project, "ci.toml")] == ["CARTS", "GAMES"]


def test_a_baseline_is_found_from_below(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "deep/c.py", service("VOTES"))
    begin(capsys)
    monkeypatch.chdir(project / "deep")
    assert main([]) == 0
    assert main(["baseline", "prune"]) == 0
    assert len(entries(project)) == 3
    monkeypatch.chdir(project.parent)
    assert main(["--baseline", f"{project.name}/{FILE_NAME}", project.name]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("baseline", "prune"), f"there is no `{FILE_NAME}`: `statelint baseline write` makes it"),
        (("baseline", "check"), f"there is no `{FILE_NAME}`: `statelint baseline write` makes it"),
        (("--baseline", "none.toml"), "`none.toml`: cannot be read: no such file"),
        (("--baseline", "none.toml", "--no-baseline"), "`--no-baseline` leaves no baseline"),
        (("baseline", "check", "--no-baseline"), "`--no-baseline` leaves no baseline"),
        (("baseline", "check", "--isolated"), "no baseline is used: name one by `--baseline`"),
        (("baseline", "write", "--baseline", "no/such/folder.toml"), "cannot be written: no such file"),
    ],
)
def test_a_mistake_is_one_line(
    project: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del project
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_folders_that_nothing_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "shop/a.py", service("CARTS"))
    write(tmp_path, "shop/b.py", service("GAMES"))
    monkeypatch.chdir(tmp_path / "shop")
    begin(capsys)
    write(tmp_path, "shop/a.py", "")
    assert lint(capsys, "a.py", "b.py")["stale"] == 0  # they are all that is read
    assert lint(capsys)["stale"] == 1
    assert main(["baseline", "prune"]) == 0
    assert main(["baseline", "prune", "b.py"]) == 2
    assert "of a whole project only" in capsys.readouterr().err


FIRST = '[[finding]]\nfingerprint = "0123456789abcdef"\nrule = "module-state"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[finding]\n", "not valid TOML: Expected ']]' at the end of an array declaration (at line 1"),
        ("x = 1\n", "`x` is no key of a baseline: entries are `[[finding]]`"),
        ("finding = 1\n", "`finding` must be an array of tables"),
        ("finding = [1]\n", "`finding` must be an array of tables"),
        ("[finding]\n", "`finding` must be an array of tables"),
        (f"# x\n{FIRST}\nreason = 'x'\n", "line 2: `reason` is no key of an entry; there are `fingerprint`"),
        (f"{FIRST}\nbecause = 1\n", "line 1: `because` must be a string"),
        ("\n\n[[finding]]\nrule = 'a'\n", "line 3: there is no `fingerprint`"),
        (FIRST.replace("rule", "symbol"), "line 1: there is no `rule`"),
        (FIRST.replace("abcdef", "ABCDEF"), "line 1: `fingerprint` must be 16 hexadecimal digits"),
        (f"{FIRST}\n{FIRST}", "line 5: `fingerprint` is that of entry 1: remove one of them"),
        (f'{FIRST}because = """\n[[finding]]\n"""\nx = 1', "entry 1: `x` is no key"),
        (f"{FIRST}<<<<<<< HEAD\n", "not valid TOML: "),
        (f"{FIRST}because = {'9' * 5000}\n", "not valid TOML: "),
        (f"{FIRST}because = {'[' * 5000}\n", "not valid TOML: "),
        ("a." * 2_000 + "b = 1", "not valid TOML: "),
        (f"{FIRST}because = '\x1b[31m'\n", "not valid TOML: "),
    ],
)
def test_a_wrong_file_is_told_with_its_place(
    project: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, FILE_NAME, text)
    assert main([]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"statelint: error: `{FILE_NAME}`: {message}")
    assert err.count("\n") == 1
    assert main(["--no-baseline"]) == 1


def test_what_is_no_readable_file(project: Path) -> None:
    file = project / FILE_NAME
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_baseline(file)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(ConfigError, match="not a file"):
        read_baseline(file)
    file.unlink()
    with file.open("wb") as stream:
        stream.truncate(20_000_000)
    with pytest.raises(ConfigError, match="larger than 10 MB"):
        read_baseline(file)
    file.unlink()
    file.symlink_to(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_baseline(file)


def test_writing_keeps_to_the_file(project: Path) -> None:
    target = project / "other.toml"
    (project / "link.toml").symlink_to(target)
    with pytest.raises(UsageError, match=r"`link\.toml` is a symlink: not written"):
        write_baseline(project / "link.toml", ())
    assert not target.exists()
    target.touch(mode=0o600)
    write_baseline(target, (entry(),))
    assert target.stat().st_mode & 0o777 == 0o600
    names = {path.name for path in project.iterdir()}
    (project / "folder.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be written: is a directory"):
        write_baseline(project / "folder.toml", ())
    assert {path.name for path in project.iterdir()} == names | {"folder.toml"}


def test_settings_of_the_tree_do_not_write_elsewhere(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (project / "ci").symlink_to(outside)
    write(project, "statelint.toml", 'baseline = "ci/x.toml"\n')
    assert main(["baseline", "write"]) == 2
    assert "leads out of the project: not written" in capsys.readouterr().err
    assert list(outside.iterdir()) == []
    for name in ("../x.toml", "/x.toml"):
        write(project, "statelint.toml", f'baseline = "{name}"\n')
        assert main(["baseline", "write"]) == 2
        assert "`baseline` must stay inside the project" in capsys.readouterr().err


def test_the_name_of_the_file_controls_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    write(project, "statelint.toml", 'baseline = "\\u001b[31m\\n##[error]x"\n')
    for command in (["write"], ["write"], ["write", "--add"], ["prune"]):
        main(["baseline", *command])
        out, err = capsys.readouterr()
        assert (out + err).count("\n") == 1
        assert "\x1b" not in out + err
        assert "##[" not in out + err
    assert len(entries(project, "\x1b[31m\n##[error]x")) == 2


def test_what_names_hold_stays_in_its_string(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, name in enumerate(('a"\nrule = "x', "##[error]x", "\x1b[31m", "\u202egnp", "\udcff")):
        write(project, os.fsdecode(os.fsencode(f"{name}/a.py")), service(f"STATE_{number}"))
    begin(capsys)
    text = (project / FILE_NAME).read_text(encoding="utf-8")
    assert {letter for letter in text if not letter.isprintable()} == {"\n"}
    assert lint(capsys) == {"found": [], "known": 7, "stale": 0}
    assert main(["baseline", "check"]) == 0
    before = (project / FILE_NAME).read_bytes()
    assert main(["baseline", "prune"]) == 0
    assert (project / FILE_NAME).read_bytes() == before


def entry(symbol: str = "CARTS", path: str = "a.py", ordinal: int = 0, because: str = "") -> Entry:
    name = fingerprint("module-state", symbol, "cell", ordinal)
    return Entry(
        fingerprint=name, rule="module-state", symbol=symbol, path=path, message="x", because=because
    )


def finding(symbol: str = "CARTS", path: str = "a.py", ordinal: int = 0) -> Finding:
    return Finding(
        rule="module-state",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        state=State.SESSION,
        symbol=symbol,
        message="x",
        fingerprint=fingerprint("module-state", symbol, "cell", ordinal),
        place=Place(path, 1, 1, 1, 2),
        evidence=(),
        remedy=Remedy(store="redis", title="x", text="x"),
        holder=symbol,
        site="cell",
    )


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=5))
def test_what_is_written_is_read_back(words: list[tuple[str, str, str]]) -> None:
    given = [
        entry(symbol=symbol, path=path, ordinal=number, because=because)
        for number, (symbol, path, because) in enumerate(words)
    ]
    text = format_baseline(given)
    read = tomli.loads(text).get("finding", [])
    expected = [(e.fingerprint, e.symbol, e.path, e.because) for e in given]
    assert sorted((r["fingerprint"], r["symbol"], r["path"], r["because"]) for r in read) == sorted(expected)
    assert format_baseline(reversed(given)) == text
    assert {letter for letter in text if not letter.isprintable()} <= {"\n"}


@given(st.text())
def test_a_hint_can_be_written_and_is_short(text: str) -> None:
    assert len(hint(text).encode()) <= 4 * 300
    assert hint(hint(text)) == hint(text)


PLACES = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xyz")), max_size=8)


def numbered(places: list[tuple[str, str]]) -> list[Finding]:
    counts: dict[str, int] = {}
    found = []
    for symbol, path in sorted(places):
        found.append(finding(symbol, path, counts.get(symbol, 0)))
        counts[symbol] = counts.get(symbol, 0) + 1
    return found


@given(PLACES, PLACES)
def test_entries_and_findings_are_paired_one_to_one(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    old, new = numbered(before), numbered(after)
    known = [entry_of(each, "") for each in old]
    met = recognise(known, new)
    hidden = [found.fingerprint for _, found in met.pairs]
    assert len(set(hidden)) == len(hidden)
    assert sorted(e.fingerprint for e in (*met.missing, *(e for e, _ in met.pairs))) == sorted(
        e.fingerprint for e in known
    )
    for symbol in "AB":  # as many are known as were there, and no more
        counts = [sum(each.symbol == symbol for each in some) for some in (old, new)]
        assert sum(e.symbol == symbol for e, _ in met.pairs) == min(counts)
    assert recognise(known[::-1], new).pairs == met.pairs


def test_nothing_changed_means_nothing_is_new() -> None:
    some = numbered([("A", "x"), ("A", "x"), ("A", "y"), ("B", "x")])
    met = recognise([entry_of(each, "") for each in some], some)
    assert {known.fingerprint: found.fingerprint for known, found in met.pairs} == {
        each.fingerprint: each.fingerprint for each in some
    }


def test_another_holder_in_the_same_file_is_new() -> None:
    met = recognise([entry("A")], [finding("B")])
    assert met.pairs == ()
    assert met.missing == (entry("A"),)
