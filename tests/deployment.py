"""Deployment files as a run reads them, for the tests of their readers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from statelint.deploy import read_deployment
from statelint.model.files import FileRole, SourceFile
from statelint.sources.languages import language_of

if TYPE_CHECKING:
    from statelint.model.deployment import DeploymentFacts

SECONDS = 20  # a limit for a hang; each of these takes one or two where nothing else runs

# What YAML is made of, for texts made at random.
YAML_BITS = ["a", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "'", '"', "<<", "|\n", "#", "---\n"]


def read(
    content: str | bytes, path: str = "deploy.yaml", role: FileRole = FileRole.APPLICATION
) -> DeploymentFacts:
    """Read a file under a name that says its format, in bounded time."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    language = language_of(path)
    assert language is not None
    file = SourceFile(path=path, absolute=Path("/") / path, language=language, role=role, size=len(data))
    started = time.monotonic()
    facts = read_deployment(file, data)
    assert time.monotonic() - started < SECONDS
    return facts


def places(facts: DeploymentFacts) -> list[tuple[int, int, int, int]]:
    """Give line, column, last line and end of each fact."""
    return [fact.place[1:] for fact in facts.facts]
