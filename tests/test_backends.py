"""Calls and settings of libraries that keep state here: the bad line, the cure, a namesake of the project."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from statelint.knowledge import KeeperEntry, SettingEntry, load_knowledge, shipped_files
from tests.specs import PLAIN, is_shown, lint_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from statelint.knowledge import Keeps

RULES = {
    "local-session-backend": 15,
    "local-cache-backend": 15,
    "local-rate-limit": 12,
    "local-message-backend": 10,
    "local-job-backend": 12,
    "local-conversation-store": 12,
}
KNOWLEDGE = load_knowledge()
ENTRIES: dict[str, Keeps] = {
    entry.names[0]: entry for entry in (*KNOWLEDGE.keepers.values(), *KNOWLEDGE.settings.values())
}
KEPT = {entry.rule for entry in ENTRIES.values()}

HANDLER = """
@app.get("/")
def index():
    return "ok"
"""


def imported(dotted: str, line: str = "") -> tuple[str, str]:
    """Tell from which module what is imported: up to the class, or the object whose method a line calls."""
    parts = dotted.split(".")
    last = next((at for at, part in enumerate(parts) if at and part[0].isupper()), len(parts) - 1)
    if f"{parts[last - 1]}.{parts[last]}(" in line:
        last -= 1
    return ".".join(parts[:last]), parts[last]


def needed(entry: Keeps, line: str) -> list[tuple[str, str]]:
    """List what a line takes from the library."""
    names = [*entry.things, *(entry.used_by if isinstance(entry, SettingEntry) else entry.names[:1])]
    pairs = dict.fromkeys(imported(name, line) for name in names)
    return [pair for pair in pairs if pair[0] and re.search(rf"\b{pair[1]}\b", line)]


def serving(line: str, imports: Iterable[str], settings: str = "") -> dict[str, str]:
    """Make a project that serves and holds a line, alone on its last line."""
    head = ["from flask import Flask", *imports, "", "app = Flask(__name__)"]
    own = "" if settings else line
    files = {"app.py": "\n".join([*head, HANDLER, *(["import settings"] if settings else []), own, ""])}
    return files | ({"settings.py": f"{settings}\n{line}\n"} if settings else {})


def bad_or_cured(entry: Keeps, line: str) -> dict[str, str]:
    """Make a project in which a line speaks of the library."""
    imports = [f"from {module} import {name}" for module, name in needed(entry, line)]
    imports += [f"import {root}" for root in re.findall(r"^(cherrypy)\.", line)]
    settings = "\n".join(KNOWLEDGE.settings[name].bad for name in entry.behind.values() if name)
    if isinstance(entry, SettingEntry):
        if entry.beside:
            settings = f'{settings}\nINSTALLED_APPS = ["shop"]'
            settings = settings.strip()
        for name in entry.used_by[:1]:
            module, last = imported(name)
            imports.append(f"from {module} import {last}" if module else f"import {last}")
            if entry.missing:
                imports.append(f"{last}()" if last.islower() and "cache" not in last else "")
        return serving(line, imports, settings if entry.beside else "") | (
            {}
            if entry.beside or not settings
            else {"settings.py": f'INSTALLED_APPS = ["shop"]\n{settings}\n'}
        )
    files = serving(line, imports)
    return files | ({"settings.py": f'INSTALLED_APPS = ["shop"]\n{settings}\n'} if settings else {})


def of_the_project(entry: Keeps, line: str) -> dict[str, str]:
    """Make a project in which the same line speaks of namesakes that the project has made itself."""
    names = {name for _, name in needed(entry, line)} | {
        name for name in re.findall(r"\b([A-Z]\w+)(?=[.(])", line) if name != "Flask"
    }
    own = "\n".join(
        f"class {name}:\n    def __init__(self, *args, **kwargs):\n        pass\n"
        if name[0].isupper()
        else f"def {name}(*args, **kwargs):\n    return args\n"
        for name in sorted(names)
    )
    own = own.replace(
        "def cache(*args, **kwargs):\n    return args\n",
        "class Own:\n    def setup(self, where):\n        pass\n\ncache = Own()\n",
    )
    return serving(re.sub(r"^cherrypy\.", "own.", line), [own])


def found(files: Mapping[str, str], folder: Path) -> list[tuple[str, str, int]]:
    """Lint a project and list what a developer is shown of these rules."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    report = lint_project(folder, PLAIN)
    assert not report.problems
    return [
        (finding.rule, finding.place.path, finding.place.line)
        for finding in report.findings
        if is_shown(finding) and finding.rule in KEPT
    ]


