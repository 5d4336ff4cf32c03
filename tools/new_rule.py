"""Write the skeleton of a rule and of its spec: `make new-rule NAME=local-thumbnail`.

The spec fails until `check` finds what its first case marks, and ruff complains until `check` asks the
program. Needs nothing but Python.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

RULE = '''\
"""Say in one sentence what is kept where.

## What it finds

Say which place keeps a value, and which write makes it state.

## Why it matters

Say what is lost when an instance is killed, or what another instance answers.

## Do this instead

Name the store, and how the code changes.

## Not reported

List the look-alikes that are harmless, and why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.diagnostics import Diagnostic
    from statelint.program import Program

META = RuleMeta(summary="say it in one line, as `statelint rules` shows it", since="{since}")


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each place that keeps something between two requests."""
    yield from ()
'''

SPEC = """\
# {rule}

Say in a sentence what these cases have in common.

## The plainest true case

Say what one instance knows and the other does not.

`app.py`:

```python
from flask import Flask, request

app = Flask(__name__)
KEPT = {{}}  # finds: {rule}


@app.post("/")
def keep():
    KEPT[request.form["user"]] = request.form["item"]  # because: written
    return "ok"


@app.get("/")
def show():
    return KEPT[request.args["user"]]
```

## The same, repaired

Say where the value lives now.

`app.py`:

```python
import os

import redis
from flask import Flask, request

app = Flask(__name__)
store = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.post("/")
def keep():
    store.hset("kept", request.form["user"], request.form["item"])
    return "ok"


@app.get("/")
def show():
    return store.hget("kept", request.args["user"])
```
"""


def write_rule(rule: str, root: Path = ROOT) -> tuple[Path, Path]:
    """Write both files and return their paths; raise ValueError for a bad name or one that is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", rule):
        raise ValueError(
            f"`{rule}` is no rule id: use lower case, digits and single hyphens, as in `local-upload`"
        )
    module = root / "src" / "statelint" / "rules" / f"{rule.replace('-', '_')}.py"
    spec = root / "tests" / "rules" / f"{rule}.md"
    for path in (module, spec):
        if path.exists():
            raise ValueError(f"`{path.relative_to(root)}` exists already")
    module.write_text(RULE.format(since=_version(root)), encoding="utf-8")
    spec.write_text(SPEC.format(rule=rule), encoding="utf-8")
    return module, spec


def _version(root: Path) -> str:
    text = (root / "src" / "statelint" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    return found[1] if found else "0.0.0"


def main(arguments: list[str]) -> int:
    """Run from the command line; the exit status is 2 where nothing was written."""
    try:
        written = write_rule(" ".join(arguments))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for path in written:
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
