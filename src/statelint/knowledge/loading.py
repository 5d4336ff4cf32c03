"""Read knowledge files: those of the package once a process, and those of the user's project."""

from __future__ import annotations

import functools
import json
import os
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from statelint.errors import KnowledgeError
from statelint.knowledge import compiled
from statelint.knowledge.building import build
from statelint.knowledge.schema import KnowledgeFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.knowledge.lookup import Knowledge
    from statelint.model.settings import OwnKnowledge


def load_knowledge(own: tuple[OwnKnowledge, ...] = ()) -> Knowledge:
    """Join the knowledge of the package with the project's `own`, which wins where both know a name.

    Raise KnowledgeError where a file breaks the form.
    """
    return _load(own)


@functools.cache
def _load(own: tuple[OwnKnowledge, ...]) -> Knowledge:
    if not own:
        return build(shipped_files())
    added = {one.source: _of_project(one) for one in own}
    knowledge = build(shipped_files(), added)
    from statelint.knowledge.mistakes import validate  # the package's own files are held to it by a test

    for mistake in validate(knowledge, added):
        raise KnowledgeError(mistake)
    return knowledge


def known_files(own: tuple[OwnKnowledge, ...] = ()) -> Mapping[str, KnowledgeFile]:
    """Give all files by the name that messages have for them, the project's own last."""
    load_knowledge(own)
    return {**shipped_files(), **{one.source: _of_project(one) for one in own}}


def _of_project(own: OwnKnowledge) -> KnowledgeFile:
    return _convert(own.source, json.loads(own.content))


@functools.cache
def shipped_files() -> Mapping[str, KnowledgeFile]:
    """Read the files of the package, by name, in the compiled form where that is of these very files."""
    texts, packed = _package_files()
    tables = compiled.tables_of(texts, packed)
    if tables is not None:
        try:
            return msgspec.json.decode(tables, type=dict[str, KnowledgeFile])
        except msgspec.ValidationError:
            pass  # the form has changed since: the file itself tells best what is wrong
    return {name: parse(name, content.decode()) for name, content in texts.items()}


def _package_files() -> tuple[dict[str, bytes], bytes]:
    """Read the knowledge files in the order of their names, and what was compiled of them, if anything."""
    folder = Path(__file__).parent
    read = {}
    if folder.is_dir():
        with os.scandir(folder) as entries:  # to read by way of `Path` or `resources` takes 2 ms more
            for entry in entries:
                if _is_ours(entry.name):
                    with open(entry.path, "rb", buffering=0) as stream:  # noqa: PTH123 - as above
                        read[entry.name] = stream.readall()
    else:  # in an archive
        found = resources.files(__package__).iterdir()
        read = {entry.name: entry.read_bytes() for entry in found if _is_ours(entry.name)}
    packed = read.pop(compiled.FILE_NAME, b"")
    return dict(sorted(read.items())), packed


def _is_ours(name: str) -> bool:
    return name.endswith(".toml") or name == compiled.FILE_NAME


def parse(source: str, text: str) -> KnowledgeFile:
    """Read one knowledge file; `source` is its name as errors show it."""
    import tomli

    try:
        return _convert(source, tomli.loads(text))
    except tomli.TOMLDecodeError as error:
        raise KnowledgeError(f"`{source}`: {error}") from error


def _convert(source: str, data: dict[str, object]) -> KnowledgeFile:
    try:
        return msgspec.convert(data, KnowledgeFile)
    except msgspec.ValidationError as error:
        from statelint.knowledge.mistakes import explain

        raise KnowledgeError(explain(source, data, str(error))) from error
