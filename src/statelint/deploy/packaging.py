"""What installs a project: the functions that its commands call.

[project.scripts]
shopd = "shop.daemon:start"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import tomli

from statelint.deploy.ini import read_ini
from statelint.deploy.processes import Owner, fact
from statelint.deploy.reading import Reading
from statelint.deploy.text import Word
from statelint.deploy.toml_files import Path, TomlFile
from statelint.model.deployment import Attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

_TABLES: Final[tuple[Path, ...]] = (
    ("project", "scripts"),
    ("project", "gui-scripts"),
    ("project", "entry-points", "console_scripts"),
    ("tool", "poetry", "scripts"),
    ("tool", "flit", "scripts"),
)
_GROUPS: Final = ("console_scripts", "gui_scripts")
_FUNCTION: Final = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*:[A-Za-z_][\w.]*)")


def read_packaging(config: ConfigText) -> Reading:
    """Read `pyproject.toml`, `setup.cfg`, or the `entry_points.txt` of what is installed.

    What is broken is no problem of a deployment: whoever installs it is told, and nothing is known of it.
    """
    owner = Owner(service=config.path.rpartition("/")[2], group="", unit="package")
    is_toml = config.path.endswith(".toml")
    return Reading(facts=tuple(_of_toml(config, owner) if is_toml else _of_ini(config, owner)))


def _of_toml(config: ConfigText, owner: Owner) -> Iterator[DeploymentFact]:
    try:
        table = tomli.loads(config.masked.replace("\r\n", "\n").replace("\r", "\n"))
    except (tomli.TOMLDecodeError, RecursionError):
        return
    file = TomlFile(config, table)
    for path in _TABLES:
        for name, said in _table(table, path).items():
            text = said.get("reference", said.get("callable")) if isinstance(said, dict) else said
            if isinstance(text, str) and (found := _FUNCTION.match(text.strip())):
                yield fact(config, owner, Attribute.SCRIPT, found[1], [file.word((*path, name))])


def _table(table: dict[str, Any], path: Path) -> dict[str, Any]:
    found: object = table
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _of_ini(config: ConfigText, owner: Owner) -> Iterator[DeploymentFact]:
    """Read `[console_scripts]` with a line each, or `console_scripts =` with a line each below it."""
    for setting in read_ini(config).settings:
        if setting.section in _GROUPS or setting.key in _GROUPS:
            for found in _FUNCTION.finditer(config.masked, setting.start, setting.end):
                yield fact(config, owner, Attribute.SCRIPT, found[1], [Word(found[1], *found.span(1))])
