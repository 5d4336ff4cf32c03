"""What a spec says holds wherever the container is kept, and under whatever name it is used."""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from mutations import MUTATIONS
from specs import PLAIN, ROOT, Case, is_shown, lint_project, pages, parse_page, write_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rewriting import Files
    from statelint.model.diagnostics import Finding, Report

NOT_OF_CODE = frozenset({"sticky-session"})
CASES = [
    case
    for page in pages()
    if page.parent.name in {"rules", "program"} and page.stem not in NOT_OF_CODE
    for case in parse_page(page)
]

AT_LEAST = {
    "moved, imported by name": 100,
    "moved, reached by module": 120,
    "wrapped in a class": 140,
    "passed to a constructor": 135,
    "shared by a class body": 135,
    "handed out by a function": 115,
    "behind a property": 115,
    "renamed in the module": 115,
    "renamed in each function": 130,
    "nested in a factory": 225,
    "class moved": 55,
    "field given to the constructor": 14,
    "field renamed in each method": 20,
    "nested, then renamed in each function": 105,
    "wrapped, handed out, then nested": 110,
    "class moved, then nested": 20,
}
"""How many specs each mutation must apply to: a mutation that applies to nothing proves nothing."""

SAME_SYMBOL = frozenset(
    {
        "moved, imported by name",
        "moved, reached by module",
        "handed out by a function",
        "renamed in the module",
        "renamed in each function",
        "nested in a factory",
        "class moved",
        "field renamed in each method",
        "nested, then renamed in each function",
        "class moved, then nested",
    }
)
"""Mutations that leave the line on which a cell is made as it is: the finding stands there, by that name."""

LOCK_FILE = "the path of a lock file is not followed through a parameter"
TAKEN_FOR_A_QUEUE = (
    "a list that one function fills and another empties under local names is taken for a queue"
)
SECOND_TABLE = "the mutation leaves the name as it was in the lambdas of another table that it wraps"
GIVEN_BEHIND_A_METACLASS = "what is given to a constructor that a metaclass calls is not followed"
TAKEN_FOR_ENTRIES = "the guard of a table under a local name is not known to ask for an entry of a class"
NOT_MADE = "quiet either way: what a factory makes for the callbacks of a window is not told as what it shows"
TAKEN_FOR_A_CACHE = "what is filled where it is missing looks like a cache to the microscope"
LIES_DEEPER = "the words of a loaded module say less of what an object in it holds"
GAPS = {
    (
        "wrapped in a class",
        "program/given-names: A function that gives the name of the back end",
    ): LIES_DEEPER,
    (
        "wrapped, handed out, then nested",
        "program/given-names: A function that gives the name of the back end",
    ): LIES_DEEPER,
    (
        "wrapped in a class",
        "program/given-names: A class out of a table of another module than the loader's",
    ): TAKEN_FOR_A_CACHE,
    (
        "passed to a constructor",
        "program/given-names: A class out of a table of another module than the loader's",
    ): TAKEN_FOR_A_CACHE,
    (
        "shared by a class body",
        "program/given-names: A class out of a table of another module than the loader's",
    ): TAKEN_FOR_A_CACHE,
    (
        "handed out by a function",
        "program/given-names: A class out of a table of another module than the loader's",
    ): TAKEN_FOR_A_CACHE,
    (
        "behind a property",
        "program/given-names: A class out of a table of another module than the loader's",
    ): TAKEN_FOR_A_CACHE,
    (
        "renamed in the module",
        "program/given-names: A class out of a table of another module than the loader's",
    ): TAKEN_FOR_A_CACHE,
    (
        "wrapped, handed out, then nested",
        "program/given-names: A class out of a table of another module than the loader's",
    ): TAKEN_FOR_A_CACHE,
    ("moved, imported by name", "program/looked-up: Pictures under a hash of their bytes"): TAKEN_FOR_A_CACHE,
    ("passed to a constructor", "program/looked-up: Pictures under a hash of their bytes"): TAKEN_FOR_A_CACHE,
    ("shared by a class body", "program/looked-up: Pictures under a hash of their bytes"): TAKEN_FOR_A_CACHE,
    (
        "handed out by a function",
        "program/looked-up: Pictures under a hash of their bytes",
    ): TAKEN_FOR_A_CACHE,
    ("behind a property", "program/looked-up: Pictures under a hash of their bytes"): TAKEN_FOR_A_CACHE,
    ("renamed in the module", "program/looked-up: Pictures under a hash of their bytes"): TAKEN_FOR_A_CACHE,
    (
        "renamed in each function",
        "program/looked-up: Pictures under a hash of their bytes",
    ): TAKEN_FOR_A_CACHE,
    (
        "nested, then renamed in each function",
        "program/looked-up: Pictures under a hash of their bytes",
    ): TAKEN_FOR_A_CACHE,
    (
        "field given to the constructor",
        "program/classes-made: A metaclass that keeps one object a class",
    ): GIVEN_BEHIND_A_METACLASS,
    ("nested in a factory", "program/screens: D3: a tray icon beside a service"): NOT_MADE,
    ("class moved, then nested", "program/screens: D3: a tray icon beside a service"): NOT_MADE,
    (
        "field given to the constructor",
        "rules/class-state: A metaclass hands out one object",
    ): GIVEN_BEHIND_A_METACLASS,
    ("renamed in each function", "program/values: Singleton by a class decorator"): TAKEN_FOR_ENTRIES,
    (
        "nested, then renamed in each function",
        "program/values: Singleton by a class decorator",
    ): TAKEN_FOR_ENTRIES,
    (
        "passed to a constructor",
        "rules/process-lock: A lock file in the folder for temporary files",
    ): LOCK_FILE,
    ("behind a property", "rules/process-lock: A lock file in the folder for temporary files"): LOCK_FILE,
    ("wrapped in a class", "program/values: partial and lambda tables"): SECOND_TABLE,
    ("wrapped, handed out, then nested", "program/values: partial and lambda tables"): SECOND_TABLE,
    (
        "field renamed in each method",
        "program/values: getattr with a computed name and a dispatcher",
    ): TAKEN_FOR_A_QUEUE,
    ("renamed in each function", "program/effects: Not D9: one of several functions replaces it"): (
        TAKEN_FOR_A_QUEUE
    ),
    (
        "nested, then renamed in each function",
        "program/effects: Not D9: one of several functions replaces it",
    ): TAKEN_FOR_A_QUEUE,
}
"""Pairs that disagree, and what is missing. One that agrees by now fails: take it out."""


