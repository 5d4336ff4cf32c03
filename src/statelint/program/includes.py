"""Settings in files that others include: they belong to the block in which the `include` stands."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from statelint.model.deployment import Attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.model.deployment import DeploymentFact

_UNIT = "nginx"


def settle_includes(facts: Iterable[DeploymentFact]) -> Iterator[DeploymentFact]:
    """Yield the settings that pin clients.

    One without a block gets the name of the block that includes its file; what nothing includes has no
    effect, and is left out.
    """
    known = tuple(facts)
    includes = [fact for fact in known if fact.attribute is Attribute.USES and fact.unit == _UNIT]
    for fact in known:
        if fact.attribute is not Attribute.AFFINITY:
            continue
        if fact.service:
            yield fact
            continue
        owner = next((one for one in includes if _is_meant(one.value, fact.place.path)), None)
        if owner is not None:
            yield replace(fact, service=owner.service)


def _is_meant(include: str, path: str) -> bool:
    """Tell whether an `include` of a host means a file of the project: name and folder must fit."""
    folder, _, name = include.rpartition("/")
    above, _, file = path.rpartition("/")
    if not fnmatchcase(file, name):
        return False
    nearest = folder.rpartition("/")[2]
    has_wildcard = "*" in name or "?" in name
    return not has_wildcard or not nearest or above.rpartition("/")[2] == nearest
