"""What `statelint knowledge` says: it is made of the data, and all of the data is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from markdown_it import MarkdownIt

from statelint.cli import main
from statelint.knowledge import KeeperEntry, KnowledgeFile, SettingEntry, shipped_files

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
name = "acme"

[[type]]
names = ["acme.Grid"]
kind = "handle"

[[keeper]]
names = ["acme.Limiter"]
rule = "local-rate-limit"
state = "rate-limit"
what = "\\u001b[31m a table"
since = "2"
until = "3"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def out(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(["knowledge", *argv]) == 0
    return capsys.readouterr().out


def sections(page: str) -> dict[str, str]:
    parts = page.split("\n## ")
    return {part.split("\n", 1)[0]: part for part in parts[1:]}


@pytest.mark.usefixtures("project")
def test_every_package_and_every_local_back_end_is_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = out(capsys, "--all")
    found = sections(page)
    listed = [line.split()[0] for line in out(capsys).splitlines()]
    assert listed == list(found)
    for file in shipped_files().values():
        kinds = (one for one in msgspec.structs.astuple(file) if isinstance(one, tuple))
        for entry in (one for kind in kinds for one in kind if isinstance(one, msgspec.Struct)):
            names = getattr(entry, "names", ())
            keeps = isinstance(entry, (KeeperEntry, SettingEntry))
            assert not names or f"`{names[0]}`" in page, names
            if keeps and entry.bad:
                assert f"{entry.bad}  # kept here" in page
    kept = sum(len(file.keeper) + len(file.setting) for file in shipped_files().values())
    assert f"{len(found)} packages; {kept} calls and settings" in page


@pytest.mark.usefixtures("project")
def test_a_package_has_a_page_under_its_name_and_that_of_its_distribution(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = out(capsys, "flask_limiter")
    assert page == out(capsys, "Flask-Limiter")
    assert page.startswith("# flask_limiter\n\nRead off Flask-Limiter ")
    assert "rate-limit in the memory of the process (`local-rate-limit`)" in page
    flask = out(capsys, "flask")
    assert "- ends with the request:" in flask
    assert "`flask.g`" in flask
    assert "django" not in flask


@pytest.mark.usefixtures("project")
def test_an_unknown_package_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "flaskk"]) == 2
    assert "nothing is known of `flaskk`; did you mean `flask`?" in capsys.readouterr().err
    assert main(["knowledge", "qqqqqqqq"]) == 2
    assert "`statelint knowledge` lists what is" in capsys.readouterr().err
    assert main(["knowledge", "flask", "--all"]) == 2
    assert "three things to show" in capsys.readouterr().err


def test_what_the_project_tells_is_part_of_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "acme.toml").write_text(OWN, encoding="utf-8")
    (project / "statelint.toml").write_text('knowledge = ["acme.toml"]\n', encoding="utf-8")
    page = out(capsys, "acme")
    assert "- clients, pools and the like, which are no state: `acme.Grid`" in page
    assert "`acme.Limiter` is called (from 2 on, before 3): rate-limit in " in page
    assert "\x1b" not in page
    assert main(["knowledge", "--isolated", "acme"]) == 2


@pytest.mark.usefixtures("project")
def test_the_form_names_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    page = out(capsys, "--form")
    found = sections(page)
    tables = {one.name for one in msgspec.structs.fields(KnowledgeFile) if "Entry" in str(one.type)}
    assert set(found) == {f"`[[{name}]]`" for name in tables}
    keys = [one.name for one in msgspec.structs.fields(KeeperEntry)]
    assert [key for key in keys if f"| `{key}` |" not in found["`[[keeper]]`"]] == []
    assert "| `runs` | `boot`, `end`, `later`, `now`, `serve`, `thread`, needed |" in found["`[[register]]`"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("option", ["--all", "--form"])
def test_the_page_is_markdown_with_a_heading_for_each(
    capsys: pytest.CaptureFixture[str], option: str
) -> None:
    page = out(capsys, option)
    tokens = MarkdownIt().enable("table").parse(page)
    headings = [tokens[at + 1].content for at, one in enumerate(tokens) if one.type == "heading_open"]
    assert headings[1:] == list(sections(page))
