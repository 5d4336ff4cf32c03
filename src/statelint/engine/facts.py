"""From files to facts: one file at a time, out of the cache, in this process or in workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from statelint.deploy import read_deployment
from statelint.deploy.constructs import clocks_of_hooks, has_hooks, load_table, may_describe, read_calls
from statelint.engine.cache import NO_CACHE, Facts, pack
from statelint.model.deployment import DeploymentFacts
from statelint.model.diagnostics import Problem
from statelint.model.files import Language
from statelint.model.progress import Stage, Tell, tell_nobody
from statelint.python.constructs import written_calls
from statelint.python.index import index_module
from statelint.sources.reading import SourceError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.deploy.constructs import Described
    from statelint.engine.cache import Cache
    from statelint.model.facts import ModuleFacts
    from statelint.model.files import SourceFile

ENOUGH_FOR_WORKERS = 2_000_000
"""Bytes of source from which two workers are quicker than one process, even where they cannot be forked.

Measured: 0.41 s of reading become 0.25 s by fork, and stay 0.4 s where each worker imports everything anew.
"""


LARGEST_DESCRIPTION: Final = 1_000_000
"""Bytes of Python above which a file is generated, and not looked into for infrastructure."""


class Reading(NamedTuple):
    """The facts of a file that was read just now, and their packed form if there is one already."""

    file: SourceFile
    facts: Facts
    packed: bytes | None = None


def read_facts(
    files: Sequence[SourceFile], jobs: int, tell: Tell = tell_nobody, *, cache: Cache = NO_CACHE
) -> list[Facts]:
    """Give the facts of every file, in any order; with several jobs and enough to do, workers read them."""
    known = cache.facts(files)
    unknown = [file for file in files if file.path not in known]
    if jobs > 1 and sum(file.size for file in unknown) > ENOUGH_FOR_WORKERS:
        fresh = read_in_workers(unknown, jobs, tell)
    else:
        fresh = []
        for file in unknown:
            tell(Stage.READING, len(fresh), len(unknown))
            fresh.append(Reading(file, read_file(file)))
    cache.keep_facts(fresh)
    return [*known.values(), *(reading.facts for reading in fresh)]


def read_file(file: SourceFile) -> Facts:
    """Give the facts of one file; what cannot be read becomes a problem of empty facts."""
    try:
        data = read_bytes(file)
    except SourceError as error:
        return _unread(error.problem)
    if file.language is not Language.PYTHON:
        return read_deployment(file, data)
    facts = index_module(file, data)
    if len(data) > LARGEST_DESCRIPTION:
        return facts
    if has_hooks(file.path):
        return _with(facts, clocks_of_hooks(written_calls(file.path, data)))
    if may_describe(data):
        return _with(facts, read_calls(written_calls(file.path, data, load_table().packages)))
    return facts


def _with(facts: ModuleFacts, said: Described) -> ModuleFacts:
    if not any(said):
        return facts
    described = DeploymentFacts(
        path=facts.path,
        digest=facts.digest,
        role=facts.role,
        facts=said.facts,
        allows=(),
        problems=(),
        workloads=said.workloads,
        scalers=said.scalers,
    )
    return facts._replace(described=described)


def read_in_workers(files: Sequence[SourceFile], jobs: int, tell: Tell = tell_nobody) -> list[Reading]:
    """Read files in worker processes; one that ends the process that reads it becomes a problem."""
    from statelint.engine.workers import work_apart  # only large projects need it

    done, deadly = work_apart(
        _read_packed,
        files,
        jobs,
        size=lambda file: file.size,
        tell=lambda number: tell(Stage.READING, number, len(files)),
    )
    told = "not read: it ends the process that reads it"
    unpack = msgspec.msgpack.Decoder(Facts).decode
    return [
        # What has no packed form comes from a reader that lives, so it may be read here.
        *(Reading(file, unpack(packed) if packed else read_file(file), packed) for file, packed in done),
        *(Reading(file, _unread(Problem(path=file.path, line=0, message=told))) for file in deadly),
    ]


def _read_packed(file: SourceFile) -> bytes | None:
    return pack(read_file(file))


def _unread(problem: Problem) -> DeploymentFacts:
    return DeploymentFacts(path=problem.path, digest="", facts=(), allows=(), problems=(problem,))
