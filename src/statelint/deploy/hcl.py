"""Files in HCL (Terraform, its files of values, Nomad jobs) and in Bicep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy import azure, nomad, terraform
from statelint.deploy.comments import WORD, find_allows
from statelint.deploy.machines import facts_of_machines
from statelint.deploy.nodes import ENDLESS, OutOfBudgetError
from statelint.deploy.text import read_text
from statelint.deploy.view import Collected, Part, View
from statelint.model.files import Language

if TYPE_CHECKING:
    from statelint.model.diagnostics import Problem
    from statelint.model.files import SourceFile
    from statelint.model.suppressions import Suppression

_MAY_MATTER: Final = re.compile(
    rb"affinity|stick|persistence|distribution|lb_method|cookie|hash|statelint:|variable|locals|replicas"
    rb"|volume|task_definition|job|image|policy|^[ \t]*\w+[ \t]*=",
    re.IGNORECASE | re.MULTILINE,
)
_VALUES: Final = (".tfvars", ".tfvars.json")


def read_hcl_file(
    file: SourceFile, data: bytes
) -> tuple[Collected, tuple[Suppression, ...], tuple[Problem, ...]]:
    """Read a file in HCL; one without a word that matters is not parsed at all."""
    found = Collected()
    if not _MAY_MATTER.search(data):
        return found, (), ()
    from statelint.deploy.hcl_nodes import read_bicep, read_hcl
    from statelint.deploy.kubernetes import KubernetesReader

    config, problems = read_text(file.path, data, templates=False)
    is_bicep = file.language is Language.BICEP
    document, broken, comments = read_bicep(config) if is_bicep else read_hcl(config)
    found.problems.extend(broken)
    part = Part(config, 0, len(config.text))
    view = View(part, document)
    try:
        if is_bicep:
            azure.read(view, document.root, found)
        elif file.path.lower().endswith(_VALUES):
            found.values.extend(terraform.values_of(view, document.root))
        elif nomad.knows(view, document.root):
            nomad.read(view, document.root, found)
        else:
            terraform.read(view, document.root, found)
        found.facts.extend(facts_of_machines(config, document))
    except OutOfBudgetError:
        found.problems.append(config.problem(0, ENDLESS))
    KubernetesReader(found).read_document(view)
    allows: tuple[Suppression, ...] = ()
    if WORD in config.text:
        allows = find_allows(config, comments, found.statements())
    return found, allows, (*problems, *found.problems)
