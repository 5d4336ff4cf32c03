"""What must hold of the repository itself: each rule is explained and tested, and the layers are kept."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tokenize
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specs import PLAIN, ROOT, Case, Kind, check_case, lint_project, parse_page
from statelint.knowledge import load_knowledge
from statelint.knowledge.compiled import compile_files

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = sorted((ROOT / "src" / "statelint").rglob("*.py"))
RULES = sorted(
    path.stem.replace("_", "-")
    for path in (ROOT / "src" / "statelint" / "rules").glob("*.py")
    if not path.stem.startswith("_")
)
PAGES = sorted(path.stem for path in (ROOT / "tests" / "rules").glob("*.md"))
HINTS = {"pinned-instance", "unneeded-affinity"}  # which are never more than notes
HEADINGS = ["## What it finds", "## Why it matters", "## Do this instead", "## Not reported"]
ORDINARY_WORDS = {
    *("airflow", "azure", "channels", "dash", "eve", "http", "jsonrpc", "klein", "mesop", "products", "ray"),
    *("shiny", "socketio", "web", "websockets", "zope"),
}
"""Import names of frameworks that are words of the language or of the field, too."""

NAMES = {name.partition(".")[0].lower() for name in load_knowledge().server_packages} | {"apscheduler"}
FORMATS = {"gunicorn", "uwsgi", "daphne", "granian"}
"""Servers whose own files of settings, or commands, have a reader under `deploy/` or `python/`."""

FRAMEWORKS = re.compile(rf"\b({'|'.join(sorted(NAMES - ORDINARY_WORDS - FORMATS))})\b", re.IGNORECASE)
TEXT_FILES = {".md", ".py", ".toml", ".yaml", ".yml", ".cfg", ".txt", ".json", ""}
NOT_OURS = {
    ".git",
    ".venv",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
    ".hypothesis",
}


def module_of(rule: str) -> str:
    return f"statelint.rules.{rule.replace('-', '_')}"


def page_of(rule: str) -> tuple[Case, ...]:
    return parse_page(ROOT / "tests" / "rules" / f"{rule}.md")


def test_the_catalogue_is_the_folder() -> None:
    from statelint.engine.catalog import load_catalog

    assert sorted(load_catalog().rules) == RULES


def test_each_rule_has_a_spec_and_each_spec_a_rule() -> None:
    assert RULES
    assert RULES == PAGES


@pytest.mark.parametrize("rule", RULES)
def test_docstring_has_its_headings_in_order(rule: str) -> None:
    page = importlib.import_module(module_of(rule)).__doc__ or ""
    summary, *sections = re.split(r"(?m)^(?=## )", page)
    assert summary.strip().endswith(".")
    assert [section.splitlines()[0] for section in sections] == HEADINGS
    assert all(
        len(section.splitlines()[1:]) > 0 and "".join(section.splitlines()[1:]) for section in sections
    )


@pytest.mark.parametrize("rule", RULES)
def test_the_first_case_is_true_and_the_second_its_repair(rule: str) -> None:
    first, second, *_ = page_of(rule)
    kind = Kind.NOTES if rule in HINTS else Kind.FINDS
    assert [mark for mark in first.marks if mark.kind is kind and mark.word == rule]
    assert not [mark for mark in second.marks if mark.word == rule]
    assert [mark for mark in second.marks if mark.kind is not Kind.NOTES] == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_finds_nothing_fails_its_spec(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module(module_of(rule)), "check", lambda *_given: iter(()))
    complaints = [
        complaint
        for number, case in enumerate(page_of(rule))
        for complaint in check_case(case, tmp_path / str(number), lint_project, [PLAIN])
    ]
    kind = Kind.NOTES if rule in HINTS else Kind.FINDS
    assert any(f"`{kind}: {rule}" in complaint for complaint in complaints)


@pytest.mark.parametrize("rule", RULES)
def test_messages_keep_the_style(rule: str, tmp_path: Path) -> None:
    module = importlib.import_module(module_of(rule))
    messages = [module.META.summary]
    for number, case in enumerate(page_of(rule)):
        root = tmp_path / str(number)
        for name, text in case.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        for finding in lint_project(root, PLAIN).findings:
            messages += [finding.message, *(entry.message for entry in finding.evidence)]
            assert finding.remedy.title
            assert finding.remedy.text
    assert [message for message in messages if breaks_the_style(message)] == []


def breaks_the_style(message: str) -> bool:
    """Tell whether a message is empty, starts like a sentence, ends like one, or leaves a backtick open."""
    prose = re.sub(r"`[^`]*`", "``", message)
    first = prose.split(maxsplit=1)[:1]
    return (
        not message
        or "\n" in message
        or message != message.strip()
        or message.endswith((".", "!", ":"))
        or message.count("`") % 2 == 1
        or (first[0].isalpha() and first[0].istitle())
    )


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("`CARTS` is written by `POST /cart`, and each process has its own", False),
        ("HTTP is spoken here", False),
        ("Each process has its own", True),
        ("each process has its own.", True),
        ("`CARTS is written", True),
        ("", True),
    ],
)
def test_the_style_is_told_from_its_opposite(message: str, *, wrong: bool) -> None:
    assert breaks_the_style(message) is wrong


def test_every_path_named_in_the_architecture_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    named = {name for name in re.findall(r"`([^`\s]+)`", prose) if looks_like_a_path(name)}
    assert named
    package = ROOT / "src" / "statelint"
    missing = [name for name in sorted(named) if not any((base / name).exists() for base in (ROOT, package))]
    assert missing == []


def looks_like_a_path(name: str) -> bool:
    """Tell `engine/run.py`, `rules/` and `Makefile` from `Program.sites` and `*.toml`."""
    if re.search(r"[*<>(){}\[\]$=:]|\.\.\.", name) or name.startswith(("/", "-")):
        return False
    return "/" in name or name.endswith((".py", ".toml", ".md", ".json", ".yaml"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_names_no_framework(source: Path) -> None:
    lines = [f"{number}: {text}" for number, text in code_of(source) if FRAMEWORKS.search(text)]
    assert lines == []


def code_of(source: Path) -> Iterator[tuple[int, str]]:
    """Walk over the tokens of a file that are neither comment nor docstring."""
    docstrings = {
        (body[0].lineno, body[0].col_offset)
        for node in ast.walk(ast.parse(source.read_bytes()))
        if isinstance(body := getattr(node, "body", None), list)
        and body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    }
    with source.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type != tokenize.COMMENT and token.start not in docstrings:
                yield token.start[0], token.string


def test_comments_and_docstrings_may_name_a_framework(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text(
        '"""Models django."""\n# flask\nNAME = "celery"\ndef f():\n "Like sanic."\n import tornado\n',
        encoding="utf-8",
    )
    found = [(line, match[0]) for line, text in code_of(source) if (match := FRAMEWORKS.search(text))]
    assert found == [(3, "celery"), (6, "tornado")]


def test_the_layers_are_kept() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_statelint_is_clean_on_statelint() -> None:
    command = [sys.executable, "-m", "statelint", "--format", "concise", "src"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


INSTALLS = re.compile(
    r"\b(?:install|uvx|uv add|(?:pipx|uv tool) run)\s[^\n`]*?(?<![\w./-])statelint(?![\w./:-])"
)
OTHER_PROJECT = "statelint"


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        (f"pip install {OTHER_PROJECT}", True),
        (f"python -m pip install --upgrade {OTHER_PROJECT}[dev]", True),
        (f"uvx {OTHER_PROJECT} src", True),
        (f"pip install {OTHER_PROJECT}-py", False),
        (f"pip install ./{OTHER_PROJECT}", False),
        (f"{OTHER_PROJECT} src", False),
    ],
)
def test_a_wrong_distribution_is_told_from_ours(command: str, *, wrong: bool) -> None:
    assert bool(INSTALLS.search(command)) is wrong


def test_nobody_is_told_to_install_the_other_project() -> None:
    told = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in texts()
        if (match := INSTALLS.search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert told == []


def texts() -> Iterator[Path]:
    """Walk over the text files of the repository."""
    for top in sorted(ROOT.iterdir()):
        if top.name not in NOT_OURS:
            yield from (
                path
                for path in ([top] if top.is_file() else sorted(top.rglob("*")))
                if path.is_file() and path.suffix in TEXT_FILES and "__pycache__" not in path.parts
            )


def test_the_wheel_holds_all_of_the_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120)
    (wheel,) = tmp_path.glob("statelint_py-*.whl")
    package = ROOT / "src"
    expected = {
        path.relative_to(package).as_posix()
        for path in (package / "statelint").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert expected >= {"statelint/py.typed", "statelint/reporters/report.schema.json"}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        packed = archive.read("statelint/knowledge/compiled.json")
    expected.add("statelint/knowledge/compiled.json")
    assert {name for name in names if name.startswith("statelint/")} == expected
    texts = {file.name: file.read_bytes() for file in (package / "statelint/knowledge").glob("*.toml")}
    assert packed == compile_files(texts)


def test_start_up_loads_nothing_heavy() -> None:
    heavy = "{'libcst', 'yaml', 'statelint.knowledge', 'concurrent.futures'}"
    code = f"import sys, statelint.cli; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
