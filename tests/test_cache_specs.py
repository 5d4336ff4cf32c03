"""Every case of `tests/cache` holds, step by step; and the runner complains where it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edits import Step, check_steps, pages, parse_steps
from specs import ROOT, SpecError

if TYPE_CHECKING:
    from pathlib import Path

CHAINS = [chain for page in pages() for chain in parse_steps(page)]


@pytest.mark.parametrize("steps", CHAINS, ids=lambda steps: steps[0].case.name)
def test_edits(steps: tuple[Step, ...], tmp_path: Path) -> None:
    complaints = check_steps(steps, tmp_path)
    first = steps[0].case
    assert not complaints, "\n".join((f"{first.page.relative_to(ROOT)}:{first.line}", *complaints))


def test_each_case_has_a_step() -> None:
    assert CHAINS
    assert [steps[0].case.title for steps in CHAINS if len(steps) < 2] == []


SERVICE = """\
`app.py`:

```python
from flask import Flask, request

app = Flask(__name__)
CARTS = {}  # finds: module-state


@app.post("/cart")
def add():
    CARTS[request.form["user"]] = request.form["item"]
    return CARTS[request.form["user"]]
```
"""


def chain(tmp_path: Path, step: str) -> tuple[Step, ...]:
    page = tmp_path / "page.md"
    page.write_text(f"## Case\n\n{SERVICE}\n{step}", encoding="utf-8")
    (steps,) = parse_steps(page)
    return steps


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("### Nothing\n\nRead anew: nothing.\n", None),
        ("### Nothing\n\nRead anew: `app.py`.\n", "read anew: [], not ['app.py']"),
        (
            "### New\n\n`b.py`:\n\n```python\nx = 1\n```\n\nRead anew: nothing.\n",
            "read anew: ['b.py'], not []",
        ),
        ("### New\n\n`b.py`:\n\n```python\nx = 1\n```\n\nRead anew: `b.py`.\n", None),
        (
            "### New\n\n`b.py`:\n\n```python\nx = 1  # finds: module-state\n```\n\nRead anew: `b.py`.\n",
            "b.py:1: `finds: module-state`: is not found",
        ),
        (
            "### Quiet\n\n`app.py`:\n\n```python\nx = 1\n```\n\nRead anew: `app.py`.\n",
            None,
        ),
    ],
)
def test_a_step_is_held_against_its_claims(step: str, complaint: str | None, tmp_path: Path) -> None:
    steps = chain(tmp_path, step)
    complaints = check_steps(steps, tmp_path / "run")
    assert complaints == ([f"{steps[-1].case.title}: {complaint}"] if complaint else [])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("### Silent\n", "each step but the first says what is read anew"),
        ("Read anew: nothing.\n", "each step but the first says what is read anew"),
        ("### Gone\n\n`b.py` is removed.\n\nRead anew: nothing.\n", "there is no `b.py` to remove"),
        ("### Gone\n\n`app.py` is removed.\n\nRead anew: nothing.\n", "has no file"),
    ],
)
def test_a_page_that_breaks_the_format_is_told(step: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=message):
        chain(tmp_path, step)
