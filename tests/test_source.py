from __future__ import annotations

import subprocess
import sys
import time

import pytest

from statelint.python.source import MAX_LENGTH, parse_statement

# Each is legal Python or nearly so, and each ended, hung or swelled libcst in one of its versions.
HOSTILE = {
    "brackets": "x = " + "(" * 1290 + "1" + ")" * 1290,
    "brackets that ast allows": "x = " + "(" * 190 + "1" + ")" * 190,
    "lists": "x = " + "[" * 190 + "]" * 190,
    "brackets with comments": "x = " + "( # )\n" * 190 + "1" + ")" * 190,
    "brackets with line joins": "x = " + "(\\\n" * 190 + "1" + ")" * 190,
    "brackets in an f-string": 'x = f"{' + "(" * 150 + "1" + ")" * 150 + '}"',
    "elif": "if a:\n pass\n" + "elif a:\n pass\n" * 900,
    "minus": "x = " + "-" * 50_000 + "1",
    "few minus": "x = " + "-" * 90 + "1",
    "not": "x = " + "not " * 5000 + "1",
    "lambda": "x = " + "lambda: " * 3000 + "1",
    "few lambdas": "x = " + "lambda: " * 90 + "1",
    "sum": "x = " + "1+" * 5000 + "1",
    "calls": "x = f" + "()" * 5000,
    "attributes": "x = a" + ".b" * 5000,
    "subscripts": "x = a" + "[0]" * 2000,
    "and": "x = " + "a and " * 3000 + "a",
    "import": "import " + ".".join("a" * 3000),
    "from": "from " + ".".join("a" * 3000) + " import b",
    "for in one comprehension": "x = [a " + "for a in b " * 2000 + "]",
    "strings in a row": "x = " + '"a" ' * 4000,
    "strings in a row with comments": "x = (" + '"a" # "\n' * 1000 + ")",
    "f-strings in a row": "x = " + 'f"{a}" ' * 4000,
    "sequence patterns": "match x:\n case " + "[" * 22 + "a" + "]" * 22 + ": pass",
    "few sequence patterns": "match x:\n case " + "[" * 7 + "a" + "]" * 7 + ": pass",
    "bracketed patterns": "match x:\n case " + "(" * 22 + "a" + ")" * 22 + ": pass",
    "mapping patterns": "match x:\n case " + "({1:" * 12 + "a" + "})" * 12 + ": pass",
    "class patterns": "match x:\n case " + "(C(" * 12 + "a" + "))" * 12 + ": pass",
    "many cases": "match x:\n" + " case ({1: ({2: a})}): pass\n" * 1000,
    "indents": "".join(" " * i + "if a:\n" for i in range(95)) + " " * 95 + "pass",
    "yields": "x = " + "(yield " * 150 + ")" * 150,
    "conditions": "x = " + "a if a else " * 900 + "a",
    "length": "x = [" + "1, " * MAX_LENGTH + "]",
    "lines": "x = 1\n" * 20_000,
    "small but many": "f(" + "a," * 15_000 + ")",
}

_CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
from statelint.python.source import parse_statement
print(parse_statement(sys.stdin.read()) is None)
"""


def parse_apart(text: str) -> str:
    """Parse in a process of its own: a crash of native code would take the tests with it."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD], input=text, capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout.strip()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_statement_gives_no_tree(text: str) -> None:
    assert parse_apart(text) == "True"


# Just below the limits, alone and together: these are shown to libcst, which must answer.
NEARLY = {
    "brackets": "x = " + "(" * 24 + "1" + ")" * 24,
    "brackets and calls": "x = " + ("f(" + "(" * 4) * 30 + "1" + (")" + ")" * 4) * 30,
    "lambdas": "x = " + "lambda: " * 60 + "1",
    "lambdas in calls": "x = " + "f(lambda: " * 30 + "1" + ")" * 30,
    "not": "x = " + "not " * 60 + "1",
    "lists": "x = " + "[a, [" * 12 + "]]" * 12,
    "mappings": "x = " + "{1: " * 60 + "1" + "}" * 60,
    "elif": "if a:\n pass\n" + "elif a:\n pass\n" * 60,
    "patterns": "match x:\n" + " case [{1: [a, _]}]: pass\n" * 200,
    "bracketed patterns": "match x:\n" + " case ({1: ({2: a})}): pass\n" * 200,
    "strings": "x = (" + '"a"\n' * 190 + ")",
    "flat": "x = {" + '"a": 1,' * 5000 + "}",
    "comparisons": "x = " + "a < " * 4000 + "a",
    "long": "def f():\n" + "    x = g(a, b)\n" * 1400,
    "generators": "x = " + "(a for a in " * 24 + "b" + ")" * 24,
}


@pytest.mark.parametrize("text", NEARLY.values(), ids=NEARLY.keys())
def test_what_is_below_the_limits_is_parsed_soon(text: str) -> None:
    start = time.monotonic()
    assert parse_apart(text) == "False"
    assert time.monotonic() - start < 8  # the start of the process and the import included, on a busy machine


def test_a_function_keeps_its_text() -> None:
    text = "async def add(self, k):\n    # why\n    self._carts[k] = 1\n"
    tree = parse_statement(text)
    assert tree is not None
    assert tree.code == text


@pytest.mark.parametrize(
    "text", ["    def add(self):\n        self.n += 1\n", "\tCARTS[k] = 1\n", "        return await x\n"]
)
def test_an_indented_statement_stands_below_an_if(text: str) -> None:
    tree = parse_statement(text)
    assert tree is not None
    assert tree.code == f"if 1:\n{text}"


def test_an_indented_statement_keeps_the_lines_of_its_strings() -> None:
    text = '    SQL = """\nselect 1\n  from x\n"""'
    tree = parse_statement(text)
    assert tree is not None
    assert text in tree.code


@pytest.mark.parametrize(
    "text",
    [
        "else:\n    pass",
        "x = ",
        "print 'x'",
        "x = '\ud800'",
        "x = 1\0",
        "if a:\nx = 1\n  y",
        "\ufeffx = 1",
        "x = 1\n\f y",
    ],
)
def test_what_is_no_statement_gives_no_tree(text: str) -> None:
    assert parse_statement(text) is None


def test_a_doubtful_escape_warns_nobody() -> None:
    assert parse_statement("PATTERN = '\\d'") is not None  # pytest turns warnings into errors


def test_nested_f_strings_and_docstrings_are_ordinary() -> None:
    assert parse_statement("x = f\"{a['b']} {f'{c!r:>{width}}'}\"") is not None
    assert parse_statement('def f():\n    """Say "hello" to `it\'s`."""\n') is not None


def test_importing_the_reader_does_not_import_libcst() -> None:
    code = "import sys, statelint.python.source as s; print('libcst' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
