"""The formats: one pinned page each, and hostile text that is read again by independent readers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statelint
from reports import CART, FILE, HOSTILE, PROBLEMS, REPORT, evidence, hostile_report, options, place, report_of
from runner import Command, runner, second_form
from statelint.errors import UsageError
from statelint.model.diagnostics import (
    Confidence,
    Finding,
    Problem,
    Report,
    Role,
    Severity,
    State,
)
from statelint.model.places import Place
from statelint.reporters import format_names, render
from statelint.reporters.alike import gather

PAGES = Path(__file__).parent / "output"
TEXT_FORMATS = ("full", "concise", "github")
# In SARIF, what the page of a rule says: a change of words there is none of the format.
RULE_TEXT = re.compile(r'("(?:shortDescription|fullDescription|help)":) \{\n.*?\n +\}', re.DOTALL)


def pinned(page: str) -> str:
    """Read the fenced block of a page."""
    found = re.search(
        r"^~~~text\n(.*?)^~~~$", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found, f"{page} has no block"
    return found[1]


@pytest.mark.parametrize(
    ("page", "name", "changes"),
    [
        ("full.md", "full", {}),
        ("full-ascii.md", "full", {"unicode": False}),
        ("concise.md", "concise", {}),
        ("github.md", "github", {}),
        ("json.md", "json", {}),
        ("gitlab.md", "gitlab", {}),
        ("junit.md", "junit", {}),
        ("markdown.md", "markdown", {}),
        ("rdjson.md", "rdjson", {}),
        ("sarif.md", "sarif", {}),
    ],
)
def test_report_is_the_pinned_page(page: str, name: str, changes: dict[str, Any]) -> None:
    shown = render(REPORT, options(name, **changes)).replace(f'"{statelint.__version__}"', '"VERSION"')
    assert RULE_TEXT.sub(r"\1 ...", shown) == pinned(page)


def test_each_format_has_a_page_and_full_is_the_default() -> None:
    assert format_names()[0] == "full"
    assert {f"{name}.md" for name in format_names()} <= {page.name for page in PAGES.iterdir()}


def test_unknown_format_is_named_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match=r"there is no format `xml`; choose one of `full`, `concise`"):
        render(REPORT, options("xml"))
    with pytest.raises(UsageError, match=r"there is no format `sarfi`; did you mean `sarif`\?"):
        render(REPORT, options("sarfi"))


def test_colour_changes_nothing_but_colour() -> None:
    for name in TEXT_FORMATS:
        plain, coloured = render(REPORT, options(name)), render(REPORT, options(name, color=True))
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
        assert coloured != plain
    assert render(REPORT, options("json", color=True)) == render(REPORT, options("json"))


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (
            report_of(),
            "no hidden state found in 41 files (12 entry points)",
        ),
        (report_of(entries=0), "no hidden state found in 41 files, but nothing there serves requests either"),
        (report_of(files_read=0, entries=0), "nothing was checked: no file was read"),
        (
            report_of(problems=PROBLEMS[:1], entries=1),
            (
                "no hidden state found in what could be read: 41 files (1 entry point)"
                "; 1 file skipped; 1 problem"
            ),
        ),
        (
            report_of([CART, CART], files_read=1, entries=1),
            "2 errors in 1 file (1 entry point); 2 suppressed",
        ),
    ],
)
def test_last_line_sums_up_honestly(report: Report, line: str) -> None:
    for name in ("full", "github"):
        assert render(report, options(name)).splitlines()[-1] == line


def test_concise_writes_one_line_a_finding_and_a_problem() -> None:
    assert render(report_of(), options("concise")) == ""
    assert len(render(REPORT, options("concise")).splitlines()) == len(REPORT.findings) + len(REPORT.problems)


def test_problem_without_a_file_starts_with_what_it_is() -> None:
    report = report_of(problems=[Problem(path="", line=0, message="rule `module-state` failed")])
    assert render(report, options("concise")) == "problem: rule `module-state` failed\n"
    assert "\nproblem rule `module-state` failed\n" in "\n" + render(report, options("full"))
    assert json.loads(render(report, options("json")))["problems"][0]["path"] == ""
    assert "::error title=statelint (problem)::rule `module-state` failed\n" in render(
        report, options("github")
    )


@pytest.mark.parametrize(
    ("base", "shown"),
    [
        ("/srv/shop", "app/carts.py"),
        ("/srv", "shop/app/carts.py"),
        ("/srv/shop/app", "carts.py"),
        ("/srv/shop/k8s", "../app/carts.py"),
    ],
)
def test_paths_are_relative_to_the_working_folder(base: str, shown: str) -> None:
    report = report_of([CART], [Problem(path="app/carts.py", line=3, message="odd")])
    for name in TEXT_FORMATS:
        page = render(report, options(name, base=Path(base)))
        assert f"{shown}:5:9" in page
        assert f"{shown}:3" in page
    # Annotations and what a code host reads count from the root of the repository, wherever one works.
    annotations = render(report, options("github", base=Path(base), root=Path("/srv")))
    assert "::error file=shop/app/carts.py,line=5," in annotations
    assert f"\n{shown}:5:9" in annotations
    written = json.loads(render(report, options("json", base=Path(base))))
    assert written["findings"][0]["location"]["path"] == shown
    assert written["problems"][0]["path"] == shown


# --- code frames


def frame(line: str, at: Place, **changes: Any) -> list[str]:  # noqa: ANN401 - any field of the options
    """Draw a finding in a file of one line; return the line that is shown and the one with the signs."""
    report = replace(report_of([replace(FILE, place=at)]), sources={at.path: (line,)})
    drawn = render(report, options("full", **changes)).split("\n")[1:3]
    assert drawn[0].startswith("  1 ")
    return drawn


def test_signs_stand_under_what_is_meant() -> None:
    assert frame("x = open(p)", place("a.py", 1, 5, 9))[1] == "    │     ^^^^"


def test_tabs_wide_letters_and_accents_keep_the_signs_in_place() -> None:
    code, signs = frame("\tx\t= open(p)", place("a.py", 1, 6, 10))
    assert code.index("open") == signs.index("^")
    code, signs = frame("名前 = open(p)", place("a.py", 1, 6, 10))
    assert code.index("open") + 2 == signs.index("^")  # two letters of two columns each
    code, signs = frame("名\t= open(p)", place("a.py", 1, 5, 9))
    assert "│ 名  = open" in code  # the tab ends at column four
    assert code.index("open") + 1 == signs.index("^")
    code, signs = frame("e\u0301 = open(p)", place("a.py", 1, 6, 10))
    assert code.index("open") - 1 == signs.index("^")  # the accent takes no column
    code, signs = frame("名前 = open(p)", place("a.py", 1, 6, 10), unicode=False)
    assert code.index("open") == signs.index("^")
    assert "?? = open" in code


def test_control_characters_in_code_keep_the_signs_in_place() -> None:
    code, signs = frame("a\x1b\u202e\ud800\x00 = open(p)", place("a.py", 1, 9, 13))
    assert "a␛\ufffd\ufffd␀ = open(p)" in code
    assert code.index("open") == signs.index("^")


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("column", [1, 100, 150, 158, 400, 4_999_990])
def test_long_lines_are_cut_around_what_is_meant(column: int, *, unicode: bool) -> None:
    line = "x" * (column - 1) + "OPEN" + "y" * (5_000_000 - column)
    code, signs = frame(line, place("a.py", 1, column, column + 4), unicode=unicode)
    assert len(code) <= 160
    assert len(signs) <= 160
    assert code.index("OPEN") == signs.index("^")
    assert signs.count("^") == 4


def test_place_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    at = Place("a.py", 1, 5, 9, 2)
    assert frame("x = {   ", at)[1] == "    │     ^"


@pytest.mark.parametrize(
    "at", [place("a.py", 1, 99, 120), place("a.py", 1, 12, 12), Place("a.py", 1, 9, 1, 3)]
)
def test_place_beyond_its_line_still_has_a_sign(at: Place) -> None:
    assert frame("x = open(p)", at)[1].count("^") >= 1


def test_frame_is_left_out_where_the_line_is_unknown() -> None:
    for sources in ({}, {"app/carts.py": ("one line",)}, {"app/carts.py": ()}):
        page = render(replace(report_of([CART]), sources=sources), options("full"))
        assert "^" not in page
        assert "held by  app/carts.py:5    made at start" in page  # what stood beside the signs is not lost


def test_label_that_is_too_long_gets_a_line_of_its_own() -> None:
    wordy = evidence(Role.DECLARED, "app/carts.py", 5, "made " + "very " * 40 + "early")
    page = render(report_of([replace(CART, evidence=(wordy,))]), options("full"))
    assert re.search(r"\^\n +held by  app/carts\.py:5  made (very ){40}early\n", page)


# --- JSON


def schema() -> dict[str, Any]:
    text = files("statelint.reporters").joinpath("report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def validate(report: Report) -> dict[str, Any]:
    shown = render(report, options("json"))
    assert shown.isascii()
    written: dict[str, Any] = json.loads(shown)
    jsonschema.Draft202012Validator(schema()).validate(written)
    return written


def test_schema_is_one_and_speaks_of_the_same_words_as_the_model() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    finding = schema()["$defs"]["finding"]["properties"]
    assert finding["state"]["enum"] == [state.value for state in State]
    assert finding["severity"]["enum"] == [severity.value for severity in Severity]
    assert finding["confidence"]["enum"] == [confidence.value for confidence in Confidence]
    assert schema()["$defs"]["evidence"]["properties"]["role"]["enum"] == [role.value for role in Role]


def test_json_is_valid() -> None:
    validate(REPORT)
    validate(report_of())


@pytest.mark.parametrize("spoil", [("version", 2), ("findings", [{}]), ("extra", 1)])
def test_schema_refuses_what_is_no_report(spoil: tuple[str, object]) -> None:
    written = validate(REPORT) | dict([spoil])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(written)


# --- hostile text, read again by a reader of our own


def check_harmless(report: Report, *, unicode: bool, github_actions: bool) -> None:
    for name in TEXT_FORMATS:
        page = render(report, options(name, unicode=unicode, github_actions=github_actions))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", page)
        assert not re.search(r"[\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", page)
        page.encode("utf-8" if unicode else "ascii")
        assert page.splitlines() == page.removesuffix("\n").split("\n")
        commands = runner(page)
        if name == "github":
            check_annotations(commands, report)
        elif github_actions:
            assert commands == []
        else:
            assert [line for line in page.split("\n") if second_form(line)] == []
    assert runner(render(report, options("json"))) == []
    assert not re.search(r"[^\n\x20-\x7e]", render(report, options("json")))
    written = validate(report)
    assert written["findings"][0]["message"] == report.findings[0].message
    assert written["findings"][0]["remedy"]["sample"] == report.findings[0].remedy.sample


def check_annotations(commands: list[Command], report: Report) -> None:
    """Hold that the runner sees our three commands, and in them what we put there."""
    assert [command.name for command in commands] == ["error", "error", "notice"]
    known = {"file", "line", "endLine", "col", "endColumn", "title"}
    assert {name for command in commands for name in command.properties} <= known
    first = commands[0]
    assert first.properties["title"] == "statelint (module-state)"
    assert first.properties["line"] == str(report.findings[0].place.line)
    assert first.data.count("\n") == len(Role) + 1
    assert "line" not in commands[2].properties


@pytest.mark.parametrize("github_actions", [True, False])
@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, *, unicode: bool, github_actions: bool) -> None:
    for path in (None, text or "x"):
        check_harmless(hostile_report(text, path=path), unicode=unicode, github_actions=github_actions)


hostile_text = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE),
        st.sampled_from(["::", "##", "[", "]", ":", "#", " ", "error"]),
        st.characters(),
    ),
    max_size=6,
).map("".join)


@settings(deadline=None)
@given(text=hostile_text, unicode=st.booleans(), github_actions=st.booleans())
def test_any_text_stays_text(text: str, *, unicode: bool, github_actions: bool) -> None:
    check_harmless(hostile_report(text), unicode=unicode, github_actions=github_actions)


def test_reader_sees_the_commands_it_should() -> None:
    assert runner("a\r ::error file=a%3Ab,line=1::x%0Ay%25\n") == [
        Command(name="error", properties={"file": "a:b", "line": "1"}, data="x\ny%")
    ]
    assert runner("text ##[add-mask a=b;c=d]x%5D") == [
        Command(name="add-mask", properties={"a": "b", "c": "d"}, data="x]")
    ]
    assert runner("::unknown::x\n ##[unknown]x\n: :error::\nsee ::error::x") == []


@pytest.mark.parametrize(
    "name", ["a,b:c.py", "a\n::error::x.py", "a\rb.py", "100%0A.py", "a=b;c.py", "café 名.py"]
)
def test_github_finds_the_file_whatever_its_name(name: str) -> None:
    commands = runner(render(hostile_report("x", path=f"app/{name}"), options("github")))
    assert [command.properties.get("file") for command in commands] == [f"app/{name}", f"app/{name}", None]


def test_message_of_an_annotation_comes_back_as_it_was() -> None:
    told = runner(render(hostile_report("50%, %0A: a::b,c"), options("github")))[0].data
    assert told.startswith("50%, %0A: a::b,c\n")


def test_command_in_a_path_is_shown_broken_but_readable() -> None:
    report = hostile_report("x", path="::error::a##[debug].py")
    plain = render(report, options("concise"))
    assert plain.startswith("\N{RATIO}:error::a##[debug].py:1:1: error[")
    guarded = render(report, options("concise", github_actions=True))
    assert guarded.startswith("\N{RATIO}:error::a#\N{MUSIC SHARP SIGN}[debug].py:1:1: error[")
    assert render(report, options("concise", unicode=False, github_actions=True)).startswith(
        "?:error::a#?[debug]"
    )


def test_byte_of_a_name_that_is_no_text_is_shown_as_a_number() -> None:
    page = render(hostile_report("x", path="app/caf\udce9.py"), options("concise"))
    assert page.startswith("app/caf\\xe9.py:1:1: ")


# --- limits of GitHub


def many(**counts: int) -> Report:
    found = [
        replace(CART, severity=Severity(severity), message=f"{severity} {number}", evidence=())
        for severity, count in counts.items()
        for number in range(count)
    ]
    return report_of(found)


def annotated(report: Report) -> list[Command]:
    return runner(render(report, options("github")))


def test_ten_of_each_level_need_no_count() -> None:
    commands = annotated(many(note=10, error=10, warning=10))
    assert [command.name for command in commands] == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert commands[-1].data.startswith("note 9\n")


def test_what_is_more_than_ten_is_counted_in_one_last_notice() -> None:
    report = many(error=12, warning=11, note=10)
    commands = annotated(report)
    assert [command.name for command in commands] == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert commands[-1].data.startswith(
        "2 more errors and 1 more warning and 1 more notice in the log of this step"
    )
    log = render(report, options("github")).splitlines()[30:-1]
    assert log == render(report, options("concise")).splitlines()


def test_surest_findings_are_annotated_first() -> None:
    unsure = [replace(CART, confidence=Confidence.LOW, message=f"unsure {n}") for n in range(10)]
    sure = replace(CART, message="sure")
    assert annotated(report_of([*unsure, sure]))[0].data.startswith("sure\n")


def test_message_longer_than_the_runner_keeps_is_cut_by_us() -> None:
    command = annotated(report_of([replace(CART, message="%" * 9000)]))[0]
    assert len(command.data) == 4096
    assert command.data.endswith("\N{HORIZONTAL ELLIPSIS}")


def fields(count: int, state: State = State.CONFIG) -> list[Finding]:
    return [
        replace(
            CART,
            state=state,
            site="cell",
            symbol=f"Printer._{name}",
            message=f"`Printer._{name}` is written",
            place=place("app/printer.py", 5 + number, 9, 20),
        )
        for number, name in enumerate("abcdefgh"[:count])
    ]


def test_many_fields_of_one_object_are_shown_once_and_then_named() -> None:
    found = fields(6)
    page = render(report_of([FILE, *found, CART]), options("full"))
    blocks = page.split("\n\n")
    assert page.count("Redis, with an expiry") == 2  # of the first field, and of the cart
    told = "    alike    5 more fields of `Printer`, with the same replacement"
    named = [
        f"app/printer.py:{line}:9 error[instance-state] `Printer._{name}` is written"
        for line, name in zip(range(6, 11), "bcdef", strict=True)
    ]
    assert [block for block in blocks if "\n".join((told, *named)) in block]
    assert "7 errors" in page  # each of them counts


@pytest.mark.parametrize(
    "found",
    [
        fields(3),
        fields(6, State.SESSION),
        [replace(one, symbol=f"Printer{number}._a") for number, one in enumerate(fields(6))],
        [replace(one, site="call") for one in fields(6)],
        [replace(one, rule=f"rule-{number}") for number, one in enumerate(fields(6))],
    ],
    ids=["few", "what users lose", "objects of many classes", "calls", "many rules"],
)
def test_what_is_not_alike_is_shown_whole(found: list[Finding]) -> None:
    page = render(report_of(found), options("full"))
    assert "alike" not in page
    assert page.count("Redis, with an expiry") == len(found)


def test_each_finding_is_in_one_group_whatever_their_order() -> None:
    found = [*fields(5), FILE, *fields(4, State.COUNTER), CART]
    groups = gather(found)
    assert sorted(map(id, found)) == sorted(id(one) for group in groups for one in group)
    assert [len(group) for group in groups] == [5, 1, 4, 1]
