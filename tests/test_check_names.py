"""The tool that looks names up in the sources of libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from check_names import main

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "acme/__init__.py": "from .app import App as App\nfrom acme.more import *\n_LAZY = {'later': 'acme'}\n",
    "acme/app.py": "import acme.more as m\nclass App(m.Base):\n    def get(self): self.state = {}\n",
    "acme/more.py": "try:\n    class Base:\n        post = 1\nexcept ImportError:\n    pass\n",
    "acme/circle.py": "from acme.circle import turn\n",
}


def check(folder: Path, names: list[str]) -> int:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    file = folder / "acme.toml"
    file.write_text(f"name = 'acme'\n[[type]]\nkind = 'app'\nnames = {names}\n", encoding="utf-8")
    return main([str(folder), str(file)])


@pytest.mark.parametrize(
    "name",
    [
        "acme",
        "acme.App",
        "acme.App.get",
        "acme.App.state",
        "acme.App.post",
        "acme.Base",
        "acme.later",
        "other.App",
    ],
)
def test_what_a_library_has_is_found(tmp_path: Path, name: str) -> None:
    assert check(tmp_path, [name]) == 0


@pytest.mark.parametrize("name", ["acme.Ap", "acme.App.put", "acme.nothing.App", "acme.circle.turn"])
def test_what_it_does_not_have_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert check(tmp_path, ["acme.App", name]) == 1
    assert capsys.readouterr().out == f"acme.toml: {name}\n"