def is_enough(entry: Keeps) -> bool:
    """Tell whether the key of a setting is all that is asked for: it has the library's name in it."""
    return isinstance(entry, SettingEntry) and not entry.beside and not entry.used_by


def test_a_key_that_is_enough_has_the_name_of_its_library() -> None:
    for entry in filter(is_enough, ENTRIES.values()):
        library = entry.checked.partition(" ")[0].rpartition("-")[2]
        assert library.upper() in entry.names[0]


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_what_keeps_state_here_is_found_and_its_cure_and_namesakes_are_not(name: str, tmp_path: Path) -> None:
    entry = ENTRIES[name]
    bad = bad_or_cured(entry, entry.bad)
    where = "settings.py" if isinstance(entry, SettingEntry) and entry.beside else "app.py"
    lines = bad[where].splitlines()
    at = len(lines) if entry.bad in lines[-1] else 0
    behind = {KNOWLEDGE.settings[one].rule for one in entry.behind.values()}
    hits = [hit for hit in found(bad, tmp_path / "bad") if hit[0] not in behind or entry.rule in behind]
    assert [hit[0] for hit in hits] == [entry.rule], bad
    assert hits[0][1] == where
    assert hits[0][2] == at or (isinstance(entry, SettingEntry) and entry.missing)
    cured = found(bad_or_cured(entry, entry.cure), tmp_path / "cured")
    assert [hit for hit in cured if hit[0] not in behind] == []
    if is_enough(entry):
        return
    assert found(of_the_project(entry, entry.bad), tmp_path / "own") == []


def test_enough_libraries_are_known() -> None:
    libraries: dict[str, set[str]] = {rule: set() for rule in RULES}
    for entry in ENTRIES.values():
        if entry.rule in RULES:
            libraries[entry.rule].add(entry.checked.partition(" ")[0].lower() or entry.names[0].split(".")[0])
    counted = {rule: len(known) for rule, known in libraries.items()}
    assert {rule: counted[rule] for rule in RULES if counted[rule] < RULES[rule]} == {}


def test_every_entry_says_what_it_was_read_off() -> None:
    elsewhere = {one.names[0] for file in shipped_files().values() if file.elsewhere for one in file.keeper}
    for name, entry in ENTRIES.items():
        told = re.fullmatch(r"[\w.-]+ \d[\w.]*(, [\w.-]+ \d[\w.]*)*", entry.checked)
        standard = {one.split(".")[0] for one in entry.names} <= sys.stdlib_module_names
        assert told or standard or name in elsewhere, name
        assert entry.bad, name
        assert entry.cure, name


def test_there_are_enough_entries() -> None:
    assert len({entry.names[0] for entry in ENTRIES.values() if entry.checked}) >= 120


# How the text that keeps it here is written, and what stands before the line then.
FORMS = {
    "constant": ("HERE = {0}", "HERE"),
    "default of the environment": ("import os", 'os.environ.get("WHERE", {0})'),
    "what is there without the environment": ("import os", 'os.getenv("WHERE") or {0}'),
    "one of two": ("import os", '("redis://elsewhere" if os.environ.get("REDIS") else {0})'),
}


def deciding_text(entry: Keeps) -> re.Match[str] | None:
    """Find the text in the bad line that says it stays here, if a text does."""
    texts = list(re.finditer(r'"([^"]*)"', entry.bad))
    if entry.at:
        return None
    if entry.local:
        patterns = tuple(pattern.rstrip("$") for pattern in entry.local)
        return next((one for one in texts if one[1].lower().startswith(patterns)), None)
    return texts[0] if texts and isinstance(entry, KeeperEntry) and entry.where else None


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", sorted(name for name, entry in ENTRIES.items() if deciding_text(entry)))
def test_the_text_may_be_written_in_another_way(name: str, form: str, tmp_path: Path) -> None:
    entry = ENTRIES[name]
    text = deciding_text(entry)
    assert text is not None
    before, written = (one.format(text[0]) for one in FORMS[form])
    line = entry.bad[: text.start()] + written + entry.bad[text.end() :]
    files = bad_or_cured(entry, line)
    files = {file: code.replace(line, f"{before}\n{line}") for file, code in files.items()}
    assert entry.rule in [hit[0] for hit in found(files, tmp_path / "bad")], line


def test_enough_entries_are_told_by_a_text() -> None:
    assert sum(deciding_text(entry) is not None for entry in ENTRIES.values()) >= 45
