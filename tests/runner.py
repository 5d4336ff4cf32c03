"""What the runner of GitHub Actions reads in the output of a step, implemented anew from its sources.

`ActionCommand.TryParseV2` and `TryParse` of actions/runner, for each line as `StreamReader.ReadLine` cuts it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Of the runner's commands, those that do something.
COMMANDS = {
    *("error", "warning", "notice", "debug", "group", "endgroup", "echo", "add-mask", "add-path", "set-env"),
    *("set-output", "save-state", "stop-commands", "add-matcher", "remove-matcher", "internal-set-repo-path"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What the runner of GitHub Actions takes a line for."""

    name: str
    properties: dict[str, str]
    data: str


def runner(output: str) -> list[Command]:
    """Read output as the runner does: `ActionCommand.TryParseV2`, else `TryParse`, for each of its lines."""
    lines = re.split(r"\r\n|\r|\n", output)  # StreamReader.ReadLine
    return [command for line in lines if (command := second_form(line) or first_form(line))]


def second_form(line: str) -> Command | None:
    line = line.lstrip()
    if not line.startswith("::") or (end := line.find("::", 2)) < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    if name.lower() not in COMMANDS:
        return None
    escapes = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
    data = {"%0D": "\r", "%0A": "\n", "%25": "%"}
    return Command(
        name=name, properties=properties(rest.strip(), ",", escapes), data=unescape(line[end + 2 :], data)
    )


def first_form(line: str) -> Command | None:
    if (start := line.find("##[")) < 0 or (end := line.find("]", start)) < 0:
        return None
    name, _, rest = line[start + 3 : end].partition(" ")
    if name.lower() not in COMMANDS:
        return None
    escapes = {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%25": "%"}
    return Command(
        name=name, properties=properties(rest, ";", escapes), data=unescape(line[end + 1 :], escapes)
    )


def properties(text: str, separator: str, escapes: dict[str, str]) -> dict[str, str]:
    pairs = (item.split("=", 1) for item in text.split(separator) if item)
    return {pair[0]: unescape(pair[1], escapes) for pair in pairs if len(pair) == 2 and all(pair)}


def unescape(text: str, escapes: dict[str, str]) -> str:
    for escaped, plain in escapes.items():
        text = text.replace(escaped, plain)
    return text
