"""From files to facts: one file at a time, in this process or in workers."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from statelint.deploy import read_deployment
from statelint.model.deployment import DeploymentFacts
from statelint.model.facts import ModuleFacts
from statelint.model.files import Language, SourceFile
from statelint.model.progress import Stage, Tell, tell_nobody
from statelint.python.index import index_module
from statelint.sources import SourceError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

Facts = ModuleFacts | DeploymentFacts

ENOUGH_FOR_WORKERS = 2_000_000
"""Bytes of source below which starting workers costs more than it saves."""


def read_facts(files: Sequence[SourceFile], jobs: int, tell: Tell = tell_nobody) -> list[Facts]:
    """Give the facts of every file; with several jobs and enough to do, worker processes read them."""
    if jobs > 1 and sum(file.size for file in files) > ENOUGH_FOR_WORKERS:
        return _read_in_workers(files, jobs, tell)
    done: list[Facts] = []
    for file in files:
        tell(Stage.READING, len(done), len(files))
        done.append(read_file(file))
    return done


def read_file(file: SourceFile) -> Facts:
    """Give the facts of one file; what cannot be read becomes a problem of empty facts."""
    try:
        data = read_bytes(file)
    except SourceError as error:
        return DeploymentFacts(path=file.path, digest="", facts=(), allows=(), problems=(error.problem,))
    if file.language is Language.PYTHON:
        return index_module(file, data)
    return read_deployment(file, data)


def _read_in_workers(files: Sequence[SourceFile], jobs: int, tell: Tell) -> list[Facts]:
    """Shares of about equal size, the largest files first; a dead worker's share is read again here."""
    from concurrent.futures import ProcessPoolExecutor  # only large projects need it
    from concurrent.futures.process import BrokenProcessPool

    shares: list[list[SourceFile]] = [[] for _ in range(jobs * 4)]
    for index, file in enumerate(sorted(files, key=lambda one: -one.size)):
        shares[index % len(shares)].append(file)
    done: list[Facts] = []
    with ProcessPoolExecutor(jobs) as pool:
        futures = [(share, pool.submit(_read_share, share)) for share in shares if share]
        for share, future in futures:
            tell(Stage.READING, len(done), len(files))
            try:
                done += future.result()
            except BrokenProcessPool:
                done += [read_file(file) for file in share]
    return done


def _read_share(share: Sequence[SourceFile]) -> list[Facts]:
    gc.disable()
    return [read_file(file) for file in share]
