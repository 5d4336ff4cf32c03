"""Findings that a person needs to read only once: many fields of one object, replaced in one way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.engine.severity import is_lost_on_kill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model.diagnostics import Finding

_FEW = 3
"""Findings alike that are all shown whole."""

_FIELD = "cell"
"""What a finding about a name or field says of its site; calls and settings are told one by one."""


def gather(findings: Sequence[Finding]) -> list[tuple[Finding, ...]]:
    """Join the findings of one rule about many fields of a class that are state of the same kind.

    Each finding stands in one group, and groups stand where their first finding stood. What users lose with
    an instance is told one by one.
    """
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        owner = finding.symbol.rpartition(".")[0]
        key = (finding.place.path, finding.rule, owner, finding.state, finding.severity, finding.remedy.store)
        is_one_of_many = owner and finding.site == _FIELD and not is_lost_on_kill(finding.state)
        groups.setdefault(key if is_one_of_many else number, []).append(finding)
    order = {id(finding): number for number, finding in enumerate(findings)}
    gathered = [
        part
        for group in groups.values()
        for part in ([tuple(group)] if len(group) > _FEW else [(one,) for one in group])
    ]
    return sorted(gathered, key=lambda group: order[id(group[0])])
