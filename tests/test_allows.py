"""Suppression comments: where they are found, what they say, and which lines they cover."""

from __future__ import annotations

import ast
import time

import pytest

from statelint.model.suppressions import Suppression, read_directive
from statelint.python.allows import find_allows

MEANT = "# statelint: allow[module-state] because it is meant"


def allows(text: str) -> tuple[Suppression, ...]:
    """Read the suppressions of a source text, with the spans that the parser gives."""
    strings, statements = [], []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            strings.append((node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0))
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            first = min((d.lineno for d in getattr(node, "decorator_list", ())), default=node.lineno)
            last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or 0
            statements.append((first, last))
    return find_allows(text.split("\n"), strings, statements)


def covered(text: str) -> list[tuple[int, int, int]]:
    return [(allow.at, allow.line, allow.end_line) for allow in allows(text)]


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# statelint: allow[a] because it is meant", ("a",), "it is meant"),
        ("#statelint:allow[a,b-c] because x", ("a", "b-c"), "x"),
        ("# statelint: allow [ a , b ]  because  two  words ", ("a", "b"), "two  words"),
        ("# statelint: allow[a]", ("a",), ""),
        ("# statelint: allow[a] because", ("a",), ""),
        ("# statelint: allow[a] becauseof this", ("a",), ""),
        ("# statelint: allow[a]: it is meant", ("a",), ""),
        ("# statelint: allow[a] because of #12", ("a",), "of #12"),
        ("# statelint: allow[a] because x  # noqa: E501", ("a",), "x"),
        ("# noqa: E501  # statelint: allow[a] because x", ("a",), "x"),
        ("# statelint: alow[a] because x", (), "alow[a] because x"),
        ("# statelint: allow a", (), "allow a"),
        ("# statelint: allow[]", (), "allow[]"),
        ("# statelint: allow[a", (), "allow[a"),
        ("# statelint:", (), ""),
    ],
)
def test_what_a_comment_says(comment: str, rules: tuple[str, ...], reason: str) -> None:
    assert read_directive(comment) == (rules, reason)


@pytest.mark.parametrize("comment", ["# see statelint: the docs", "# statelint is on", "# nothing", ""])
def test_a_comment_that_does_not_speak_to_us(comment: str) -> None:
    assert read_directive(comment) is None


def test_a_comment_behind_a_statement_covers_it() -> None:
    assert allows(f"a = 1\nCARTS = {{}}  {MEANT}\nb = 2\n") == (
        Suppression(at=2, line=2, end_line=2, rules=("module-state",), reason="it is meant"),
    )


@pytest.mark.parametrize("row", [0, 1, 2, 3])
def test_a_comment_on_any_line_of_a_statement_covers_all_of_it(row: int) -> None:
    rows = ["CARTS = {", "    'a': 1,", "    'b': 2,", "}"]
    rows[row] += f"  {MEANT}"
    assert covered("\n".join(["x = 1", *rows])) == [(row + 2, 2, 5)]


def test_a_comment_alone_within_a_statement_covers_all_of_it() -> None:
    assert covered(f"CARTS = {{\n    {MEANT}\n    'a': 1,\n}}\n") == [(2, 1, 4)]


def test_a_comment_alone_speaks_of_the_next_statement() -> None:
    assert covered(f"x = 1\n{MEANT}\nCARTS = {{\n}}\n") == [(2, 3, 4)]


def test_several_comments_alone_speak_of_the_same_statement() -> None:
    assert covered(f"{MEANT}\n# why\n{MEANT}\nCARTS = {{}}\n") == [(1, 4, 4), (3, 4, 4)]


def test_a_comment_at_a_header_does_not_cover_the_body() -> None:
    assert covered(f"class Cart:  {MEANT}\n    items = []\n    x = 1\n") == [(1, 1, 1)]
    assert covered(f"{MEANT}\n@wraps\ndef f(\n    a,\n):\n    x = 1\n    y = 2\n") == [(1, 2, 5)]
    assert covered(f"@wraps  {MEANT}\ndef f():\n    x = 1\n") == [(1, 1, 2)]


def test_a_comment_in_a_body_covers_one_statement_of_it() -> None:
    assert covered(f"def f():\n    x = 1\n    y = 2  {MEANT}\n    z = 3\n") == [(3, 3, 3)]


def test_a_comment_at_the_end_of_a_file_covers_itself() -> None:
    assert covered(f"x = 1\n{MEANT}") == [(2, 2, 2)]
    assert covered(f"x = 1\n{MEANT}\n# end") == [(2, 2, 2)]


@pytest.mark.parametrize(
    "text",
    [
        f"x = '{MEANT}'\n",
        f"x = f'{MEANT}'\n",
        f"'''\n{MEANT}\n'''\n",
        f"'''\nx = 1  {MEANT}'''\n",
        f"'''{MEANT}\n'''\n",
        f"x = 'é' + '{MEANT}'\n",
        f"x = ('a' 'b {MEANT}')\n",
    ],
)
def test_text_within_a_string_is_no_comment(text: str) -> None:
    assert allows(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        f"x = 'a # b'  {MEANT}\n",
        f"x = '#' + 'é#' + f'{{x}}#'  {MEANT}\n",
        f"x = '''\n# '''  {MEANT}\n",
        f"x = 1  # 'quoted {MEANT}\n",
        f"é = 'ü#'; x = 'a'  {MEANT}\n",
    ],
)
def test_strings_before_a_comment_do_not_hide_it(text: str) -> None:
    assert [allow.rules for allow in allows(text)] == [("module-state",)]


def test_a_comment_that_is_misspelt_is_kept_for_the_report() -> None:
    (allow,) = allows("CARTS = {}  # statelint: alow[module-state] because\n")
    assert allow.rules == ()
    assert allow.reason == "alow[module-state] because"


def test_a_file_without_the_word_costs_nothing() -> None:
    assert find_allows(["x = 1"], iter(()), iter(())) == ()


def test_long_lines_take_no_quadratic_time() -> None:
    line = "x = [" + "'#', " * 100_000 + f"]  {MEANT}"
    strings = [(1, 5 + 5 * index, 1, 8 + 5 * index) for index in range(100_000)]
    start = time.process_time()
    assert len(find_allows([line], strings, [(1, 1)])) == 1
    assert find_allows(["# statelint: " + "allow[" * 200_000], [], [])[0].rules == ()
    assert find_allows(["#" + " " * 500_000 + "# statelint:"], [], [])[0].rules == ()
    assert time.process_time() - start < 5
