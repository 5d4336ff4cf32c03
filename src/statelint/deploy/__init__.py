"""Deployment files: text in, facts with places out; one reader a format."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.comments import WORD, find_allows
from statelint.deploy.conf import read_conf
from statelint.deploy.dockerfile import read_dockerfile
from statelint.deploy.small_files import (
    read_crontab,
    read_env,
    read_procfile,
    read_script,
    read_systemd,
)
from statelint.deploy.text import read_text
from statelint.deploy.toml_files import read_toml
from statelint.model.deployment import DeploymentFacts
from statelint.model.files import FileRole, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.deploy.reading import Reading
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact
    from statelint.model.diagnostics import Problem
    from statelint.model.files import SourceFile
    from statelint.model.suppressions import Suppression

# Each setting of the table and each directive holds one of these; a test holds the table to it.
_MAY_PIN: Final = re.compile(
    rb"affinity|stick|cookie|upstream|balanc|lb-method|haproxy|statelint:", re.IGNORECASE
)
_LOOKS_DEPLOYED: Final = re.compile(rb"^[ \t]*+[\"']?(?:kind|apiVersion|services)[\"']?[ \t]*:", re.MULTILINE)
# Each reader of `services.py` needs one of these.
MAY_START: Final = re.compile(
    rb"cron|haproxy|supervisor|balanc|\.timer|\bbeat\b|schedul|-B\b|startCommand|dockerCommand|\bruntime:|run\.googleapis\.com|load_?balanc|hash_policy|session_state",
    re.IGNORECASE | re.MULTILINE,
)
_SMALL: Final = 64 * 1024
_NUL: Final = b"\0"

# The reader of each format that is neither Python nor YAML, and a word that it needs to find anything.
READERS: Final[Mapping[Language, Callable[[ConfigText], Reading]]] = {
    Language.CONF: read_conf,
    Language.CRONTAB: read_crontab,
    Language.DOCKERFILE: read_dockerfile,
    Language.ENV: read_env,
    Language.PROCFILE: read_procfile,
    Language.SHELL: read_script,
    Language.SYSTEMD: read_systemd,
    Language.TOML: read_toml,
}
_MAY_MATTER: Final[Mapping[Language, re.Pattern[bytes]]] = {
    Language.ENV: re.compile(rb"WORKERS|CONCURRENCY|GUNICORN"),
    Language.TOML: re.compile(rb"sticky|processes|http_service|services|mounts", re.IGNORECASE),
    Language.SHELL: re.compile(
        rb"cron|beat|sched|supervis|[$][@*]|workers?\b|server|serve\b|corn|daphne|granian|uwsgi|python|statelint:"
    ),
}


def read_deployment(file: SourceFile, data: bytes) -> DeploymentFacts:
    """Read what one configuration file says about how the service is run.

    Never raises for what is in the file: what cannot be read is a problem, and what stands before it still
    counts. A YAML file without a word that matters holds no fact; it is then only checked for being well
    formed, and not even that if it is large and does not look like a deployment file, so big data files cost
    nothing. That a file of a test is broken is told and no failure: it may be meant.
    """
    is_test = file.role is FileRole.TEST
    if file.language is Language.YAML:
        facts, allows, problems = _read_yaml_file(file, data)
    else:
        facts, allows, problems = _read_plain_file(file, data)
    return DeploymentFacts(
        path=file.path,
        digest=hashlib.sha256(data).hexdigest(),
        role=file.role,
        facts=_sorted(facts),
        allows=allows,
        problems=tuple(sorted({replace(each, fatal=each.fatal and not is_test) for each in problems})),
    )


_Read = tuple["tuple[DeploymentFact, ...]", "tuple[Suppression, ...]", "tuple[Problem, ...]"]


def _read_yaml_file(file: SourceFile, data: bytes) -> _Read:
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    may_pin = is_wide or _MAY_PIN.search(data) is not None
    may_start = is_wide or MAY_START.search(data) is not None
    if not may_pin and not may_start and len(data) > _SMALL and not _LOOKS_DEPLOYED.search(data):
        return (), (), ()
    # Imported late: a project without such a file should not pay for the YAML library.
    from statelint.deploy.kubernetes import KubernetesReader, Part
    from statelint.deploy.services import facts_of_services
    from statelint.deploy.yaml_nodes import check_yaml

    config, problems = read_text(file.path, data)
    if not may_pin and not may_start:
        return (), (), (*problems, *check_yaml(config))
    reader = KubernetesReader()
    reader.read(Part(config, 0, len(config.text)))
    facts = tuple(reader.facts)
    if may_start:
        more, endless = facts_of_services(config)
        facts += more
        problems += endless
    allows: tuple[Suppression, ...] = ()
    if reader.comments:
        allows = find_allows(config, reader.comments, [fact.place for fact in facts])
    return facts, allows, (*problems, *reader.problems)


def _read_plain_file(file: SourceFile, data: bytes) -> _Read:
    reader = READERS.get(file.language)
    may_matter = _MAY_MATTER.get(file.language)
    if reader is None or (may_matter is not None and not may_matter.search(data) and _NUL not in data):
        return (), (), ()
    config, problems = read_text(file.path, data)
    reading = reader(config)
    allows: tuple[Suppression, ...] = ()
    if WORD in config.text:
        statements = [config.place(*span) for span in reading.statements]
        allows = find_allows(config, reading.comments, statements)
    return reading.facts, allows, (*problems, *reading.problems)


def _sorted(facts: tuple[DeploymentFact, ...]) -> tuple[DeploymentFact, ...]:
    """Order by place; what an alias or a merge key brings to several users is told once, where it stands."""
    by_place = {(fact.place, fact.attribute, fact.spelling, fact.group): fact for fact in reversed(facts)}
    return tuple(by_place[key] for key in sorted(by_place))
