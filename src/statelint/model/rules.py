"""What a rule module says of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMeta:
    """The facts about a rule that its docstring does not hold; its id is its file name in kebab case.

    A rule that `joins` runs after all others: its `check` is given what they found, too.
    """

    summary: str
    since: str
    joins: bool = False
