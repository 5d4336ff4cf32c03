"""What YAML files start and balance besides settings of Kubernetes resources, from one reading."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.ansible import MAY_KEEP_TIME, clocks_of_tasks
from statelint.deploy.conf import read_conf
from statelint.deploy.launched import read_launched, text_span
from statelint.deploy.machines import facts_of_machines
from statelint.deploy.nodes import ENDLESS, Document, OutOfBudgetError, ScalarNode
from statelint.deploy.platforms import read_copies, read_platform
from statelint.deploy.small_files import read_crontab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from statelint.deploy.reading import Reading
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact, Scaler
    from statelint.model.diagnostics import Problem

MOST_EMBEDDED: Final = 20
LARGEST_WITH_FILES: Final = 1_000_000
"""Characters of a YAML file above which the files in its ConfigMaps are not looked into."""

_NO_LINE_END: Final = re.compile(r"[^\r\n]")


def facts_of_services(
    config: ConfigText, documents: Iterable[Document]
) -> tuple[tuple[DeploymentFact, ...], tuple[Scaler, ...], tuple[Problem, ...]]:
    """Give the facts and copies of the documents of a file, and a problem where aliases make one endless."""
    facts: list[DeploymentFact] = []
    scalers: list[Scaler] = []
    problems: list[Problem] = []
    may_keep_time = MAY_KEEP_TIME.search(config.masked) is not None
    for document in documents:
        try:
            if may_keep_time:
                facts.extend(clocks_of_tasks(config, document))
            facts.extend(read_platform(config, document))
            scalers.extend(read_copies(config, document))
            facts.extend(read_launched(config, document))
            facts.extend(_embedded(config, document))
            facts.extend(facts_of_machines(config, document))
        except OutOfBudgetError:
            problems.append(config.problem(document.root.start, ENDLESS))
    return tuple(facts), tuple(scalers), tuple(problems)


def _embedded(config: ConfigText, document: Document) -> Iterator[DeploymentFact]:
    """Read the files that a ConfigMap holds where they stand: all around them is blanked, so offsets stay."""
    kind = document.text_at(document.root, "kind")
    if kind is None or kind.value != "ConfigMap" or len(config.masked) > LARGEST_WITH_FILES:
        return
    read = 0
    for data in document.at(document.root, "data"):
        for pair in document.pairs(data.value):
            node = pair.value
            reader = _reader_of(pair.key.value)
            if reader is None or not isinstance(node, ScalarNode) or not node.block or read >= MOST_EMBEDDED:
                continue
            read += 1
            start, end = text_span(config, node)
            inside = f"{_blank(config.masked[:start])}{config.masked[start:end]}{_blank(config.masked[end:])}"
            yield from reader(replace(config, masked=inside)).facts


def _reader_of(name: str) -> Callable[[ConfigText], Reading] | None:
    if "crontab" in name or name.endswith(".cron"):
        return read_crontab
    is_conf = name.endswith((".cfg", ".conf", ".ini", ".vcl")) or "Caddyfile" in name
    return read_conf if is_conf else None


def _blank(text: str) -> str:
    return _NO_LINE_END.sub(" ", text)
