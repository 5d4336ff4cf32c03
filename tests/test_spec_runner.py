"""The spec runner itself, held against an engine whose mistakes are made on purpose.

The engine reads words: `remember(RULE, MESSAGE)` is found, `ponder` is a note, `guess` is of low confidence,
and `write` is evidence of each of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from specs import PLAIN, VARIANTS, Case, Kind, Mark, SpecError, Variant, check_case, pages, parse_page
from statelint.model.diagnostics import (
    Confidence,
    Evidence,
    Finding,
    Problem,
    Remedy,
    Report,
    Role,
    Severity,
    State,
    Summary,
)
from statelint.model.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOUND = re.compile(r"(remember|ponder|guess)\(([a-z-]+), ([^)]*)\)")


def lint_by_words(root: Path, variant: Variant) -> Report:
    assert variant in {PLAIN, *VARIANTS}
    places = [
        (Place(path.relative_to(root).as_posix(), number, 1, number, 2), line)
        for path in sorted(root.rglob("*"))
        if path.is_file()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]
    evidence = tuple(
        Evidence(role=Role.WRITTEN, place=place, message=f"written in {place.path}:{place.line}")
        for place, line in places
        if "write" in line
    )
    findings = tuple(
        Finding(
            rule=found[2],
            severity=Severity.NOTE if found[1] == "ponder" else Severity.ERROR,
            confidence=Confidence.LOW if found[1] == "guess" else Confidence.HIGH,
            state=State.OTHER,
            symbol="x",
            message=found[3],
            fingerprint="0" * 16,
            place=place,
            evidence=evidence,
            remedy=Remedy(store="redis", title="move it", text="move it"),
        )
        for place, line in places
        for found in FOUND.finditer(line)
    )
    summary = Summary(
        files_read=len(places),
        files_skipped=0,
        problems=0,
        entries=0,
        by_severity={},
        by_rule={},
        suppressed=0,
    )
    return Report(findings=findings, problems=(), summary=replace(summary, files_read=0))


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Case]:
    """Read a page that holds one case with one file `app.py`."""

    def read(code: str) -> Case:
        page = tmp_path / "rules" / "page.md"
        page.parent.mkdir(exist_ok=True)
        page.write_text(f"# Page\n\n## Case\n\n`app.py`:\n\n```python\n{code}\n```\n", encoding="utf-8")
        (case,) = parse_page(page)
        return case

    return read


@pytest.fixture
def complaints(read: Callable[[str], Case], tmp_path: Path) -> Callable[[str], list[str]]:
    return lambda code: check_case(read(code), tmp_path / "run", lint_by_words)


@pytest.mark.parametrize(
    "code",
    [
        "remember(module-state, each process has its own)  # finds: module-state",
        'remember(module-state, each process has its own)  # finds: module-state "process has"',
        "x = 1\n# finds: module-state\nremember(module-state, m)",
        "def f():\n    # finds: a\n\n    # because: written\n    remember(a, m)  # write",
        "remember(a, m); remember(b, m)  # finds: a, b",
        "remember(a, m); remember(a, n)  # finds: a  # finds: a",
        'remember(a, m); remember(a, n)  # finds: a "n"  # finds: a "m"',
        'remember(a, say "no")  # finds: a "say \\"no\\""',
        "remember(a, m)  # finds: a\nwrite()  # because: written",
        "remember(a, m)  # overreports: a",
        "quiet()  # misses: a",
        "ponder(a, m)  # notes: a",
        "guess(a, m)  # notes: a\nwrite()  # because: written",
        "ponder(a, m)\nguess(a, m)",
        "quiet()",
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nremember(a, m)  # finds: a",
    ],
)
def test_a_case_passes_when_marks_and_findings_agree(
    code: str, complaints: Callable[[str], list[str]]
) -> None:
    assert complaints(code) == []


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("quiet()  # finds: a", "app.py:1: `finds: a`: is not found"),
        ("remember(b, m)\nquiet()  # finds: b", "app.py:2: `finds: b`: is not found"),
        ("remember(a, m)", "app.py:1: error: a: m: no mark expects this"),
        ("remember(a, m); remember(a, n)  # finds: a", "app.py:1: error: a: n: no mark expects this"),
        ("remember(b, m)  # finds: a", "app.py:1: `finds: a`: is not found"),
        ('remember(a, m)  # finds: a "n"', 'app.py:1: `finds: a "n"`: the message is: m'),
        ("remember(a, m)  # misses: a", "app.py:1: `misses: a`: is found now, so write `finds`"),
        ("quiet()  # overreports: a", "app.py:1: `overreports: a`: is gone, so take the mark away"),
        ("ponder(a, m)  # finds: a", "app.py:1: `finds: a`: is not found"),
        ("guess(a, m)  # finds: a", "app.py:1: `finds: a`: is not found"),
        ("remember(a, m)  # notes: a", "app.py:1: `notes: a`: is not found"),
        (
            "remember(a, m)  # finds: a\nquiet()  # because: written",
            "app.py:2: `because: written`: no finding has this evidence",
        ),
        (
            "remember(a, m)  # finds: a\nwrite()  # because: read",
            "app.py:2: `because: read`: no finding has this evidence",
        ),
        (
            "ponder(a, m)\nwrite()  # because: written",
            "app.py:2: `because: written`: no finding has this evidence",
        ),
    ],
)
def test_a_case_fails_when_they_do_not(
    code: str, complaint: str, complaints: Callable[[str], list[str]]
) -> None:
    assert complaint in complaints(code)


def test_a_problem_fails_a_case(read: Callable[[str], Case], tmp_path: Path) -> None:
    def lint(root: Path, variant: Variant) -> Report:
        problem = Problem(path="app.py", line=1 + variant.blank_lines, message="cannot be read")
        return replace(lint_by_words(root, variant), problems=(problem,))

    assert check_case(read("quiet()"), tmp_path, lint) == ["app.py:1: problem: cannot be read"]


def test_marks_are_taken_out_and_lines_stay(read: Callable[[str], Case]) -> None:
    case = read("# finds: b\nx = 1  # kept  # finds: a\n\ny = 2  # because: written, read")
    assert case.files == {"app.py": "\nx = 1  # kept\n\ny = 2\n"}
    assert case.marks == (
        Mark(path="app.py", line=2, kind=Kind.FINDS, word="b"),
        Mark(path="app.py", line=2, kind=Kind.FINDS, word="a"),
        Mark(path="app.py", line=4, kind=Kind.BECAUSE, word="written"),
        Mark(path="app.py", line=4, kind=Kind.BECAUSE, word="read"),
    )


@pytest.mark.parametrize("variant", VARIANTS[1:], ids=lambda variant: variant.name)
def test_a_variant_that_disagrees_fails(
    variant: Variant, read: Callable[[str], Case], tmp_path: Path
) -> None:
    def lint(root: Path, asked: Variant) -> Report:
        report = lint_by_words(root, asked)
        if asked != variant:
            return report
        (finding,) = report.findings
        return replace(report, findings=(replace(finding, fingerprint="1" * 16),))

    (complaint,) = check_case(read("remember(a, m)  # finds: a"), tmp_path, lint)
    assert f"`{variant.name}` disagrees" in complaint
    assert '+   "fingerprint": "1111111111111111"' in complaint


def test_blank_lines_move_the_code_below_what_must_stay_on_top(
    read: Callable[[str], Case], tmp_path: Path
) -> None:
    seen: dict[str, str] = {}

    def lint(root: Path, variant: Variant) -> Report:
        seen[variant.name] = (root / "app.py").read_text(encoding="utf-8")
        return lint_by_words(root, variant)

    case = read("#!/bin/python\n# coding: latin-1\n# a comment\nremember(a, m)  # write  # finds: a")
    assert check_case(case, tmp_path, lint) == []
    assert seen["plain"] == "#!/bin/python\n# coding: latin-1\n# a comment\nremember(a, m)  # write\n"
    assert seen["blank lines on top"] == (
        "#!/bin/python\n# coding: latin-1\n\n\n\n# a comment\nremember(a, m)  # write\n"
    )


def test_a_page_holds_several_cases_and_files(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        """\
# A page

