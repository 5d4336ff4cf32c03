"""What YAML files start and balance besides settings of Kubernetes resources, from one reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.deploy.ansible import MAY_KEEP_TIME, clocks_of_tasks
from statelint.deploy.launched import read_launched
from statelint.deploy.platforms import read_platform
from statelint.deploy.yaml_nodes import ENDLESS, OutOfBudgetError, read_yaml

if TYPE_CHECKING:
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact
    from statelint.model.diagnostics import Problem


def facts_of_services(config: ConfigText) -> tuple[tuple[DeploymentFact, ...], tuple[Problem, ...]]:
    """Give the facts of all documents, and a problem where aliases make one endless."""
    facts: list[DeploymentFact] = []
    problems: list[Problem] = []
    may_keep_time = MAY_KEEP_TIME.search(config.masked) is not None
    for document in read_yaml(config).documents:
        try:
            if may_keep_time:
                facts.extend(clocks_of_tasks(config, document))
            facts.extend(read_platform(config, document))
            facts.extend(read_launched(config, document))
        except OutOfBudgetError:
            problems.append(config.problem(document.root.start, ENDLESS))
    return tuple(facts), tuple(problems)
