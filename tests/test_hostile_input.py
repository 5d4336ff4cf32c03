"""What cannot be read is told, with its place, within seconds, and never hides the rest.

Each project here holds one service whose state is found, and next to it one thing that is hard to read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SECONDS = 60  # a limit for a hang, on a machine that does other things too

SERVICE = """\
from flask import Flask, request

app = Flask(__name__)
CARTS = {}


@app.post("/cart")
def add():
    CARTS[request.form["user"]] = request.form["item"]
    return "ok"


@app.get("/cart")
def show():
    return CARTS[request.args["user"]]
"""

# The superuser may read everything: give that right up for good, then become the program under test.
WITHOUT_PRIVILEGE = """\
import ctypes, os, sys
if os.geteuid() == 0:
    libc = ctypes.CDLL(None, use_errno=True)
    PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
    for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if libc.prctl(PR_CAPBSET_DROP, right, 0, 0, 0):
            sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run of the command line told."""

    status: int
    errors: str
    report: dict[str, Any]

    @property
    def symbols(self) -> set[str]:
        return {finding["symbol"] for finding in self.report["findings"]}

    def problem(self, path: str) -> dict[str, Any]:
        """Look up the one problem that was told, which must be about this path."""
        (problem,) = self.report["problems"]
        assert problem["path"] == path
        assert problem["message"]
        return dict(problem)


def lint(root: Path, *paths: str, unprivileged: bool = False) -> Outcome:
    """Run the command line in a folder; a traceback, or a run that takes too long, fails at once."""
    start = ["-c", WITHOUT_PRIVILEGE] if unprivileged else []
    done = subprocess.run(
        [sys.executable, *start, "-m", "statelint", "--format", "json", *paths],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Outcome(status=done.returncode, errors=done.stderr, report=json.loads(done.stdout))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    (tmp_path / "statelint.toml").touch()
    (tmp_path / "app.py").write_text(SERVICE, encoding="utf-8")
    assert lint(tmp_path).status == 1
    return tmp_path


def assert_told(outcome: Outcome, path: str, line: int | None, words: str) -> None:
    """Check that one problem stops nothing else; no line means that Python itself may know none."""
    problem = outcome.problem(path)
    assert line is None or problem["line"] == line
    assert words in problem["message"]
    assert outcome.status == 2
    assert outcome.symbols == {"CARTS"}


def assert_read_or_told(outcome: Outcome, paths: set[str], *, also: tuple[str, ...] = ()) -> None:
    """Check that what could not be read is told and stops nothing else; how much is read is left open."""
    assert {problem["path"] for problem in outcome.report["problems"]} <= paths
    assert all(problem["message"] for problem in outcome.report["problems"])
    assert outcome.status == (2 if outcome.report["problems"] else 1)
    assert outcome.symbols == {"CARTS", *also}


RUNNING = f"not valid Python {sys.version_info[0]}.{sys.version_info[1]}: "


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"x = 1\ndef f(:\n    pass\n", 2, RUNNING),
        (b"x = 1\n\nprint 'hello'\n", 3, RUNNING),
        (b"try:\n    pass\nexcept OSError, e:\n    raise\n", 3, RUNNING),
        (b"a = 1\nname = '\xe9t\xe9'\n", 2, "utf-8"),
        (b"# coding: klingon\n", None, "klingon"),
        (b"x = 1\ny = '\0'\n", None, "null bytes"),
        (b"x = " + b"(" * 5_000 + b")" * 5_000, None, "nested"),
    ],
    ids=[
        "syntax error",
        "Python 2 print",
        "Python 2 except",
        "latin-1",
        "unknown coding",
        "null byte",
        "brackets",
    ],
)
def test_python_that_cannot_be_read(content: bytes, line: int | None, words: str, service: Path) -> None:
    (service / "old.py").write_bytes(content)
    assert_told(lint(service), "old.py", line, words)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf",
        b"\n\n",
        b"# coding: latin-1\nname = '\xe9t\xe9'\n",
        b"x = 1\ry = 2\r",
        b"name = '\xed\x95\x9c'\x0c\n",
    ],
    ids=["empty", "byte order mark", "blank", "latin-1 that says so", "old line ends", "form feed"],
)
def test_python_that_is_odd_but_right(content: bytes, service: Path) -> None:
    (service / "odd.py").write_bytes(content)
    outcome = lint(service)
    assert outcome.report["problems"] == []
    assert outcome.status == 1
    assert outcome.symbols == {"CARTS"}


def test_an_empty_file_alone_is_clean(tmp_path: Path) -> None:
    (tmp_path / "app.py").touch()
    outcome = lint(tmp_path, "app.py")
    assert outcome.report["problems"] == []
    assert outcome.status == 0


def test_lines_of_five_megabytes(service: Path) -> None:
    text, row = "x" * 5_000_000, ", ".join(["'" + "x" * 96 + "'"] * 50_000)
    contents = {
        "text.py": f"x = '{text}'\n",
        "row.py": f"x = [{row}]\n",
        "comment.py": f"# statelint: {text}\n",
        "text.yaml": f"kind: {text}\n",
        "row.yaml": f"kind: [{row}]\n",
        "nginx.conf": f"# {text}\n",
    }
    for name, content in contents.items():
        (service / name).write_text(content, encoding="utf-8")
    assert_read_or_told(lint(service), set(contents), also=("x" * 60 + "…",))  # the comment is quoted, cut


DEEP: Mapping[str, Callable[[int], str]] = {
    "brackets": lambda depth: "x = " + "[" * depth + "]" * depth,
    "calls": lambda depth: "x = " + "f(" * depth + ")" * depth,
    "subscripts": lambda depth: "x = y" + "[0]" * depth,
    "attributes": lambda depth: "x = y" + ".a" * depth,
    "calls in a row": lambda depth: "x = y" + ".a()" * depth,
    "plus": lambda depth: "x = 1" + " + 1" * depth,
    "not": lambda depth: "x = " + "not " * depth + "y",
    "minus": lambda depth: "x = " + "-" * depth + "y",
    "lambda": lambda depth: "x = " + "lambda: " * depth + "0",
    "conditional": lambda depth: "x = " + "1 if y else " * depth + "0",
    "elif": lambda depth: "if x:\n    y = 0\n" + "elif x:\n    y = 1\n" * depth,
    "with": lambda depth: "".join(f"{' ' * level}with x:\n" for level in range(depth)) + " " * depth + "pass",
    "functions": lambda depth: (
        "".join(f"{' ' * level}def f():\n" for level in range(depth)) + " " * depth + "pass"
    ),
    "match": lambda depth: "match x:\n    case " + "[" * depth + "]" * depth + ":\n        pass",
    "assignments": lambda depth: "x = " * depth + "1",
    "statements": lambda depth: "x = 1\n" * depth,
}


@pytest.mark.parametrize("depth", [300, 3_000, 30_000])
def test_deep_nesting(depth: int, service: Path) -> None:
    names = {f"{form.replace(' ', '_')}.py" for form in DEEP}
    for name, form in zip(sorted(names), sorted(DEEP), strict=True):
        # Indentation alone makes a file grow with the square of its depth.
        capped = min(depth, 3_000) if form in {"with", "functions"} else depth
        (service / name).write_text(DEEP[form](capped) + "\n", encoding="utf-8")
    assert_read_or_told(lint(service), names)


def test_nesting_that_people_write_is_read(service: Path) -> None:
    for form in DEEP:
        (service / f"{form.replace(' ', '_')}.py").write_text(DEEP[form](20) + "\n", encoding="utf-8")
    assert_read_or_told(lint(service), set())


@pytest.mark.parametrize("form", ["elif", "plus", "attributes", "calls in a row"])
def test_what_follows_a_long_but_usual_chain_is_still_found(form: str, tmp_path: Path) -> None:
    head, tail = SERVICE.split("@app.get", maxsplit=1)
    (tmp_path / "app.py").write_text(f"{head}{DEEP[form](150)}\n\n\n@app.get{tail}", encoding="utf-8")
    outcome = lint(tmp_path, "app.py")
    assert outcome.report["problems"] == []
    assert outcome.symbols == {"CARTS"}


def test_long_chains_in_properties_that_ask_each_other(tmp_path: Path) -> None:
    chain = ".next" * 90
    asks = "".join(
        f"    @property\n    def p{one}(self):\n        return self.p{one + 1}{chain}\n\n"
        for one in range(300)
    )
    last = "    @property\n    def p300(self):\n        return self\n"
    (tmp_path / "app.py").write_text(
        f"from flask import Flask\n\napp = Flask(__name__)\nCARTS = []\n\n\nclass Chain:\n{asks}{last}\n\n"
        'chain = Chain()\n\n\n@app.get("/")\n'
        f"def show():\n    CARTS.append(chain.p0{chain})\n    return str(CARTS)\n",
        encoding="utf-8",
    )
    outcome = lint(tmp_path, "app.py")
    assert outcome.report["problems"] == []
    assert outcome.symbols == {"CARTS"}


def test_an_unreadable_folder_and_an_unreadable_file(service: Path) -> None:
    folder = service / "locked"
    folder.mkdir()
    (folder / "inside.py").touch()
    folder.chmod(0)
    (service / "secret.py").touch(mode=0)
    try:
        outcome = lint(service, unprivileged=True)
    finally:
        folder.chmod(0o700)
    problems = outcome.report["problems"]
    assert [problem["path"] for problem in problems] == ["locked", "secret.py"]
    assert all("permission denied" in problem["message"] for problem in problems)
    assert outcome.status == 2
    assert outcome.symbols == {"CARTS"}


@pytest.mark.parametrize("paths", [(), (".",), ("app.py", "pipe.py")])
def test_a_fifo_is_not_waited_for(paths: tuple[str, ...], service: Path) -> None:
    os.mkfifo(service / "pipe.py")
    assert_told(lint(service, *paths), "pipe.py", 0, "pipe")


def test_a_missing_path(service: Path) -> None:
    assert_told(lint(service, "app.py", "missing.py"), "missing.py", 0, "no such file")


def test_a_missing_path_alone(tmp_path: Path) -> None:
    (tmp_path / "statelint.toml").touch()
    outcome = lint(tmp_path, "missing")
    assert "missing" in {problem["path"] for problem in outcome.report["problems"]}
    assert outcome.status == 2


def test_links_that_lead_to_themselves(service: Path) -> None:
    (service / "one.py").symlink_to("two.py")
    (service / "two.py").symlink_to("one.py")
    outcome = lint(service)
    assert [problem["path"] for problem in outcome.report["problems"]] == ["one.py", "two.py"]
    assert outcome.status == 2
    assert outcome.symbols == {"CARTS"}


def test_a_folder_that_holds_itself_is_read_once(service: Path) -> None:
    (service / "again").symlink_to(".", target_is_directory=True)
    outcome = lint(service)
    assert [finding["location"]["path"] for finding in outcome.report["findings"]] == ["app.py"]
    assert outcome.status == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("kind: Service\nspec: [1, 2\n", 3),
        ("kind: Service\n\tspec: 1\n", 2),
        ("a: &a [*a, *b]\n", 1),
        ("a: 'never closed\n", 2),
    ],
    ids=["bracket", "tab", "unknown alias", "quote"],
)
def test_yaml_that_cannot_be_read(content: str, line: int, service: Path) -> None:
    (service / "deploy.yaml").write_text(content, encoding="utf-8")
    outcome = lint(service)
    assert abs(outcome.problem("deploy.yaml")["line"] - line) <= 1
    assert outcome.status == 2
    assert outcome.symbols == {"CARTS"}


@pytest.mark.parametrize(
    "content",
    ["[" * 20_000, "- " * 20_000, "{a: " * 20_000, "".join(f"{' ' * level}a:\n" for level in range(2_000))],
    ids=["brackets", "lists", "mappings", "indents"],
)
def test_deep_yaml(content: str, service: Path) -> None:
    (service / "deploy.yaml").write_text(content, encoding="utf-8")
    assert_read_or_told(lint(service), {"deploy.yaml"})


def test_yaml_whose_aliases_multiply(service: Path) -> None:
    rows = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    (service / "deploy.yaml").write_text("\n".join(rows), encoding="utf-8")
    assert_read_or_told(lint(service), {"deploy.yaml"})


def test_everything_at_once(service: Path) -> None:
    (service / "old.py").write_text("print 'hello'\n", encoding="utf-8")
    (service / "deploy.yaml").write_text("a: [\n", encoding="utf-8")
    os.mkfifo(service / "pipe.py")
    outcome = lint(service, ".", "missing.py")
    assert [problem["path"] for problem in outcome.report["problems"]] == [
        "deploy.yaml",
        "missing.py",
        "old.py",
        "pipe.py",
    ]
    assert outcome.status == 2
    assert outcome.symbols == {"CARTS"}


def test_names_that_hurt(service: Path) -> None:
    for name in ("a b.py", "über.py", "new\nline.py", "::error::x.py", "$(touch made).py"):
        (service / name).write_text("x = 1\n", encoding="utf-8")
    (service / os.fsdecode(b"raw\xff.py")).write_bytes(b"def f(:\n")
    outcome = lint(service)
    assert len(outcome.report["problems"]) == 1
    assert not (service / "made").exists()
    assert outcome.status == 2
    assert outcome.symbols == {"CARTS"}


def test_nothing_that_is_read_is_run(service: Path) -> None:
    (service / "setup.py").write_text("open('made', 'w').close()\n", encoding="utf-8")
    (service / "conftest.py").write_text("open('made', 'w').close()\n", encoding="utf-8")
    (service / "deploy.yaml").write_text("!!python/object/apply:os.mkdir ['made']\n", encoding="utf-8")
    lint(service)
    assert not (service / "made").exists()