## First

A sentence.

`pkg/app.py`:

````python
TEXT = '''
```
## no heading
```
'''  # finds: a
````

`deploy.json`:

```json
{
}
```

```expect
deploy.json:2 finds: b "text"
```

## Second

`app.yaml`:

```yaml
x: 1  # because: copies
```
""",
        encoding="utf-8",
    )
    first, second = parse_page(page)
    assert (first.title, first.line) == ("First", 3)
    assert first.files == {
        "pkg/app.py": "TEXT = '''\n```\n## no heading\n```\n'''\n",
        "deploy.json": "{\n}\n",
    }
    assert [str(mark) for mark in first.marks] == [
        "pkg/app.py:5: `finds: a`",
        'deploy.json:2: `finds: b "text"`',
    ]
    assert second.files == {"app.yaml": "x: 1\n"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Nothing.\n", "1: no `##` heading, so no case"),
        ("`a.py`:\n```python\n```\n", "2: a block before the first `##` heading"),
        ("## A\n\n```python\n```\n", "3: a block needs a line of its own"),
        ("## A\n\n`a.py`:\n\nText.\n\n```python\n```\n", "7: a block needs a line of its own"),
        ("## A\n\n`../a.py`:\n```python\n```\n", "4: a block needs a line of its own"),
        ("## A\n\n`/a.py`:\n```python\n```\n", "4: a block needs a line of its own"),
        ("## A\n`a`:\n```\n```\n`a`:\n```\n```\n", "6: a block needs a line of its own"),
        ("## A\n\n`a.py`:\n```python\nx = 1\n", "4: the block is never closed"),
        ("## A\n\nText.\n", "1: the case `A` has no file"),
        ("## A\n`a`:\n```\nx  # finds a\n```\n", "4: a mark that cannot be read: x  # finds a"),
        ("## A\n`a`:\n```\nx  # finds: A-b\n```\n", "4: a mark that cannot be read"),
        ("## A\n`a`:\n```\nx  # find: a\n```\n", "4: a mark that cannot be read"),
        ("## A\n`a`:\n```\nx  # finds: a 'text'\n```\n", "4: a mark that cannot be read"),
        ("## A\n`a`:\n```\nx  # because: written by me\n```\n", "4: a mark that cannot be read"),
        ("## A\n`a`:\n```\nx\n# finds: a\n\n```\n", "6: a mark that speaks of no line"),
        ("## A\n`a`:\n```\nx  # because: magic\n```\n", "1: no such role: a:1: `because: magic`"),
        ("## A\n`a`:\n```\nx\n```\n```expect\na:1 sees: b\n```\n", "7: not `PATH:LINE finds: RULE`"),
        (
            "## A\n`a`:\n```\nx\n```\n```expect\na:2 finds: b\n```\n",
            "1: a mark speaks of a line that is not there",
        ),
        (
            "## A\n`a`:\n```\nx\n```\n```expect\nb:1 finds: b\n```\n",
            "1: a mark speaks of a line that is not there",
        ),
        ("## A\n`a`:\n```\n```\n## A\n", "5: a second case `A`"),
    ],
)
def test_a_page_that_breaks_the_format_is_refused(text: str, message: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=re.escape(f"{page}:{message}")):
        parse_page(page)


def test_pages_come_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("program/b.md", "rules/c.md", "rules/a.md", "output/d.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [page.relative_to(tmp_path).as_posix() for page in pages(tmp_path)] == [
        "rules/a.md",
        "rules/c.md",
        "program/b.md",
    ]