class Verdict(NamedTuple):
    """What must not change about a finding; `symbol` is its last name, where that must stay."""

    severity: str
    is_shown: bool
    state: str
    symbol: str


@functools.cache
def mutants(name: str) -> dict[str, Files]:
    """Give what each mutation that applies makes of a case."""
    case = next(case for case in CASES if case.name == name)
    made = {mutation: mutate(case.files) for mutation, mutate in MUTATIONS.items()}
    return {mutation: files for mutation, files in made.items() if files is not None}


def verdicts(report: Report, *, with_symbols: bool) -> list[Verdict]:
    """Give the verdicts of a report, in an order that does not hang on places."""

    def symbol(finding: Finding) -> str:
        return finding.symbol.rpartition(".")[2] if with_symbols else ""

    return sorted(
        Verdict(finding.severity.value, is_shown(finding), finding.state.value, symbol(finding))
        for finding in report.findings
    )


def disagreements(case: Case, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the mutations under which a case is judged otherwise, and how."""
    before = lint_project(write_project(case.files, folder / "before", PLAIN), PLAIN)
    for mutation, files in mutants(case.name).items():
        assert files != case.files, mutation
        root = write_project(files, folder / mutation, PLAIN)
        for path in files:
            if path.endswith(".py"):
                compile(files[path], path, "exec")
        after = lint_project(root, PLAIN)
        expected = verdicts(before, with_symbols=mutation in SAME_SYMBOL)
        actual = verdicts(after, with_symbols=mutation in SAME_SYMBOL)
        if actual != expected or len(after.problems) != len(before.problems):
            yield mutation, f"`{mutation}`: {expected} became {actual}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mutation_changes_no_verdict_and_no_kind(case: Case, tmp_path: Path) -> None:
    found = dict(disagreements(case, tmp_path))
    known = {mutation for mutation, name in GAPS if name == case.name}
    new = [text for mutation, text in found.items() if mutation not in known]
    assert not new, "\n".join((f"{case.page.relative_to(ROOT)}:{case.line}", *new))
    assert not known - found.keys(), "a known gap is closed: take it out of GAPS"


def test_each_mutation_applies_to_many_specs() -> None:
    applied = Counter(mutation for case in CASES for mutation in mutants(case.name))
    assert AT_LEAST.keys() == MUTATIONS.keys()
    assert {name: applied[name] for name, least in AT_LEAST.items() if applied[name] < least} == {}


def test_each_gap_is_about_a_pair_that_exists() -> None:
    assert all(mutation in mutants(name) for mutation, name in GAPS)
