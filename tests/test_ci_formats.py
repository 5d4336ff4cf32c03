"""What CI systems and code hosts read, read back by readers that know nothing of how it was written."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers import read_gitlab, read_junit, read_markdown, read_rdjson, read_sarif
from reports import CART, FILE, HOSTILE, REPORT, STICKY, hostile_report, options, report_of
from runner import runner
from statelint.model.diagnostics import Problem, Report
from statelint.model.places import Place
from statelint.reporters import render

if TYPE_CHECKING:
    import junitparser

MACHINE_FORMATS = ("gitlab", "junit", "rdjson", "sarif")


def sarif(report: Report, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of the options
    return read_sarif(render(report, options("sarif", **changes)))


def gitlab(report: Report, **changes: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    return read_gitlab(render(report, options("gitlab", **changes)))


def junit(report: Report, **changes: Any) -> list[junitparser.TestCase]:  # noqa: ANN401 - as above
    return read_junit(render(report, options("junit", **changes)))


def rdjson(report: Report, **changes: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    return read_rdjson(render(report, options("rdjson", **changes)))


# --- file names


NAMES = (
    "plain.py",
    "with space.py",
    "c:/colon.py",
    "hash#tag?.py",
    "50%25.py",
    "new\nline.py",
    "::error::x.py",
    "##[group]x.py",
    "[x](1).py",
    "größe 名 😀.py",
    "raw\udcff\udc80.py",
    "]]>&<\"'.py",
    "esc\x1b[31m.py",
)


@pytest.mark.parametrize("name", NAMES)
def test_each_format_names_the_file(name: str) -> None:
    report = hostile_report("x", path=f"app/{name}")
    raw = f"app/{name}".encode("utf-8", "surrogateescape")
    uri = sarif(report)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri)
    assert unquote_to_bytes(uri) == raw
    text = raw.decode("utf-8", "backslashreplace")
    assert gitlab(report)[0]["location"]["path"] == text
    assert rdjson(report)[0]["location"]["path"] == text
    case = junit(report)[0]
    assert case._elem.get("file") == text.replace("\x1b", "\N{REPLACEMENT CHARACTER}")


def test_a_first_folder_with_a_colon_is_no_scheme() -> None:
    run = sarif(hostile_report("x", path="c:/x.py"))
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "c%3A/x.py"


def test_files_are_named_from_the_root_of_the_repository() -> None:
    root = {"base": Path("/srv/shop/app"), "root": Path("/srv")}
    place = sarif(REPORT, **root)["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "shop/app/carts.py", "uriBaseId": "%SRCROOT%"}
    assert gitlab(REPORT, **root)[0]["location"]["path"] == "shop/app/carts.py"
    assert junit(REPORT, **root)[0]._elem.get("file") == "shop/app/carts.py"
    assert "`shop/app/carts.py:5:9`" in render(REPORT, options("markdown", **root))
    # reviewdog adds the folder that it works in by itself.
    assert rdjson(REPORT, **root)[0]["location"]["path"] == "carts.py"


# --- GitLab


def test_gitlab_is_told_rule_and_severity() -> None:
    issues = gitlab(REPORT)
    assert [issue["severity"] for issue in issues] == ["major", "minor", "info", "major", "info"]
    assert issues[0]["description"] == f"instance-state: {CART.message}"
    assert issues[0]["fingerprint"] == CART.fingerprint


def test_gitlab_gets_an_empty_list_for_nothing() -> None:
    assert gitlab(report_of()) == []


def test_equal_fingerprints_are_told_apart_the_same_way_each_time() -> None:
    report = report_of([CART, CART, CART], [Problem(path="", line=0, message="odd")] * 2)
    first = [issue["fingerprint"] for issue in gitlab(report)]
    assert first[0] == CART.fingerprint
    assert first == [issue["fingerprint"] for issue in gitlab(report)]


def test_a_fingerprint_does_not_move_with_the_line() -> None:
    moved = replace(CART, place=CART.place._replace(line=99, end_line=99))
    failed, later = (Problem(path="a.py", line=line, message="odd") for line in (1, 9))
    one, other = gitlab(report_of([CART], [failed])), gitlab(report_of([moved], [later]))
    assert [issue["fingerprint"] for issue in one] == [issue["fingerprint"] for issue in other]


# --- JUnit


def test_junit_fails_for_what_changes_the_exit_status() -> None:
    outcomes = {case.name: [type(item).__name__ for item in case.result] for case in junit(REPORT)}
    assert outcomes == {
        "instance-state: CartStore._carts": ["Failure"],
        "local-file-write: open": ["Failure"],
        "sticky-session: Ingress/web": [],
        "problem": [],
    }
    failed = [case for case in junit(REPORT) if case.classname == "app/legacy"]
    assert [type(item).__name__ for case in failed for item in case.result] == ["Error"]


def test_junit_tells_the_whole_path_of_a_finding() -> None:
    (failure,) = junit(REPORT)[0].result
    assert failure.type == "instance-state"
    assert failure.message == CART.message
    assert failure.text.count("\n") == len(CART.evidence) + 1


@pytest.mark.parametrize(
    ("report", "passed"), [(report_of(), True), (report_of(files_read=0), False), (report_of([STICKY]), True)]
)
def test_junit_always_has_a_test_case(report: Report, *, passed: bool) -> None:
    (case,) = junit(report)
    assert case.is_passed is passed


def test_two_findings_of_one_name_are_two_test_cases() -> None:
    assert len(junit(report_of([CART, CART, replace(CART, rule="class-state")]))) == 3


# --- rdjson


def test_rdjson_tells_severity_rule_and_place() -> None:
    told = rdjson(REPORT)
    assert [item["severity"] for item in told] == ["ERROR", "WARNING", "INFO", "ERROR", "INFO"]
    assert [item["code"]["value"] for item in told[:3]] == [finding.rule for finding in REPORT.findings]
    assert told[1]["location"]["range"] == {
        "start": {"line": 2, "column": 7},
        "end": {"line": 2, "column": 46},
    }
    assert told[0]["message"].splitlines()[-1] == f"instead: {CART.remedy.title}"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("x = open(p)", "open"),
        ("é = open(p)", "open"),
        ("名前, 😀 = open(p)", "open"),
        ("x = '😀é'; 名 = 1", "名"),
    ],
)
def test_columns_are_in_the_units_of_the_format(line: str, name: str) -> None:
    column = line.index(name) + 1
    at = Place("a.py", 1, column, 1, column + len(name))
    report = replace(report_of([replace(FILE, place=at, evidence=())]), sources={"a.py": (line,)})
    place = rdjson(report)[0]["location"]["range"]
    assert line.encode()[place["start"]["column"] - 1 : place["end"]["column"] - 1].decode() == name
    run = sarif(report)
    assert run["columnKind"] == "unicodeCodePoints"
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == name


def test_byte_that_is_no_text_counts_as_one() -> None:
    line = b"name = '\xe9t\xe9'; x = 1"
    at = Place("a.py", 1, 15, 1, 16)
    sources = {"a.py": (line.decode("utf-8", "replace"),)}
    report = replace(report_of([replace(FILE, place=at, evidence=())]), sources=sources)
    assert line[rdjson(report)[0]["location"]["range"]["start"]["column"] - 1 :].startswith(b"x = 1")


# --- Markdown


def test_markdown_lists_the_worst_first() -> None:
    assert read_markdown(render(REPORT, options("markdown"))) == 5
    reversed_report = report_of([STICKY, FILE, CART])
    lines = [
        line for line in render(reversed_report, options("markdown")).splitlines() if line.startswith("- ")
    ]
    assert [line.split("**")[1] for line in lines] == ["error", "warning", "note"]


def test_markdown_of_nothing_is_one_sentence() -> None:
    assert render(report_of(), options("markdown")).splitlines()[2:] == [
        "no hidden state found in 41 files (12 entry points)"
    ]


def test_markdown_stays_below_the_limit_of_a_summary_and_counts_the_rest() -> None:
    page = render(report_of([replace(CART, message="x" * 999)] * 2000), options("markdown"))
    assert 900_000 < len(page.encode()) <= 1024 * 1024
    shown = sum(line.startswith("- **error**") for line in page.splitlines())
    assert page.splitlines()[-1] == f"- and {2000 - shown} more items, which would not fit here"


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _it_ ~~no~~",
        "<img src=x onerror=alert(1)>",
        "[x](https://x.test)",
        "![x](https://x.test)",
        "see https://x.test and www.x.test",
        "@someone and a@b.test",
        "`a` b `c",
        "``` x",
        "`` ` ``",
        "`a` @b `c`",
        "a | b",
        "&lt; \\` \\",
        "$x$",
    ],
)
def test_text_of_the_user_is_no_markdown(text: str) -> None:
    assert read_markdown(render(hostile_report(text, path=f"{text}.py"), options("markdown"))) == 3


# --- hostile text


def check_harmless(report: Report) -> None:
    for name in MACHINE_FORMATS:
        page = render(report, options(name))
        assert runner(page) == []
        page.encode()
        assert name == "junit" or not re.search(r"[^\n\x20-\x7e]", page)
    sarif(report)
    gitlab(report)
    rdjson(report)
    for case in junit(report):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", str(case.result))
    assert read_markdown(render(report, options("markdown"))) == len(report.findings) + len(report.problems)
    page = render(report, options("markdown"))
    assert runner(page.replace("##[", "")) == []
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", page)


@pytest.mark.parametrize(
    "text", [*HOSTILE, "]]>", "<![CDATA[x]]>", "&#0;&x;", "\ufffe\uffff", "a\tb", "`[x](1)`"]
)
def test_hostile_text_stays_text(text: str) -> None:
    for path in (None, text or "x"):
        check_harmless(hostile_report(text, path=path))


hostile_text = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE),
        st.sampled_from(
            ["::", "##", "[", "](1)", "{0}", "]]>", "`", "``", "<", "&", "\\", "*", "_", "@a", "|"]
        ),
        st.characters(),
    ),
    max_size=6,
).map("".join)


@settings(max_examples=200)
@given(text=hostile_text)
def test_any_text_stays_text(text: str) -> None:
    check_harmless(hostile_report(text))
