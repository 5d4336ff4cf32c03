"""Dotted names in the program's own configuration files: classes that it loads by them.

    [services]
    schedule.json = shop.webservice.Schedule

A file counts if the code names it: it is what the program reads, not what a tool reads beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.files import FileRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from statelint.model.deployment import DeploymentFacts
    from statelint.model.facts import ModuleFacts

_ENDINGS = (".cfg", ".conf", ".ini", ".json", ".toml", ".yaml", ".yml")
_DOTTED = re.compile(r"(?<![\w./:-])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_]\w*)?(?![\w/(-])")
_REMARKS = ("#", ";")
_SECTION = re.compile(r"\s*(\[[^\]]+\]+)\s*(?:[#;].*)?\Z")
_KEY = re.compile(r"""(\s*(?:- +)?)["']?([\w.\-]+)["']?\s*[:=]""")

MOST_LINES = 2_000
"""A configuration file that is longer holds data."""


class Word(NamedTuple):
    """A dotted name in a configuration file, and the section and keys under which it stands."""

    under: frozenset[str]
    name: str


def words_of_files(
    modules: Sequence[ModuleFacts],
    deployments: Sequence[DeploymentFacts],
    read_lines: Callable[[str], Sequence[str]],
) -> Callable[[], list[Word]]:
    """Make a function that lists the dotted names in configuration files; they are read when it is asked."""

    def words() -> list[Word]:
        named = _names_of_files(modules)
        paths = sorted(one.path for one in deployments if one.role == FileRole.APPLICATION)
        read = [path for path in paths if path.rpartition("/")[2] in named]
        return list(dict.fromkeys(word for path in read for word in _words(read_lines(path))))

    return words


def _names_of_files(modules: Sequence[ModuleFacts]) -> set[str]:
    """List the names of configuration files that the code of the application writes."""
    return {
        text.replace("\\", "/").rpartition("/")[2]
        for module in modules
        if module.role == FileRole.APPLICATION
        for text in module.constants
        if isinstance(text, str) and text.endswith(_ENDINGS)
    }


def _words(lines: Sequence[str]) -> Iterator[Word]:
    """List the names of one file, whatever its format: sections, keys before `=`, keys by their indent."""
    section = ""
    above: list[tuple[int, str]] = []
    for line in lines if len(lines) <= MOST_LINES else ():
        found = _KEY.match(line)
        if line.lstrip().startswith(_REMARKS):
            continue
        if header := _SECTION.match(line):
            section, above = header[1].strip("[] \"'"), []
            continue
        if found:
            indent = len(found[1])
            above = [*(one for one in above if one[0] < indent), (indent, found[2])]
        under = frozenset((section, *(key for _, key in above))) - {""}
        yield from (Word(under, name) for name in _DOTTED.findall(line))
