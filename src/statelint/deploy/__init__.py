"""Deployment files: text in, facts with places out; one reader a format."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from statelint.deploy.comments import WORD, find_allows
from statelint.deploy.conf import read_conf
from statelint.deploy.dockerfile import read_dockerfile
from statelint.deploy.hcl import read_hcl_file
from statelint.deploy.packaging import read_packaging
from statelint.deploy.small_files import (
    read_crontab,
    read_env,
    read_procfile,
    read_script,
)
from statelint.deploy.structured import read_structured
from statelint.deploy.systemd import read_systemd
from statelint.deploy.text import read_text
from statelint.deploy.toml_files import read_toml
from statelint.deploy.view import Collected
from statelint.model.deployment import DeploymentFacts
from statelint.model.diagnostics import Problem
from statelint.model.files import FileRole, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.deploy.reading import Reading
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact
    from statelint.model.files import SourceFile
    from statelint.model.places import Place
    from statelint.model.suppressions import Suppression

MOST_FACTS: Final = 20_000
"""Settings of one file; the largest that people write have some hundred."""

_Found = TypeVar("_Found")

_NUL: Final = b"\0"

# The reader of each format that is neither Python nor YAML, and a word that it needs to find anything.
READERS: Final[Mapping[Language, Callable[[ConfigText], Reading]]] = {
    Language.CONF: read_conf,
    Language.CRONTAB: read_crontab,
    Language.DOCKERFILE: read_dockerfile,
    Language.ENV: read_env,
    Language.PACKAGE: read_packaging,
    Language.PROCFILE: read_procfile,
    Language.SHELL: read_script,
    Language.SYSTEMD: read_systemd,
    Language.TOML: read_toml,
}
_MAY_MATTER: Final[Mapping[Language, re.Pattern[bytes]]] = {
    Language.ENV: re.compile(rb"WORKERS|CONCURRENCY|GUNICORN"),
    Language.PACKAGE: re.compile(rb"scripts"),
    Language.TOML: re.compile(rb"stick|processes|http_service|services|mounts", re.IGNORECASE),
    Language.SHELL: re.compile(
        rb"cron|whenever|\.timer|beat|sched|supervis|[$][@*]|workers?\b|server|serve\b|corn|daphne|granian|uwsgi|python|upstream|balance|stick|[Aa]ffinity|statelint:"
    ),
}


def read_deployment(file: SourceFile, data: bytes) -> DeploymentFacts:
    """Read what one configuration file says about how the service is run.

    Never raises for what is in the file: what cannot be read is a problem, and what stands before it still
    counts. That a file of a test is broken is told and no failure: it may be meant.
    """
    is_test = file.role is FileRole.TEST
    reader = _STRUCTURED.get(file.language, _read_plain_file)
    found, allows, problems = reader(file, data)
    facts = _sorted(found.facts)
    if len(facts) > MOST_FACTS:
        told = f"more than {MOST_FACTS:,} settings of interest, the others are left out"
        problems = (*problems, Problem(path=file.path, line=facts[MOST_FACTS].place.line, message=told))
    return DeploymentFacts(
        path=file.path,
        digest=hashlib.sha256(data).hexdigest(),
        role=file.role,
        facts=facts[:MOST_FACTS],
        allows=allows,
        problems=tuple(sorted({replace(each, fatal=each.fatal and not is_test) for each in problems}))
        if problems
        else (),
        workloads=_in_order(found.workloads, lambda one: (one.place, one.service)),
        scalers=_in_order(found.scalers, lambda one: (one.place, one.target)),
        claims=_in_order(found.claims, lambda one: (one.place, one.name)),
        values=tuple(found.values),
        fronts=_in_order(found.fronts, lambda one: (one.place, one.name)),
        images=tuple(found.images),
        environments=tuple(found.environments),
    )


_Read: TypeAlias = "tuple[Collected, tuple[Suppression, ...], tuple[Problem, ...]]"
_STRUCTURED: Final[Mapping[Language, Callable[[SourceFile, bytes], _Read]]] = {
    Language.BICEP: read_hcl_file,
    Language.HCL: read_hcl_file,
    Language.JSON: read_structured,
    Language.YAML: read_structured,
}


def _read_plain_file(file: SourceFile, data: bytes) -> _Read:
    reader = READERS.get(file.language)
    may_matter = _MAY_MATTER.get(file.language)
    if reader is None or (may_matter is not None and not may_matter.search(data) and _NUL not in data):
        return Collected(), (), ()
    config, problems = read_text(file.path, data)
    reading = reader(config)
    allows: tuple[Suppression, ...] = ()
    if WORD in config.text:
        statements = [config.place(*span) for span in reading.statements]
        allows = find_allows(config, reading.comments, statements)
    found = Collected(
        facts=list(reading.facts),
        scalers=list(reading.scalers),
        fronts=list(reading.fronts),
        images=list(reading.images),
    )
    return found, allows, (*problems, *reading.problems)


def _in_order(found: list[_Found], key: Callable[[_Found], tuple[Place, str]]) -> tuple[_Found, ...]:
    if len(found) > 1:  # most files have one of a kind, or none
        found.sort(key=key)
    return tuple(found)


def _sorted(facts: Sequence[DeploymentFact]) -> tuple[DeploymentFact, ...]:
    """Order by place; what an alias or a merge key brings to several users is told once, where it stands."""
    if not facts:
        return ()
    by_place = {(fact.place, fact.attribute, fact.spelling, fact.group): fact for fact in reversed(facts)}
    return tuple(by_place[key] for key in sorted(by_place))
