"""Facts of deployment files: what a configuration says, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Imported at run time: msgspec reads the annotations when facts are written out and read back.
from statelint.model.diagnostics import Problem  # noqa: TC001
from statelint.model.files import FileRole
from statelint.model.places import Place  # noqa: TC001
from statelint.model.suppressions import Suppression  # noqa: TC001


class Attribute(StrEnum):
    """What a deployment fact speaks of."""

    AFFINITY = "affinity"
    REPLICAS = "replicas"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFact:
    """One setting that was read.

    `service` names the resource (`Service/web`, `upstream app`), `spelling` the setting as it is written
    (`sessionAffinity: ClientIP`), `remedy` the exact edit that switches it off, `unit` the kind of
    document it came from (`kubernetes`, `nginx`).
    """

    service: str
    attribute: Attribute
    value: str
    spelling: str
    remedy: str
    place: Place
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFacts:
    """All facts of one configuration file."""

    path: str
    digest: str
    facts: tuple[DeploymentFact, ...]
    allows: tuple[Suppression, ...]
    problems: tuple[Problem, ...]
    role: FileRole = FileRole.APPLICATION
