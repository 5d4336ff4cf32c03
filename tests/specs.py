"""Run the Markdown specs: a page holds cases, a case is a small project whose comments say what is found.

A page lies in `tests/rules`, `tests/deploy`, `tests/program` or `tests/frameworks`. Each `##` heading opens a
case. A line
`` `app.py`: `` names the file that the next fenced block holds. Marks stand in comments of these files:

    CARTS = {}                  # finds: module-state "each process has its own"
    CARTS[user] = item          # because: written

`finds: RULE "text"`     an error or warning that a developer is shown; the text is optional
`notes: RULE "text"`     a finding that only an auditor is shown: a note, or one of low confidence
`because: ROLE`          some finding of the case has evidence of this role on this line
`misses: RULE`           a known gap; fails as soon as it is found
`overreports: RULE`      a known false alarm; fails as soon as it is gone

Several marks may share a line, and a mark may name several words (`because: written, read`). A line that
holds nothing but marks speaks of the next line that holds something else. Marks are taken out before the
files are linted. Where a format has no comments, a fenced block `expect` holds lines such as
`app.json:3 finds: RULE`.

Errors and warnings must match the marks exactly; notes are compared only where a mark asks for one.
"""

from __future__ import annotations

import difflib
import json
import random
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from statelint.model.diagnostics import Confidence, Finding, Report, Role, Severity
from statelint.model.settings import Audience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from statelint.engine.cache import Facts
    from statelint.model.settings import Settings
    from statelint.sources.finding import Sources

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("rules", "deploy", "program", "frameworks")

HEADING = re.compile(r"## +(?P<title>.+)")
FILE_NAME = re.compile(r"`(?P<name>[^`]+)`:")
FENCE = re.compile(r"(?P<fence>`{3,})(?P<info>[^`]*)")
EXPECTED = re.compile(r"(?P<path>\S+):(?P<line>\d+) +(?P<marks>\S.*)")
MARK = re.compile(
    r"(?P<kind>finds|notes|because|misses|overreports): *"
    r"(?P<words>[a-z][a-z-]*(?:, *[a-z][a-z-]*)*)"
    r'(?: +"(?P<text>(?:[^"\\]|\\.)*)")?',
)
COMMENT = re.compile(rf" *# *{MARK.pattern} *(?=#|$)")
ALMOST = re.compile(r"# *(?:(?:finds|misses|overreports)\b|(?:find|miss|overreport|notes?|because) *:)")
HEAD = re.compile(r"#!|#.*coding[:=]|# *(?:syntax|escape|check) *=")
BLANK_LINES = 3

_Fact = TypeVar("_Fact")


class SpecError(Exception):
    """A spec that breaks the format; the message starts with the page and the line."""


class Kind(StrEnum):
    """What a mark claims."""

    FINDS = "finds"
    NOTES = "notes"
    BECAUSE = "because"
    MISSES = "misses"
    OVERREPORTS = "overreports"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mark:
    """One claim about one line of one file; `word` is a rule or a role."""

    path: str
    line: int
    kind: Kind
    word: str
    text: str = ""

    def __str__(self) -> str:
        """Show the mark as it is written, after its place."""
        text = f' "{self.text}"' if self.text else ""
        return f"{self.path}:{self.line}: `{self.kind}: {self.word}{text}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One project and what must be said about it; `files` maps names to text without marks."""

    page: Path
    line: int
    title: str
    files: dict[str, str]
    marks: tuple[Mark, ...]

    @property
    def name(self) -> str:
        """Name the case in a list of tests."""
        return f"{self.page.parent.name}/{self.page.stem}: {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to lint the same project; all ways must agree."""

    name: str
    blank_lines: int = 0
    shuffled: bool = False
    seed: int = 0
    round_trip: bool = False
    workers: int = 0
    warm: bool = False


PLAIN = Variant(name="plain")
VARIANTS = (
    PLAIN,
    Variant(name="shuffled files", shuffled=True),
    Variant(name="blank lines on top", blank_lines=BLANK_LINES),
    Variant(name="facts written and read back", round_trip=True),
    Variant(name="warm cache", warm=True),
)
WORKERS = Variant(name="two workers", workers=2)


