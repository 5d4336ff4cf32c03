"""The call graph of every case of every page of `tests/graph`, and what the command prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING

import pydot
import pytest

from graphs import HEADINGS, GraphCase, check_graph, counted, graph_pages, parse_graph_page
from runner import runner
from specs import ROOT, SpecError
from statelint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

CASES = tuple(case for page in graph_pages() for case in parse_graph_page(page))

SHOP = """\
from flask import Flask, request

app = Flask(__name__)
CARTS = {}


def keep(user, item):
    CARTS[user] = item


@app.post("/cart")
def add():
    keep(request.form["user"], request.form["item"])
    return "ok"


@app.get("/cart")
def show():
    return CARTS[request.args["user"]]
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "statelint.toml").touch()
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    (tmp_path / "tools.py").write_text("import shop\n\n\ndef run():\n    shop.keep(1, 2)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- specs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_graph(case: GraphCase, tmp_path: Path) -> None:
    complaints = check_graph(case, tmp_path)
    assert not complaints, "\n".join((f"{case.page.relative_to(ROOT)}:{case.line}", *complaints))


def test_each_heading_has_at_least_six_cases() -> None:
    assert [page.stem for page in graph_pages()] == HEADINGS
    few = [page.stem for page in graph_pages() if len(parse_graph_page(page)) < 6]
    assert few == []


def test_enough_calls_are_found_and_right() -> None:
    found, right = counted(CASES)
    assert found >= 0.93
    assert right >= 0.97


PAGE = (
    "## A case\n\n`main.py`:\n\n```python\ndef f():\n    print(1)\n\n\nf()\n```\n\n```expect\n{claims}\n```\n"
)


@pytest.mark.parametrize(
    ("claims", "complaints"),
    [
        ("main calls: main.f\nmain.f calls: <builtin>.print", []),
        ("main calls: main.f", ["main.f -> <builtin>.print: no claim expects this"]),
        (
            "main calls: main.f, main.g\nmain.f calls: <builtin>.print",
            ["main -> main.g: is not found"],
        ),
        (
            "main misses: main.f\nmain.f calls: <builtin>.print",
            ["main -> main.f: is found now, so write `calls`"],
        ),
        ("main calls: main.f\nmain misses: main.g\nmain.f overreports: <builtin>.print", []),
        (
            "main calls: main.f\nmain.f calls: <builtin>.print\nmain.f overreports: main.g",
            ["main.f -> main.g: is gone, so take the claim away"],
        ),
    ],
)
def test_claims_are_held_against_the_graph(claims: str, complaints: list[str], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.format(claims=claims), encoding="utf-8")
    (case,) = parse_graph_page(page)
    assert check_graph(case, tmp_path) == complaints


@pytest.mark.parametrize("claims", ["main: f", "main calls main.f", "a calls: b\na misses: b"])
def test_a_claim_that_cannot_be_read_is_told(claims: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.format(claims=claims), encoding="utf-8")
    with pytest.raises(SpecError, match=r"page\.md:1[3-6]: "):
        parse_graph_page(page)


# -- the command ------------------------------------------------------------------------------------------


def test_the_graph_is_json_in_order(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(shop)]) == 0
    text = capsys.readouterr().out
    graph = json.loads(text)
    assert graph["shop.add"] == ["shop.keep"]
    assert graph["tools.run"] == ["shop.keep"]
    assert graph["shop"] == ["flask.Flask", "flask.Flask.get", "flask.Flask.post"]
    assert graph["flask.Flask"] == []
    assert list(graph) == sorted(graph)


def test_paths_choose_whose_calls_are_shown(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "tools.py"]) == 0
    assert json.loads(capsys.readouterr().out) == {"tools": [], "tools.run": ["shop.keep"]}
    assert shop


