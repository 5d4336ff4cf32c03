"""How many instances and workers files speak of, as bounds with the lines that say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands import load_table
from statelint.model.deployment import Attribute, Process
from statelint.model.diagnostics import Copies
from statelint.program.services import Bound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.model.deployment import DeploymentFact, Scaler, Variable
    from statelint.program.deployed import Deployed
    from statelint.program.services import Service

_PYTHON: Final = ".py"  # settings of a server that are written in Python
_PROCESSORS: Final = re.compile(r"cpu_count\(\)")
_AT_LEAST_TWO: Final = re.compile(
    r"cpu_count\(\)(?: or \d+\))?\s*(?:\*\s*[2-9]|\+\s*[1-9])|[2-9]\s*\*\s*[\w.]*cpu_count\(\)"
)
_MANY: Final = 2
_MAX_DIGITS: Final = 9


def is_variable(fact: DeploymentFact) -> bool:
    """Tell whether the workers are set by a variable, not by an option of the command."""
    return fact.spelling.partition("=")[0].isupper()


def copies_for(most: int | None) -> Copies:
    """Tell what a number of copies means."""
    return Copies.UNKNOWN if most is None else Copies.MANY if most >= _MANY else Copies.ONE


def bound_by(said: Scaler, copies: Copies) -> Bound:
    """Make the bound that a statement sets."""
    return Bound(
        copies=copies,
        most=said.most,
        spelling=said.spelling,
        place=said.place,
        may_be_fewer=said.least is not None and said.least != said.most,
    )


def instances_of(deployed: Deployed) -> Bound | None:
    """Tell how many instances of a workload its files speak of."""
    workload = deployed.workload
    if deployed.open_by is not None and deployed.copies is Copies.UNKNOWN:
        return bound_by(deployed.open_by, Copies.UNKNOWN)
    if deployed.said_by is not None:
        return bound_by(deployed.said_by, deployed.copies)
    is_many = workload.each_node or (workload.presumed or 0) >= _MANY
    if not is_many:
        return None
    return Bound(copies=Copies.MANY, most=None, spelling=workload.kind, place=workload.place)


def workers_of(service: Service, facts: Sequence[DeploymentFact]) -> Bound | None:
    """Tell how many processes each instance starts: an option, else settings in a file, else a variable."""
    said = [fact for fact in facts if fact.attribute is Attribute.WORKERS]
    options = [fact for fact in said if not _is_setting(fact) and not is_variable(fact)]
    if options:
        return _largest(_of_fact(fact) for fact in options)
    if Process.SERVER.value not in service.kinds:
        return None
    for fact in said:
        if _is_setting(fact) and not service.variables.get(fact.overruled_by):
            return _of_fact(fact)
    for name in load_table().variables.workers:
        for each in service.variables.get(name, ()):
            text = "" if each.is_open else each.value
            return _counted(text, f"{each.name}={each.value}", each)
    variables = [fact for fact in said if is_variable(fact)]
    return _largest(_of_fact(fact) for fact in variables)


def _is_setting(fact: DeploymentFact) -> bool:
    return fact.place.path.endswith(_PYTHON)


def _of_fact(fact: DeploymentFact) -> Bound:
    return _counted(fact.value, fact.spelling, fact)


def _counted(text: str, spelling: str, said: DeploymentFact | Variable) -> Bound:
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
        count = int(text)
        return Bound(copies=copies_for(count), most=count, spelling=spelling, place=said.place)
    plain = _PROCESSORS.search(text) and "-" not in text and "/" not in text and "min(" not in text
    # Two for each processor, or one more, is several on any machine.
    is_many = bool(plain) and _AT_LEAST_TWO.search(text) is not None
    copies = Copies.MANY if is_many else Copies.UNKNOWN
    return Bound(copies=copies, most=None, spelling=spelling, place=said.place)


def _largest(bounds: Iterable[Bound]) -> Bound | None:
    return max(bounds, key=lambda one: (one.copies is Copies.MANY, one.most or 0), default=None)