def pages(tests: Path = ROOT / "tests") -> tuple[Path, ...]:
    """Find the pages, in a fixed order."""
    return tuple(page for folder in FOLDERS for page in sorted((tests / folder).glob("*.md")))


def parse_page(page: Path) -> tuple[Case, ...]:
    """Read the cases of one page."""
    cases: dict[str, Case] = {}
    title = name = ""
    for number, kind, text, lines in pieces_of(page):
        if kind == "heading":
            if text in cases:
                raise broken(page, number, f"a second case `{text}`")
            title = text
            cases[title] = Case(page=page, line=number, title=title, files={}, marks=())
        elif kind == "block":
            if not cases:
                raise broken(page, number, "a block before the first `##` heading")
            cases[title] = add_block(cases[title], name, text, lines, number)
        name = text if kind == "name" else ""
    if not cases:
        raise broken(page, 1, "no `##` heading, so no case")
    for case in cases.values():
        check_marks(case)
    return tuple(cases.values())


def pieces_of(page: Path) -> Iterator[tuple[int, str, str, list[str]]]:
    """Cut a page into headings, file names, fenced blocks and other text, each with its line number."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if heading := HEADING.fullmatch(line):
            yield number, "heading", heading["title"].strip(), []
        elif named := FILE_NAME.fullmatch(line):
            yield number, "name", named["name"], []
        elif fence := FENCE.fullmatch(line):
            start = number
            while number < len(lines) and not re.fullmatch(f"{fence['fence']}`* *", lines[number]):
                number += 1
            if number == len(lines):
                raise broken(page, start, "the block is never closed")
            yield start, "block", fence["info"].strip(), lines[start:number]
            number += 1
        elif line.strip():
            yield number, "text", line, []


def broken(page: Path, line: int, message: str) -> SpecError:
    """Make the error for a page that breaks the format."""
    return SpecError(f"{page}:{line}: {message}")


def add_block(case: Case, name: str, info: str, lines: Sequence[str], start: int) -> Case:
    """Add the file, or the claims, that a fenced block holds."""
    if info == "expect":
        return replace(case, marks=(*case.marks, *_expected(case, lines, start)))
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or name in case.files:
        raise broken(
            case.page, start, "a block needs a line of its own with a new relative file name above it"
        )
    text, marks = _take_marks(case, name, lines, start)
    return replace(case, files={**case.files, name: text}, marks=(*case.marks, *marks))


def _expected(case: Case, lines: Sequence[str], start: int) -> Iterator[Mark]:
    for offset, line in enumerate(lines, start + 1):
        if not line.strip():
            continue
        claim = EXPECTED.fullmatch(line.strip())
        mark = claim and MARK.fullmatch(claim["marks"])
        if not claim or not mark:
            raise broken(case.page, offset, f"not `PATH:LINE finds: RULE`: {line}")
        yield from _marks_of(mark, claim["path"], int(claim["line"]))


def _take_marks(case: Case, name: str, lines: Sequence[str], start: int) -> tuple[str, list[Mark]]:
    """Part a file into what is linted and what is claimed about it; line numbers stay."""
    kept: list[str] = []
    marks: list[Mark] = []
    waiting: list[re.Match[str]] = []
    for number, line in enumerate(lines, 1):
        found = list(COMMENT.finditer(line))
        rest = COMMENT.sub("", line) if found else line
        if ALMOST.search(rest):
            raise broken(case.page, start + number, f"a mark that cannot be read: {line.strip()}")
        kept.append(rest.rstrip() if found else rest)
        waiting += found
        if rest.strip():
            marks += [mark for match in waiting for mark in _marks_of(match, name, number)]
            waiting = []
    if waiting:
        raise broken(case.page, start + len(lines), "a mark that speaks of no line")
    return "".join(f"{line}\n" for line in kept), marks


def _marks_of(match: re.Match[str], path: str, line: int) -> Iterator[Mark]:
    text = re.sub(r"\\(.)", r"\1", match["text"] or "")
    for word in re.split(r", *", match["words"]):
        yield Mark(path=path, line=line, kind=Kind(match["kind"]), word=word, text=text)


def check_marks(case: Case) -> None:
    """Raise SpecError for a case without a file, or with a mark that cannot be right."""
    if not case.files:
        raise broken(case.page, case.line, f"the case `{case.title}` has no file")
    for mark in case.marks:
        if mark.path not in case.files or mark.line > case.files[mark.path].count("\n"):
            raise broken(case.page, case.line, f"a mark speaks of a line that is not there: {mark}")
        if mark.kind is Kind.BECAUSE and mark.word not in set(Role):
            raise broken(case.page, case.line, f"no such role: {mark}")


def check_case(
    case: Case,
    folder: Path,
    lint: Callable[[Path, Variant], Report],
    variants: Sequence[Variant] = VARIANTS,
) -> list[str]:
    """Lint one case in every way and list what is wrong; an empty list is a pass.

    The first variant is held against the marks, the others against the first.
    """
    first, *others = variants
    report = _lint(case, folder, lint, first)
    complaints = compare(case, report)
    expected = _plain(case, report, first)
    for variant in others:
        actual = _plain(case, _lint(case, folder, lint, variant), variant)
        if actual != expected:
            diff = difflib.unified_diff(expected, actual, first.name, variant.name, lineterm="", n=2)
            complaints.append("\n".join((f"`{variant.name}` disagrees:", *diff)))
    return complaints


def compare(case: Case, report: Report) -> list[str]:
    """Hold one report against the marks."""
    complaints = [f"{problem.path}:{problem.line}: problem: {problem.message}" for problem in report.problems]
    shown = [finding for finding in report.findings if is_shown(finding)]
    hidden = [finding for finding in report.findings if not is_shown(finding)]
    pinned = list(shown)
    for mark in sorted(case.marks):
        match mark.kind:
            case Kind.FINDS | Kind.OVERREPORTS:
                complaints += _claim(mark, shown)
            case Kind.NOTES:
                before = list(hidden)
                complaints += _claim(mark, hidden)
                pinned += [finding for finding in before if finding not in hidden]
            case Kind.MISSES:
                if taken := [finding for finding in shown if _matches(mark, finding)]:
                    shown.remove(taken[0])
                    complaints.append(f"{mark}: is found now, so write `finds`")
            case Kind.BECAUSE:
                pass
    complaints += [f"{_describe(finding)}: no mark expects this" for finding in shown]
    evidence = {
        (entry.place.path, entry.place.line, str(entry.role)) for found in pinned for entry in found.evidence
    }
    complaints += [
        f"{mark}: no finding has this evidence"
        for mark in case.marks
        if mark.kind is Kind.BECAUSE and (mark.path, mark.line, mark.word) not in evidence
    ]
    return complaints


def is_shown(finding: Finding) -> bool:
    """Tell whether a developer is shown this without asking for more."""
    return finding.severity is not Severity.NOTE and finding.confidence is not Confidence.LOW


def _claim(mark: Mark, findings: list[Finding]) -> list[str]:
    """Take the finding that a mark speaks of out of the list."""
    candidates = [finding for finding in findings if _matches(mark, finding)]
    if not candidates:
        gone = mark.kind is Kind.OVERREPORTS
        return [f"{mark}: {'is gone, so take the mark away' if gone else 'is not found'}"]
    fitting = [finding for finding in candidates if mark.text in finding.message]
    findings.remove((fitting or candidates)[0])
    return [] if fitting else [f"{mark}: the message is: {candidates[0].message}"]


def _matches(mark: Mark, finding: Finding) -> bool:
    return (finding.place.path, finding.place.line, finding.rule) == (mark.path, mark.line, mark.word)


def _describe(finding: Finding) -> str:
    return f"{finding.place.path}:{finding.place.line}: {finding.severity}: {finding.rule}: {finding.message}"


def _lint(case: Case, folder: Path, lint: Callable[[Path, Variant], Report], variant: Variant) -> Report:
    return lint(write_project(case.files, folder, variant), variant)


def write_project(files: Mapping[str, str], folder: Path, variant: Variant) -> Path:
    """Write a project into a folder of its own; it has the same name in each variant, so reports agree."""
    root = folder / variant.name.replace(" ", "-") / "project"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = text.splitlines(keepends=True)
        head = _head(lines)
        path.write_text("".join([*lines[:head], "\n" * variant.blank_lines, *lines[head:]]), encoding="utf-8")
    return root


def _head(lines: Sequence[str]) -> int:
    """Count the lines that only work at the top of a file: shebang, coding line, Dockerfile directives."""
    return next((number for number, line in enumerate(lines) if not HEAD.match(line)), len(lines))


def _plain(case: Case, report: Report, variant: Variant) -> list[str]:
    """Turn a report into lines of text, with all line numbers as in the plain variant."""
    heads = {name: _head(text.splitlines()) for name, text in case.files.items()}
    shift = variant.blank_lines
    mention = re.compile(rf"({'|'.join(re.escape(name) for name in heads)}):(\d+)")

    def back(path: str, line: int) -> int:
        return line - shift if line > heads.get(path, line) else line

    def walk(value: Any) -> Any:  # noqa: ANN401 - any JSON value
        match value:
            case [str(path), int(line), int(column), int(end), int(end_column)]:  # a place
                return [path, back(path, line), column, back(path, end), end_column]
            case {"path": path, **rest}:
                lines = {key: back(str(path), int(rest[key])) for key in ("line", "end_line") if key in rest}
                return {"path": path} | {key: walk(item) for key, item in rest.items()} | lines
            case dict():
                return {key: walk(item) for key, item in value.items()}
            case list() | tuple():
                return [walk(item) for item in value]
            case str():
                return mention.sub(lambda found: f"{found[1]}:{back(found[1], int(found[2]))}", value)
            case _:
                return value

    told = {"findings": report.findings, "problems": report.problems, "summary": report.summary}
    return json.dumps(walk(msgspec.to_builtins(told)), indent=1, sort_keys=True).splitlines()


def lint_project(root: Path, variant: Variant) -> Report:
    """Lint a folder with statelint itself, in this process, and show everything that it believes."""
    from statelint.engine.analysis import analyse

    if variant.warm:
        return _lint_again(_settings(root), root.parent / "cache")
    return analyse(*read_project(root, variant))


def _settings(root: Path) -> Settings:
    from statelint.config import load_settings

    return load_settings([root], {"audience": Audience.AUDITOR, "jobs": 1})


def read_project(root: Path, variant: Variant) -> tuple[Settings, Sources, list[Facts]]:
    """Read the files of a folder in the way of a variant."""
    from statelint.engine.facts import read_facts, read_in_workers
    from statelint.sources.finding import find_files

    settings = _settings(root)
    sources = find_files(settings)
    files = list(sources.files)
    if variant.shuffled:
        random.Random(variant.seed).shuffle(files)  # noqa: S311 - the same order each time
    if variant.workers:
        facts = [reading.facts for reading in read_in_workers(files, variant.workers)]
    else:
        facts = read_facts(files, 1)
    if variant.round_trip:
        facts = [_read_back(fact) for fact in facts]
    return settings, sources, facts


def _lint_again(settings: Settings, folder: Path) -> Report:
    """Lint with a cache that has the facts and what the microscope saw, then with one that has the report."""
    from statelint.engine.cache import open_cache
    from statelint.engine.run import run

    run(settings, cache=open_cache(folder, settings))
    for report in folder.glob("*.report"):
        report.unlink()
    again = run(settings, cache=open_cache(folder, settings))
    kept = run(settings, cache=open_cache(folder, settings))
    assert again == kept, "the report changes when it is kept"
    assert list(folder.glob("*.report")), "nothing is kept"
    return kept


def _read_back(fact: _Fact) -> _Fact:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(fact), type=type(fact))