def test_what_cannot_be_read_is_told_beside_the_graph(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "broken.py").write_text("def f(:\n", encoding="utf-8")
    assert main(["graph"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["tools.run"] == ["shop.keep"]
    assert told.err.startswith("broken.py:1: problem: not valid Python 3.")
    assert main(["graph", "no-such-folder"]) == 2


def test_a_kept_fact_gives_the_same_graph(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages = set()
    for words in (["--no-cache"], ["--cache-dir", "kept"], ["--cache-dir", "kept"]):
        assert main(["graph", "shop.py", "tools.py", *words]) == 0
        pages.add(capsys.readouterr().out)
    assert len(pages) == 1
    assert (shop / "kept").exists()


def test_a_graph_loads_nothing_that_it_does_not_need(shop: Path) -> None:
    code = f"import sys; from statelint.cli import main; assert main(['graph', {str(shop)!r}]) == 0"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "statelint.program.callgraph" in loaded
    assert loaded.isdisjoint({"libcst", "yaml", "concurrent.futures", "statelint.program.stategraph"})


# -- pictures ---------------------------------------------------------------------------------------------


def test_a_picture_leads_from_the_request_to_the_state(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", "--format", "mermaid", str(shop)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "flowchart LR",
        '  e1(["POST /cart"])',
        '  f1["add<br>shop.py:12"]',
        '  f2["keep<br>shop.py:7"]',
        '  s1[("CARTS<br>shop.py:4")]',
        "  e1 --> f1",
        "  f1 --> f2",
        "  f2 -- writes --> s1",
    ]


def test_dot_shows_the_same_picture(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--format", "dot", str(shop)]) == 0
    labels, arrows = read_dot(capsys.readouterr().out)
    assert labels == {
        "e1": "POST /cart",
        "f1": "add\nshop.py:12",
        "f2": "keep\nshop.py:7",
        "s1": "CARTS\nshop.py:4",
    }
    assert arrows == {("e1", "f1"), ("f1", "f2"), ("f2", "s1")}


def test_paths_choose_what_is_drawn(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--format", "mermaid", "tools.py"]) == 0
    assert capsys.readouterr().out == "flowchart LR\n"
    assert shop


HOSTILE = '/"]; f1 -> s1 [label="<b>`&amp;#35;\\n\\\\" %%{init}%% | -->\n::error::no ##[error]no\x1b[31m'

SHAPES = ("([", "])"), ("[(", ")]"), ("[", "]")
ARROW = re.compile(r"  \w+ (-- writes )?--> \w+")


def test_what_a_user_wrote_is_never_more_than_a_label(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    hostile = f"@app.post({HOSTILE!r})\ndef größe():\n    CARTS['x'] = request.json\n"
    folder = shop / 'a"];b -> c <i>'
    folder.mkdir()
    (folder / "shop.py").write_text(f"{SHOP}\n\n{hostile}", encoding="utf-8")
    assert main(["graph", "--format", "dot", str(folder)]) == 0
    text = capsys.readouterr().out
    labels, arrows = read_dot(text)
    assert arrows == {("e1", "f2"), ("e2", "f1"), ("f1", "f3"), ("f2", "s1"), ("f3", "s1")}
    assert labels["e1"].startswith(f"POST {HOSTILE.partition(chr(10))[0]}")
    assert labels["f2"].startswith('größe\na"];b -> c <i>/shop.py:')
    assert runner(text) == []
    assert "\x1b" not in text


def test_a_label_of_mermaid_holds_nothing_but_plain_text_and_entities(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "shop.py").write_text(SHOP.replace('"/cart"', repr(HOSTILE)), encoding="utf-8")
    assert main(["graph", "--format", "mermaid"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    nodes = [line for line in lines if not ARROW.fullmatch(line)]
    assert first == "flowchart LR"
    assert len(nodes) == 4
    for node in nodes:
        shape, label, closed = node.split('"')
        assert (shape.lstrip(" efs0123456789"), closed) in SHAPES
        assert re.fullmatch(r"(?:[^#;<>&`|%\x1b]|#\d+;|<br>)*", label)
    assert "#34;]#59; f1 -#62; s1" in nodes[0]


def read_dot(text: str) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Read a picture back with a parser of its own language."""
    with warnings.catch_warnings():  # the parser is written against an older version of its own library
        warnings.simplefilter("ignore", DeprecationWarning)
        (graph,) = pydot.graph_from_dot_data(text)
    labels = {}
    for node in graph.get_nodes():
        label = node.get_label()[1:-1]
        plain = re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), label)
        labels[node.get_name()] = plain.replace("&amp;", "&")
    return labels, {(edge.get_source(), edge.get_destination()) for edge in graph.get_edges()}
